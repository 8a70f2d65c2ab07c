use std::collections::HashSet;

use forecast_score::{Outcome, RecordedForecast, simple_return};
use forecast_types::Interval;
use jiff::civil::Date;

use crate::Miss;
use crate::row::ForecastRow;

/// Misses that the summary lists.
const LISTED: usize = 50;

/// The worst misses: those farthest outside the 90% range, in widths of that range.
#[derive(Debug, Default)]
pub(crate) struct Worst(Vec<Miss>);

impl Worst {
    /// Adds the worst miss of a forecast, if it has one.
    pub(crate) fn count(&mut self, row: &ForecastRow, dates: &[Date], outcome: &Outcome) {
        let recorded = row.recorded();
        let farthest = (0..dates.len())
            .map(|ahead| (ahead, widths_outside(&recorded, ahead, outcome[ahead])))
            .filter(|&(_, widths)| widths > 0.0)
            // Of equal misses, the earliest.
            .max_by(|(left, less), (right, more)| less.total_cmp(more).then(right.cmp(left)));
        let Some((ahead, widths_outside)) = farthest else { return };
        let (low, high) = Interval::P90.positions();
        self.0.push(Miss {
            symbol: row.symbol.clone(),
            session: row.session,
            sessions: ahead as u32 + 1,
            date: dates[ahead],
            outcome: simple_return(outcome[ahead]),
            low: simple_return(recorded.edge(low, ahead)),
            high: simple_return(recorded.edge(high, ahead)),
            widths_outside,
            report: row.report.is_some_and(|report| usize::from(report.session) <= ahead + 1),
        });
    }

    pub(crate) fn extend(&mut self, misses: Vec<Miss>) {
        self.0.extend(misses);
    }

    /// Returns the worst ones first, at most one per stock.
    pub(crate) fn first(mut self) -> Vec<Miss> {
        self.0.sort_by(|left, right| {
            let farther = right.widths_outside.total_cmp(&left.widths_outside);
            farther.then_with(|| (left.session, &left.symbol).cmp(&(right.session, &right.symbol)))
        });
        let mut seen = HashSet::new();
        self.0.retain(|miss| seen.len() < LISTED && seen.insert(miss.symbol.clone()));
        self.0
    }
}

/// Returns how far an outcome is outside the 90% range, in widths of it; 0 if it is inside or the range has no width.
fn widths_outside(recorded: &RecordedForecast, ahead: usize, outcome: i64) -> f64 {
    let (low, high) = Interval::P90.positions();
    let (low, high) = (recorded.edge(low, ahead), recorded.edge(high, ahead));
    let outside = (low - outcome).max(outcome - high).max(0);
    if high > low { outside as f64 / (high - low) as f64 } else { 0.0 }
}
