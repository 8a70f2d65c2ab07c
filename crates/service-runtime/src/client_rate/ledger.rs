//! What is remembered of clients: a bounded table, and beyond it places that strangers share.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;

use super::address::Network;

/// Clients remembered one by one; the table then takes about 400 kB.
pub(super) const MOST_CLIENTS: usize = 10_000;
/// Places for those that come when the table is full.
const SHARED_PLACES: usize = 256;

/// Keeps one number for each client, in a bounded amount of memory.
///
/// With the table full, a client that is not in it shares a place with its neighbourhood (see [`Network::wider`]) and
/// whoever else falls on that place. So one who comes from ever new addresses of a network of his own crowds out
/// that one place, and nearly all others are served as before. Which place it is cannot be known from outside.
#[derive(Debug)]
pub(super) struct Ledger {
    places: Mutex<Places>,
    most: usize,
    hasher: RandomState,
}

#[derive(Debug)]
struct Places {
    own: HashMap<Network, Nanos>,
    shared: Box<[Option<Nanos>]>,
}

impl Ledger {
    pub(super) fn new(most: usize) -> Self {
        let places = Places { own: HashMap::new(), shared: vec![None; SHARED_PLACES].into() };
        Self { places: Mutex::new(places), most, hasher: RandomState::new() }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shared_place(&self, client: Network) -> usize {
        let hash = self.hasher.hash_one(client.wider());
        usize::try_from(hash % SHARED_PLACES as u64).expect("it is below 256")
    }
}

impl StateStore for Ledger {
    type Key = Network;

    fn measure_and_replace<T, F, E>(&self, client: &Network, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut places = self.places();
        let known = places.own.get(client).copied();
        if known.is_none() && places.own.len() >= self.most {
            let shared = &mut places.shared[self.shared_place(*client)];
            let (outcome, state) = measure(*shared)?;
            *shared = Some(state);
            return Ok(outcome);
        }
        let (outcome, state) = measure(known)?;
        places.own.insert(*client, state);
        Ok(outcome)
    }
}

impl ShrinkableKeyedStateStore<Network> for Ledger {
    fn retain_recent(&self, drop_below: Nanos) {
        self.places().own.retain(|_, state| *state > drop_below);
    }

    fn len(&self) -> usize {
        self.places().own.len()
    }

    fn is_empty(&self) -> bool {
        self.places().own.is_empty()
    }
}
