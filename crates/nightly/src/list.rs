//! The stocks of a nightly run.

use std::path::Path;

use anyhow::Context as _;
use forecast_types::Symbol;
use stock_list::{StockList, StockListError};

use crate::NightlyConfig;

impl NightlyConfig {
    /// Returns the stocks to forecast, in order, and the stock list if the file is one.
    ///
    /// # Errors
    /// When the list cannot be read, or is empty.
    pub(crate) fn stocks(&self) -> anyhow::Result<(Vec<Symbol>, Option<StockList>)> {
        let path = self.list.as_deref().unwrap_or_else(|| Path::new(StockList::DEFAULT_PATH));
        let (mut symbols, list) = match StockList::load(path) {
            Ok(list) => (list.iter().map(|listing| listing.symbol.clone()).collect(), Some(list)),
            Err(StockListError::Header(_)) => (one_per_line(path)?, None),
            Err(error) => return Err(error.into()),
        };
        if let Some(first) = self.first {
            symbols.truncate(first);
        }
        Ok((symbols, list))
    }
}

fn one_per_line(path: &Path) -> anyhow::Result<Vec<Symbol>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let mut symbols = Vec::new();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let symbol = Symbol::parse(text).with_context(|| format!("{}, line {line}", path.display()))?;
        anyhow::ensure!(!symbols.contains(&symbol), "{}, line {line}: duplicate {symbol}", path.display());
        symbols.push(symbol);
    }
    Ok(symbols)
}
