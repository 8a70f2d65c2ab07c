//! Reads the values of one column, `None` or NaN where they are missing.

use parquet::basic::{ConvertedType, LogicalType};
use parquet::column::reader::{ColumnReader, get_typed_column_reader};
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::reader::RowGroupReader;
use parquet::schema::types::ColumnDescriptor;

use super::{ColumnError, unfit};

pub(super) fn texts(
    group: &dyn RowGroupReader,
    place: usize,
    rows: usize,
) -> Result<Vec<Option<ByteArray>>, ColumnError> {
    let column = group.metadata().column(place).column_descr();
    match group.get_column_reader(place)? {
        reader @ ColumnReader::ByteArrayColumnReader(_) => Ok(values::<ByteArrayType>(reader, column, rows)?),
        _ => Err(unfit(column, "text")),
    }
}

pub(super) fn numbers(
    group: &dyn RowGroupReader,
    place: usize,
    rows: usize,
) -> Result<Vec<f64>, ColumnError> {
    let column = group.metadata().column(place).column_descr();
    let refused = || unfit(column, "numbers");
    let is_decimal = matches!(column.logical_type_ref(), Some(LogicalType::Decimal(_)))
        || column.converted_type() == ConvertedType::DECIMAL;
    // Dates and times are whole numbers to Parquet, but neither prices nor volumes.
    let is_plain =
        matches!(column.logical_type_ref(), None | Some(LogicalType::Integer(_) | LogicalType::Decimal(_)));
    let unit = if is_decimal { 10f64.powi(-column.type_scale()) } else { 1.0 };
    let reader = group.get_column_reader(place)?;
    if !is_plain || column.max_rep_level() > 0 {
        return Err(refused());
    }
    Ok(match reader {
        reader @ ColumnReader::FloatColumnReader(_) => {
            or_nan(values::<FloatType>(reader, column, rows)?, f64::from)
        }
        reader @ ColumnReader::DoubleColumnReader(_) => {
            or_nan(values::<DoubleType>(reader, column, rows)?, |value| value)
        }
        reader @ ColumnReader::Int32ColumnReader(_) => {
            or_nan(values::<Int32Type>(reader, column, rows)?, |value| f64::from(value) * unit)
        }
        reader @ ColumnReader::Int64ColumnReader(_) => {
            or_nan(values::<Int64Type>(reader, column, rows)?, |value| value as f64 * unit)
        }
        reader @ ColumnReader::FixedLenByteArrayColumnReader(_) if is_decimal => {
            or_nan(values::<FixedLenByteArrayType>(reader, column, rows)?, |value| {
                big_endian(value.data()) * unit
            })
        }
        reader @ ColumnReader::ByteArrayColumnReader(_) if is_decimal => {
            or_nan(values::<ByteArrayType>(reader, column, rows)?, |value| big_endian(value.data()) * unit)
        }
        _ => return Err(refused()),
    })
}

fn or_nan<T>(values: Vec<Option<T>>, number: impl Fn(T) -> f64) -> Vec<f64> {
    values.into_iter().map(|value| value.map_or(f64::NAN, &number)).collect()
}

/// A two's complement number of any length.
fn big_endian(bytes: &[u8]) -> f64 {
    let sign = bytes.first().map_or(0.0, |&first| if first & 0x80 == 0 { 0.0 } else { -1.0 });
    bytes.iter().fold(sign, |number, &byte| number * 256.0 + f64::from(byte))
}

/// Reads one column of a row group, `None` where a value is null.
pub(super) fn values<T: DataType>(
    reader: ColumnReader,
    column: &ColumnDescriptor,
    rows: usize,
) -> Result<Vec<Option<T::T>>, ParquetError> {
    let mut reader = get_typed_column_reader::<T>(reader);
    let (mut values, mut levels) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let mut read = 0;
    while read < rows {
        let (records, _, _) = reader.read_records(rows - read, Some(&mut levels), None, &mut values)?;
        if records == 0 {
            return Err(ParquetError::EOF(format!("{read} of {rows} rows are there")));
        }
        read += records;
    }
    let present = column.max_def_level();
    if present == 0 {
        // A required column has no definition levels: nothing can be null.
        return Ok(values.into_iter().map(Some).collect());
    }
    let mut values = values.into_iter();
    Ok(levels.into_iter().map(|level| if level == present { values.next() } else { None }).collect())
}
