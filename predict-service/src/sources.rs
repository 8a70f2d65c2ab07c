//! The four sources behind their caches: each is asked once for one question, however many people put it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use exchange_calendar::{MarketState, market_state, session_hours};
use feature_sources::{
    Clients, ClientsError, Days, Moment, News, PriceSeries, Prices, SearchSeries, Searches, SentimentSeries,
    SourceError, Tweets,
};
use forecast_types::{Source, Symbol};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use service_runtime::Clock;
use tokio::time::{Instant, timeout_at};

use crate::Config;
use crate::cache::flights::{Crashed, Flights, Perishable};
use crate::cache::store::{Persistence, Store, keep, recall};

/// A failure is not asked about again for so long; the gates know when a try makes sense.
const FAILURE_KEPT: SignedDuration = SignedDuration::from_secs(15);
/// The newest bar is to come any minute.
const PENDING_KEPT: SignedDuration = SignedDuration::from_mins(2);
/// "Unknown there" may be an outage in disguise.
const REFUSAL_KEPT: SignedDuration = SignedDuration::from_hours(1);
/// So may an empty answer of the price source; of the others it is the rule.
const NO_PRICES_KEPT: SignedDuration = SignedDuration::from_mins(2);
/// Questions held in memory for each source; the four series of one are some 30 kB, those of a track record more.
const QUESTIONS: u64 = 100;

/// What is asked of a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub(crate) symbol: Symbol,
    pub(crate) days: Days,
}

/// What a source said, and for how long that holds.
#[derive(Debug)]
pub(crate) struct Said<T> {
    pub(crate) outcome: Result<T, SourceError>,
    pub(crate) fetched_at: Timestamp,
    fresh_until: Timestamp,
}

impl<T> Perishable for Arc<Said<T>> {
    fn fresh_until(&self) -> Timestamp {
        self.fresh_until
    }
}

/// What a request learned from a source.
#[derive(Clone, Debug)]
pub(crate) struct Heard<T> {
    pub(crate) said: Arc<Said<T>>,
    /// From asking to having; zero from memory.
    pub(crate) elapsed: Duration,
}

impl<T> Heard<T> {
    pub(crate) fn fresh_until(&self) -> Timestamp {
        self.said.fresh_until
    }
}

/// Series that can be kept for a while.
pub(crate) trait Series: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Says whether more is to come soon.
    fn is_pending(&self) -> bool {
        false
    }

    /// Says what is lacking, for people.
    fn lacking(&self) -> Option<&str>;
}

impl Series for PriceSeries {
    fn is_pending(&self) -> bool {
        self.newest_is_pending
    }

    fn lacking(&self) -> Option<&str> {
        self.partial_reason.as_deref()
    }
}

impl Series for SentimentSeries {
    fn lacking(&self) -> Option<&str> {
        self.partial_reason.as_deref()
    }
}

impl Series for SearchSeries {
    fn lacking(&self) -> Option<&str> {
        self.partial_reason.as_deref()
    }
}

/// One source: its name, its answers in memory and beyond.
struct Shelf<T> {
    source: Source,
    flights: Flights<Question, Arc<Said<T>>>,
    shared: Arc<Shared>,
}

/// What the shelves have in common.
struct Shared {
    clock: Clock,
    patience: Duration,
    cache_patience: Duration,
    store: Option<Arc<dyn Store>>,
    /// Keeps the data of one market out of the other's.
    market: String,
}

/// All four.
pub(crate) struct Sources {
    prices: (Arc<Prices>, Shelf<PriceSeries>),
    tweets: (Tweets, Shelf<SentimentSeries>),
    news: (News, Shelf<SentimentSeries>),
    searches: (Arc<Searches>, Shelf<SearchSeries>),
}

impl Sources {
    /// Makes the clients and their caches.
    ///
    /// # Errors
    /// When an address is not `http` or `https`, or TLS cannot start.
    pub(crate) fn build(
        config: &Config,
        clock: Clock,
        persistence: Persistence,
    ) -> Result<Self, ClientsError> {
        let clients = Clients::build(&config.upstreams, persistence.ledger)?;
        let shared = Arc::new(Shared {
            clock,
            patience: config.source_deadline(),
            cache_patience: config.cache_patience(),
            store: persistence.store,
            market: format!("{}@{}", config.market, config.upstreams.yahoo_url.authority()),
        });
        Ok(Self {
            prices: (Arc::new(clients.prices), Shelf::new(Source::Prices, &shared)),
            tweets: (clients.tweets, Shelf::new(Source::Tweets, &shared)),
            news: (clients.news, Shelf::new(Source::News, &shared)),
            searches: (Arc::new(clients.searches), Shelf::new(Source::Searches, &shared)),
        })
    }

    pub(crate) async fn prices(&self, question: &Question, deadline: Instant) -> Heard<PriceSeries> {
        let (client, shelf) = &self.prices;
        let fetch = |question: Question, moment| {
            let client = Arc::clone(client);
            async move { client.fetch(&question.symbol, question.days, moment).await }
        };
        shelf.ask(question, deadline, fetch).await
    }

    pub(crate) async fn tweets(&self, question: &Question, deadline: Instant) -> Heard<SentimentSeries> {
        let (client, shelf) = &self.tweets;
        let fetch = |question: Question, moment| {
            let client = client.clone();
            async move { client.fetch(&question.symbol, question.days, moment).await }
        };
        shelf.ask(question, deadline, fetch).await
    }

    pub(crate) async fn news(&self, question: &Question, deadline: Instant) -> Heard<SentimentSeries> {
        let (client, shelf) = &self.news;
        let fetch = |question: Question, moment| {
            let client = client.clone();
            async move { client.fetch(&question.symbol, question.days, moment).await }
        };
        shelf.ask(question, deadline, fetch).await
    }

    pub(crate) async fn searches(&self, question: &Question, deadline: Instant) -> Heard<SearchSeries> {
        let (client, shelf) = &self.searches;
        let fetch = |question: Question, moment| {
            let client = Arc::clone(client);
            async move { client.fetch(&question.symbol, question.days, moment).await }
        };
        shelf.ask(question, deadline, fetch).await
    }
}

impl<T: Series> Shelf<T> {
    fn new(source: Source, shared: &Arc<Shared>) -> Self {
        Self { source, flights: Flights::new(QUESTIONS), shared: Arc::clone(shared) }
    }

    /// Returns what the source says, at the latest at the deadline.
    async fn ask<F>(
        &self,
        question: &Question,
        deadline: Instant,
        fetch: impl FnOnce(Question, Moment) -> F,
    ) -> Heard<T>
    where
        F: Future<Output = Result<T, SourceError>> + Send + 'static,
    {
        let begun = Instant::now();
        let now = self.shared.clock.now();
        let make = || {
            // The work has a deadline of its own: it serves those who ask later, too.
            let moment = Moment { now, deadline: begun + self.shared.patience };
            let fetched = fetch(question.clone(), moment);
            self.recall_or(question, now, Box::pin(fetched))
        };
        match timeout_at(deadline, self.flights.get(question, now, make)).await {
            Ok(Ok(landed)) => {
                metrics::counter!("source_answers_total", "source" => self.source.as_str(),
                    "from" => if landed.was_ready { "memory" } else { "flight" })
                .increment(1);
                let elapsed = if landed.was_ready { Duration::ZERO } else { begun.elapsed() };
                Heard { said: landed.answer, elapsed }
            }
            Ok(Err(Crashed)) => {
                self.failed(SourceError::Unreachable { what: "internal error", cause: None }, now, begun)
            }
            Err(_late) => self.failed(SourceError::Late, now, begun),
        }
    }

    fn failed(&self, error: SourceError, now: Timestamp, begun: Instant) -> Heard<T> {
        let said =
            Said { fresh_until: kept_after(self.source, &error, now), outcome: Err(error), fetched_at: now };
        Heard { said: Arc::new(said), elapsed: begun.elapsed() }
    }

    /// Looks into the store first, then fetches, then keeps what came.
    fn recall_or(
        &self,
        question: &Question,
        now: Timestamp,
        fetched: BoxFuture<'static, Result<T, SourceError>>,
    ) -> impl Future<Output = Arc<Said<T>>> + Send + use<T> {
        let (source, shared) = (self.source, Arc::clone(&self.shared));
        // Without a store there is no need for its key.
        let store = shared.store.clone().map(|store| (store, shared.key(source, question)));
        async move {
            if let Some((store, key)) = &store
                && let Some(kept) = recall(store.as_ref(), key, now, shared.cache_patience).await
            {
                let said = Said {
                    outcome: kept.outcome,
                    fetched_at: kept.fetched_at,
                    fresh_until: kept.fresh_until,
                };
                return Arc::new(said);
            }
            let begun = Instant::now();
            let outcome = fetched.await;
            count(source, &outcome, begun.elapsed());
            let fresh_until = match &outcome {
                Ok(series) if series.is_pending() => later(now, PENDING_KEPT),
                Ok(_) => next_settlement(now),
                Err(error) => kept_after(source, error, now),
            };
            if let Some((store, key)) = store {
                keep(store.as_ref(), key, &outcome, now, fresh_until);
            }
            Arc::new(Said { outcome, fetched_at: now, fresh_until })
        }
    }
}

impl Shared {
    fn key(&self, source: Source, question: &Question) -> String {
        let Question { symbol, days } = question;
        format!("{}:{source}:{symbol}:{}:{}", self.market, days.first, days.last)
    }
}

/// One line a fetch for operators; the reason never holds an address or a token.
fn count<T>(source: Source, outcome: &Result<T, SourceError>, took: Duration) {
    let (ended, reason) = match outcome {
        Ok(_) => ("ok", None),
        Err(SourceError::NoData) => ("none", None),
        Err(error) => ("failed", Some(error)),
    };
    metrics::counter!("source_fetches_total", "source" => source.as_str(), "ended" => ended).increment(1);
    metrics::histogram!("source_fetch_seconds", "source" => source.as_str()).record(took.as_secs_f64());
    match reason {
        None => tracing::debug!(%source, ended, took_ms = took.as_millis(), "fetched"),
        // The operator's choice, logged at the start.
        Some(error) if error.is_not_configured() => {
            tracing::debug!(%source, reason = %error, "not fetched");
        }
        Some(error) => {
            let cause = std::error::Error::source(error).map(ToString::to_string);
            tracing::warn!(%source, reason = %error, cause, took_ms = took.as_millis(), "source failed");
        }
    }
}

/// When the next session settles: until then nothing new can be known.
pub(crate) fn next_settlement(now: Timestamp) -> Timestamp {
    match market_state(now) {
        MarketState::Open { closes, .. } => closes,
        MarketState::Closed { session, opens } => session_hours(session).map_or(opens, |hours| hours.close),
    }
}

fn kept_after(source: Source, error: &SourceError, now: Timestamp) -> Timestamp {
    match error {
        SourceError::NoData if source == Source::Prices => later(now, NO_PRICES_KEPT),
        SourceError::NoData => next_settlement(now),
        error if error.is_not_configured() => next_settlement(now),
        error if error.is_settled() => next_settlement(now).min(later(now, REFUSAL_KEPT)),
        error => {
            // Once the upstream may be asked again, it is.
            let until = error.until().unwrap_or(Timestamp::MAX).max(later(now, SignedDuration::from_secs(1)));
            until.min(later(now, FAILURE_KEPT))
        }
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_hold_until_the_next_close() {
        for (now, expected) in [
            ("2026-11-20T15:00:00Z", "2026-11-20T21:00:00Z"),
            ("2026-11-20T21:00:00Z", "2026-11-23T21:00:00Z"),
            ("2026-11-21T12:00:00Z", "2026-11-23T21:00:00Z"),
            // The day after Thanksgiving closes early.
            ("2026-11-26T12:00:00Z", "2026-11-27T18:00:00Z"),
        ] {
            assert_eq!(
                next_settlement(now.parse().unwrap()),
                expected.parse::<Timestamp>().unwrap(),
                "{now}"
            );
        }
    }

    #[test]
    fn a_failure_is_kept_briefly_and_never_beyond_the_moment_it_ends() {
        let now: Timestamp = "2026-11-20T15:00:00Z".parse().unwrap();
        let kept_from =
            |source, error: SourceError| kept_after(source, &error, now).duration_since(now).as_secs();
        let kept = |error| kept_from(Source::News, error);
        assert_eq!(kept(SourceError::Late), 15);
        assert_eq!(kept(SourceError::RateLimited { until: later(now, SignedDuration::from_secs(4)) }), 4);
        assert_eq!(kept(SourceError::Blocked { until: later(now, SignedDuration::from_hours(1)) }), 15);
        assert_eq!(kept(SourceError::UnknownSymbol), 3_600);
        assert_eq!(kept(SourceError::NoData), 6 * 3_600);
        assert_eq!(kept_from(Source::Prices, SourceError::NoData), 120, "it may be an outage in disguise");
    }
}
