use std::io::{BufRead as _, BufReader, Cursor, Read};
use std::path::Path;

use csv::ByteRecord;
use encoding_rs_io::DecodeReaderBytesBuilder;
use forecast_types::DailyBar;

use crate::PriceFileError;
use crate::builder::Builder;
use crate::columns::{Column, Places, day, is_missing};

/// Longer first lines are no header.
const LONGEST_HEADER_BYTES: u64 = 64 * 1024;

pub(crate) fn read(path: &Path, file: impl Read, builder: &mut Builder) -> Result<(), PriceFileError> {
    let io = |source| PriceFileError::Io { path: path.to_owned(), source };
    // Takes off a byte order mark and turns UTF-16 into UTF-8; all else passes as it is.
    let decoded = DecodeReaderBytesBuilder::new().utf8_passthru(true).strip_bom(true).build(file);
    let mut text = BufReader::new(decoded);
    let mut header = Vec::new();
    (&mut text).take(LONGEST_HEADER_BYTES).read_until(b'\n', &mut header).map_err(io)?;
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .delimiter(delimiter(&header))
        .from_reader(Cursor::new(header).chain(text));
    let row_error = |line, reason| PriceFileError::Row { path: path.to_owned(), line, reason };
    let csv_error = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        match error.into_kind() {
            csv::ErrorKind::Io(source) => io(source),
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                row_error(line, format!("{len} fields, expected {expected_len}"))
            }
            _ => PriceFileError::UnknownKind(path.to_owned()),
        }
    };

    let names = reader.byte_headers().map_err(csv_error)?.clone();
    if names.iter().any(|name| name.contains(&0)) {
        return Err(PriceFileError::UnknownKind(path.to_owned()));
    }
    let places = Places::find(names.iter().map(|name| std::str::from_utf8(name).unwrap_or_default()), path)?;
    builder.lacks(places.missing());
    let mut row = ByteRecord::new();
    while reader.read_byte_record(&mut row).map_err(csv_error)? {
        let line = row.position().map_or(0, csv::Position::line);
        add(&row, places, builder).map_err(|reason| row_error(line, reason))?;
    }
    Ok(())
}

/// The delimiter of a header: the candidate that occurs most often.
fn delimiter(header: &[u8]) -> u8 {
    let count = |delimiter: u8| header.iter().filter(|&&byte| byte == delimiter).count();
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|&delimiter| count(delimiter)).unwrap_or(b',')
}

fn add(row: &ByteRecord, places: Places, builder: &mut Builder) -> Result<(), String> {
    let text = |column: Column| {
        let field = places.of(column).and_then(|place| row.get(place)).unwrap_or_default();
        std::str::from_utf8(field).map_err(|_| format!("{} is not text", column.name()))
    };
    let number = |column: Column| match text(column)? {
        missing if is_missing(missing) => Ok(f64::NAN),
        given => {
            given.parse::<f64>().map_err(|_| format!("{} is `{given}`, expected a number", column.name()))
        }
    };
    let date = match text(Column::Date)? {
        missing if is_missing(missing) => None,
        given => {
            Some(day(given).ok_or_else(|| format!("date is `{given}`, expected one such as 2024-01-31"))?)
        }
    };
    let bar = |date| {
        Ok::<_, String>(DailyBar {
            date,
            open: number(Column::Open)?,
            high: number(Column::High)?,
            low: number(Column::Low)?,
            close: number(Column::Close)?,
            adjusted_close: number(Column::AdjustedClose)?,
            volume: number(Column::Volume)?.max(0.0) as u64,
        })
    };
    builder.push(text(Column::Ticker)?, date.map(bar).transpose()?);
    Ok(())
}
