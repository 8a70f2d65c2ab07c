//! Forecasts and track records on their way from predict-service, and for some seconds after they came.
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

/// Sessions of history asked for: the widest range a page offers, so that one answer serves all ranges.
pub(crate) const HISTORY: u16 = 90;
/// A track record changes once a day.
const RECORD_FRESH: Duration = Duration::from_secs(600);
/// A failed track record is asked for again after this, a failed forecast at once.
const RECORD_PAUSE: Duration = Duration::from_secs(10);
/// A forecast takes about 20 kB; this bounds the memory of all of them.
const KEPT: usize = 500;

/// Which forecast: the stock, and the day looked back to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ask {
    pub(crate) symbol: Symbol,
    pub(crate) as_of: Option<Date>,
}

/// A forecast in the making: the sources that have ended, then the outcome.
#[derive(Clone, Debug, Default)]
pub(crate) struct Making {
    pub(crate) reports: Vec<SourceReport>,
    pub(crate) outcome: Option<Result<Arc<Forecast>, Problem>>,
    fresh: Duration,
}

impl Stage for Making {
    fn serves_for(&self) -> Option<Duration> {
        self.outcome.as_ref().map(|outcome| if outcome.is_ok() { self.fresh } else { Duration::ZERO })
    }
}

/// A track record in the making; `Some(None)` where there is none to be had.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording(pub(crate) Option<Option<Arc<TrackRecord>>>);

impl Stage for Recording {
    fn serves_for(&self) -> Option<Duration> {
        self.0.as_ref().map(|record| if record.is_some() { RECORD_FRESH } else { RECORD_PAUSE })
    }
}

/// Gets forecasts and track records, each once.
#[derive(Debug)]
pub(crate) struct Forecasts {
    predict: Arc<PredictClient>,
    makings: InFlight<Ask, Making>,
    recordings: InFlight<Ask, Recording>,
    pooled: watch::Sender<Option<PooledSkill>>,
    fresh: Duration,
}

impl Forecasts {
    pub(crate) fn new(predict: PredictClient, fresh: Duration) -> Self {
        Self {
            predict: Arc::new(predict),
            makings: InFlight::new(KEPT),
            recordings: InFlight::new(KEPT),
            pooled: watch::Sender::new(None),
            fresh,
        }
    }

    /// Returns the forecast as it is being made, so that its progress can be shown.
    pub(crate) fn watch(&self, ask: &Ask) -> watch::Receiver<Making> {
        let predict = Arc::clone(&self.predict);
        let fresh = self.fresh;
        let Ask { symbol, as_of } = ask.clone();
        self.makings.join_or_start(ask.clone(), |making| async move {
            let note = |report| making.send_modify(|making| making.reports.push(report));
            let outcome = predict.forecast(&symbol, as_of, HISTORY, note).await;
            making.send_modify(|making| {
                making.fresh = fresh;
                making.outcome = Some(outcome.map(Arc::new).map_err(Problem::from));
            });
        })
    }

    /// Returns the finished forecast.
    pub(crate) async fn get(&self, ask: &Ask) -> Result<Arc<Forecast>, Problem> {
        outcome(&mut self.watch(ask)).await
    }

    /// Returns the track record as it is being made. Its failure is logged and is otherwise no record.
    pub(crate) fn watch_record(&self, ask: &Ask) -> watch::Receiver<Recording> {
        let predict = Arc::clone(&self.predict);
        let pooled = self.pooled.clone();
        let Ask { symbol, as_of } = ask.clone();
        self.recordings.join_or_start(ask.clone(), |recording| async move {
            let record = match predict.track_record(&symbol, as_of).await {
                Ok(record) => Some(Arc::new(record)),
                Err(error) => {
                    tracing::info!(cause = %error, %symbol, "no track record");
                    None
                }
            };
            if let Some(skill) = record.as_ref().and_then(|record| record.pooled.clone()) {
                pooled.send_replace(Some(skill));
            }
            recording.send_replace(Recording(Some(record)));
        })
    }

    /// Returns the track record, or nothing where it cannot be had within the time.
    pub(crate) async fn record_within(&self, ask: &Ask, time: Duration) -> Option<Arc<TrackRecord>> {
        let mut recording = self.watch_record(ask);
        tokio::time::timeout(time, finished_record(&mut recording)).await.ok().flatten()
    }

    /// Returns the model's skill over all stocks, once any track record has told it.
    pub(crate) fn pooled(&self) -> Option<PooledSkill> {
        self.pooled.borrow().clone()
    }
}

/// Waits for a forecast to be finished.
pub(crate) async fn outcome(making: &mut watch::Receiver<Making>) -> Result<Arc<Forecast>, Problem> {
    match making.wait_for(|making| making.outcome.is_some()).await {
        Ok(making) => making.outcome.clone().unwrap_or_else(|| Err(crate::error::broken())),
        // The task that made it has panicked; the panic itself is in the log.
        Err(_gone) => Err(crate::error::broken()),
    }
}

/// Waits for a track record to be finished.
pub(crate) async fn finished_record(recording: &mut watch::Receiver<Recording>) -> Option<Arc<TrackRecord>> {
    let recording = recording.wait_for(|recording| recording.0.is_some()).await.ok()?;
    recording.0.clone().flatten()
}
