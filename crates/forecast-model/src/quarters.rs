//! What the price did in earlier quarters: a stock that jumped about 63, 126, 189 and 252 sessions before a target
//! session is likely to move sharply again on that day, no matter what happened in between.

use crate::sessions::Sessions;

/// A move of this many daily volatilities counts as a surprise.
pub(crate) const SURPRISE: f64 = 3.0;

/// Quarters looked back.
pub(crate) const QUARTERS: usize = LAGS.len();

/// Sessions between a report and the one one to four quarters later, first and last: reports move by some days.
const LAGS: [(usize, usize); 4] = [(61, 66), (124, 129), (187, 192), (250, 255)];

/// Returns the largest surprise and the largest volume around one report (`quarter` from 0) before the session
/// `ahead` of the origin; zero where the history does not reach so far.
pub(crate) fn quarters_before(sessions: &Sessions, quarter: usize, ahead: usize) -> (f64, f64) {
    let (nearest, farthest) = LAGS[quarter];
    let target = sessions.len() - 1 + ahead;
    let first = target.saturating_sub(farthest);
    let Some(end) = (target + 1).checked_sub(nearest).filter(|&end| end > first && target >= farthest) else {
        return (0.0, 0.0);
    };
    let largest = |values: &[f64]| values[first..end].iter().copied().fold(0.0, f64::max);
    (largest(&sessions.surprise), largest(&sessions.volume).min(4.0))
}
