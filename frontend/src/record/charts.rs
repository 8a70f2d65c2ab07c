//! The coordinates of the small SVG charts of the record.

use forecast_store::{HorizonCoverage, SessionCoverage};

use crate::format;

/// How often each range held, by trading days ahead.
pub(super) struct HorizonChart {
    pub(super) lines: Vec<HorizonLine>,
    pub(super) days: Vec<Tick>,
    pub(super) summary: String,
}

/// One range.
pub(super) struct HorizonLine {
    pub(super) label: String,
    /// The position of the promised share.
    pub(super) promised_y: f64,
    pub(super) points: String,
    pub(super) dots: Vec<(f64, f64)>,
}

/// A number below the chart.
pub(super) struct Tick {
    pub(super) x: f64,
    pub(super) label: u32,
}

/// Left edge and width of a day.
const DAYS: (f64, f64) = (52.0, 31.0);
/// Top and height of the scale.
const SCALE: (f64, f64) = (12.0, 190.0);
/// The lowest share shown, unless one is lower.
const LOWEST: f64 = 0.4;
const TICKS: [u32; 4] = [1, 5, 10, 14];

impl HorizonChart {
    pub(super) fn of(by_horizon: &[HorizonCoverage]) -> Option<Self> {
        let held = |level: usize| {
            by_horizon.iter().filter_map(move |one| Some((one.sessions, one.coverage[level].held.value()?)))
        };
        let lowest = (0..3).flat_map(held).map(|(_, held)| held).fold(LOWEST, f64::min);
        let y = |share: f64| tenths(SCALE.0 + SCALE.1 * (1.0 - share) / (1.0 - lowest));
        let x = |sessions: u32| tenths(DAYS.0 + DAYS.1 * (f64::from(sessions) - 0.5));
        let first = by_horizon.first()?;
        let lines: Vec<HorizonLine> = (0..3)
            .map(|level| {
                let dots: Vec<(f64, f64)> =
                    held(level).map(|(sessions, held)| (x(sessions), y(held))).collect();
                let points: Vec<String> = dots.iter().map(|(x, y)| format!("{x} {y}")).collect();
                let promised = first.coverage[level].level;
                HorizonLine {
                    label: format::percent(promised),
                    promised_y: y(promised),
                    points: points.join(" "),
                    dots,
                }
            })
            .collect();
        let [.., last] = by_horizon else { return None };
        let eighty = |one: &HorizonCoverage| one.coverage[1].held.value();
        let summary = format!(
            "How often the ranges held by trading days ahead. The 80% range held {} one day ahead and {} {} days ahead.",
            format::percent_with(eighty(first)?, 1),
            format::percent_with(eighty(last)?, 1),
            last.sessions
        );
        let days = TICKS.map(|label| Tick { x: x(label), label });
        Some(Self { lines, days: days.into(), summary })
    }
}

/// How often the 80% range held for the forecasts made after each day.
pub(super) struct SessionChart {
    pub(super) width: usize,
    pub(super) bars: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) summary: String,
}

const BAR_WIDTH: usize = 4;
const BAR_HEIGHT: f64 = 50.0;
/// About a year; older days are in the list.
const MOST_BARS: usize = 250;

impl SessionChart {
    /// Draws the newest scored days.
    pub(super) fn of(by_session: &[SessionCoverage]) -> Option<Self> {
        let scored: Vec<(&SessionCoverage, f64)> =
            by_session.iter().filter_map(|one| Some((one, session_coverage(one, None, 1)?))).collect();
        let shown = &scored[scored.len().saturating_sub(MOST_BARS)..];
        let ([(first, _), ..], [.., (last, _)]) = (shown, shown) else { return None };
        let bars = shown.iter().enumerate().map(|(at, (_, held))| {
            format!("M{} {BAR_HEIGHT}V{}", at * BAR_WIDTH + BAR_WIDTH / 2, tenths(BAR_HEIGHT * (1.0 - held)))
        });
        let lowest = shown.iter().min_by(|one, other| one.1.total_cmp(&other.1))?;
        let summary = format!(
            "How often the 80% range held for the forecasts made after each of {} trading days; the lowest was {}, after {}.",
            shown.len(),
            format::percent_with(lowest.1, 1),
            format::full_day(lowest.0.session)
        );
        Some(Self {
            width: shown.len() * BAR_WIDTH,
            bars: bars.collect(),
            from: format::full_day(first.session),
            to: format::full_day(last.session),
            summary,
        })
    }
}

/// Returns the share of outcomes inside a range for the forecasts of a session, at one number of sessions ahead or at all.
pub(super) fn session_coverage(session: &SessionCoverage, ahead: Option<usize>, level: usize) -> Option<f64> {
    if session.scored == 0 {
        return None;
    }
    let (inside, horizons) = match ahead {
        Some(ahead) => (session.inside.get(ahead - 1)?[level], 1),
        None => (session.inside.iter().map(|inside| inside[level]).sum(), session.inside.len() as u64),
    };
    Some(inside as f64 / (session.scored * horizons) as f64)
}

/// One part of the range: the promised and the actual share of closes in it.
pub(super) struct Part {
    pub(super) label: &'static str,
    pub(super) promised: String,
    pub(super) actual: String,
    pub(super) promised_x: f64,
    pub(super) actual_x: f64,
}

/// The share that a bar of full width stands for.
const WIDEST_PART: f64 = 0.4;

/// Returns the parts of the range, from top to bottom.
pub(super) fn parts(between_levels: &[f64; 8]) -> Vec<Part> {
    const PARTS: [(&str, f64); 8] = [
        ("Above the 90% range", 0.05),
        ("Above the 80%, inside the 90% range", 0.05),
        ("Above the 50%, inside the 80% range", 0.15),
        ("Inside the 50% range, above its middle", 0.25),
        ("Inside the 50% range, below its middle", 0.25),
        ("Below the 50%, inside the 80% range", 0.15),
        ("Below the 80%, inside the 90% range", 0.05),
        ("Below the 90% range", 0.05),
    ];
    let position = |share: f64| tenths(100.0 * (share / WIDEST_PART).min(1.0));
    let part = |(&(label, promised), &actual): (&(&'static str, f64), &f64)| Part {
        label,
        promised: format::percent(promised),
        actual: format::percent_with(actual, 1),
        promised_x: position(promised),
        actual_x: position(actual),
    };
    PARTS.iter().zip(between_levels.iter().rev()).map(part).collect()
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
