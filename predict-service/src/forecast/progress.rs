//! Makes each forecast once for all requests: reports progress while the sources finish, and caches the result.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use feature_sources::Moment;
use forecast_types::{Forecast, SourceReport};
use jiff::Timestamp;
use service_runtime::single_flight::{Expires, Progress, Shared};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::gather::Gathering;
use super::sources::NoPrices;
use super::{ForecastRequest, Forecaster, compute};
use crate::error::ForecastError;

/// Once there are prices, the other sources get this long before a forecast is made without them.
const PATIENCE: Duration = Duration::from_millis(100);

/// A forecast on its way: the sources that have ended, a forecast without those that have not, then the outcome.
#[derive(Debug, Default)]
pub(crate) struct ForecastProgress {
    /// In the order in which the sources ended.
    pub(crate) reports: Vec<SourceReport>,
    /// JSON of the forecast as far as its sources have ended, where some take their time.
    pub(crate) preliminary: Option<Bytes>,
    pub(crate) answer: Option<Arc<CachedAnswer<SettledForecast>>>,
}

impl Progress for ForecastProgress {
    type Outcome = Arc<CachedAnswer<SettledForecast>>;

    fn outcome(&self) -> Option<&Self::Outcome> {
        self.answer.as_ref()
    }
}

/// An answer, or the reason why there is none, that serves many requests.
#[derive(Debug)]
pub(crate) struct CachedAnswer<T> {
    pub(crate) outcome: Result<T, ForecastError>,
    fresh_until: Timestamp,
}

/// A finished forecast. What is sent to those who find it ready is written once.
#[derive(Debug)]
pub(crate) struct SettledForecast {
    pub(crate) forecast: Forecast,
    json: OnceLock<Bytes>,
    events: OnceLock<Bytes>,
}

impl Forecaster {
    /// Returns the forecast's progress: cached, in progress, or started now.
    pub(crate) fn start(self: &Arc<Self>, request: &ForecastRequest) -> Shared<ForecastProgress> {
        let now = self.clock.now();
        self.forecasts.join_or_start(request, now, |progress| {
            let (forecaster, request) = (Arc::clone(self), request.clone());
            async move {
                let answer = forecaster.make(&request, now, &progress).await;
                progress.send_modify(|progress| {
                    progress.answer = Some(Arc::new(answer));
                    progress.preliminary = None;
                });
            }
        })
    }

    async fn make(
        &self,
        request: &ForecastRequest,
        now: Timestamp,
        progress: &watch::Sender<ForecastProgress>,
    ) -> CachedAnswer<SettledForecast> {
        let slot = match self.slots.take() {
            Ok(slot) => slot,
            Err(no_slot) => return CachedAnswer::new(Err(no_slot.into()), now, now),
        };
        let moment = Moment { now, deadline: Instant::now() + self.timeout, ahead: slot.ahead };
        let mut gathering = Gathering::start(&self.sources, request, moment, progress);
        let prices_hold = match gathering.prices().await {
            Ok(prices) => prices.fresh_until,
            Err(NoPrices { error, fresh_until }) => {
                let error = ForecastError::no_prices(&request.symbol, error, now);
                return CachedAnswer::new(Err(error), fresh_until, now);
            }
        };
        if timeout(PATIENCE, gathering.the_rest()).await.is_err() {
            match self.compute(request, gathering.answers.clone(), now).await {
                Ok(forecast) => {
                    progress.send_modify(|progress| progress.preliminary = Some(to_json(&forecast)));
                }
                // Whatever is wrong with the prices, the other sources cannot repair it.
                Err(error) => return CachedAnswer::new(Err(error), prices_hold, now),
            }
            gathering.the_rest().await;
        }
        let fresh_until = compute::fresh_until(&gathering.answers, now);
        let forecast = self.compute(request, gathering.answers, now).await;
        let ended = if forecast.is_ok() { "ok" } else { "failed" };
        metrics::counter!("forecasts_total", "market" => self.market.to_string(), "ended" => ended)
            .increment(1);
        CachedAnswer::new(forecast.map(SettledForecast::new), fresh_until, now)
    }
}

impl<T> CachedAnswer<T> {
    /// Makes an answer that holds until `fresh_until`; a lack of capacity and a panic hold for no time.
    pub(super) fn new(outcome: Result<T, ForecastError>, fresh_until: Timestamp, now: Timestamp) -> Self {
        let holds = !matches!(outcome, Err(ForecastError::Work(_) | ForecastError::TooManyAtOnce));
        let fresh_until = if holds { fresh_until } else { now };
        Self { outcome, fresh_until }
    }
}

impl<T> Expires for CachedAnswer<T> {
    fn fresh_until(&self) -> Timestamp {
        self.fresh_until
    }
}

impl SettledForecast {
    fn new(forecast: Forecast) -> Self {
        Self { forecast, json: OnceLock::new(), events: OnceLock::new() }
    }

    /// Returns the JSON for those who waited: the sources took the time they took.
    pub(crate) fn json(&self) -> Bytes {
        to_json(&self.forecast)
    }

    /// Returns the JSON for those who find it ready: the sources took no time.
    pub(crate) fn ready_json(&self) -> Bytes {
        let write = || {
            let mut forecast = self.forecast.clone();
            forecast.sources.iter_mut().for_each(|report| report.elapsed_ms = 0);
            to_json(&forecast)
        };
        self.json.get_or_init(write).clone()
    }

    /// Returns the events for those who find it ready, as `write` makes them of the reports and the JSON.
    pub(crate) fn ready_events(&self, write: impl FnOnce(&[SourceReport], &[u8]) -> Bytes) -> Bytes {
        let write = || {
            let mut reports = self.forecast.sources.clone();
            reports.iter_mut().for_each(|report| report.elapsed_ms = 0);
            write(&reports, &self.ready_json())
        };
        self.events.get_or_init(write).clone()
    }
}

/// Serializes one of our own answers.
pub(crate) fn to_json<T: serde::Serialize>(answer: &T) -> Bytes {
    serde_json::to_vec(answer).expect("our answers hold only text, dates and finite numbers").into()
}
