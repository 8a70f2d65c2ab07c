//! How good the model's own forecasts for past days were: each is remade from what was known on its day and compared
//! with what happened.
//!
//! Pure: bars in, figures out. Forecasts are remade from prices and the dates of earlier reports, because the other
//! sources do not offer their past by the day, and only for days after the model's training ended, because it has seen
//! earlier outcomes.

use std::ops::Range;

use exchange_calendar::next_sessions;
use forecast_model::score::{MEDIAN, Returns, ewma, ewma_sigma, pinball};
use forecast_model::{
    FeatureError, FeatureWindow, HORIZON, Model, ModelError, RawSeries, Reports, ReturnQuantiles, WINDOW,
};
use forecast_types::{
    Bar, Coverage, CoverageByReport, DailyBar, ForecastSession, HeldForecasts, HeldInterval, HorizonError,
    Interval, MedianError, PastForecast, ReportDate,
};
use jiff::civil::Date;

use super::by_report::has_report;

/// Three years of sessions are judged.
pub(in crate::forecast) const SESSIONS: usize = 3 * 252;
/// A forecast is remade for every fifth session, one a week; their fourteen-session outcomes overlap threefold.
const STEP: usize = 5;
/// Fewer forecasts than this prove nothing.
const FEWEST: usize = 8;
/// Consecutive forecasts whose outcomes overlap: one block of the interval's estimate.
const BLOCK: usize = HORIZON.div_ceil(STEP);

/// Half the width of a 95% interval, in standard errors.
const TWO_SIDED_95: f64 = 1.96;

/// The figures of a track record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figures {
    pub(crate) forecasts: u32,
    pub(crate) first: Date,
    pub(crate) last: Date,
    pub(crate) error: MedianError,
    pub(crate) by_horizon: Vec<HorizonError>,
    pub(crate) score_ratio: f64,
    pub(crate) coverage: Vec<HeldInterval>,
    pub(crate) by_report: Option<CoverageByReport>,
    pub(crate) past: PastForecast,
}

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("{have} past forecasts can be compared with what happened; {FEWEST} are needed")]
    TooFew { have: usize },
    #[error(transparent)]
    Features(#[from] FeatureError),
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Remakes and judges the forecasts of settled `bars`, oldest first. Of the dates of reports, each forecast knows those
/// up to its own day.
///
/// # Errors
/// When too few days qualify, or the model fails.
pub(crate) fn judge(
    model: &Model,
    bars: &[DailyBar],
    reports: Option<&[ReportDate]>,
) -> Result<Figures, RecordError> {
    let origins = origins(bars, model.manifest().trained_through);
    if origins.len() < FEWEST {
        return Err(RecordError::TooFew { have: origins.len() });
    }
    let known = reports.map(|past| Reports { past, announced: None });
    let series = RawSeries { bars, tweets: None, news: None, searches: None, reports: known };
    let windows =
        origins.iter().map(|&origin| FeatureWindow::build(&series, origin)).collect::<Result<Vec<_>, _>>()?;
    let forecasts = model.forecast(&windows)?;
    let outcomes: Vec<[f64; HORIZON]> = origins.iter().map(|&origin| outcome(bars, origin)).collect();

    let by_horizon: Vec<HorizonError> = (0..HORIZON)
        .map(|ahead| HorizonError {
            sessions: u32::try_from(ahead + 1).expect("the horizon is short"),
            error: median_error(&forecasts, &outcomes, ahead..ahead + 1),
        })
        .collect();
    let baselines: Vec<Returns> = origins.iter().map(|&origin| baseline(bars, origin)).collect();
    let score = mean_pinball(forecasts.iter().map(ReturnQuantiles::values), &outcomes);
    let newest = *origins.last().expect("there are enough");
    Ok(Figures {
        forecasts: u32::try_from(origins.len()).expect("three years have few weeks"),
        first: bars[origins[0]].date,
        last: bars[newest].date,
        error: median_error(&forecasts, &outcomes, 0..HORIZON),
        by_horizon,
        score_ratio: ratio(score, mean_pinball(baselines.iter(), &outcomes)),
        coverage: Interval::ALL.map(|interval| held(forecasts.iter().zip(&outcomes), interval)).to_vec(),
        by_report: reports.and_then(|past| {
            let has_report: Vec<Option<bool>> =
                origins.iter().map(|&origin| has_report(past, bars[origin].date)).collect();
            coverage_by_report(&has_report, &forecasts, &outcomes)
        }),
        past: past(bars, newest, forecasts.last().expect("one for each origin")),
    })
}

/// Every fifth session that has a window before it, an outcome after it, and was not trained on; the newest is the
/// session fourteen before the last.
fn origins(bars: &[DailyBar], trained_through: Date) -> Vec<usize> {
    let Some(newest) = bars.len().checked_sub(HORIZON + 1) else { return Vec::new() };
    let oldest = (WINDOW - 1).max(bars.len().saturating_sub(SESSIONS));
    let mut origins: Vec<usize> = (oldest..=newest)
        .rev()
        .step_by(STEP)
        .take_while(|&origin| bars[origin].date > trained_through)
        .collect();
    origins.reverse();
    origins
}

/// What happened: the relative change over 1 to 14 sessions, dividends included.
fn outcome(bars: &[DailyBar], origin: usize) -> [f64; HORIZON] {
    std::array::from_fn(|ahead| bars[origin + ahead + 1].adjusted_close / bars[origin].adjusted_close - 1.0)
}

/// The forecast of no model: no change, as wide as recent volatility.
fn baseline(bars: &[DailyBar], origin: usize) -> Returns {
    let known = &bars[(origin + 1).saturating_sub(forecast_model::SESSIONS)..=origin];
    ewma(ewma_sigma(known.iter().map(|bar| bar.adjusted_close)))
}

fn mean_pinball<'a>(forecasts: impl Iterator<Item = &'a Returns>, outcomes: &[[f64; HORIZON]]) -> f64 {
    mean(forecasts.zip(outcomes).map(|(forecast, outcome)| pinball(forecast, outcome)))
}

fn median_error(
    forecasts: &[ReturnQuantiles],
    outcomes: &[[f64; HORIZON]],
    ahead: Range<usize>,
) -> MedianError {
    let over = |error: &dyn Fn(usize, usize) -> f64| {
        mean(
            (0..outcomes.len())
                .flat_map(|at| ahead.clone().map(move |ahead| (at, ahead)))
                .map(|(at, ahead)| error(at, ahead)),
        )
    };
    let model = over(&|at, ahead| (outcomes[at][ahead] - forecasts[at].values()[ahead][MEDIAN]).abs());
    let no_change = over(&|at, ahead| outcomes[at][ahead].abs());
    MedianError { model, no_change, ratio: ratio(model, no_change) }
}

/// How often an interval held. The uncertainty of that is estimated from blocks of forecasts whose outcomes overlap.
fn held<'a>(
    forecasts: impl Iterator<Item = (&'a ReturnQuantiles, &'a [f64; HORIZON])>,
    interval: Interval,
) -> HeldInterval {
    let (lower, upper) = interval.positions();
    let shares: Vec<f64> = forecasts
        .map(|(forecast, outcome)| {
            let inside = |(quantiles, outcome): (&[f64; 7], &f64)| {
                (quantiles[lower]..=quantiles[upper]).contains(outcome)
            };
            mean(forecast.values().iter().zip(outcome).map(|pair| f64::from(u8::from(inside(pair)))))
        })
        .collect();
    let held = mean(shares.iter().copied());
    let blocks: Vec<f64> = shares.chunks(BLOCK).map(|block| mean(block.iter().copied())).collect();
    let count = count(blocks.len());
    let variance = blocks.iter().map(|block| (block - held).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    let reach = TWO_SIDED_95 * (variance / count).sqrt();
    let outcomes = u64::try_from(shares.len() * HORIZON).expect("three years have few sessions");
    HeldInterval {
        coverage: Coverage { level: interval.level(), held, outcomes },
        between: ((held - reach).max(0.0), (held + reach).min(1.0)),
    }
}

/// The same for the 80% interval, with and without a report; `None` where the dates tell nothing of any forecast.
fn coverage_by_report(
    has_report: &[Option<bool>],
    forecasts: &[ReturnQuantiles],
    outcomes: &[[f64; HORIZON]],
) -> Option<CoverageByReport> {
    let held_where = |wanted: bool| {
        let all = has_report.iter().zip(forecasts.iter().zip(outcomes));
        let some: Vec<_> =
            all.filter(|&(&has, _)| has == Some(wanted)).map(|(_, forecast)| forecast).collect();
        HeldForecasts {
            forecasts: u32::try_from(some.len()).expect("three years have few weeks"),
            held: (!some.is_empty()).then(|| held(some.into_iter(), Interval::P80)),
        }
    };
    let split = CoverageByReport { with_report: held_where(true), without_report: held_where(false) };
    (split.with_report.forecasts + split.without_report.forecasts > 0).then_some(split)
}

fn past(bars: &[DailyBar], origin: usize, forecast: &ReturnQuantiles) -> PastForecast {
    let made_at = &bars[origin];
    let forecast = next_sessions(made_at.date, HORIZON)
        .into_iter()
        .zip(forecast.prices(made_at.close))
        .map(|(date, quantiles)| ForecastSession { date, quantiles })
        .collect();
    let outcome = bars[origin..].iter().take(HORIZON + 1).map(|bar| Bar {
        date: bar.date,
        open: bar.open,
        high: bar.high,
        low: bar.low,
        close: bar.close,
        volume: bar.volume,
    });
    PastForecast { as_of: made_at.date, forecast, outcome: outcome.collect() }
}

/// 1 if both are 0, as for a price that never moved.
fn ratio(model: f64, baseline: f64) -> f64 {
    if baseline > 0.0 { model / baseline } else { 1.0 }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, number) = values.fold((0.0, 0_usize), |(sum, number), value| (sum + value, number + 1));
    if number == 0 { 0.0 } else { sum / count(number) }
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use exchange_calendar::sessions_between;
    use jiff::civil::date;

    use super::*;

    /// Closes that rise and fall in turn, so that every figure can be worked out by hand.
    fn zigzag() -> Vec<DailyBar> {
        let sessions = sessions_between(date(2024, 1, 2), date(2026, 11, 20));
        let closes =
            sessions.iter().enumerate().map(|(at, &date)| (date, if at % 2 == 0 { 100.0 } else { 101.0 }));
        closes
            .map(|(date, close)| DailyBar {
                date,
                open: close,
                high: close,
                low: close,
                close,
                adjusted_close: close,
                volume: 1,
            })
            .collect()
    }

    #[test]
    fn origins_have_a_window_an_outcome_and_were_not_trained_on() {
        let bars = zigzag();
        let origins = origins(&bars, date(2025, 6, 30));
        assert_eq!(*origins.last().unwrap(), bars.len() - 1 - HORIZON);
        assert!(bars[origins[0]].date > date(2025, 6, 30));
        assert!(origins.windows(2).all(|pair| pair[1] - pair[0] == STEP));
        assert!(super::origins(&bars[..HORIZON], date(2020, 1, 1)).is_empty());
        assert!(super::origins(&bars, date(2026, 11, 2)).is_empty());
    }

    #[test]
    fn the_figures_of_a_known_forecast_are_those_worked_out_by_hand() {
        let levels: [f64; 7] = [-0.03, -0.02, -0.015, 0.0, 0.005, 0.02, 0.03];
        let forecasts = vec![ReturnQuantiles::from_returns([levels; HORIZON]); 6];
        let outcomes = vec![[0.01; HORIZON]; 6];

        let error = median_error(&forecasts, &outcomes, 0..HORIZON);
        assert!((error.model - 0.01).abs() < 1e-12 && (error.ratio - 1.0).abs() < 1e-12);
        let all = || forecasts.iter().zip(&outcomes);
        let coverage = Interval::ALL.map(|interval| held(all(), interval).coverage.held);
        assert_eq!(coverage, [0.0, 1.0, 1.0], "0.01 lies outside the inner interval alone");
    }

    #[test]
    fn forecasts_with_and_without_a_report_are_counted_apart() {
        let levels: [f64; 7] = [-0.03, -0.02, -0.015, 0.0, 0.005, 0.02, 0.03];
        let forecasts = vec![ReturnQuantiles::from_returns([levels; HORIZON]); 4];
        let outcomes = [0.01, 0.05, 0.01, 0.01].map(|change| [change; HORIZON]);
        let has_report = [Some(false), Some(true), None, Some(false)];

        let split = coverage_by_report(&has_report, &forecasts, &outcomes).unwrap();

        let of = |held: HeldForecasts| (held.forecasts, held.held.unwrap().coverage.held);
        assert_eq!((of(split.with_report), of(split.without_report)), ((1, 0.0), (2, 1.0)));
        assert_eq!(coverage_by_report(&[None; 4], &forecasts, &outcomes), None);
    }

    #[test]
    fn the_baseline_knows_the_days_up_to_the_origin_only() {
        let mut bars = zigzag();
        let origin = bars.len() - 20;
        let before = baseline(&bars, origin);
        assert!((0.0098..0.0101).contains(&(before[0][6] / 1.644_853_63)), "the closes move by 1%");
        bars.iter_mut().skip(origin + 1).for_each(|bar| bar.adjusted_close *= 2.0);
        assert_eq!(baseline(&bars, origin), before);
    }
}
