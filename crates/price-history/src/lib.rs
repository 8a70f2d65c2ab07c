//! Reads daily bars of many stocks from a CSV or Parquet file.
//!
//! The columns are `ticker, date, open, high, low, close, adj_close, volume`, found by name in any order; only ticker,
//! date and close are required. Prices are adjusted for splits, `adj_close` for dividends too. Tickers are text (`NA`,
//! `ON` and `TRUE` are stocks) in any of the spellings that [`Symbol`](forecast_types::Symbol) knows. A row without a
//! positive close is no bar: it is left out and counted. Everything else that does not fit is an error that names the
//! place. What a file contains decides how it is read, not its name. A folder is read as one file in parts, which is how
//! Spark writes Parquet.
//!
//! ```no_run
//! let history = price_history::read("bars.parquet".as_ref())?;
//! let apple = history.bars("AAPL").expect("the file covers Apple");
//! # Ok::<(), price_history::PriceFileError>(())
//! ```

mod builder;
mod columns;
mod csv_file;
mod error;
mod parquet_file;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};

use forecast_types::DailyBar;
use jiff::civil::Date;

pub use error::PriceFileError;

/// The bars of a file, by ticker.
#[derive(Clone, Debug, Default)]
pub struct PriceHistory {
    stocks: BTreeMap<String, Vec<DailyBar>>,
    left_out: u64,
    warnings: Vec<String>,
}

/// Reads a whole file, and logs what its reader should know.
///
/// # Errors
/// When the file cannot be read or does not hold daily bars.
pub fn read(path: &Path) -> Result<PriceHistory, PriceFileError> {
    read_all(&[path])
}

/// Reads several files as one, such as one for each decade.
///
/// # Errors
/// As [`read`]; the last file is named where the files together hold no bars.
pub fn read_all(paths: &[impl AsRef<Path>]) -> Result<PriceHistory, PriceFileError> {
    let mut builder = builder::Builder::default();
    let mut last = Path::new("");
    for path in paths {
        last = path.as_ref();
        if last.is_dir() {
            for part in parts(last)? {
                read_part(&part, &mut builder)?;
            }
        } else {
            read_part(last, &mut builder)?;
        }
    }
    let history = builder.finish(last)?;
    for warning in &history.warnings {
        tracing::warn!("{}: {warning}", last.display());
    }
    Ok(history)
}

/// Lists the files of a folder that hold data; `_SUCCESS`, `.crc` and the like do not.
fn parts(folder: &Path) -> Result<Vec<PathBuf>, PriceFileError> {
    let io = |source| PriceFileError::Io { path: folder.to_owned(), source };
    let mut parts = Vec::new();
    for entry in folder.read_dir().map_err(io)? {
        let entry = entry.map_err(io)?;
        let is_data = !entry.file_name().to_string_lossy().starts_with(['_', '.']);
        if is_data && entry.path().is_file() {
            parts.push(entry.path());
        }
    }
    if parts.is_empty() {
        return Err(PriceFileError::EmptyFolder(folder.to_owned()));
    }
    parts.sort();
    Ok(parts)
}

fn read_part(path: &Path, builder: &mut builder::Builder) -> Result<(), PriceFileError> {
    let io = |source| PriceFileError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(io)?;
    let mut start = Vec::with_capacity(4);
    file.by_ref().take(4).read_to_end(&mut start).map_err(io)?;
    file.rewind().map_err(io)?;
    if start.starts_with(b"PAR1") {
        parquet_file::read(path, file, builder)
    } else if start.starts_with(&[0x1f, 0x8b]) {
        csv_file::read(path, flate2::read::MultiGzDecoder::new(file), builder)
    } else {
        csv_file::read(path, file, builder)
    }
}

impl PriceHistory {
    /// Returns the bars of a stock, oldest first; the ticker is in the spelling of
    /// [`Symbol`](forecast_types::Symbol).
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

    /// Returns how many rows were left out.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Returns what a reader of the file should know: rows left out and why, columns missing, spellings merged.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

#[cfg(test)]
mod tests;
