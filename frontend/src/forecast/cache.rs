//! Forecasts and track records while they are fetched from predict-service, and for some seconds afterwards.
//!
//! A page, its chart and its downloads ask for the same forecast within moments of each other; all of them get the
//! one that was fetched first, so they show the same numbers.

use std::sync::Arc;
use std::time::Duration;

use forecast_types::{Forecast, PooledSkill, SourceReport, Symbol, TrackRecord};
use jiff::Timestamp;
use jiff::civil::Date;
use problem_details::Problem;
use service_runtime::Clock;
use service_runtime::single_flight::{Expires, Progress, Shared, SingleFlight};
use tokio::sync::watch;

use crate::clients::predict::{PredictClient, Step};

/// Trading days of history to request: the widest range a page offers, so that one answer serves all ranges.
pub(crate) const HISTORY: u16 = 250;
/// A track record changes once a day.
const RECORD_FRESH: Duration = Duration::from_secs(600);
/// A failed track record is requested again after this, a failed forecast at once.
const RECORD_RETRY: Duration = Duration::from_secs(10);
/// A forecast takes about 30 kB; this bounds the memory of all of them.
const CAPACITY: u64 = 500;

/// Which forecast: the stock, and the day looked back to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ForecastKey {
    pub(crate) symbol: Symbol,
    pub(crate) as_of: Option<Date>,
}

/// How far a forecast is: the sources that have responded, the forecast without the others, then the outcome.
#[derive(Clone, Debug, Default)]
pub(crate) struct ForecastProgress {
    pub(crate) reports: Vec<SourceReport>,
    pub(crate) preliminary: Option<Arc<Forecast>>,
    pub(crate) outcome: Option<Outcome<Result<Arc<Forecast>, Problem>>>,
}

/// How far a track record is; `None` within it where there is none, or it could not be fetched.
pub(crate) type RecordProgress = Option<Outcome<Option<Arc<TrackRecord>>>>;

/// What a request to predict-service ended with, and how long it is shown again.
#[derive(Clone, Debug)]
pub(crate) struct Outcome<T> {
    pub(crate) value: T,
    fresh_until: Timestamp,
}

impl<T> Expires for Outcome<T> {
    fn fresh_until(&self) -> Timestamp {
        self.fresh_until
    }
}

impl ForecastProgress {
    fn add(&mut self, step: Step) {
        match step {
            Step::Source(report) => self.reports.push(report),
            Step::Preliminary(forecast) => self.preliminary = Some(Arc::from(forecast)),
        }
    }

    /// Returns the forecasts that a page may show.
    fn forecasts(&self) -> impl Iterator<Item = &Arc<Forecast>> {
        let finished = self.outcome.as_ref().and_then(|outcome| outcome.value.as_ref().ok());
        finished.into_iter().chain(&self.preliminary)
    }
}

impl Progress for ForecastProgress {
    type Outcome = Outcome<Result<Arc<Forecast>, Problem>>;

    fn outcome(&self) -> Option<&Self::Outcome> {
        self.outcome.as_ref()
    }
}

/// What is known of a track record by the time a page is sent.
#[derive(Clone, Debug)]
pub(crate) enum RecordState {
    Pending,
    Missing,
    Ready(Arc<TrackRecord>),
}

impl RecordState {
    pub(crate) fn is_pending(&self) -> bool {
        matches!(self, Self::Pending)
    }

    pub(crate) fn record(&self) -> Option<&Arc<TrackRecord>> {
        match self {
            Self::Ready(record) => Some(record),
            Self::Pending | Self::Missing => None,
        }
    }
}

/// Fetches forecasts and track records, each once.
pub(crate) struct ForecastCache {
    predict: Arc<PredictClient>,
    forecasts: SingleFlight<ForecastKey, ForecastProgress>,
    records: SingleFlight<ForecastKey, RecordProgress>,
    pooled: watch::Sender<Option<PooledSkill>>,
    clock: Clock,
    fresh: Duration,
}

impl ForecastCache {
    pub(crate) fn new(predict: PredictClient, clock: Clock, fresh: Duration) -> Self {
        Self {
            predict: Arc::new(predict),
            forecasts: SingleFlight::new(CAPACITY),
            records: SingleFlight::new(CAPACITY),
            pooled: watch::Sender::new(None),
            clock,
            fresh,
        }
    }

    /// Returns the forecast as it is being made, so that its progress can be shown.
    pub(crate) fn watch(&self, key: &ForecastKey) -> Shared<ForecastProgress> {
        let now = self.clock.now();
        self.forecasts.join_or_start(key, now, |progress| {
            let (predict, pooled) = (Arc::clone(&self.predict), self.pooled.clone());
            let ForecastKey { symbol, as_of } = key.clone();
            let fresh = self.fresh;
            async move {
                let on_step = |step| progress.send_modify(|progress| progress.add(step));
                let forecast = predict.forecast(&symbol, as_of, HISTORY, on_step).await;
                if let Ok(forecast) = &forecast {
                    pooled.send_if_modified(|current| update(current, forecast.pooled.as_ref()));
                }
                let fresh = if forecast.is_ok() { fresh } else { Duration::ZERO };
                let value = forecast.map(Arc::new).map_err(Problem::from);
                progress.send_modify(|progress| {
                    progress.outcome = Some(Outcome { value, fresh_until: now + fresh });
                });
            }
        })
    }

    /// Returns the finished forecast.
    pub(crate) async fn get(&self, key: &ForecastKey) -> Result<Arc<Forecast>, Problem> {
        outcome(&mut self.watch(key)).await
    }

    /// Returns the forecast as soon as it has prices, finished or not.
    pub(crate) async fn get_early(&self, key: &ForecastKey) -> Result<Arc<Forecast>, Problem> {
        let mut shared = self.watch(key);
        let some = |progress: &ForecastProgress| progress.preliminary.is_some() || progress.outcome.is_some();
        let early =
            shared.progress.wait_for(some).await.ok().and_then(|progress| progress.preliminary.clone());
        match early {
            Some(forecast) => Ok(forecast),
            None => outcome(&mut shared).await,
        }
    }

    /// Returns the wanted forecast where a page may already show it, finished or not; else the finished one.
    pub(crate) async fn find(
        &self,
        key: &ForecastKey,
        is_wanted: impl Fn(&Arc<Forecast>) -> bool,
    ) -> Result<Arc<Forecast>, Problem> {
        // A page about now names the day of its forecast in the addresses of its pictures.
        let about_now = ForecastKey { as_of: None, ..key.clone() };
        let shown = [&about_now, key].into_iter().find_map(|key| {
            let progress = self.forecasts.current(key, self.clock.now())?;
            progress.borrow().forecasts().find(|forecast| is_wanted(forecast)).cloned()
        });
        match shown {
            Some(forecast) => Ok(forecast),
            None => self.get(key).await,
        }
    }

    /// Returns the track record as it is being made. A failure is logged and leaves the page without a record.
    pub(crate) fn watch_record(&self, key: &ForecastKey) -> Shared<RecordProgress> {
        let now = self.clock.now();
        self.records.join_or_start(key, now, |progress| {
            let predict = Arc::clone(&self.predict);
            let ForecastKey { symbol, as_of } = key.clone();
            async move {
                let record = predict.track_record(&symbol, as_of).await;
                let record = record.inspect_err(|error| {
                    tracing::info!(cause = %error, %symbol, "no track record");
                });
                let value = record.ok().map(Arc::new);
                let fresh = if value.is_some() { RECORD_FRESH } else { RECORD_RETRY };
                progress.send_replace(Some(Outcome { value, fresh_until: now + fresh }));
            }
        })
    }

    /// Returns the model's figures over all stocks, once any forecast has brought them.
    pub(crate) fn pooled(&self) -> Option<PooledSkill> {
        self.pooled.borrow().clone()
    }
}

/// Takes over figures that differ from the ones known so far.
fn update(current: &mut Option<PooledSkill>, new: Option<&PooledSkill>) -> bool {
    let changed = new.is_some() && current.as_ref() != new;
    if changed {
        *current = new.cloned();
    }
    changed
}

/// Waits for a forecast to be finished.
pub(crate) async fn outcome(forecast: &mut Shared<ForecastProgress>) -> Result<Arc<Forecast>, Problem> {
    match forecast.outcome().await {
        Ok(outcome) => outcome.value,
        Err(panicked) => Err(crate::error::internal().caused_by(panicked)),
    }
}

/// Waits for a track record to be finished, for at most `time`.
pub(crate) async fn finished_record(record: &mut Shared<RecordProgress>, time: Duration) -> RecordState {
    match tokio::time::timeout(time, record.outcome()).await {
        Ok(Ok(Outcome { value: Some(record), .. })) => RecordState::Ready(record),
        Ok(Ok(Outcome { value: None, .. }) | Err(_)) => RecordState::Missing,
        Err(_not_yet) => RecordState::Pending,
    }
}
