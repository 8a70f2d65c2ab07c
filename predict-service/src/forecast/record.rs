//! The track record of a stock: three years of prices, and the dates of its reports where there are some, judged on the
//! bounded pool, cached like forecasts.

mod by_report;
mod judge;

use std::sync::Arc;

use bytes::Bytes;
use feature_sources::Moment;
use forecast_types::{Stock, TrackRecord};
use jiff::Timestamp;
use service_runtime::single_flight::Shared;
use tokio::time::Instant;

pub(super) use judge::SESSIONS;
use judge::{RecordError, judge};

use super::progress::{CachedAnswer, to_json};
use super::sources::SourceRequest;
use super::{ForecastRequest, Forecaster};
use crate::error::ForecastError;

/// The JSON of a track record, or the reason why there is none.
pub(crate) type RecordAnswer = CachedAnswer<Bytes>;

impl Forecaster {
    /// Returns a track record: cached, in progress, or started now.
    pub(crate) fn start_record(
        self: &Arc<Self>,
        request: &ForecastRequest,
    ) -> Shared<Option<Arc<RecordAnswer>>> {
        let now = self.clock.now();
        self.records.join_or_start(request, now, |record| {
            let (forecaster, request) = (Arc::clone(self), request.clone());
            async move {
                let answer = forecaster.make_record(&request, now).await;
                record.send_replace(Some(Arc::new(answer)));
            }
        })
    }

    async fn make_record(&self, request: &ForecastRequest, now: Timestamp) -> RecordAnswer {
        let slot = match self.record_slots.take() {
            Ok(slot) => slot,
            Err(no_slot) => return CachedAnswer::new(Err(no_slot.into()), now, now),
        };
        let for_prices = SourceRequest { symbol: request.symbol.clone(), days: request.record_days(now) };
        // A client's first forecast goes before all records.
        let moment = Moment { now, deadline: Instant::now() + self.timeout, ahead: slot.ahead + 1 };
        let for_reports = SourceRequest { symbol: request.symbol.clone(), days: request.report_days(now) };
        let (prices, reports) = tokio::join!(
            self.sources.prices(&for_prices, moment),
            self.sources.reports(&for_reports, request.cik, moment),
        );
        let fresh_until = prices.fresh_until.min(reports.fresh_until);
        let (model, market, name) = (Arc::clone(&self.model), self.market, self.name_of(request));
        let request = request.clone();
        let work = move || {
            let series = prices
                .answer
                .outcome
                .as_ref()
                .map_err(|error| ForecastError::no_prices(&request.symbol, error.clone(), now))?;
            let past = reports.series().map(|reports| reports.past.as_slice());
            let figures = judge(&model, &series.bars, past).map_err(|error| no_record(&request, &error))?;
            Ok(to_json(&TrackRecord {
                stock: Stock { symbol: request.symbol, name, currency: series.currency.clone() },
                market,
                as_of: series.bars.last().map_or(figures.last, |bar| bar.date),
                model: model.manifest().summary(),
                forecasts: figures.forecasts,
                first: figures.first,
                last: figures.last,
                error: figures.error,
                by_horizon: figures.by_horizon,
                score_ratio: figures.score_ratio,
                coverage: figures.coverage,
                by_report: figures.by_report,
                past: Some(figures.past),
                pooled: model.manifest().pooled.clone(),
            }))
        };
        let outcome = self.workers.run(work).await.map_err(ForecastError::from).flatten();
        CachedAnswer::new(outcome, fresh_until, now)
    }
}

fn no_record(request: &ForecastRequest, error: &RecordError) -> ForecastError {
    match error {
        RecordError::TooFew { .. } => {
            ForecastError::NoTrackRecord { symbol: request.symbol.to_string(), reason: error.to_string() }
        }
        RecordError::Features(_) | RecordError::Model(_) => ForecastError::Model(error.to_string()),
    }
}
