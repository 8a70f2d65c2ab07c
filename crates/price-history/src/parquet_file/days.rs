//! Reads the day of each bar from any of the types that hold one.

use exchange_calendar::NEW_YORK;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArrayType, Int32Type, Int64Type, Int96Type};
use parquet::file::metadata::FileMetaData;
use parquet::file::reader::RowGroupReader;
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
    /// Ticks since 1970.
    Ticks {
        per_second: i64,
        clock: Clock,
    },
    /// Days and nanoseconds, as Spark and Impala write them.
    Int96,
    Text,
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
                Ok(Self::Ticks { per_second, clock })
            }
            (None, ConvertedType::TIMESTAMP_MILLIS, _) => {
                Ok(Self::Ticks { per_second: 1_000, clock: instant() })
            }
            (None, ConvertedType::TIMESTAMP_MICROS, _) => {
                Ok(Self::Ticks { per_second: 1_000_000, clock: instant() })
            }
            (None | Some(LogicalType::Date | LogicalType::Integer(_)), _, Type::INT32 | Type::INT64) => {
                Ok(Self::Days)
            }
            (_, _, Type::INT96) => Ok(Self::Int96),
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
            (Self::Ticks { per_second, clock }, reader @ ColumnReader::Int64ColumnReader(_)) => {
                each(values::<Int64Type>(reader, column, rows)?, |value| {
                    clock.day(value.div_euclid(*per_second))
                })
            }
            (Self::Int96, reader @ ColumnReader::Int96ColumnReader(_)) => {
                each(values::<Int96Type>(reader, column, rows)?, |value| {
                    Clock::UnknownZone.day(value.to_seconds())
                })
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

impl Clock {
    fn day(&self, seconds: i64) -> Option<Date> {
        let in_zone =
            |zone: &TimeZone| Some(Timestamp::from_second(seconds).ok()?.to_zoned(zone.clone()).date());
        match self {
            Self::Zone(zone) => in_zone(zone),
            Self::UnknownZone if seconds % SECONDS_A_DAY != 0 => in_zone(&NEW_YORK),
            Self::Wall | Self::UnknownZone => after_epoch(seconds.div_euclid(SECONDS_A_DAY)),
        }
    }
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
