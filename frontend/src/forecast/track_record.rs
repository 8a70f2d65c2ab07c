//! "Can I trust these ranges?": how often past ranges held for this stock.

use askama::Template;
use forecast_types::{
    CoverageByReport, Forecast, HeldForecasts, HeldInterval, Interval, PastForecast, PooledSkill, TrackRecord,
};

use super::cache::RecordState;
use super::chart::Picture;
use super::links::View;
use super::outcome::score;
use crate::format;
use crate::pages::frame::render;

/// The card next to the headline.
#[derive(Template)]
#[template(path = "trust.html")]
pub(crate) struct Trust {
    pub(crate) verdict: String,
    pub(crate) explanation: String,
    pub(crate) ranges: Vec<RangeBar>,
    pub(crate) by_report: Vec<String>,
    pub(crate) waiting: bool,
}

/// One range: what it promises and how often it held, in words and as marks on a scale from 0 to 100.
pub(crate) struct RangeBar {
    pub(crate) promised: String,
    pub(crate) held: String,
    pub(crate) margin: String,
    pub(crate) outcomes: String,
    pub(crate) promise_x: f64,
    pub(crate) held_x: f64,
    pub(crate) margin_x: f64,
    pub(crate) margin_width: f64,
}

/// The figures and the picture further down.
#[derive(Template)]
#[template(path = "past.html")]
pub(crate) struct Past {
    pub(crate) record: Option<Record>,
    pub(crate) waiting: bool,
}

/// A track record in words.
pub(crate) struct Record {
    pub(crate) method: String,
    pub(crate) ranges: Vec<RangeBar>,
    pub(crate) midpoint: String,
    pub(crate) pooled: Option<String>,
    pub(crate) picture: Option<String>,
    pub(crate) caption: String,
}

/// Whether past ranges held as often as they promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There is no record, or too little of one.
    Unknown,
    Held,
    TooNarrow,
    TooWide,
}

/// A margin of error wider than this, from one end to the other, leaves the question open.
const WIDEST_MARGIN: f64 = 0.3;
/// Fewer past forecasts than this say nothing.
const FEWEST_FORECASTS: u32 = 20;

impl Verdict {
    pub(super) fn of(record: &RecordState) -> Self {
        let Some(record) = record.record() else { return Self::Unknown };
        let Some(held) = headline_range(record) else { return Self::Unknown };
        let (low, high) = held.between;
        if record.forecasts < FEWEST_FORECASTS || high - low > WIDEST_MARGIN {
            Self::Unknown
        } else if high < held.coverage.level {
            Self::TooNarrow
        } else if low > held.coverage.level {
            Self::TooWide
        } else {
            Self::Held
        }
    }

    /// Says whether the record contradicts what the ranges promise.
    pub(super) fn breaks_promise(self) -> bool {
        matches!(self, Self::TooNarrow | Self::TooWide)
    }
}

impl Trust {
    /// Says what the record shows for this stock; until it is there, what is known across all stocks.
    pub(crate) fn of(forecast: &Forecast, state: &RecordState) -> Self {
        let symbol = &forecast.stock.symbol;
        let Some(record) = state.record().filter(|record| record.forecasts > 0) else {
            let verdict = if state.is_pending() {
                format!("Checking past forecasts for {symbol}")
            } else {
                format!("No track record for {symbol} yet")
            };
            let explanation = pooled_coverage(forecast);
            let waiting = state.is_pending();
            return Self { verdict, explanation, ranges: Vec::new(), by_report: Vec::new(), waiting };
        };
        let share = headline_range(record).map(|range| format::percent(range.coverage.held));
        let share = share.unwrap_or_default();
        let verdict = match Verdict::of(state) {
            Verdict::Held => format!("Ranges for {symbol} held as promised"),
            Verdict::TooNarrow => format!("Too narrow for {symbol}: the 80% range held {share} of the time"),
            Verdict::TooWide => format!("Too wide for {symbol}: the 80% range held {share} of the time"),
            Verdict::Unknown => format!("Too few past forecasts for {symbol} to say"),
        };
        let explanation = format!(
            "From {} past forecasts, made after every fifth trading day.",
            format::count(u64::from(record.forecasts))
        );
        let by_report = record.by_report.as_ref().map(report_lines).unwrap_or_default();
        Self { verdict, explanation, ranges: range_bars(record), by_report, waiting: false }
    }
}

impl Past {
    /// Describes the record in words.
    pub(crate) fn of(forecast: &Forecast, state: &RecordState, view: View) -> Self {
        let record = state.record().filter(|record| record.forecasts > 0);
        Self { record: record.map(|record| Record::of(forecast, record, view)), waiting: state.is_pending() }
    }
}

impl Record {
    fn of(forecast: &Forecast, record: &TrackRecord, view: View) -> Self {
        let caption = record.past.as_ref().map(caption).unwrap_or_default();
        let picture = |_: &PastForecast| render(&Picture::past(forecast, view, caption.clone()));
        Self {
            method: format!(
                "{} past forecasts, made after every fifth trading day from {} to {}. Each used only what was known \
                 that day and is compared here with what happened.",
                format::count(u64::from(record.forecasts)),
                format::full_day(record.first),
                format::full_day(record.last)
            ),
            ranges: range_bars(record),
            midpoint: format!(
                "On average the midpoint was off by {}; “no change” was off by {}.",
                format::percent_with(record.error.model, 1),
                format::percent_with(record.error.no_change, 1)
            ),
            pooled: record.pooled.as_ref().or(forecast.pooled.as_ref()).map(pooled_words),
            picture: record.past.as_ref().map(picture),
            caption,
        }
    }
}

/// Says how often the 80% range held with a quarterly report in a forecast's days, and without one.
fn report_lines(split: &CoverageByReport) -> Vec<String> {
    let line = |what: &str, part: &HeldForecasts| {
        let held = part.held.as_ref().map(|held| format::percent(held.coverage.held))?;
        let forecasts = format::plural(u64::from(part.forecasts), "forecast");
        Some(format!("{what} a report: 80% range held {held} ({forecasts})"))
    };
    [line("With", &split.with_report), line("Without", &split.without_report)].into_iter().flatten().collect()
}

/// Says how often the 80% range held: for this stock where enough of its forecasts have ended, else across all stocks.
pub(crate) fn measured(forecast: &Forecast, state: &RecordState) -> String {
    let record = state.record().filter(|record| record.forecasts >= FEWEST_FORECASTS);
    let held = record.and_then(|record| Some((record.forecasts, headline_range(record)?.coverage.held)));
    held.map_or_else(
        || pooled_coverage(forecast),
        |(forecasts, held)| {
            format!(
                "Over {} past forecasts for {}, the 80% range held {} of the time.",
                format::count(u64::from(forecasts)),
                forecast.stock.symbol,
                format::percent(held)
            )
        },
    )
}

/// Says how often the 80% range held across all stocks.
fn pooled_coverage(forecast: &Forecast) -> String {
    let mut pooled = forecast.pooled.iter().flat_map(|pooled| &pooled.coverage);
    pooled.find(|coverage| Interval::P80.is_measured_by(coverage)).map_or_else(
        || "How often its ranges held is not known.".to_owned(),
        |coverage| {
            let held = format::percent_with(coverage.held, 1);
            format!("Across all stocks, the 80% range held {held} of the time.")
        },
    )
}

fn range_bars(record: &TrackRecord) -> Vec<RangeBar> {
    record.coverage.iter().map(RangeBar::of).collect()
}

impl RangeBar {
    fn of(range: &HeldInterval) -> Self {
        let HeldInterval { coverage, between: (low, high) } = range;
        let tenths = |share: f64| (share * 1000.0).round() / 10.0;
        Self {
            promised: format::percent(coverage.level),
            held: format::percent(coverage.held),
            margin: format!("{} to {}", format::percent(*low), format::percent(*high)),
            outcomes: format::count(coverage.outcomes),
            promise_x: tenths(coverage.level),
            held_x: tenths(coverage.held),
            margin_x: tenths(*low),
            margin_width: tenths(high - low),
        }
    }
}

fn headline_range(record: &TrackRecord) -> Option<&HeldInterval> {
    record.coverage.iter().find(|range| Interval::P80.is_measured_by(&range.coverage))
}

/// Says how many of the closes were inside the range of their day.
fn caption(past: &PastForecast) -> String {
    let score = score(&past.forecast, &past.outcome).unwrap_or_default();
    format!("The forecast made after {}: {score}.", format::full_day(past.as_of))
}

fn pooled_words(pooled: &PooledSkill) -> String {
    let gain = 1.0 - pooled.score_ratio;
    let (low, high) = (1.0 - pooled.score_between.1, 1.0 - pooled.score_between.0);
    let percent = |share| format::percent_with(share, 1);
    let ranges = if low > 0.0 {
        format!(
            "its ranges were {} better than those of the best simple method ({} to {})",
            percent(gain),
            percent(low),
            percent(high)
        )
    } else if high < 0.0 {
        format!("its ranges were {} worse than those of the best simple method", percent(-gain))
    } else {
        "its ranges were about as good as those of the best simple method".to_owned()
    };
    let midpoint = match pooled.median_ratio {
        ratio if ratio < 0.99 => format!("its midpoint was {} closer than “no change”", percent(1.0 - ratio)),
        ratio if ratio > 1.01 => {
            format!("its midpoint was {} further off than “no change”", percent(ratio - 1.0))
        }
        _ => "its midpoint was no better than “no change”".to_owned(),
    };
    format!(
        "Across all stocks, on data the model was not trained on ({}), {ranges}, and {midpoint}.",
        pooled.data
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use forecast_types::{Coverage, Market, MedianError, ModelSummary, Stock};
    use jiff::civil::date;

    use super::*;

    fn record(forecasts: u32, held: f64, between: (f64, f64)) -> RecordState {
        let coverage = Coverage { level: 0.8, held, outcomes: u64::from(forecasts) * 14 };
        RecordState::Ready(Arc::new(TrackRecord {
            stock: Stock { symbol: "NVDA".parse().unwrap(), name: String::new(), currency: "USD".to_owned() },
            market: Market::Live,
            as_of: date(2026, 11, 20),
            model: ModelSummary {
                name: "m".to_owned(),
                version: "1".to_owned(),
                trained_through: date(2020, 12, 31),
            },
            forecasts,
            first: date(2024, 1, 2),
            last: date(2026, 10, 30),
            error: MedianError { model: 0.04, no_change: 0.04, ratio: 1.0 },
            by_horizon: Vec::new(),
            score_ratio: 1.0,
            coverage: vec![HeldInterval { coverage, between }],
            by_report: None,
            past: None,
            pooled: None,
        }))
    }

    #[test]
    fn the_verdict_follows_the_margin_of_error() {
        for (state, verdict) in [
            (record(140, 0.79, (0.75, 0.83)), Verdict::Held),
            (record(140, 0.72, (0.68, 0.76)), Verdict::TooNarrow),
            (record(140, 0.88, (0.85, 0.91)), Verdict::TooWide),
            (record(140, 0.60, (0.40, 0.79)), Verdict::Unknown),
            (record(12, 0.60, (0.58, 0.62)), Verdict::Unknown),
            (RecordState::Pending, Verdict::Unknown),
            (RecordState::Missing, Verdict::Unknown),
        ] {
            assert_eq!(Verdict::of(&state), verdict, "{state:?}");
        }
    }
}
