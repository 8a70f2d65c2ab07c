use std::fs::File;
use std::path::Path;

use forecast_types::DailyBar;
use jiff::Span;
use jiff::civil::{Date, date};
use parquet::column::reader::ColumnReader;
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

use crate::{PriceFileError, PriceHistory};

/// Parquet's dates count days from here.
const EPOCH: Date = date(1970, 1, 1);

pub(crate) fn read(path: &Path, history: &mut PriceHistory) -> Result<(), PriceFileError> {
    let file = File::open(path).map_err(|source| PriceFileError::Io { path: path.to_owned(), source })?;
    let parquet =
        |error: ParquetError| PriceFileError::Parquet { path: path.to_owned(), what: error.to_string() };
    let reader = SerializedFileReader::new(file).map_err(parquet)?;
    let schema = reader.metadata().file_metadata().schema_descr();
    let place = |column: &'static str| {
        schema
            .columns()
            .iter()
            .position(|found| found.name() == column)
            .ok_or_else(|| PriceFileError::NoColumn { path: path.to_owned(), column })
    };
    let (ticker, day, volume) = (place("ticker")?, place("date")?, place("volume")?);
    let prices = [place("open")?, place("high")?, place("low")?, place("close")?, place("adj_close")?];

    for index in 0..reader.num_row_groups() {
        let group = reader.get_row_group(index).map_err(parquet)?;
        read_group(&*group, ticker, day, prices, volume, history).map_err(parquet)?;
    }
    Ok(())
}

fn read_group(
    group: &dyn RowGroupReader,
    ticker: usize,
    day: usize,
    prices: [usize; 5],
    volume: usize,
    history: &mut PriceHistory,
) -> Result<(), ParquetError> {
    let rows = usize::try_from(group.metadata().num_rows())?;
    let tickers = texts(group, ticker, rows)?;
    let days = whole_numbers(group, day, rows)?;
    let volumes = whole_numbers(group, volume, rows)?;
    let [open, high, low, close, adjusted] = prices.map(|column| numbers(group, column, rows));
    let (open, high, low, close, adjusted) = (open?, high?, low?, close?, adjusted?);

    for row in 0..rows {
        let (Some(ticker), Some(day)) = (&tickers[row], days[row]) else {
            return Err(ParquetError::General(format!("row {row} of a row group has no ticker or date")));
        };
        let ticker = std::str::from_utf8(ticker.data())?;
        let date = EPOCH
            .checked_add(Span::new().try_days(day).map_err(|error| ParquetError::General(error.to_string()))?)
            .map_err(|error| ParquetError::General(error.to_string()))?;
        let bar = DailyBar {
            date,
            open: open[row],
            high: high[row],
            low: low[row],
            close: close[row],
            adjusted_close: adjusted[row],
            volume: volumes[row].map_or(0, |shares| u64::try_from(shares).unwrap_or(0)),
        };
        history.push(ticker, bar);
    }
    Ok(())
}

fn texts(
    group: &dyn RowGroupReader,
    column: usize,
    rows: usize,
) -> Result<Vec<Option<ByteArray>>, ParquetError> {
    match group.get_column_reader(column)? {
        reader @ ColumnReader::ByteArrayColumnReader(_) => values::<ByteArrayType>(reader, rows),
        _ => Err(ParquetError::General("column ticker is not text".to_owned())),
    }
}

fn whole_numbers(
    group: &dyn RowGroupReader,
    column: usize,
    rows: usize,
) -> Result<Vec<Option<i64>>, ParquetError> {
    match group.get_column_reader(column)? {
        reader @ ColumnReader::Int32ColumnReader(_) => {
            Ok(values::<Int32Type>(reader, rows)?.into_iter().map(|value| value.map(i64::from)).collect())
        }
        reader @ ColumnReader::Int64ColumnReader(_) => values::<Int64Type>(reader, rows),
        _ => Err(ParquetError::General("columns date and volume must be whole numbers".to_owned())),
    }
}

/// Missing prices become NaN here and here only; `usable` decides what becomes of the bar.
fn numbers(group: &dyn RowGroupReader, column: usize, rows: usize) -> Result<Vec<f64>, ParquetError> {
    match group.get_column_reader(column)? {
        reader @ ColumnReader::FloatColumnReader(_) => Ok(values::<FloatType>(reader, rows)?
            .into_iter()
            .map(|value| value.map_or(f64::NAN, f64::from))
            .collect()),
        reader @ ColumnReader::DoubleColumnReader(_) => Ok(values::<DoubleType>(reader, rows)?
            .into_iter()
            .map(|value| value.unwrap_or(f64::NAN))
            .collect()),
        _ => Err(ParquetError::General("prices must be float or double".to_owned())),
    }
}

/// Reads one column of a row group, `None` where a value is null.
fn values<T: DataType>(reader: ColumnReader, rows: usize) -> Result<Vec<Option<T::T>>, ParquetError> {
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
    if levels.is_empty() {
        // A required column has no definition levels: nothing can be null.
        return Ok(values.into_iter().map(Some).collect());
    }
    let mut present = values.into_iter();
    Ok(levels.into_iter().map(|level| if level > 0 { present.next() } else { None }).collect())
}
