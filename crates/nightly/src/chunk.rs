//! The parts of a nightly run, which are staged in the store until the session is sealed.

use forecast_client::ClientError;
use forecast_store::{Created, ForecastRow, OutcomeRow, Store, StoreError, paths};
use forecast_types::Symbol;
use jiff::civil::Date;
use problem_details::ProblemKind;
use serde::{Deserialize, Serialize};

/// The results for some stocks of the list. A chunk is written once, when it is complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chunk {
    pub(crate) forecasts: Vec<ForecastRow>,
    pub(crate) outcomes: Vec<OutcomeRow>,
    pub(crate) failures: Vec<Failure>,
}

/// A stock without a forecast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The stock.
    pub symbol: Symbol,
    /// The kind of problem, by which the report groups the stocks.
    pub kind: String,
    /// The details for this stock.
    pub detail: String,
}

impl Failure {
    /// Describes why predict-service returned no forecast.
    pub(crate) fn of(symbol: &Symbol, error: &ClientError) -> Self {
        let kind = match error {
            ClientError::Problem(body) => &body.title,
            _ => "Invalid response",
        };
        Self::new(symbol, kind, error)
    }

    pub(crate) fn new(symbol: &Symbol, kind: &str, detail: &impl ToString) -> Self {
        Self { symbol: symbol.clone(), kind: kind.to_owned(), detail: detail.to_string() }
    }

    /// Returns whether the price source no longer knows the stock.
    pub(crate) fn is_delisting(&self) -> bool {
        self.kind == ProblemKind::NoPrices.title()
    }
}

impl Chunk {
    /// Reads a staged chunk; `None` if it is missing.
    pub(crate) async fn read(store: &Store, session: Date, index: u32) -> Result<Option<Self>, StoreError> {
        let path = paths::staged_chunk(session, index);
        let Some(bytes) = store.get(&path).await? else { return Ok(None) };
        let damaged = |error: serde_json::Error| StoreError::Damaged { path, reason: error.to_string() };
        serde_json::from_slice(&bytes).map(Some).map_err(damaged)
    }

    /// Writes the chunk, unless another task has already written it: then that one counts.
    pub(crate) async fn stage(&self, store: &Store, session: Date, index: u32) -> Result<(), StoreError> {
        let json = serde_json::to_vec(self).expect("a chunk has text keys only");
        let path = paths::staged_chunk(session, index);
        if let Created::Other(_) = store.create(&path, json).await? {
            tracing::warn!(%path, "another task staged these stocks first");
        }
        Ok(())
    }
}
