//! What is remembered about clients: a bounded table, and slots that all further clients share.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;

use super::address::Network;

/// Clients with an entry of their own; the table then takes about 400 kB.
pub(super) const MOST_CLIENTS: usize = 10_000;
/// Slots for clients that come when the table is full.
const SHARED_SLOTS: usize = 256;

/// Keeps one number for each client, in a bounded amount of memory.
///
/// When the table is full, a client that is not in it shares a slot with its neighborhood (see [`Network::wider`]) and
/// with all clients that hash to the same slot. So a client that keeps changing addresses within one network
/// fills only that one slot, and nearly all other clients are unaffected. No one outside knows which slot it is.
#[derive(Debug)]
pub(super) struct Ledger {
    slots: Mutex<Slots>,
    most: usize,
    hasher: RandomState,
}

#[derive(Debug)]
struct Slots {
    own: HashMap<Network, Nanos>,
    shared: Box<[Option<Nanos>]>,
}

impl Ledger {
    pub(super) fn new(most: usize) -> Self {
        let slots = Slots { own: HashMap::new(), shared: vec![None; SHARED_SLOTS].into() };
        Self { slots: Mutex::new(slots), most, hasher: RandomState::new() }
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shared_slot(&self, client: Network) -> usize {
        let hash = self.hasher.hash_one(client.wider());
        usize::try_from(hash % SHARED_SLOTS as u64).expect("it is below 256")
    }
}

impl StateStore for Ledger {
    type Key = Network;

    fn measure_and_replace<T, F, E>(&self, client: &Network, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut slots = self.slots();
        let known = slots.own.get(client).copied();
        if known.is_none() && slots.own.len() >= self.most {
            let shared = &mut slots.shared[self.shared_slot(*client)];
            let (outcome, state) = measure(*shared)?;
            *shared = Some(state);
            return Ok(outcome);
        }
        let (outcome, state) = measure(known)?;
        slots.own.insert(*client, state);
        Ok(outcome)
    }
}

impl ShrinkableKeyedStateStore<Network> for Ledger {
    fn retain_recent(&self, drop_below: Nanos) {
        self.slots().own.retain(|_, state| *state > drop_below);
    }

    fn len(&self) -> usize {
        self.slots().own.len()
    }

    fn is_empty(&self) -> bool {
        self.slots().own.is_empty()
    }
}
