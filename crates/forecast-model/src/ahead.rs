//! The tensor `ahead`: what is known in advance of each coming session.

use forecast_types::ReportDate;
use jiff::civil::Date;

use crate::reports::ReportInput;
use crate::sessions::Sessions;
use crate::{AHEAD_FEATURES, HORIZON};

/// Sessions between a report and the one one to four quarters later, first and last: reports move by some days.
const QUARTERS: [(usize, usize); 4] = [(61, 66), (124, 129), (187, 192), (250, 255)];

/// Writes the tensor `[HORIZON, AHEAD_FEATURES]`: the probability that the session reacts to a report of a known date,
/// that it reacts to one of an estimated date, and a one where neither is known; days without trading before it; then
/// for one to four quarters before it the largest surprise, and the largest volume.
pub(crate) fn tensor(sessions: &Sessions, report: &ReportInput, origin: Date) -> Vec<f32> {
    let reactions = report.reactions(origin);
    let of = |is_it: bool, at: usize| if is_it { reactions[at] as f32 } else { 0.0 };
    let (known, estimated, unknown) = match report {
        ReportInput::Known(ReportDate { .. }) => (true, false, 0.0),
        ReportInput::Estimated(_) => (false, true, 0.0),
        ReportInput::Unknown => (false, false, 1.0),
    };
    let mut tensor = Vec::with_capacity(HORIZON * AHEAD_FEATURES);
    let mut before = origin;
    for (at, date) in exchange_calendar::next_sessions(origin, HORIZON).into_iter().enumerate() {
        let closed_days = date.since(before).map_or(1, |span| span.get_days()) - 1;
        before = date;
        tensor.extend([of(known, at), of(estimated, at), unknown, closed_days.min(4) as f32 / 2.0]);
        let echoes = QUARTERS.map(|quarter| quarters_before(sessions, quarter, at + 1));
        tensor.extend(echoes.map(|(surprise, _)| surprise as f32));
        tensor.extend(echoes.map(|(_, volume)| volume as f32));
    }
    tensor
}

/// Returns the largest surprise and the largest volume about a whole number of quarters before the session `ahead` of
/// the origin: a stock that jumped then is likely to jump again. Zero where the history does not reach so far.
fn quarters_before(sessions: &Sessions, (nearest, farthest): (usize, usize), ahead: usize) -> (f64, f64) {
    let target = sessions.len() - 1 + ahead;
    let first = target.saturating_sub(farthest);
    let Some(end) = (target + 1).checked_sub(nearest).filter(|&end| end > first && target >= farthest) else {
        return (0.0, 0.0);
    };
    let largest = |values: &[f64]| values[first..end].iter().copied().fold(0.0, f64::max);
    (largest(&sessions.surprise), largest(&sessions.volume).min(4.0))
}
