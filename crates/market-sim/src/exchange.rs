//! An open market: what is true, the clock, the faults, and what was asked.

use std::sync::Arc;

use service_runtime::Clock;

use crate::market::Market;
use crate::{Faults, ReceivedLog, SimConfig};

/// An open market with everything needed to serve it.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub(crate) market: Arc<Market>,
    pub(crate) clock: Clock,
    pub(crate) seed: u64,
    pub(crate) token: Option<Arc<str>>,
    pub(crate) no_tweets: bool,
    pub(crate) eodhd_calendar: bool,
    pub(crate) faults: Faults,
    pub(crate) received: ReceivedLog,
}

impl Exchange {
    pub(crate) fn new(market: Market, clock: Clock, config: &SimConfig) -> Self {
        Self {
            market: Arc::new(market),
            clock,
            seed: config.seed,
            token: config.token.as_deref().map(Arc::from),
            no_tweets: config.no_tweets,
            eodhd_calendar: config.eodhd_calendar,
            faults: Faults::default(),
            received: ReceivedLog::new(config.record_requests),
        }
    }

    /// Returns the handle that sets faults.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Returns the requests so far.
    #[must_use]
    pub fn received(&self) -> &ReceivedLog {
        &self.received
    }

    /// Returns the market's clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Returns the market.
    #[must_use]
    pub fn market(&self) -> &Market {
        &self.market
    }
}
