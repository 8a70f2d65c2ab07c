//! Sorts rows by stock, repairs what can be repaired, and counts the rest.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use forecast_types::{DailyBar, Symbol};

use crate::columns::Column;
use crate::{PriceFileError, PriceHistory};

#[derive(Debug, Default)]
pub(crate) struct Builder {
    stocks: Vec<Stock>,
    /// The stock of each ticker as the file spells it.
    by_spelling: HashMap<String, usize>,
    by_ticker: HashMap<String, usize>,
    without_ticker: u64,
    without_date: u64,
    without_close: u64,
    without_adjusted_close: u64,
    missing_columns: Vec<Column>,
}

#[derive(Debug)]
struct Stock {
    ticker: String,
    spellings: Vec<String>,
    bars: Vec<DailyBar>,
}

const MOST_EXAMPLES: usize = 3;

impl Builder {
    /// Notes the columns that a file does not have.
    pub(crate) fn lacks(&mut self, columns: impl Iterator<Item = Column>) {
        self.missing_columns = columns.collect();
    }

    /// Adds a row; numbers that are missing are NaN, a bar without a date is `None`.
    pub(crate) fn push(&mut self, spelling: &str, bar: Option<DailyBar>) {
        let is_price = |price: f64| price.is_finite() && price > 0.0;
        let Some(mut bar) = bar else {
            self.without_date += 1;
            return;
        };
        if spelling.is_empty() {
            self.without_ticker += 1;
            return;
        }
        if !is_price(bar.close) {
            self.without_close += 1;
            return;
        }
        for price in [&mut bar.open, &mut bar.high, &mut bar.low] {
            if !is_price(*price) {
                *price = bar.close;
            }
        }
        if !is_price(bar.adjusted_close) {
            self.without_adjusted_close += 1;
            bar.adjusted_close = f64::NAN;
        }
        let stock = self.stock(spelling);
        self.stocks[stock].bars.push(bar);
    }

    fn stock(&mut self, spelling: &str) -> usize {
        // Files have few tickers and many rows, so the lookup by borrowed text nearly always succeeds.
        if let Some(&stock) = self.by_spelling.get(spelling) {
            return stock;
        }
        let ticker = Symbol::parse(spelling).map_or_else(|_| spelling.to_owned(), String::from);
        let stock = *self.by_ticker.entry(ticker.clone()).or_insert_with(|| {
            self.stocks.push(Stock { ticker, spellings: Vec::new(), bars: Vec::new() });
            self.stocks.len() - 1
        });
        self.stocks[stock].spellings.push(spelling.to_owned());
        self.by_spelling.insert(spelling.to_owned(), stock);
        stock
    }

    /// Puts the bars in order.
    ///
    /// # Errors
    /// When two bars of a stock are of the same day.
    pub(crate) fn finish(mut self, path: &Path) -> Result<PriceHistory, PriceFileError> {
        for stock in &mut self.stocks {
            stock.bars.sort_by_key(|bar| bar.date);
            if let Some(pair) = stock.bars.windows(2).find(|pair| pair[0].date == pair[1].date) {
                return Err(PriceFileError::Duplicate {
                    path: path.to_owned(),
                    ticker: stock.ticker.clone(),
                    date: pair[0].date,
                    spellings: stock.spellings.clone(),
                });
            }
            fill_adjusted_closes(&mut stock.bars);
        }
        let warnings = self.warnings();
        let left_out = self.left_out();
        let stocks: BTreeMap<_, _> =
            self.stocks.into_iter().map(|stock| (stock.ticker, stock.bars)).collect();
        Ok(PriceHistory { stocks, left_out, warnings })
    }

    fn left_out(&self) -> u64 {
        self.without_ticker + self.without_date + self.without_close
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let reasons: Vec<String> = [
            (self.without_close, "without a positive close"),
            (self.without_date, "without a date"),
            (self.without_ticker, "without a ticker"),
        ]
        .into_iter()
        .filter(|&(rows, _)| rows > 0)
        .map(|(rows, reason)| format!("{rows} {reason}"))
        .collect();
        if !reasons.is_empty() {
            let rows: usize = self.stocks.iter().map(|stock| stock.bars.len()).sum();
            let (left_out, all) = (self.left_out(), self.left_out() + rows as u64);
            warnings.push(format!("{left_out} of {all} rows left out: {}", reasons.join(", ")));
        }
        let missing: Vec<&str> = self.missing_columns.iter().map(|column| column.name()).collect();
        if !missing.is_empty() {
            warnings.push(format!("no column {}", missing.join(", ")));
        }
        if self.without_adjusted_close > 0 && !self.missing_columns.contains(&Column::AdjustedClose) {
            let rows = self.without_adjusted_close;
            warnings.push(format!("{rows} rows without adj_close; worked out from the close"));
        }
        let merged: Vec<&Stock> = self.stocks.iter().filter(|stock| stock.spellings.len() > 1).collect();
        if !merged.is_empty() {
            let examples: Vec<String> =
                merged.iter().take(MOST_EXAMPLES).map(|stock| stock.spellings.join(" and ")).collect();
            let stocks = if merged.len() == 1 { "stock is" } else { "stocks are" };
            warnings.push(format!(
                "{} {stocks} spelled in several ways and merged, such as {}",
                merged.len(),
                examples.join("; ")
            ));
        }
        warnings
    }
}

/// Where an adjusted close is missing, the close takes its place, times the factor of the nearest bar that has one, so
/// that no return is made up where known and missing values meet.
fn fill_adjusted_closes(bars: &mut [DailyBar]) {
    let factor = |bar: &DailyBar| Some(bar.adjusted_close / bar.close).filter(|factor| !factor.is_nan());
    let mut nearest = bars.iter().find_map(factor).unwrap_or(1.0);
    for bar in bars {
        match factor(bar) {
            Some(known) => nearest = known,
            None => bar.adjusted_close = bar.close * nearest,
        }
    }
}
