//! Real daily bars from a file, as if the upstreams were asked on its last day.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use forecast_types::Symbol;
use jiff::Timestamp;
use jiff::civil::Date;
use price_history::{PriceFileError, PriceHistory};
use stock_list::{SecurityKind, StockList};

use super::{PlannedReport, ReportFile, ReportFileError, StockSeries};

/// A market read from a file of daily bars.
#[derive(Debug)]
pub struct Replay {
    history: PriceHistory,
    /// The file's spelling of each symbol.
    tickers: HashMap<Symbol, String>,
    stocks: StockList,
    last_day: Date,
    reports: ReportFile,
    /// Stocks asked for before, with their stamps.
    cached: Mutex<HashMap<Symbol, Arc<StockSeries>>>,
}

/// Unlisted tickers shown in a warning.
const MOST_EXAMPLES: usize = 5;
/// The most stocks in memory; about 200 kB each.
const MOST_CACHED: usize = 256;

/// Says why a file cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file cannot be read.
    #[error("the file to replay cannot be read")]
    File(#[from] PriceFileError),
    /// The file holds no bar.
    #[error("{} holds no daily bar", .0.display())]
    Empty(PathBuf),
    /// Two tickers of the file name one stock of the list.
    #[error("{} names {symbol} twice, as {first} and {second}", path.display())]
    TwoSpellings {
        /// The file.
        path: PathBuf,
        /// The stock.
        symbol: Symbol,
        /// One spelling.
        first: String,
        /// The other.
        second: String,
    },
}

impl Replay {
    /// Reads the whole file; names come from the list where it knows the stock.
    ///
    /// # Errors
    /// When the file cannot be read or holds no bar.
    pub fn read(path: &Path, stocks: StockList) -> Result<Self, ReplayError> {
        let history = price_history::read(path)?;
        let last_day = history.last_day().ok_or_else(|| ReplayError::Empty(path.to_owned()))?;
        let mut tickers = HashMap::new();
        let mut unlisted = Vec::new();
        for (ticker, _) in history.iter() {
            let listed = stocks.find(ticker).map(|listing| listing.symbol.clone());
            if listed.is_none() {
                unlisted.push(ticker);
            }
            let Some(symbol) = listed.or_else(|| Symbol::parse(ticker).ok()) else { continue };
            if let Some(first) = tickers.insert(symbol.clone(), ticker.to_owned()) {
                let (path, second) = (path.to_owned(), ticker.to_owned());
                return Err(ReplayError::TwoSpellings { path, symbol, first, second });
            }
        }
        if !unlisted.is_empty() {
            tracing::warn!(
                "{}: {} of {} tickers are not in the stock list and cannot be asked for, such as {}",
                path.display(),
                unlisted.len(),
                history.iter().len(),
                unlisted[..unlisted.len().min(MOST_EXAMPLES)].join(", ")
            );
        }
        let reports = ReportFile::default();
        Ok(Self { history, tickers, stocks, last_day, reports, cached: Mutex::default() })
    }

    /// Adds report dates from a file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn with_reports(mut self, path: &Path) -> Result<Self, ReportFileError> {
        self.reports = ReportFile::read(path, &self.stocks)?;
        Ok(self)
    }

    /// Returns the last day of the file.
    #[must_use]
    pub fn last_day(&self) -> Date {
        self.last_day
    }

    /// Returns how many stocks the file holds.
    #[must_use]
    pub fn stock_count(&self) -> usize {
        self.tickers.len()
    }

    /// Returns the moment a replay starts at: an hour and a half past the last day's closing bell.
    #[must_use]
    pub fn starts_at(&self) -> Timestamp {
        let evening = self.last_day.at(17, 30, 0, 0).to_zoned(exchange_calendar::NEW_YORK.clone());
        evening.map_or(Timestamp::MAX, |evening| evening.timestamp())
    }

    pub(super) fn stocks(&self) -> &StockList {
        &self.stocks
    }

    pub(super) fn holds(&self, symbol: &Symbol) -> bool {
        self.tickers.contains_key(symbol)
    }

    pub(super) fn reports(&self, symbol: &Symbol) -> &[PlannedReport] {
        self.reports.stock(symbol)
    }

    pub(super) fn stock(&self, symbol: &Symbol) -> Option<Arc<StockSeries>> {
        let ticker = self.tickers.get(symbol)?;
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = cached.get(symbol) {
            return Some(Arc::clone(series));
        }
        let listing = self.stocks.get(symbol);
        let bars = self.history.bars(ticker)?.to_vec();
        let series = Arc::new(StockSeries {
            name: listing.map_or_else(|| ticker.clone(), |listing| listing.name.clone()),
            exchange: listing.map(|listing| listing.exchange.clone()).unwrap_or_default(),
            is_fund: listing.is_some_and(|listing| listing.kind() == SecurityKind::Fund),
            stamps: bars.iter().map(|bar| super::stamp(bar.date)).collect(),
            bars,
            ..StockSeries::default()
        });
        if cached.len() >= MOST_CACHED {
            cached.clear();
        }
        cached.insert(symbol.clone(), Arc::clone(&series));
        Some(series)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Reads a file of one bar for each ticker; returns what was read and what was logged.
    fn read(tickers: &[&str]) -> (Replay, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bars.csv");
        let rows: String = tickers.iter().map(|ticker| format!("{ticker},2024-03-08,5\n")).collect();
        std::fs::write(&path, format!("ticker,date,close\n{rows}")).unwrap();
        let stocks = StockList::read("symbol,name\nAAPL,Apple\nBRK.B,Berkshire\n".as_bytes()).unwrap();
        let memory = Memory::default();
        let writer = memory.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        let replay = tracing::subscriber::with_default(subscriber, || Replay::read(&path, stocks)).unwrap();
        let logged = memory.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (replay, String::from_utf8(logged).unwrap())
    }

    #[test]
    fn unlisted_tickers_are_counted_and_named_in_a_warning() {
        let (_, logged) = read(&["AAPL", "ZZA", "ZZB", "ZZC", "ZZD", "ZZE", "ZZF"]);
        let expected = "6 of 7 tickers are not in the stock list and cannot be asked for, \
                        such as ZZA, ZZB, ZZC, ZZD, ZZE\n";
        assert!(logged.contains(" WARN ") && logged.ends_with(expected), "{logged}");
    }

    #[test]
    fn listed_tickers_are_known_in_every_spelling_without_a_warning() {
        let (replay, logged) = read(&["aapl.us", "BRK/B"]);
        assert!(!logged.contains("stock list"), "{logged}");
        for symbol in ["AAPL", "BRK.B"] {
            assert!(replay.stock(&Symbol::parse(symbol).unwrap()).is_some(), "{symbol}");
        }
    }
}
