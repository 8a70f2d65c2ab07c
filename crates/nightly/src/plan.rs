//! Which stocks a night asks about, in which parts.

use std::ops::Range;

use forecast_store::{Created, Digest, Store, StoreError, paths};
use forecast_types::Symbol;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::NightlyError;

/// Stocks that are staged together: a night that is killed asks at most so many a second time.
const CHUNK: usize = 50;

/// The folder of everything that waits to be sealed.
const STAGING: &str = "staging";
/// What a night begins with, in its folder.
const BEGUN: &str = "night.json";

/// One night. All tasks of it, and all its restarts, share one plan: the store holds what it begins with.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) session: Date,
    /// The last session recorded before it.
    pub(crate) recorded: Option<Date>,
    pub(crate) stocks: usize,
    /// Empty where the night is only to be sealed.
    symbols: Vec<Symbol>,
}

/// What the tasks must agree about.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Begun {
    session: Date,
    recorded: Option<Date>,
    stocks: usize,
    list: Digest,
}

/// The share of one task in a night.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its number, from 0.
    pub index: u32,
    /// How many there are.
    pub count: u32,
}

impl Plan {
    /// Begins a night, or joins one that was begun with the same list.
    pub(crate) async fn begin(
        store: &Store,
        session: Date,
        recorded: Option<Date>,
        symbols: Vec<Symbol>,
    ) -> Result<Self, NightlyError> {
        let names: Vec<&str> = symbols.iter().map(Symbol::as_str).collect();
        let list = Digest::of(names.join("\n").as_bytes());
        let begun = Begun { session, recorded, stocks: symbols.len(), list };
        let json = serde_json::to_vec(&begun).expect("a plan has text keys only");
        let path = begun_path(session);
        if let Created::Other(first) = store.create(&path, json).await? {
            let first: Begun = serde_json::from_slice(&first)
                .map_err(|error| StoreError::Damaged { path, reason: error.to_string() })?;
            return Err(NightlyError::OtherList { session, first: first.stocks, now: begun.stocks });
        }
        Ok(Self { session, recorded, stocks: symbols.len(), symbols })
    }

    /// Returns the nights before a session that were begun and whose staged objects are still there, oldest first.
    pub(crate) async fn left_behind(store: &Store, before: Date) -> Result<Vec<Self>, NightlyError> {
        let mut left = Vec::new();
        for path in store.list(STAGING).await?.into_iter().filter(|path| path.ends_with(BEGUN)) {
            let Some(bytes) = store.get(&path).await? else { continue };
            let Begun { session, recorded, stocks, .. } = serde_json::from_slice(&bytes)
                .map_err(|error| StoreError::Damaged { path, reason: error.to_string() })?;
            if session < before {
                left.push(Self { session, recorded, stocks, symbols: Vec::new() });
            }
        }
        Ok(left)
    }

    /// Returns the numbers of all chunks.
    pub(crate) fn chunks(&self) -> Range<u32> {
        0..u32::try_from(self.stocks.div_ceil(CHUNK)).expect("a list has no billions of stocks")
    }

    pub(crate) fn symbols(&self, chunk: u32) -> &[Symbol] {
        self.symbols.chunks(CHUNK).nth(chunk as usize).unwrap_or_default()
    }

    /// Removes what is staged of the sessions up to one, each plan after its chunks.
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
    pub(crate) fn has(self, chunk: u32) -> bool {
        chunk % self.count == self.index
    }
}

fn begun_path(session: Date) -> String {
    format!("{}/{BEGUN}", paths::staging(session))
}
