//! The track record of a stock: three years of prices, judged on the bounded pool, kept as forecasts are.

use std::sync::Arc;

use bytes::Bytes;
use forecast_types::{Market, Stock, TrackRecord};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{Forecaster, Made, crashed, no_prices};
use crate::error::ForecastError;
use crate::question::ForecastQuestion;
use crate::sources::Question;
use crate::track_record::{RecordError, judge};

impl Forecaster {
    /// Returns the JSON of a track record: the one at hand, or one made now.
    pub(crate) async fn track_record_json(
        self: &Arc<Self>,
        question: &ForecastQuestion,
    ) -> Result<Bytes, ForecastError> {
        let now = self.clock.now();
        let make = || {
            let (forecaster, question) = (Arc::clone(self), question.clone());
            async move { forecaster.make_record(&question, now).await }
        };
        let landed = self.track_records.get(question, now, make).await.map_err(crashed)?;
        landed.answer.json(landed.was_ready, Clone::clone)
    }

    async fn make_record(&self, question: &ForecastQuestion, now: Timestamp) -> Arc<Made<TrackRecord>> {
        let about = Question { symbol: question.symbol.clone(), days: question.record_days(now) };
        let heard = self.sources.prices(&about, Instant::now() + self.patience).await;
        let fresh_until = heard.fresh_until();
        if let Err(error) = &heard.said.outcome {
            return Made::until(fresh_until, Err(no_prices(question, error, now)));
        }
        let (model, question, market) = (Arc::clone(&self.model), question.clone(), self.market);
        let name = self.stocks.get(&question.symbol).map(|listing| listing.name.trim().to_owned());
        let work = move || {
            let prices = heard.said.outcome.as_ref().map_err(|error| no_prices(&question, error, now))?;
            let figures = judge(&model, &prices.bars).map_err(|error| unjudged(&question, &error))?;
            let name = name.unwrap_or_default();
            let stock = Stock { symbol: question.symbol.clone(), name, currency: prices.currency.clone() };
            let as_of = prices.bars.last().map_or(figures.last, |bar| bar.date);
            Ok(record(stock, market, as_of, &model, figures))
        };
        let outcome = match self.workers.run(work).await {
            Ok(outcome) => outcome,
            Err(error) => Err(error.into()),
        };
        Made::until(fresh_until, outcome)
    }
}

fn record(
    stock: Stock,
    market: Market,
    as_of: jiff::civil::Date,
    model: &forecast_model::Model,
    figures: crate::track_record::Figures,
) -> TrackRecord {
    TrackRecord {
        stock,
        market,
        as_of,
        model: model.manifest().summary(),
        forecasts: figures.forecasts,
        first: figures.first,
        last: figures.last,
        error: figures.error,
        by_horizon: figures.by_horizon,
        score_ratio: figures.score_ratio,
        coverage: figures.coverage,
        past: Some(figures.past),
        pooled: model.manifest().pooled.clone(),
    }
}

fn unjudged(question: &ForecastQuestion, error: &RecordError) -> ForecastError {
    match error {
        RecordError::TooFew { .. } => {
            ForecastError::NoTrackRecord { symbol: question.symbol.to_string(), reason: error.to_string() }
        }
        RecordError::Features(_) | RecordError::Model(_) => ForecastError::Model(error.to_string()),
    }
}
