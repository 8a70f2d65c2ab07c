//! Forecasts and track records while they are fetched from predict-service, and for some seconds afterwards.
//!
//! A page, its chart and its downloads ask for the same forecast within moments of each other; all of them get the
//! one that was fetched first, so they show the same numbers.

use std::sync::Arc;
use std::time::Duration;

use forecast_types::{Forecast, PooledSkill, SourceReport, Symbol, TrackRecord};
use jiff::civil::Date;
use problem_details::Problem;
use tokio::sync::watch;

use crate::clients::predict::PredictClient;
use crate::in_flight::{InFlight, Stage};

/// Trading days of history asked for: the widest range a page offers, so that one answer serves all ranges.
pub(crate) const HISTORY: u16 = 90;
/// A track record changes once a day.
const RECORD_FRESH: Duration = Duration::from_secs(600);
/// A failed track record is asked for again after this, a failed forecast at once.
const RECORD_RETRY: Duration = Duration::from_secs(10);
/// A forecast takes about 20 kB; this bounds the memory of all of them.
const CAPACITY: usize = 500;

/// Which forecast: the stock, and the day looked back to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ForecastKey {
    pub(crate) symbol: Symbol,
    pub(crate) as_of: Option<Date>,
}

/// How far a forecast is: the sources that have responded, then the outcome.
#[derive(Clone, Debug, Default)]
pub(crate) struct ForecastProgress {
    pub(crate) reports: Vec<SourceReport>,
    pub(crate) outcome: Option<Result<Arc<Forecast>, Problem>>,
    fresh: Duration,
}

impl Stage for ForecastProgress {
    fn serves_for(&self) -> Option<Duration> {
        self.outcome.as_ref().map(|outcome| if outcome.is_ok() { self.fresh } else { Duration::ZERO })
    }
}

/// How far a track record is.
#[derive(Clone, Debug, Default)]
pub(crate) enum RecordState {
    #[default]
    Pending,
    /// There is none, or it could not be fetched.
    Missing,
    Ready(Arc<TrackRecord>),
}

impl Stage for RecordState {
    fn serves_for(&self) -> Option<Duration> {
        match self {
            Self::Pending => None,
            Self::Missing => Some(RECORD_RETRY),
            Self::Ready(_) => Some(RECORD_FRESH),
        }
    }
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
#[derive(Debug)]
pub(crate) struct ForecastCache {
    predict: Arc<PredictClient>,
    forecasts: InFlight<ForecastKey, ForecastProgress>,
    records: InFlight<ForecastKey, RecordState>,
    pooled: watch::Sender<Option<PooledSkill>>,
    fresh: Duration,
}

impl ForecastCache {
    pub(crate) fn new(predict: PredictClient, fresh: Duration) -> Self {
        Self {
            predict: Arc::new(predict),
            forecasts: InFlight::new(CAPACITY),
            records: InFlight::new(CAPACITY),
            pooled: watch::Sender::new(None),
            fresh,
        }
    }

    /// Returns the forecast as it is being made, so that its progress can be shown.
    pub(crate) fn watch(&self, key: &ForecastKey) -> watch::Receiver<ForecastProgress> {
        let predict = Arc::clone(&self.predict);
        let pooled = self.pooled.clone();
        let fresh = self.fresh;
        let ForecastKey { symbol, as_of } = key.clone();
        self.forecasts.join_or_start(key.clone(), |progress| async move {
            let report = |report| progress.send_modify(|progress| progress.reports.push(report));
            let outcome = predict.forecast(&symbol, as_of, HISTORY, report).await;
            if let Ok(forecast) = &outcome {
                pooled.send_if_modified(|current| replace(current, forecast.pooled.as_ref()));
            }
            progress.send_modify(|progress| {
                progress.fresh = fresh;
                progress.outcome = Some(outcome.map(Arc::new).map_err(Problem::from));
            });
        })
    }

    /// Returns the finished forecast.
    pub(crate) async fn get(&self, key: &ForecastKey) -> Result<Arc<Forecast>, Problem> {
        outcome(&mut self.watch(key)).await
    }

    /// Returns the track record as it is being made. A failure is logged and leaves the page without a record.
    pub(crate) fn watch_record(&self, key: &ForecastKey) -> watch::Receiver<RecordState> {
        let predict = Arc::clone(&self.predict);
        let ForecastKey { symbol, as_of } = key.clone();
        self.records.join_or_start(key.clone(), |state| async move {
            state.send_replace(match predict.track_record(&symbol, as_of).await {
                Ok(record) => RecordState::Ready(Arc::new(record)),
                Err(error) => {
                    tracing::info!(cause = %error, %symbol, "no track record");
                    RecordState::Missing
                }
            });
        })
    }

    /// Returns the model's figures over all stocks, once any forecast has brought them.
    pub(crate) fn pooled(&self) -> Option<PooledSkill> {
        self.pooled.borrow().clone()
    }
}

/// Takes over figures that differ from the ones known so far.
fn replace(current: &mut Option<PooledSkill>, new: Option<&PooledSkill>) -> bool {
    let changed = new.is_some() && current.as_ref() != new;
    if changed {
        *current = new.cloned();
    }
    changed
}

/// Waits for a forecast to be finished.
pub(crate) async fn outcome(
    progress: &mut watch::Receiver<ForecastProgress>,
) -> Result<Arc<Forecast>, Problem> {
    match progress.wait_for(|progress| progress.outcome.is_some()).await {
        Ok(progress) => progress.outcome.clone().unwrap_or_else(|| Err(crate::error::internal())),
        // The task that made it has panicked; the panic itself is in the log.
        Err(_gone) => Err(crate::error::internal()),
    }
}

/// Waits for a track record to be finished, for at most `time`.
pub(crate) async fn finished_record(state: &mut watch::Receiver<RecordState>, time: Duration) -> RecordState {
    match tokio::time::timeout(time, state.wait_for(|state| !state.is_pending())).await {
        Ok(Ok(state)) => state.clone(),
        Ok(Err(_)) | Err(_) => RecordState::Missing,
    }
}
