//! The parts of a night, as they wait in the store for the night to be sealed.

use forecast_client::ClientError;
use forecast_store::{Created, ForecastRow, OutcomeRow, Store, StoreError, paths};
use forecast_types::Symbol;
use jiff::civil::Date;
use problem_details::ProblemKind;
use serde::{Deserialize, Serialize};

/// What became of some stocks of the list. A chunk is written once it is complete, and never again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chunk {
    pub(crate) forecasts: Vec<ForecastRow>,
    pub(crate) outcomes: Vec<OutcomeRow>,
    pub(crate) failures: Vec<Failure>,
}

/// A stock without a forecast tonight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The stock.
    pub symbol: Symbol,
    /// The kind of problem, in words that many stocks share.
    pub kind: String,
    /// What happened to this one.
    pub detail: String,
}

impl Failure {
    /// Says why predict-service has no forecast.
    pub(crate) fn of(symbol: &Symbol, error: &ClientError) -> Self {
        let kind = match error {
            ClientError::Problem(body) => &body.title,
            _ => "Unusable answer",
        };
        Self::new(symbol, kind, error)
    }

    pub(crate) fn new(symbol: &Symbol, kind: &str, detail: &impl ToString) -> Self {
        Self { symbol: symbol.clone(), kind: kind.to_owned(), detail: detail.to_string() }
    }

    /// Says whether the price source does not know the stock any more.
    pub(crate) fn is_delisting(&self) -> bool {
        self.kind == ProblemKind::NoPrices.title()
    }
}

impl Chunk {
    /// Returns a chunk that is in the store.
    pub(crate) async fn read(store: &Store, session: Date, index: u32) -> Result<Option<Self>, StoreError> {
        let path = paths::staged_chunk(session, index);
        let Some(bytes) = store.get(&path).await? else { return Ok(None) };
        let damaged = |error: serde_json::Error| StoreError::Damaged { path, reason: error.to_string() };
        serde_json::from_slice(&bytes).map(Some).map_err(damaged)
    }

    /// Writes it, unless another task was first: then that one's chunk counts.
    pub(crate) async fn stage(&self, store: &Store, session: Date, index: u32) -> Result<(), StoreError> {
        let json = serde_json::to_vec(self).expect("a chunk has text keys only");
        let path = paths::staged_chunk(session, index);
        if let Created::Other(_) = store.create(&path, json).await? {
            tracing::warn!(%path, "another task staged these stocks first");
        }
        Ok(())
    }
}
