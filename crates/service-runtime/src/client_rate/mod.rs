//! How many requests a second each client may send, and which client a request is made for.
//!
//! Each instance counts for itself, in memory. An address is forgotten about a second after its allowance is full again,
//! and is never logged.

mod address;
mod key;
mod ledger;

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::http::HeaderMap;
use clap::Args;
use governor::clock::{Clock, DefaultClock, Reference as _};
use governor::middleware::NoOpMiddleware;
use governor::{Quota, RateLimiter};
use problem_details::{Problem, ProblemKind};

use self::address::{Network, client_address};
pub use self::key::ClientKey;
use self::ledger::{Ledger, MOST_CLIENTS};

/// Enough for twenty pages at once with all that belongs to them.
const DEFAULT_BURST: NonZeroU32 = NonZeroU32::new(200).expect("it is not zero");

/// How many requests each client may send, and how clients are identified.
///
/// # Which address counts
///
/// Behind a proxy every connection comes from the proxy, so the address must be read from `X-Forwarded-For`. Without a
/// proxy, the client wrote that header itself. So [`hops`](Self::client_address_hops) says how many trusted proxies
/// append to it:
///
/// - Cloud Run alone: 1. Whatever the client sent, Google's front end writes the last entry. Source:
///   <https://github.com/GoogleCloudPlatform/esp-v2/pull/318>, a proxy of theirs that relies on it.
/// - An external application load balancer before it: 2, for it appends `<client>,<balancer>` and passes on,
///   unverified, what stood there before. Source:
///   <https://cloud.google.com/load-balancing/docs/https#x-forwarded-for_header>. The service must then take requests
///   from the balancer only, or a client that goes around it chooses its own address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "Clients")]
pub struct ClientRateConfig {
    /// Requests a second that each client address may send to one instance, 429 beyond; 0 means no limit
    #[arg(long, env = "CLIENT_RATE_PER_SECOND", default_value_t = 0)]
    pub client_rate_per_second: u32,
    /// Requests a client address may send at once after a pause
    #[arg(long, env = "CLIENT_RATE_BURST", default_value_t = DEFAULT_BURST)]
    pub client_rate_burst: NonZeroU32,
    /// Trusted proxies in front that append to `X-Forwarded-For`; 0 uses the connection's address
    #[arg(long, env = "CLIENT_ADDRESS_HOPS", default_value_t = 0)]
    pub client_address_hops: u8,
}

impl Default for ClientRateConfig {
    /// No limit.
    fn default() -> Self {
        Self { client_rate_per_second: 0, client_rate_burst: DEFAULT_BURST, client_address_hops: 0 }
    }
}

tokio::task_local! {
    static PEER: IpAddr;
}

/// Runs a connection so that its requests know who is at the other end; costs a request nothing.
pub(crate) async fn with_peer<F: Future>(peer: IpAddr, connection: F) -> F::Output {
    PEER.scope(peer, connection).await
}

fn client_of(headers: &HeaderMap, hops: u8) -> Network {
    // Only a router that is called without a connection knows no peer.
    let peer = PEER.try_with(|peer| *peer).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    Network::of(client_address(headers, peer, hops))
}

impl ClientRateConfig {
    /// Returns the key of the client that a request comes from.
    pub(crate) fn client_key(&self, headers: &HeaderMap) -> ClientKey {
        ClientKey::of(client_of(headers, self.client_address_hops))
    }
}

/// The limit in effect.
#[derive(Debug)]
pub(crate) struct ClientRate<C: Clock = DefaultClock> {
    limiter: RateLimiter<Network, Ledger, C, NoOpMiddleware<C::Instant>>,
    hops: u8,
    begun: C::Instant,
    /// When idle clients were last forgotten, in nanoseconds since it began.
    swept: AtomicU64,
}

/// How often idle clients are forgotten. A sweep of a full table takes a fraction of a millisecond.
const SWEEP_NANOSECONDS: u64 = 1_000_000_000;

impl ClientRate {
    /// Returns the limit, or `None` where none is set.
    pub(crate) fn from_config(config: ClientRateConfig) -> Option<Self> {
        Self::with_clock(config, MOST_CLIENTS, DefaultClock::default())
    }

    /// Counts a request; returns the answer if it is one too many.
    pub(crate) fn refusal(&self, request: &Request) -> Option<Problem> {
        let wait = self.admit(client_of(request.headers(), self.hops)).err()?;
        metrics::counter!("client_rate_refusals_total").increment(1);
        // Rounded up, so that a client that waits this long is not refused again.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Some(
            Problem::new(ProblemKind::TooManyRequests)
                .detail("more requests came from this address than one client may send")
                .retry_after_seconds(seconds.max(1)),
        )
    }
}

impl<C: Clock> ClientRate<C> {
    fn with_clock(config: ClientRateConfig, most_clients: usize, clock: C) -> Option<Self> {
        let rate = NonZeroU32::new(config.client_rate_per_second)?;
        let quota = Quota::per_second(rate).allow_burst(config.client_rate_burst);
        let begun = clock.now();
        Some(Self {
            limiter: RateLimiter::new(quota, Ledger::new(most_clients), clock),
            hops: config.client_address_hops,
            begun,
            swept: AtomicU64::new(0),
        })
    }

    /// Takes one request from a client's allowance; the error is the time until the next one.
    fn admit(&self, client: Network) -> Result<(), Duration> {
        self.sweep_if_due();
        self.limiter.check_key(&client).map_err(|until| until.wait_time_from(self.limiter.clock().now()))
    }

    fn sweep_if_due(&self) {
        let now = self.limiter.clock().now().duration_since(self.begun).as_u64();
        let last = self.swept.load(Ordering::Relaxed);
        let due = now.saturating_sub(last) >= SWEEP_NANOSECONDS;
        // Of requests that come together, one sweeps.
        if due && self.swept.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.limiter.retain_recent();
        }
    }
}

#[cfg(test)]
mod service_tests;
#[cfg(test)]
mod tests;
