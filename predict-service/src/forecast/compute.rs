//! From the sources' answers to the forecast: features, network, and the words of the answer.

use std::sync::Arc;

use exchange_calendar::{next_sessions, sessions_between};
use feature_sources::SourceError;
use forecast_model::score::ewma_sigma;
use forecast_model::{FeatureError, FeatureWindow, HORIZON, Model, ReportInput, SESSIONS, feature_days};
use forecast_types::{Bar, Basis, DailyBar, Forecast, ForecastSession, Market, MovingPrice, Stock};
use jiff::{SignedDuration, Timestamp};

use super::shown::shown_only;
use super::sources::{KnownPrices, SourceAnswers};
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
        if answers.prices(now).is_ok_and(|prices| prices.series.is_fund) && !self.lists_fund(request) {
            let error = SourceError::OtherInstrument("an exchange-traded fund".to_owned());
            return Err(ForecastError::no_prices(&request.symbol, error, now));
        }
        let request = request.clone();
        let work = move || forecast(&model, &request, &answers, market, name, now);
        self.workers.run(work).await?
    }
}

/// Returns until when a forecast of these answers holds: as long as all of them, and as its moving price is shown.
pub(super) fn fresh_until(answers: &SourceAnswers, now: Timestamp) -> Timestamp {
    let fresh_until = answers.fresh_until();
    match answers.prices(now) {
        Ok(prices) if moving(&prices, now).is_some() => {
            fresh_until.min(prices.fetched_at.saturating_add(MOVING_SHOWN).unwrap_or(Timestamp::MAX))
        }
        _ => fresh_until,
    }
}

fn forecast(
    model: &Model,
    request: &ForecastRequest,
    answers: &SourceAnswers,
    market: Market,
    name: String,
    now: Timestamp,
) -> Result<Forecast, ForecastError> {
    let known = answers
        .prices(now)
        .map_err(|no_prices| ForecastError::no_prices(&request.symbol, no_prices.error, now))?;
    let prices = known.series;
    let series = answers.raw_series(&prices.bars, request.is_past(now));
    let origin = prices.bars.len().saturating_sub(1);
    let windows = [FeatureWindow::build(&series, origin).map_err(|error| unfit(request, &error, now))?];
    let last = prices.bars.last().ok_or_else(|| ForecastError::Model("no bars".to_owned()))?;
    refuse_stale(request, last, now)?;
    let returns = model.forecast(&windows).map_err(|error| ForecastError::Model(error.to_string()))?;
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
        shown: shown_only(answers, &prices.bars, origin),
        model: model.manifest().summary(),
        moving: moving(&known, now),
        report: ReportInput::of(series.reports.as_ref(), last.date).shown(last.date),
        events: prices.events.iter().filter(|event| event.date >= first_shown).cloned().collect(),
        pooled: model.manifest().pooled.clone(),
        basis: windows.first().map(|window| basis(window, &prices.bars, request.history)),
        sources: answers.reports(),
    })
}

fn basis(window: &FeatureWindow, bars: &[DailyBar], history: usize) -> Basis {
    let adjusted =
        |sessions: usize| bars[bars.len().saturating_sub(sessions)..].iter().map(|bar| bar.adjusted_close);
    Basis {
        sigma: window.sigma(),
        fast_sigma: ewma_sigma(adjusted(SESSIONS)),
        inputs: window.digest(),
        adjusted_closes: adjusted(history).collect(),
    }
}

fn shown(bar: &DailyBar) -> Bar {
    Bar { date: bar.date, open: bar.open, high: bar.high, low: bar.low, close: bar.close, volume: bar.volume }
}

/// Returns the moving price while it is recent.
fn moving(prices: &KnownPrices<'_>, now: Timestamp) -> Option<MovingPrice> {
    prices.series.moving.filter(|_| now.duration_since(prices.fetched_at) < MOVING_SHOWN)
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
