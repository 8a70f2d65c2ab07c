//! Who may have work in progress: a bounded number in all, and no more than half of it for one client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use service_runtime::RequestContext;
use service_runtime::client_rate::ClientKey;

/// Slots for work that has to ask the sources; what is cached needs none.
#[derive(Debug)]
pub(super) struct Slots {
    most: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_client: HashMap<ClientKey, u32>,
}

/// Given back when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    taken: Arc<Mutex<Taken>>,
    client: Option<ClientKey>,
    /// Slots the same client held already.
    pub(super) ahead: u32,
}

/// Why there is no slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSlot {
    /// All are taken.
    Overloaded,
    /// This client holds half of them.
    OneClient,
}

impl Slots {
    pub(super) fn new(most: usize) -> Self {
        Self { most, taken: Arc::default() }
    }

    /// Takes a slot for the client of the request that is worked on.
    pub(super) fn take(&self) -> Result<Slot, NoSlot> {
        self.take_for(RequestContext::current().and_then(|context| context.client))
    }

    /// A request without a client is limited by the total only.
    fn take_for(&self, client: Option<ClientKey>) -> Result<Slot, NoSlot> {
        let mut taken = lock(&self.taken);
        if taken.total >= self.most {
            return Err(NoSlot::Overloaded);
        }
        let mut ahead = 0;
        if let Some(client) = client {
            let held = taken.by_client.entry(client).or_default();
            ahead = *held;
            if ahead as usize >= self.most.div_ceil(2) {
                return Err(NoSlot::OneClient);
            }
            *held += 1;
        }
        taken.total += 1;
        Ok(Slot { taken: Arc::clone(&self.taken), client, ahead })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.total -= 1;
        if let Some(client) = self.client
            && let Some(held) = taken.by_client.get_mut(&client)
        {
            *held -= 1;
            if *held == 0 {
                taken.by_client.remove(&client);
            }
        }
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(digit: char) -> Option<ClientKey> {
        let header = ("x-client-key".parse().unwrap(), digit.to_string().repeat(16).parse().unwrap());
        Some(ClientKey::from_headers(&[header].into_iter().collect()).unwrap())
    }

    #[test]
    fn one_client_gets_half_and_the_rest_stays_free_for_others() {
        let slots = Slots::new(5);
        let flood: Vec<_> = (0..10).map(|_| slots.take_for(client('a'))).collect();
        assert_eq!(flood.iter().flatten().map(|slot| slot.ahead).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(flood.iter().skip(3).all(|slot| matches!(slot, Err(NoSlot::OneClient))));

        let other = slots.take_for(client('b')).unwrap();
        assert_eq!(other.ahead, 0);
        let _unnamed = slots.take_for(None).unwrap();
        assert_eq!(slots.take_for(None).err(), Some(NoSlot::Overloaded));

        drop(flood);
        assert_eq!(slots.take_for(client('a')).unwrap().ahead, 0);
        drop(other);
        assert_eq!(lock(&slots.taken).by_client.len(), 0, "clients without a slot are forgotten");
    }
}
