use forecast_score::simple_return;
use forecast_types::{Interval, Symbol};

use crate::scoring::HorizonOutcomes;
use crate::{Digest, ForecastRow, ModelVersion};

/// One forecast and its outcomes so far.
///
/// A day has thousands of them and a page shows a few, so figures are computed on demand.
#[derive(Clone, Debug)]
pub struct ScoredForecast {
    row: ForecastRow,
    /// Realized log returns since the last close, in the units in which outcomes are recorded.
    realized: Vec<i64>,
}

impl ScoredForecast {
    /// Compares a recorded forecast with the outcomes of the sessions after it.
    pub(crate) fn new(row: ForecastRow, ahead: &HorizonOutcomes<'_>) -> Self {
        let (realized, _) = ahead.realized(&row.symbol);
        Self { row, realized }
    }

    /// The stock.
    #[must_use]
    pub fn symbol(&self) -> &Symbol {
        &self.row.symbol
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &ModelVersion {
        &self.row.model
    }

    /// Recent daily volatility, as a simple return.
    #[must_use]
    pub fn volatility(&self) -> f64 {
        self.row.recorded().fast_sigma()
    }

    /// The session that reacts to a report the forecast knew of, 1 to 14.
    #[must_use]
    pub fn report(&self) -> Option<u8> {
        self.row.report.map(|report| report.session)
    }

    /// The digest of the forecast's row, as in its log entry.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.row.digest()
    }

    /// The edges of a range until a session, counted from 1, as simple returns from the last close.
    #[must_use]
    pub fn range(&self, interval: Interval, ahead: usize) -> (f64, f64) {
        let recorded = self.row.recorded();
        let edge = |level| simple_return(recorded.edge(level, ahead - 1));
        let (low, high) = interval.positions();
        (edge(low), edge(high))
    }

    /// How many of its sessions have an outcome: fewer than fourteen if some are not over or the stock was delisted.
    #[must_use]
    pub fn sessions_known(&self) -> usize {
        self.realized.len()
    }

    /// The realized return until a session, counted from 1, as a simple return from the last close; `None` if it is not known.
    #[must_use]
    pub fn realized_return(&self, ahead: usize) -> Option<f64> {
        self.realized.get(ahead - 1).copied().map(simple_return)
    }

    /// Whether the outcome until a session, counted from 1, was inside a range; `None` if it is not known.
    #[must_use]
    pub fn inside(&self, interval: Interval, ahead: usize) -> Option<bool> {
        let outcome = *self.realized.get(ahead - 1)?;
        Some(self.row.recorded().contains(interval.positions(), ahead - 1, outcome))
    }
}
