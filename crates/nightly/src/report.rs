use std::collections::BTreeMap;
use std::fmt;

use forecast_store::{Store, StoreError};
use indicatif::HumanCount;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Failure;

/// The report of a nightly run, which names every stock without a forecast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReport {
    /// The session the forecasts were made after.
    pub session: Date,
    /// Stocks in the list.
    pub stocks: usize,
    /// Stocks with a forecast.
    pub forecasts: usize,
    /// Stocks without a forecast.
    pub failures: Vec<Failure>,
}

impl RunReport {
    /// Writes the report to the store.
    pub(crate) async fn write(&self, store: &Store) -> Result<(), StoreError> {
        let json = serde_json::to_vec(self).expect("a report has text keys only");
        store.create_same(&format!("nights/{}.json", self.session), json).await
    }
}

impl fmt::Display for RunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |number: usize| HumanCount(number as u64);
        write!(f, "{}: {} of {} stocks forecast", self.session, count(self.forecasts), count(self.stocks))?;
        let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for failure in &self.failures {
            kinds.entry(&failure.kind).or_default().push(failure.symbol.as_str());
        }
        for (kind, symbols) in kinds {
            write!(f, "\n  {kind}, {}: {}", count(symbols.len()), symbols.join(", "))?;
        }
        Ok(())
    }
}
