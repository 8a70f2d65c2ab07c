//! The stocks of a night.

use std::path::Path;

use anyhow::Context as _;
use forecast_types::Symbol;
use stock_list::StockList;

use crate::NightlyConfig;

impl NightlyConfig {
    /// Returns the stocks to ask about, in order.
    ///
    /// # Errors
    /// When the list cannot be read, or is empty.
    pub(crate) fn symbols(&self) -> anyhow::Result<Vec<Symbol>> {
        let path = self.list.as_deref().unwrap_or_else(|| Path::new(StockList::DEFAULT_PATH));
        let mut symbols = match StockList::load(path) {
            Ok(list) => list.iter().map(|listing| listing.symbol.clone()).collect(),
            Err(stock_list::StockListError::Header(_)) => one_a_line(path)?,
            Err(error) => return Err(error.into()),
        };
        if let Some(first) = self.first {
            symbols.truncate(first);
        }
        Ok(symbols)
    }
}

fn one_a_line(path: &Path) -> anyhow::Result<Vec<Symbol>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let mut symbols = Vec::new();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let symbol = Symbol::parse(text).with_context(|| format!("{}, line {line}", path.display()))?;
        anyhow::ensure!(!symbols.contains(&symbol), "{}, line {line}: {symbol} again", path.display());
        symbols.push(symbol);
    }
    Ok(symbols)
}
