//! From the sources' answers to the forecast: features, network, and the words of the answer.

use std::sync::Arc;

use exchange_calendar::{next_sessions, sessions_between};
use feature_sources::{PriceSeries, SourceError};
use forecast_model::{FeatureError, FeatureWindow, HORIZON, Model, RawSeries, feature_days};
use forecast_types::{Bar, DailyBar, Forecast, ForecastSession, Market, MovingPrice, Stock};
use jiff::{SignedDuration, Timestamp};

use super::sources::SourceAnswers;
use super::{ForecastRequest, Forecaster};
use crate::error::ForecastError;

/// Prices that ended this many sessions ago say nothing about the next fourteen.
const STALE_SESSIONS: usize = 10;
/// An older moving price is not shown.
const MOVING_SHOWN: SignedDuration = SignedDuration::from_mins(5);

impl Forecaster {
    /// Makes the forecast on the bounded pool.
    pub(super) async fn compute(
        &self,
        request: &ForecastRequest,
        answers: SourceAnswers,
        now: Timestamp,
    ) -> Result<Forecast, ForecastError> {
        let (model, market, name) = (Arc::clone(&self.model), self.market, self.name_of(request));
        // Yahoo gives symbols of companies that are gone to new funds.
        if answers.prices.series().is_some_and(|prices| prices.is_fund) && !self.lists_fund(request) {
            let error = SourceError::OtherInstrument("an exchange-traded fund".to_owned());
            return Err(ForecastError::no_prices(&request.symbol, error, now));
        }
        let request = request.clone();
        let work = move || forecast(&model, &request, answers, market, name, now);
        let forecast = self.workers.run(work).await?;
        let ended = if forecast.is_ok() { "ok" } else { "failed" };
        metrics::counter!("forecasts_total", "market" => self.market.to_string(), "ended" => ended)
            .increment(1);
        forecast
    }
}

/// Returns until when a forecast of these answers holds: as long as all of them, and as its moving price is shown.
pub(super) fn fresh_until(answers: &SourceAnswers, now: Timestamp) -> Timestamp {
    let fetched_at = answers.prices.answer.fetched_at;
    let shows_moving =
        answers.prices.series().is_some_and(|prices| moving(prices, fetched_at, now).is_some());
    let moving_ends = fetched_at.saturating_add(MOVING_SHOWN).unwrap_or(Timestamp::MAX);
    let fresh_until = answers.fresh_until();
    if shows_moving { fresh_until.min(moving_ends) } else { fresh_until }
}

fn forecast(
    model: &Model,
    request: &ForecastRequest,
    answers: SourceAnswers,
    market: Market,
    name: String,
    now: Timestamp,
) -> Result<Forecast, ForecastError> {
    let prices = answers
        .prices
        .answer
        .outcome
        .as_ref()
        .map_err(|error| ForecastError::no_prices(&request.symbol, error.clone(), now))?;
    let series = RawSeries {
        bars: &prices.bars,
        tweets: answers.tweets.series().map(|series| series.days.as_slice()),
        news: answers.news.series().map(|series| series.days.as_slice()),
        searches: answers.searches.series().map(|series| series.days.as_slice()),
        reports: None,
    };
    let origin = prices.bars.len().saturating_sub(1);
    let window = FeatureWindow::build(&series, origin).map_err(|error| unfit(request, &error, now))?;
    let last = prices.bars.last().ok_or_else(|| ForecastError::Model("no bars".to_owned()))?;
    refuse_stale(request, last, now)?;
    let returns = model.forecast(&[window]).map_err(|error| ForecastError::Model(error.to_string()))?;
    let quantiles = returns
        .first()
        .ok_or_else(|| ForecastError::Model("no forecast for the window".to_owned()))?
        .prices(last.close);
    let sessions = next_sessions(last.date, HORIZON);
    let history: Vec<Bar> =
        prices.bars[prices.bars.len().saturating_sub(request.history)..].iter().map(shown).collect();
    let first_shown = history.first().map_or(last.date, |bar| bar.date);
    Ok(Forecast {
        stock: Stock { symbol: request.symbol.clone(), name, currency: prices.currency.clone() },
        market,
        as_of: last.date,
        generated_at: now,
        history,
        forecast: sessions
            .into_iter()
            .zip(quantiles)
            .map(|(date, quantiles)| ForecastSession { date, quantiles })
            .collect(),
        features: feature_days(&series, origin),
        model: model.manifest().summary(),
        moving: moving(prices, answers.prices.answer.fetched_at, now),
        report: None,
        events: prices.events.iter().filter(|event| event.date >= first_shown).cloned().collect(),
        pooled: model.manifest().pooled.clone(),
        sources: answers.reports,
    })
}

fn shown(bar: &DailyBar) -> Bar {
    Bar { date: bar.date, open: bar.open, high: bar.high, low: bar.low, close: bar.close, volume: bar.volume }
}

/// Returns the moving price while it is recent.
fn moving(prices: &PriceSeries, fetched_at: Timestamp, now: Timestamp) -> Option<MovingPrice> {
    prices.moving.filter(|_| now.duration_since(fetched_at) < MOVING_SHOWN)
}

fn refuse_stale(request: &ForecastRequest, last: &DailyBar, now: Timestamp) -> Result<(), ForecastError> {
    let as_of = request.origin(now);
    // The newest session itself is among them.
    let sessions = sessions_between(last.date, as_of).len().saturating_sub(1);
    if sessions < STALE_SESSIONS {
        return Ok(());
    }
    Err(ForecastError::StalePrices { symbol: request.symbol.to_string(), last: last.date, sessions, as_of })
}

fn unfit(request: &ForecastRequest, error: &FeatureError, now: Timestamp) -> ForecastError {
    match error {
        FeatureError::TooLittleHistory { have, need } => ForecastError::TooLittleHistory {
            symbol: request.symbol.to_string(),
            have: *have,
            need: *need,
            as_of: request.origin(now),
        },
        FeatureError::NoSuchSession { .. } | FeatureError::Shape { .. } | FeatureError::NotAPrice { .. } => {
            ForecastError::Model(error.to_string())
        }
    }
}
