//! Reads daily bars of many stocks from a CSV or Parquet file.
//!
//! Columns, by name and in any order: `ticker, date, open, high, low, close, adj_close, volume`. Prices are adjusted
//! for splits, `adj_close` for dividends too. Tickers are text: `NA`, `ON` and `TRUE` are stocks. A row without a
//! positive close is no bar and is left out (and counted); everything else that does not fit is an error that names
//! the place.
//!
//! ```no_run
//! let history = price_history::read("bars.parquet".as_ref())?;
//! let apple = history.bars("AAPL").expect("the file covers Apple");
//! # Ok::<(), price_history::PriceFileError>(())
//! ```

mod csv_file;
mod parquet_file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use forecast_types::DailyBar;
use jiff::civil::Date;

/// The bars of a file, by ticker.
#[derive(Clone, Debug, Default)]
pub struct PriceHistory {
    stocks: BTreeMap<String, Vec<DailyBar>>,
    left_out: u64,
}

/// Says why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PriceFileError {
    /// Neither `.csv` nor `.parquet`.
    #[error("{0} is neither a .csv nor a .parquet file")]
    UnknownKind(PathBuf),
    /// The file cannot be opened or read.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A column is not there.
    #[error("{path} has no column `{column}`; expected ticker,date,open,high,low,close,adj_close,volume")]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// A row of the CSV does not fit.
    #[error("{path}, line {line}: {what}")]
    Row {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The Parquet file is damaged or of another shape.
    #[error("{path} is not a Parquet file of daily bars: {what}")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Two bars of one stock on one day.
    #[error("{path} has two bars of {ticker} on {date}")]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The stock.
        ticker: String,
        /// The day.
        date: Date,
    },
}

/// Reads a whole file; its name's ending says which kind it is.
///
/// # Errors
/// When the file cannot be read or does not hold daily bars.
pub fn read(path: &Path) -> Result<PriceHistory, PriceFileError> {
    let mut history = PriceHistory::default();
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => csv_file::read(path, &mut history)?,
        Some("parquet") => parquet_file::read(path, &mut history)?,
        _ => return Err(PriceFileError::UnknownKind(path.to_owned())),
    }
    history.put_in_order(path)?;
    Ok(history)
}

impl PriceHistory {
    /// Returns the bars of a stock, oldest first.
    #[must_use]
    pub fn bars(&self, ticker: &str) -> Option<&[DailyBar]> {
        self.stocks.get(ticker).map(Vec::as_slice)
    }

    /// Iterates over all stocks in alphabetical order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &[DailyBar])> {
        self.stocks.iter().map(|(ticker, bars)| (ticker.as_str(), bars.as_slice()))
    }

    /// Returns the last day any stock has a bar on.
    #[must_use]
    pub fn last_day(&self) -> Option<Date> {
        self.stocks.values().filter_map(|bars| bars.last()).map(|bar| bar.date).max()
    }

    /// Returns how many rows held no usable price and were left out.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    fn push(&mut self, ticker: &str, bar: DailyBar) {
        if let Some(bar) = usable(bar) {
            // Files are sorted by ticker, so the lookup by borrowed text nearly always finds.
            match self.stocks.get_mut(ticker) {
                Some(bars) => bars.push(bar),
                None => {
                    self.stocks.insert(ticker.to_owned(), vec![bar]);
                }
            }
        } else {
            self.left_out += 1;
        }
    }

    fn put_in_order(&mut self, path: &Path) -> Result<(), PriceFileError> {
        for (ticker, bars) in &mut self.stocks {
            if !bars.is_sorted_by_key(|bar| bar.date) {
                bars.sort_by_key(|bar| bar.date);
            }
            if let Some(pair) = bars.windows(2).find(|pair| pair[0].date == pair[1].date) {
                let (path, ticker, date) = (path.to_owned(), ticker.clone(), pair[0].date);
                return Err(PriceFileError::Duplicate { path, ticker, date });
            }
        }
        Ok(())
    }
}

/// A bar needs a positive close; an open, high or low that is lacking takes the close's place.
fn usable(mut bar: DailyBar) -> Option<DailyBar> {
    let is_price = |price: f64| price.is_finite() && price > 0.0;
    if !is_price(bar.close) || !is_price(bar.adjusted_close) {
        return None;
    }
    for price in [&mut bar.open, &mut bar.high, &mut bar.low] {
        if !is_price(*price) {
            *price = bar.close;
        }
    }
    Some(bar)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const HEADER: &str = "ticker,date,open,high,low,close,adj_close,volume\n";

    fn csv(text: &str) -> Result<PriceHistory, PriceFileError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bars.csv");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn rows_come_out_by_ticker_and_in_order() {
        let history = csv(&format!(
            "{HEADER}NA,2024-01-03,1,2,0.5,1.5,1.4,100\nON,2024-01-02,7,7,7,7,7,0\nNA,2024-01-02,1,1,1,1,0.9,5\n"
        ))
        .unwrap();

        let dates: Vec<Date> = history.bars("NA").unwrap().iter().map(|bar| bar.date).collect();
        assert_eq!(dates, [date(2024, 1, 2), date(2024, 1, 3)]);
        assert_eq!(history.bars("ON").unwrap()[0].volume, 0);
        assert_eq!(history.last_day(), Some(date(2024, 1, 3)));
    }

    #[test]
    fn a_row_without_a_price_is_left_out_and_counted() {
        let history = csv(&format!("{HEADER}A,2024-01-02,,,,,,\nA,2024-01-03,,,,5,5,1\n")).unwrap();
        assert_eq!((history.left_out(), history.bars("A").unwrap().len()), (1, 1));
        assert!((history.bars("A").unwrap()[0].open - 5.0).abs() < 1e-12);
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        for (text, expected) in [
            ("ticker,date\n".to_owned(), "no column `open`"),
            (format!("{HEADER}A,yesterday,1,1,1,1,1,1\n"), "line 2: date is `yesterday`"),
            (format!("{HEADER}A,2024-01-02,1,1,1,one,1,1\n"), "line 2: close is `one`"),
            (
                format!("{HEADER}A,2024-01-02,1,1,1,1,1,1\nA,2024-01-02,1,1,1,1,1,1\n"),
                "two bars of A on 2024-01-02",
            ),
        ] {
            let message = csv(&text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        assert!(read(Path::new("bars.xlsx")).unwrap_err().to_string().contains("neither"));
    }
}
