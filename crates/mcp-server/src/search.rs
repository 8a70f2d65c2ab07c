use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stock_list::StockList;

use crate::answer::NOTICE;

/// Most stocks returned.
const MOST: usize = 20;

/// What to look for
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchQuestion {
    /// Symbol or part of a company's name; small misspellings are forgiven
    pub(crate) query: String,
}

/// Stocks that match, best first
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct SearchAnswer {
    stocks: Vec<Found>,
    /// What happened to a company that is not listed any more
    delisted: Option<&'static str>,
    notice: &'static str,
}

/// One stock that matches
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Found {
    symbol: String,
    name: String,
    exchange: String,
    sector: String,
}

impl SearchAnswer {
    pub(crate) fn of(stocks: &StockList, query: &str) -> Self {
        let found = stocks.search(query, MOST).into_iter().map(|listing| Found {
            symbol: listing.symbol.to_string(),
            name: listing.name.clone(),
            exchange: listing.exchange.clone(),
            sector: listing.sector.clone(),
        });
        Self { stocks: found.collect(), delisted: stocks.delisted(query), notice: NOTICE }
    }
}
