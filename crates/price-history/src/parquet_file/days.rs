//! Reads the day of each bar from any of the types that hold one.

use exchange_calendar::NEW_YORK;
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArrayType, Int32Type, Int64Type, Int96Type};
use parquet::file::metadata::FileMetaData;
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::schema::types::ColumnDescriptor;

use super::values::values;
use super::{ColumnError, unfit, zone};
use crate::columns::{day, is_missing};

const SECONDS_A_DAY: i64 = 86_400;
/// Parquet's dates count days from here.
const EPOCH: Date = date(1970, 1, 1);
const EXPECTED: &str = "dates, timestamps or text such as 2024-01-31";

/// How the days of a column are stored.
#[derive(Debug)]
pub(super) enum DayReader {
    /// Days since 1970 or, where the number is that large, `yyyymmdd`.
    Days,
    Stamps {
        unit: Unit,
        clock: Clock,
    },
    Text,
}

/// How a timestamp counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit {
    /// So many ticks a second since 1970.
    Ticks(i64),
    /// Days and nanoseconds, as Spark and Impala write them.
    Int96,
}

/// What a timestamp's zero refers to.
#[derive(Debug)]
pub(super) enum Clock {
    /// The clock on the wall, wherever that is: the day is the timestamp's own.
    Wall,
    /// An instant, to be read in this zone.
    Zone(TimeZone),
    /// An instant of an unknown zone: midnight UTC is that day, everything else is read in New York.
    UnknownZone,
    /// As before, but from so far east that it is still the day before in New York.
    UnknownZoneInTheEast,
}

impl DayReader {
    pub(super) fn of(column: &ColumnDescriptor, file: &FileMetaData) -> Result<Self, ColumnError> {
        let instant = || zone::of_column(file, column.name()).map_or(Clock::UnknownZone, Clock::Zone);
        match (column.logical_type_ref(), column.converted_type(), column.physical_type()) {
            _ if column.max_rep_level() > 0 => Err(unfit(column, EXPECTED)),
            (Some(LogicalType::Timestamp(stamp)), ..) => {
                let per_second = match stamp.unit {
                    TimeUnit::MILLIS => 1_000,
                    TimeUnit::MICROS => 1_000_000,
                    TimeUnit::NANOS => 1_000_000_000,
                };
                let clock = if stamp.is_adjusted_to_u_t_c { instant() } else { Clock::Wall };
                Ok(Self::Stamps { unit: Unit::Ticks(per_second), clock })
            }
            (None, ConvertedType::TIMESTAMP_MILLIS, _) => {
                Ok(Self::Stamps { unit: Unit::Ticks(1_000), clock: instant() })
            }
            (None, ConvertedType::TIMESTAMP_MICROS, _) => {
                Ok(Self::Stamps { unit: Unit::Ticks(1_000_000), clock: instant() })
            }
            (None | Some(LogicalType::Date | LogicalType::Integer(_)), _, Type::INT32 | Type::INT64) => {
                Ok(Self::Days)
            }
            (_, _, Type::INT96) => Ok(Self::Stamps { unit: Unit::Int96, clock: instant() }),
            (None | Some(LogicalType::String), _, Type::BYTE_ARRAY) => Ok(Self::Text),
            _ => Err(unfit(column, EXPECTED)),
        }
    }

    pub(super) fn read(
        &self,
        group: &dyn RowGroupReader,
        place: usize,
        rows: usize,
    ) -> Result<Vec<Option<Date>>, ColumnError> {
        let column = group.metadata().column(place).column_descr();
        match (self, group.get_column_reader(place)?) {
            (Self::Days, reader @ ColumnReader::Int32ColumnReader(_)) => {
                each(values::<Int32Type>(reader, column, rows)?, |value| from_number(i64::from(*value)))
            }
            (Self::Days, reader @ ColumnReader::Int64ColumnReader(_)) => {
                each(values::<Int64Type>(reader, column, rows)?, |value| from_number(*value))
            }
            (Self::Stamps { unit, clock }, reader) => {
                each(unit.seconds(reader, column, rows)?, |&seconds| clock.day(seconds))
            }
            (Self::Text, reader @ ColumnReader::ByteArrayColumnReader(_)) => {
                let texts = values::<ByteArrayType>(reader, column, rows)?;
                let texts = texts.into_iter().map(|text| {
                    text.map(|text| String::from_utf8_lossy(text.data()).trim().to_owned())
                        .filter(|text| !is_missing(text))
                });
                each(texts.collect(), |text| day(text))
            }
            _ => Err(unfit(column, EXPECTED)),
        }
    }
}

impl DayReader {
    /// Finds out from the weekdays whether stamps of an unknown zone are from east of New York, where their midnight is
    /// still the day before: read there, their Mondays are Sundays, and no bar is of a Friday.
    pub(super) fn judge_weekdays(&mut self, file: &dyn FileReader, place: usize) -> Result<(), ColumnError> {
        let Self::Stamps { unit, clock: clock @ Clock::UnknownZone } = self else { return Ok(()) };
        let mut has_sunday = false;
        for index in 0..file.num_row_groups() {
            let group = file.get_row_group(index)?;
            let column = group.metadata().column(place).column_descr();
            let rows = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
            let stamps = unit.seconds(group.get_column_reader(place)?, column, rows)?;
            for seconds in stamps.into_iter().flatten().filter(|seconds| seconds % SECONDS_A_DAY != 0) {
                match day_in(&NEW_YORK, seconds).map(Date::weekday) {
                    Some(Weekday::Friday) => return Ok(()),
                    Some(Weekday::Sunday) => has_sunday = true,
                    _ => {}
                }
            }
        }
        if has_sunday {
            *clock = Clock::UnknownZoneInTheEast;
        }
        Ok(())
    }
}

impl Unit {
    /// Reads the stamps of a row group as seconds since 1970.
    fn seconds(
        self,
        reader: ColumnReader,
        column: &ColumnDescriptor,
        rows: usize,
    ) -> Result<Vec<Option<i64>>, ColumnError> {
        Ok(match (self, reader) {
            (Self::Ticks(per_second), reader @ ColumnReader::Int64ColumnReader(_)) => {
                let ticks = values::<Int64Type>(reader, column, rows)?;
                ticks.into_iter().map(|ticks| ticks.map(|ticks| ticks.div_euclid(per_second))).collect()
            }
            (Self::Int96, reader @ ColumnReader::Int96ColumnReader(_)) => {
                let stamps = values::<Int96Type>(reader, column, rows)?;
                stamps.into_iter().map(|stamp| stamp.map(|stamp| stamp.to_seconds())).collect()
            }
            _ => return Err(unfit(column, EXPECTED)),
        })
    }
}

impl Clock {
    fn day(&self, seconds: i64) -> Option<Date> {
        let is_midnight = seconds % SECONDS_A_DAY == 0;
        match self {
            Self::Zone(zone) => day_in(zone, seconds),
            Self::UnknownZone if !is_midnight => day_in(&NEW_YORK, seconds),
            Self::UnknownZoneInTheEast if !is_midnight => day_in(&NEW_YORK, seconds)?.tomorrow().ok(),
            Self::Wall | Self::UnknownZone | Self::UnknownZoneInTheEast => {
                after_epoch(seconds.div_euclid(SECONDS_A_DAY))
            }
        }
    }
}

fn day_in(zone: &TimeZone, seconds: i64) -> Option<Date> {
    Some(Timestamp::from_second(seconds).ok()?.to_zoned(zone.clone()).date())
}

fn each<T: std::fmt::Debug>(
    values: Vec<Option<T>>,
    day: impl Fn(&T) -> Option<Date>,
) -> Result<Vec<Option<Date>>, ColumnError> {
    let day = |value: T| {
        day(&value).ok_or_else(|| ColumnError::Unfit(format!("holds {value:?}, expected {EXPECTED}")))
    };
    values.into_iter().map(|value| value.map(day).transpose()).collect()
}

fn after_epoch(days: i64) -> Option<Date> {
    EPOCH.checked_add(i32::try_from(days).ok()?.days()).ok()
}

/// Reads a number that is not marked as a timestamp.
fn from_number(number: i64) -> Option<Date> {
    const YEAR_1900: i64 = 19_000_000;
    if number < YEAR_1900 {
        return after_epoch(number).filter(|day| day.year() < 2500);
    }
    let part = |divisor: i64| i8::try_from(number / divisor % 100).ok();
    Date::new(i16::try_from(number / 10_000).ok()?, part(100)?, part(1)?).ok()
}
