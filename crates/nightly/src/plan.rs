//! The plan of a nightly run: which stocks, in which chunks.

use std::ops::Range;

use forecast_store::{Created, Digest, Store, StoreError, paths};
use forecast_types::Symbol;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::NightlyError;

/// Stocks per chunk: a run that is killed repeats at most this many requests per task.
const CHUNK: usize = 50;

/// The folder of everything that is not sealed yet.
const STAGING: &str = "staging";
/// The file with the plan, in the folder of the session.
const PLAN_FILE: &str = "night.json";

/// The plan that all tasks of a run, and all its restarts, share through the store.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) session: Date,
    /// The last session recorded before it.
    pub(crate) recorded: Option<Date>,
    pub(crate) stocks: usize,
    /// Empty if the run only needs to be sealed.
    symbols: Vec<Symbol>,
}

/// The plan as stored: all tasks must agree on it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct StoredPlan {
    session: Date,
    recorded: Option<Date>,
    stocks: usize,
    list: Digest,
}

/// The share of one task in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its number, from 0.
    pub index: u32,
    /// How many there are.
    pub count: u32,
}

impl Plan {
    /// Starts a run, or joins one that was started with the same list.
    pub(crate) async fn begin(
        store: &Store,
        session: Date,
        recorded: Option<Date>,
        symbols: Vec<Symbol>,
    ) -> Result<Self, NightlyError> {
        let names: Vec<&str> = symbols.iter().map(Symbol::as_str).collect();
        let list = Digest::of(names.join("\n").as_bytes());
        let plan = StoredPlan { session, recorded, stocks: symbols.len(), list };
        let json = serde_json::to_vec(&plan).expect("a plan has text keys only");
        let path = plan_path(session);
        if let Created::Other(first) = store.create(&path, json).await? {
            let first: StoredPlan = serde_json::from_slice(&first)
                .map_err(|error| StoreError::Damaged { path, reason: error.to_string() })?;
            return Err(NightlyError::OtherList { session, first: first.stocks, now: plan.stocks });
        }
        Ok(Self { session, recorded, stocks: symbols.len(), symbols })
    }

    /// Returns the runs for earlier sessions whose staged objects still exist, oldest first.
    pub(crate) async fn unfinished(store: &Store, before: Date) -> Result<Vec<Self>, NightlyError> {
        let mut plans = Vec::new();
        for path in store.list(STAGING).await?.into_iter().filter(|path| path.ends_with(PLAN_FILE)) {
            let Some(bytes) = store.get(&path).await? else { continue };
            let StoredPlan { session, recorded, stocks, .. } = serde_json::from_slice(&bytes)
                .map_err(|error| StoreError::Damaged { path, reason: error.to_string() })?;
            if session < before {
                plans.push(Self { session, recorded, stocks, symbols: Vec::new() });
            }
        }
        Ok(plans)
    }

    /// Returns the numbers of all chunks.
    pub(crate) fn chunks(&self) -> Range<u32> {
        0..u32::try_from(self.stocks.div_ceil(CHUNK)).expect("a list has fewer than billions of stocks")
    }

    /// Returns the stocks of a chunk.
    pub(crate) fn symbols(&self, chunk: u32) -> &[Symbol] {
        self.symbols.chunks(CHUNK).nth(chunk as usize).unwrap_or_default()
    }

    /// Deletes everything staged for the sessions up to one, each plan after its chunks.
    pub(crate) async fn clear(store: &Store, through: Date) -> Result<(), NightlyError> {
        for path in store.list(STAGING).await? {
            let session = path.split('/').nth(1).and_then(|session| session.parse::<Date>().ok());
            if session.is_some_and(|session| session <= through) {
                store.delete(&path).await?;
            }
        }
        Ok(())
    }
}

impl Task {
    /// Returns whether a chunk belongs to the task.
    pub(crate) fn has(self, chunk: u32) -> bool {
        chunk % self.count == self.index
    }
}

fn plan_path(session: Date) -> String {
    format!("{}/{PLAN_FILE}", paths::staging(session))
}
