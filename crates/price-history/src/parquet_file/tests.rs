use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use parquet::basic::{BrotliLevel, GzipLevel, ZstdLevel};
use parquet::data_type::{
    ByteArray, ByteArrayType, DoubleType, FixedLenByteArrayType, Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::*;
use crate::PriceHistory;

/// The schema that pyarrow writes for `ticker: string, date: timestamp[us, tz=Europe/Berlin]`.
const IN_BERLIN: &str = "/////8AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAIAAABkAAAABAAAALT///8AAAEKEAAAACAAAAAEAAAAAAAAAAQAAABkYXRlAAAAAAgADAAGAAgACAAAAAAAAgAEAAAADQAAAEV1cm9wZS9CZXJsaW4AAAAQABQACAAGAAcADAAAABAAEAAAAAAAAQUQAAAAHAAAAAQAAAAAAAAABgAAAHRpY2tlcgAABAAEAAQAAAA=";

/// Midnight of 31 January 2024 UTC, in seconds.
const MIDNIGHT: i64 = 1_706_659_200;

/// One value of a column; all files of these tests have one row.
enum Value {
    Text(&'static str),
    Int(i32),
    Long(i64),
    Double(f64),
    Bytes(Vec<u8>),
    Int96(Int96),
}

/// Writes one bar with the date and volume given, in the types given, and reads it back.
fn read_back(
    date: (&str, Value),
    volume: (&str, Value),
    properties: WriterProperties,
) -> Result<PriceHistory, PriceFileError> {
    let schema = format!(
        "message bars {{ optional binary ticker (STRING); {}; optional fixed_len_byte_array(4) close \
         (DECIMAL(9,2)); {}; }}",
        date.0, volume.0
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("BARS.PARQUET");
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let file = File::create(&path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for value in [Value::Text("aapl"), date.1, Value::Bytes(18_686i32.to_be_bytes().to_vec()), volume.1] {
        let mut column = group.next_column().unwrap().unwrap();
        let levels = Some(&[1][..]);
        match value {
            Value::Text(text) => {
                column.typed::<ByteArrayType>().write_batch(&[ByteArray::from(text)], levels, None)
            }
            Value::Int(value) => column.typed::<Int32Type>().write_batch(&[value], levels, None),
            Value::Long(value) => column.typed::<Int64Type>().write_batch(&[value], levels, None),
            Value::Double(value) => column.typed::<DoubleType>().write_batch(&[value], levels, None),
            Value::Bytes(bytes) => column.typed::<FixedLenByteArrayType>().write_batch(
                &[ByteArray::from(bytes).into()],
                levels,
                None,
            ),
            Value::Int96(value) => column.typed::<Int96Type>().write_batch(&[value], levels, None),
        }
        .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    crate::read(&path)
}

fn volume() -> (&'static str, Value) {
    ("optional int64 volume", Value::Long(5))
}

fn day_of(date: (&str, Value), properties: WriterProperties) -> Date {
    let history = read_back(date, volume(), properties).unwrap();
    let bar = &history.bars("AAPL").unwrap()[0];
    assert!((bar.close - 186.86).abs() < 1e-9, "{}", bar.close);
    bar.date
}

fn plain() -> WriterProperties {
    WriterProperties::builder().build()
}

fn int96(seconds: i64) -> Value {
    let mut value = Int96::new();
    let (days, nanoseconds) = (seconds / 86_400 + 2_440_588, (seconds % 86_400) as u64 * 1_000_000_000);
    value.set_data(nanoseconds as u32, (nanoseconds >> 32) as u32, days as u32);
    Value::Int96(value)
}

#[test]
fn a_day_is_read_from_every_type_that_holds_one() {
    let in_new_york = MIDNIGHT + 5 * 3_600;
    let after_close = MIDNIGHT + 21 * 3_600;
    for (column, value) in [
        ("optional int32 date (DATE)", Value::Int(19_753)),
        ("optional int32 date", Value::Int(19_753)),
        ("optional int64 date", Value::Long(20_240_131)),
        ("optional binary date (STRING)", Value::Text("2024-01-31")),
        ("optional binary date", Value::Text("2024-01-31 00:00:00")),
        ("optional int64 Date (TIMESTAMP(MILLIS,false))", Value::Long(MIDNIGHT * 1_000)),
        ("optional int64 date (TIMESTAMP(MICROS,false))", Value::Long(MIDNIGHT * 1_000_000)),
        ("optional int64 date (TIMESTAMP(NANOS,false))", Value::Long(MIDNIGHT * 1_000_000_000)),
        ("optional int64 date (TIMESTAMP(NANOS,false))", Value::Long(after_close * 1_000_000_000)),
        ("optional int64 date (TIMESTAMP(MICROS,true))", Value::Long(MIDNIGHT * 1_000_000)),
        ("optional int64 date (TIMESTAMP(MICROS,true))", Value::Long(in_new_york * 1_000_000)),
        ("optional int64 date (TIMESTAMP_MILLIS)", Value::Long(after_close * 1_000)),
        ("optional int96 date", int96(MIDNIGHT)),
        ("optional int96 date", int96(in_new_york)),
    ] {
        assert_eq!(day_of((column, value), plain()), date(2024, 1, 31), "{column}");
    }
}

#[test]
fn a_zoned_timestamp_is_the_day_in_its_zone() {
    let column = "optional int64 date (TIMESTAMP(MICROS,true))";
    let midnight_in_berlin = || Value::Long((MIDNIGHT - 3_600) * 1_000_000);
    let metadata = KeyValue::new("ARROW:schema".to_owned(), IN_BERLIN.to_owned());
    let in_berlin = WriterProperties::builder().set_key_value_metadata(Some(vec![metadata])).build();

    assert_eq!(day_of((column, midnight_in_berlin()), in_berlin), date(2024, 1, 31));
    // Without the zone it can only be 18:00 in New York the day before.
    assert_eq!(day_of((column, midnight_in_berlin()), plain()), date(2024, 1, 30));
}

#[test]
fn the_zone_is_found_as_fastparquet_and_pyarrow_write_it() {
    let description = r#"{"columns": [{"name": "ticker", "metadata": null}, {"field_name": "date",
        "metadata": {"timezone": "Europe/Berlin"}, "name": "date", "pandas_type": "datetimetz"}]}"#;
    let midnight_in_berlin = MIDNIGHT - 3_600;
    for (key, value) in [("pandas", description), ("ARROW:schema", IN_BERLIN)] {
        for (column, stamp) in [
            ("optional int64 date (TIMESTAMP(MICROS,true))", Value::Long(midnight_in_berlin * 1_000_000)),
            ("optional int64 date (TIMESTAMP_MILLIS)", Value::Long(midnight_in_berlin * 1_000)),
            ("optional int96 date", int96(midnight_in_berlin)),
        ] {
            let metadata = KeyValue::new(key.to_owned(), value.to_owned());
            let properties = WriterProperties::builder().set_key_value_metadata(Some(vec![metadata])).build();
            assert_eq!(day_of((column, stamp), properties), date(2024, 1, 31), "{key}, {column}");
        }
    }
}

#[test]
fn stamps_from_the_east_are_recognized_by_their_weekdays() {
    // A Monday to a Friday at midnight in New York, London (in summer), Berlin and Tokyo, as DuckDB writes them.
    for (first, hours_ahead) in
        [(date(2024, 1, 29), -5), (date(2024, 7, 8), 1), (date(2024, 1, 29), 1), (date(2024, 1, 29), 9)]
    {
        let midnight =
            first.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second();
        let stamps: Vec<i64> =
            (0..5).map(|day| (midnight + day * 86_400 - hours_ahead * 3_600) * 1_000_000).collect();

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bars.parquet");
        let schema = "message bars { required binary ticker (STRING); required int64 date \
                      (TIMESTAMP(MICROS,true)); required double close; }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut writer =
            SerializedFileWriter::new(File::create(&path).unwrap(), schema, Arc::new(plain())).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let tickers = vec![ByteArray::from("AAPL"); 5];
        column.typed::<ByteArrayType>().write_batch(&tickers, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&stamps, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(&[1.0; 5], None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();

        let history = crate::read(&path).unwrap();
        let days: Vec<Date> = history.bars("AAPL").unwrap().iter().map(|bar| bar.date).collect();
        let expected: Vec<Date> = first.series(1.day()).take(5).collect();
        assert_eq!(days, expected, "{hours_ahead} hours ahead of UTC");
    }
}

#[test]
fn damaged_metadata_names_no_zone() {
    for metadata in
        ["", "?", "AAAA", "/////8AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAM", "//////////////////////8="]
    {
        let metadata = KeyValue::new("ARROW:schema".to_owned(), metadata.to_owned());
        let properties = WriterProperties::builder().set_key_value_metadata(Some(vec![metadata])).build();
        let column = "optional int64 date (TIMESTAMP(MICROS,true))";
        assert_eq!(day_of((column, Value::Long(MIDNIGHT * 1_000_000)), properties), date(2024, 1, 31));
    }
}

#[test]
fn volumes_may_be_of_any_number_type() {
    for volume in [
        ("optional double volume", Value::Double(1e6)),
        ("optional int32 volume", Value::Int(1_000_000)),
        ("optional int64 volume (INTEGER(64,false))", Value::Long(1_000_000)),
        ("optional int64 volume (DECIMAL(18,2))", Value::Long(100_000_000)),
    ] {
        let column = volume.0.to_owned();
        let day = ("optional int32 date (DATE)", Value::Int(19_753));
        let history = read_back(day, volume, plain()).unwrap();
        assert_eq!(history.bars("AAPL").unwrap()[0].volume, 1_000_000, "{column}");
    }
}

#[test]
fn every_usual_compression_is_read() {
    for codec in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ] {
        let properties = WriterProperties::builder().set_compression(codec).build();
        let day = ("optional int32 date (DATE)", Value::Int(19_753));
        assert_eq!(day_of(day, properties), date(2024, 1, 31), "{codec:?}");
    }
}

#[test]
fn a_column_of_another_kind_is_refused_by_name_and_type() {
    let day = || ("optional int32 date (DATE)", Value::Int(19_753));
    for (date, volume, expected) in [
        (
            day(),
            ("optional binary volume (STRING)", Value::Text("5")),
            "`volume` holds text, expected numbers",
        ),
        (
            day(),
            ("optional int64 volume (TIMESTAMP(MICROS,false))", Value::Long(5)),
            "`volume` holds timestamps, expected numbers",
        ),
        (
            ("optional double date", Value::Double(5.0)),
            volume(),
            "`date` holds numbers, expected dates, timestamps or text",
        ),
        (
            ("optional binary date (STRING)", Value::Text("yesterday")),
            volume(),
            "`date` holds \"yesterday\", expected dates",
        ),
        (("optional int64 date", Value::Long(1 << 60)), volume(), "`date` holds 1152921504606846976"),
    ] {
        let message = read_back(date, volume, plain()).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
