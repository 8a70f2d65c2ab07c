//! Real daily bars from a file, as if the upstreams were asked on its last day.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use forecast_types::Symbol;
use jiff::Timestamp;
use jiff::civil::Date;
use price_history::{PriceFileError, PriceHistory};
use stock_list::{SecurityKind, StockList};

use super::StockSeries;

/// A market read from a file of daily bars.
#[derive(Debug)]
pub struct Replay {
    history: PriceHistory,
    /// The file's spelling of each symbol.
    tickers: HashMap<Symbol, String>,
    stocks: StockList,
    last_day: Date,
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
        Ok(Self { history, tickers, stocks, last_day, cached: Mutex::default() })
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
