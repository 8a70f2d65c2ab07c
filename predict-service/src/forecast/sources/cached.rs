//! One source behind its caches: memory, then the store, then the upstream.

use std::sync::Arc;
use std::time::Duration;

use feature_sources::{
    Days, Moment, PriceSeries, Provided, ReportSeries, SearchSeries, SentimentSeries, SourceError, Values,
};
use forecast_types::{Source, Symbol};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;
use service_runtime::single_flight::{Expires, SingleFlight};
use tokio::time::{Instant, timeout_at};

use super::Names;
use super::freshness::{Holds, failure_fresh_until, series_fresh_until};
use crate::cache::store::{self, Store};

/// Answers cached in memory for each source. The four series of one request take about 30 kB, those of a track record
/// more.
const ANSWERS: u64 = 100;

/// What a source is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SourceRequest {
    pub(crate) symbol: Symbol,
    pub(crate) days: Days,
}

/// What a source answered, and until when that holds.
#[derive(Debug)]
pub(crate) struct SourceAnswer<T> {
    pub(crate) outcome: Result<T, SourceError>,
    pub(crate) fetched_at: Timestamp,
    pub(crate) fresh_until: Timestamp,
}

impl<T> Expires for SourceAnswer<T> {
    fn fresh_until(&self) -> Timestamp {
        self.fresh_until
    }
}

/// An answer as one request got it.
#[derive(Debug)]
pub(crate) struct Timed<T> {
    pub(crate) answer: Arc<SourceAnswer<T>>,
    /// Until when the request may rely on the answer.
    pub(crate) fresh_until: Timestamp,
    /// How long the request waited; zero from memory.
    pub(crate) elapsed: Duration,
}

impl<T> Clone for Timed<T> {
    fn clone(&self) -> Self {
        Self { answer: Arc::clone(&self.answer), fresh_until: self.fresh_until, elapsed: self.elapsed }
    }
}

impl<T> Timed<T> {
    /// Returns the series, unless the source failed.
    pub(crate) fn series(&self) -> Option<&T> {
        self.answer.outcome.as_ref().ok()
    }
}

/// A series that can be cached.
pub(crate) trait Series: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Returns how long it holds.
    fn holds(&self) -> Holds {
        Holds::UntilSettled
    }

    /// Returns who served it, where there are several who can.
    fn provider(&self) -> Option<String> {
        None
    }

    /// Returns whether the model was trained on it.
    fn is_trained_on(&self) -> bool {
        true
    }

    /// Returns what is missing or was corrected, for people.
    fn partial_reason(&self) -> Option<&str>;

    /// Fails for values that cannot be, and for days that were not asked for.
    fn check(&self, days: Days) -> Result<(), SourceError>;
}

impl Series for PriceSeries {
    fn holds(&self) -> Holds {
        if self.newest_is_pending { Holds::WhilePending } else { Holds::UntilSettled }
    }

    fn provider(&self) -> Option<String> {
        Some(self.provider.to_string())
    }

    fn partial_reason(&self) -> Option<&str> {
        self.partial_reason.as_deref()
    }

    fn check(&self, days: Days) -> Result<(), SourceError> {
        self.check(days)
    }
}

impl Series for ReportSeries {
    fn partial_reason(&self) -> Option<&str> {
        self.partial_reason.as_deref()
    }

    fn check(&self, days: Days) -> Result<(), SourceError> {
        self.check(days)
    }
}

/// What a source with several providers usually has.
pub(crate) trait Trained {
    /// Returns what is missing or was corrected, for people.
    fn partial_reason(&self) -> Option<&str>;

    /// Fails for values that cannot be, and for days that were not asked for.
    fn check(&self, days: Days) -> Result<(), SourceError>;

    /// Returns the days with a value, oldest first.
    fn dates(&self) -> Vec<Date>;
}

impl Trained for SentimentSeries {
    fn partial_reason(&self) -> Option<&str> {
        self.partial_reason.as_deref()
    }

    fn check(&self, days: Days) -> Result<(), SourceError> {
        self.check(days)
    }

    fn dates(&self) -> Vec<Date> {
        self.days.iter().map(|day| day.date).collect()
    }
}

impl Trained for SearchSeries {
    fn partial_reason(&self) -> Option<&str> {
        self.partial_reason.as_deref()
    }

    fn check(&self, days: Days) -> Result<(), SourceError> {
        self.check(days)
    }

    fn dates(&self) -> Vec<Date> {
        self.days.iter().map(|day| day.date).collect()
    }
}

impl<T: Trained + Serialize + DeserializeOwned + Send + Sync + 'static> Series for Provided<T> {
    fn holds(&self) -> Holds {
        if self.is_stopgap { Holds::AsStopgap } else { Holds::UntilSettled }
    }

    fn provider(&self) -> Option<String> {
        Some(self.provider.to_string())
    }

    fn is_trained_on(&self) -> bool {
        self.trained().is_some()
    }

    fn partial_reason(&self) -> Option<&str> {
        match &self.values {
            Values::Trained(series) => series.partial_reason(),
            Values::Shown(counts) => counts.partial_reason.as_deref(),
        }
    }

    fn check(&self, days: Days) -> Result<(), SourceError> {
        match &self.values {
            Values::Trained(series) => series.check(days),
            Values::Shown(counts) => counts.check(days),
        }
    }
}

/// What the sources have in common.
pub(super) struct Settings {
    /// How long one fetch may take.
    pub(super) timeout: Duration,
    /// How long a request waits for the store.
    pub(super) cache_timeout: Duration,
    pub(super) store: Option<Arc<dyn Store>>,
    /// Keeps the series of one market out of the other's.
    pub(super) market: String,
    /// Likewise those of one provider out of the other's.
    pub(super) names: Names,
}

/// A source whose answers are cached in memory and in the store.
pub(super) struct CachedSource<T> {
    source: Source,
    flight: SingleFlight<SourceRequest, Option<Arc<SourceAnswer<T>>>>,
    settings: Arc<Settings>,
}

impl<T: Series> CachedSource<T> {
    pub(super) fn new(source: Source, settings: &Arc<Settings>) -> Self {
        Self { source, flight: SingleFlight::new(ANSWERS), settings: Arc::clone(settings) }
    }

    /// Returns the source's answer, at the latest at the deadline.
    pub(super) async fn ask<F>(
        &self,
        request: &SourceRequest,
        moment: Moment,
        fetch: impl FnOnce(SourceRequest, Moment) -> F,
    ) -> Timed<T>
    where
        F: Future<Output = Result<T, SourceError>> + Send + 'static,
    {
        let begun = Instant::now();
        let Moment { now, deadline, .. } = moment;
        let mut shared = self.flight.join_or_start(request, now, |answer| {
            // The fetch has a deadline of its own, because it also serves later requests.
            let moment = Moment { deadline: begun + self.settings.timeout, ..moment };
            let work = self.load_or_fetch(request, now, Box::pin(fetch(request.clone(), moment)));
            async move {
                answer.send_replace(Some(Arc::new(work.await)));
            }
        });
        match timeout_at(deadline, shared.outcome()).await {
            Ok(Ok(answer)) => {
                let from = if shared.was_ready { "memory" } else { "flight" };
                metrics::counter!("source_answers_total", "source" => self.source.as_str(), "from" => from)
                    .increment(1);
                let elapsed = if shared.was_ready { Duration::ZERO } else { begun.elapsed() };
                Timed { fresh_until: answer.fresh_until, answer, elapsed }
            }
            Ok(Err(_panic)) => {
                self.failed(SourceError::Unreachable { what: "internal error", cause: None }, now, begun)
            }
            Err(_late) => self.failed(SourceError::Late, now, begun),
        }
    }

    fn failed(&self, error: SourceError, now: Timestamp, begun: Instant) -> Timed<T> {
        let fresh_until = failure_fresh_until(self.source, &error, now);
        let answer = SourceAnswer { outcome: Err(error), fetched_at: now, fresh_until };
        Timed { answer: Arc::new(answer), fresh_until, elapsed: begun.elapsed() }
    }

    /// Returns a series that is in memory.
    pub(super) fn cached(&self, request: &SourceRequest, now: Timestamp) -> Option<Arc<SourceAnswer<T>>> {
        self.flight.cached(request, now).filter(|answer| answer.outcome.is_ok())
    }

    /// Looks in the store first, then fetches and stores what came.
    fn load_or_fetch(
        &self,
        request: &SourceRequest,
        now: Timestamp,
        fetch: BoxFuture<'static, Result<T, SourceError>>,
    ) -> impl Future<Output = SourceAnswer<T>> + Send + use<T> {
        let (source, days, cache_timeout) = (self.source, request.days, self.settings.cache_timeout);
        let check = move |series: &T| series.check(days);
        // Without a store there is no need for its key.
        let store = self.settings.store.clone().map(|store| (store, self.settings.key(source, request)));
        async move {
            if let Some((store, key)) = &store
                && let Some(stored) = store::load(store.as_ref(), key, now, cache_timeout, check).await
            {
                let (fetched_at, fresh_until) = (stored.fetched_at, stored.fresh_until);
                return SourceAnswer { outcome: stored.outcome, fetched_at, fresh_until };
            }
            let begun = Instant::now();
            let outcome = fetch.await.and_then(|series| check(&series).map(|()| series));
            record_fetch(source, &outcome, begun.elapsed());
            let fresh_until = match &outcome {
                Ok(series) => series_fresh_until(source, series.holds(), now),
                Err(error) => failure_fresh_until(source, error, now),
            };
            if let Some((store, key)) = store {
                store::save(store.as_ref(), key, &outcome, now, fresh_until);
            }
            SourceAnswer { outcome, fetched_at: now, fresh_until }
        }
    }
}

impl Settings {
    fn key(&self, source: Source, request: &SourceRequest) -> String {
        let SourceRequest { symbol, days } = request;
        let names = self.names.of(source);
        format!("{}:{source}:{symbol}:{}:{}:{names}", self.market, days.first, days.last)
    }
}

/// Counts one fetch and logs it; the reason never holds an address or a token.
fn record_fetch<T>(source: Source, outcome: &Result<T, SourceError>, took: Duration) {
    let (ended, reason) = match outcome {
        Ok(_) => ("ok", None),
        Err(error) if error.is_no_data() => ("none", None),
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
