use std::path::Path;

use csv::StringRecord;
use forecast_types::DailyBar;

use crate::{PriceFileError, PriceHistory};

const COLUMNS: [&str; 8] = ["ticker", "date", "open", "high", "low", "close", "adj_close", "volume"];

pub(crate) fn read(path: &Path, history: &mut PriceHistory) -> Result<(), PriceFileError> {
    let io = |source| PriceFileError::Io { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(io)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let row_error = |line, what: String| PriceFileError::Row { path: path.to_owned(), line, what };

    let header = reader.headers().map_err(|error| row_error(1, error.to_string()))?.clone();
    let mut places = [0; 8];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        *place = header
            .iter()
            .position(|name| name == column)
            .ok_or_else(|| PriceFileError::NoColumn { path: path.to_owned(), column })?;
    }

    let mut row = StringRecord::new();
    while reader.read_record(&mut row).map_err(|error| {
        let line = error.position().map_or(0, csv::Position::line);
        row_error(line, error.to_string())
    })? {
        let line = row.position().map_or(0, csv::Position::line);
        let bar = bar(&row, places).map_err(|what| row_error(line, what))?;
        history.push(&row[places[0]], bar);
    }
    Ok(())
}

fn bar(row: &StringRecord, places: [usize; 8]) -> Result<DailyBar, String> {
    let text = |column: usize| &row[places[column]];
    let price = |column: usize| match text(column) {
        // An empty field is a missing price; `usable` decides what becomes of the bar.
        "" => Ok(f64::NAN),
        given => {
            given.parse::<f64>().map_err(|_| format!("{} is `{given}`, expected a price", COLUMNS[column]))
        }
    };
    let date = text(1)
        .get(..10)
        .and_then(|day| day.parse().ok())
        .ok_or_else(|| format!("date is `{}`, expected one such as 2024-01-31", text(1)))?;
    Ok(DailyBar {
        date,
        open: price(2)?,
        high: price(3)?,
        low: price(4)?,
        close: price(5)?,
        adjusted_close: price(6)?,
        volume: price(7)?.max(0.0) as u64,
    })
}
