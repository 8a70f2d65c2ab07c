//! Reads Parquet as pandas, polars, Spark and `DuckDB` write it.

mod days;
mod values;
mod zone;

use std::fs::File;
use std::path::Path;

use forecast_types::DailyBar;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, RowGroupReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use crate::PriceFileError;
use crate::builder::Builder;
use crate::columns::{Column, Places};
use days::DayReader;

/// Why a column cannot be read.
#[derive(Debug, thiserror::Error)]
enum ColumnError {
    /// Its values are of another kind, or packed in an unknown way.
    #[error("{0}")]
    Unfit(String),
    #[error(transparent)]
    Damaged(#[from] ParquetError),
}

/// Rows of one group, column by column.
struct Group<'a> {
    reader: &'a dyn RowGroupReader,
    places: Places,
    rows: usize,
}

pub(crate) fn read(path: &Path, file: File, builder: &mut Builder) -> Result<(), PriceFileError> {
    let damaged = |source| PriceFileError::Damaged { path: path.to_owned(), source };
    let reader = SerializedFileReader::new(file).map_err(damaged)?;
    let metadata = reader.metadata().file_metadata();
    let columns = metadata.schema_descr().columns();
    // Columns inside lists and structs have a longer path; only those at the top are meant.
    let headers = columns.iter().map(|column| match column.path().parts() {
        [name] => name.as_str(),
        _ => "",
    });
    let places = Places::find(headers, path)?;
    builder.lacks(places.missing());
    let unfit = |column: Column, error| match error {
        ColumnError::Damaged(source) => damaged(source),
        ColumnError::Unfit(reason) => {
            PriceFileError::Column { path: path.to_owned(), column: column.name(), reason }
        }
    };
    let Some(date) = places.of(Column::Date) else { return Ok(()) };
    let mut days = DayReader::of(&columns[date], metadata).map_err(|error| unfit(Column::Date, error))?;
    days.judge_weekdays(&reader, date).map_err(|error| unfit(Column::Date, error))?;

    for index in 0..reader.num_row_groups() {
        let reader = reader.get_row_group(index).map_err(damaged)?;
        let rows = usize::try_from(reader.metadata().num_rows()).unwrap_or_default();
        let group = Group { reader: &*reader, places, rows };
        group.read(&days, builder).map_err(|(column, error)| unfit(column, error))?;
    }
    Ok(())
}

impl Group<'_> {
    fn read(&self, days: &DayReader, builder: &mut Builder) -> Result<(), (Column, ColumnError)> {
        let tickers = self.column(Column::Ticker, values::texts)?.unwrap_or_default();
        let days = self.column(Column::Date, |group, place, rows| days.read(group, place, rows))?;
        let days = days.unwrap_or_default();
        let numbers = |column| {
            let numbers = self.column(column, values::numbers)?;
            Ok(numbers.unwrap_or_else(|| vec![f64::NAN; self.rows]))
        };
        let (open, high, low) = (numbers(Column::Open)?, numbers(Column::High)?, numbers(Column::Low)?);
        let (close, adjusted) = (numbers(Column::Close)?, numbers(Column::AdjustedClose)?);
        let volume = numbers(Column::Volume)?;

        for (row, (ticker, date)) in tickers.iter().zip(days).enumerate() {
            let bar = date.map(|date| DailyBar {
                date,
                open: open[row],
                high: high[row],
                low: low[row],
                close: close[row],
                adjusted_close: adjusted[row],
                volume: volume[row].max(0.0) as u64,
            });
            builder.push(ticker.as_ref().map_or("", |text| text.as_utf8().unwrap_or("")).trim(), bar);
        }
        Ok(())
    }

    /// Reads one column; `None` where the file does not have it.
    fn column<T>(
        &self,
        column: Column,
        read: impl Fn(&dyn RowGroupReader, usize, usize) -> Result<T, ColumnError>,
    ) -> Result<Option<T>, (Column, ColumnError)> {
        let Some(place) = self.places.of(column) else { return Ok(None) };
        let chunk = self.reader.metadata().column(place);
        let values = if chunk.compression() == Compression::LZO {
            Err(ColumnError::Unfit("is compressed with LZO; write it with snappy, zstd or gzip".to_owned()))
        } else {
            read(self.reader, place, self.rows)
        };
        values.map(Some).map_err(|error| (column, error))
    }
}

/// Says what a column holds, in words people know.
fn kind(column: &ColumnDescriptor) -> String {
    use parquet::basic::{LogicalType, Type};
    let words = match (column.logical_type_ref(), column.physical_type()) {
        _ if column.max_rep_level() > 0 => "lists",
        (Some(LogicalType::Date), _) => "dates",
        (Some(LogicalType::Timestamp(_)), _) | (_, Type::INT96) => "timestamps",
        (Some(LogicalType::Time(_)), _) => "times of day",
        (Some(LogicalType::Decimal(_)), _) => "decimal numbers",
        (_, Type::BOOLEAN) => "true and false",
        (_, Type::INT32 | Type::INT64) => "whole numbers",
        (_, Type::FLOAT | Type::DOUBLE) => "numbers",
        (Some(LogicalType::String), _) | (None, Type::BYTE_ARRAY) => "text",
        _ => "binary data",
    };
    words.to_owned()
}

fn unfit(column: &ColumnDescriptor, expected: &str) -> ColumnError {
    ColumnError::Unfit(format!("holds {}, expected {expected}", kind(column)))
}

#[cfg(test)]
mod tests;
