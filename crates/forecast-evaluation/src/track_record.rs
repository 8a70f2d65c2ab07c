//! One stock's past forecasts, remade from what was known on each day and held against what came.

use forecast_model::{FeatureWindow, HORIZON, Model, ModelError, RawSeries, SESSIONS, WINDOW};
use forecast_types::{
    Bar, Coverage, DailyBar, ForecastSession, HeldInterval, HorizonError, Market, MedianError, PastForecast,
    Stock, TrackRecord,
};

use crate::baselines;
use crate::bootstrap;
use crate::score::{INTERVALS, MEDIAN, Returns, Tally, pinball};

/// Forecasts remade at most: the last year.
const MOST_FORECASTS: usize = 250;

/// Says why there is no track record.
#[derive(Debug, thiserror::Error)]
pub enum TrackRecordError {
    /// The stock is too young for a single forecast to have an outcome.
    #[error("{have} settled sessions, {need} needed for one forecast and its outcome")]
    TooLittleHistory {
        /// Sessions there are.
        have: usize,
        /// Sessions needed.
        need: usize,
    },
    /// The network failed.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Remakes the model's forecasts for one stock from prices alone and counts how they did.
///
/// `bars` are settled sessions, oldest first, the last one the day of the record. Tweets, news and searches of past
/// days are not asked for again, so the record is that of the model without them.
///
/// # Errors
/// When there are too few sessions, or the network fails.
pub fn track_record(
    model: &Model,
    stock: Stock,
    market: Market,
    bars: &[DailyBar],
) -> Result<TrackRecord, TrackRecordError> {
    let need = WINDOW + HORIZON;
    let too_little = TrackRecordError::TooLittleHistory { have: bars.len(), need };
    let Some(last_origin) = bars.len().checked_sub(HORIZON + 1).filter(|&origin| origin + 1 >= WINDOW) else {
        return Err(too_little);
    };
    let first_origin = (last_origin + 1).saturating_sub(MOST_FORECASTS).max(WINDOW - 1);
    let mut origins = Vec::with_capacity(MOST_FORECASTS);
    let mut windows = Vec::with_capacity(MOST_FORECASTS);
    for origin in first_origin..=last_origin {
        let series = RawSeries { bars, tweets: None, news: None, searches: None };
        // A session without a usable past is left out; the counts say how many forecasts there were.
        if let Ok(window) = FeatureWindow::build(&series, origin) {
            origins.push(origin);
            windows.push(window);
        }
    }
    let (Some(&first), Some(&last)) = (origins.first(), origins.last()) else { return Err(too_little) };
    let forecasts = model.forecast(&windows)?;
    let returns: Vec<&Returns> = forecasts.iter().map(forecast_model::ReturnQuantiles::values).collect();

    let mut by_date = Vec::with_capacity(origins.len());
    let mut by_horizon = [[0.0; 2]; HORIZON];
    let mut baseline_loss = 0.0;
    for (&origin, forecast) in origins.iter().zip(&returns) {
        let today = bars[origin].adjusted_close;
        let outcome = std::array::from_fn(|ahead| bars[origin + ahead + 1].adjusted_close / today - 1.0);
        let known = &bars[(origin + 1).saturating_sub(SESSIONS)..=origin];
        let baseline = baselines::ewma(baselines::ewma_sigma(known.iter().map(|bar| bar.adjusted_close)));
        baseline_loss += pinball(&baseline, &outcome);
        for ((sum, quantiles), outcome) in by_horizon.iter_mut().zip(*forecast).zip(outcome) {
            sum[0] += (outcome - quantiles[MEDIAN]).abs();
            sum[1] += outcome.abs();
        }
        let mut tally = Tally::default();
        tally.count(forecast, [&baseline, &baseline], &outcome);
        by_date.push(tally);
    }
    let mut all = Tally::default();
    by_date.iter().for_each(|tally| all.add(tally));
    let between = bootstrap::intervals(&by_date, |tally| [tally.held(0), tally.held(1), tally.held(2)]);
    let count = origins.len() as f64;
    let error = |[model, no_change]: [f64; 2], count: f64| MedianError {
        model: model / count,
        no_change: no_change / count,
        ratio: if no_change > 0.0 { model / no_change } else { 1.0 },
    };

    Ok(TrackRecord {
        stock,
        market,
        as_of: bars[bars.len() - 1].date,
        model: model.manifest().summary(),
        forecasts: origins.len() as u32,
        first: bars[first].date,
        last: bars[last].date,
        error: error(all.median_error, count * HORIZON as f64),
        by_horizon: by_horizon
            .into_iter()
            .zip(1..)
            .map(|(sums, sessions)| HorizonError { sessions, error: error(sums, count) })
            .collect(),
        score_ratio: if baseline_loss > 0.0 { all.loss[0] / baseline_loss } else { 1.0 },
        coverage: INTERVALS
            .iter()
            .enumerate()
            .map(|(index, &(level, ..))| HeldInterval {
                coverage: Coverage {
                    level,
                    held: all.held(index),
                    outcomes: (all.windows as u64) * HORIZON as u64,
                },
                between: between[index],
            })
            .collect(),
        past: Some(past_forecast(bars, last, &forecasts[forecasts.len() - 1])),
        pooled: model.manifest().pooled.clone(),
    })
}

/// The last forecast whose outcome is complete, beside that outcome.
fn past_forecast(
    bars: &[DailyBar],
    origin: usize,
    forecast: &forecast_model::ReturnQuantiles,
) -> PastForecast {
    let sessions = forecast.prices(bars[origin].close).into_iter().zip(&bars[origin + 1..]);
    let shown = |bar: &DailyBar| Bar {
        date: bar.date,
        open: bar.open,
        high: bar.high,
        low: bar.low,
        close: bar.close,
        volume: bar.volume,
    };
    PastForecast {
        as_of: bars[origin].date,
        forecast: sessions.map(|(quantiles, bar)| ForecastSession { date: bar.date, quantiles }).collect(),
        outcome: bars[origin..=origin + HORIZON].iter().map(shown).collect(),
    }
}
