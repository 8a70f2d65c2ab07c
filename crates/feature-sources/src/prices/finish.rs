//! The last steps from bars to a series, the same for every provider.

use forecast_types::{DailyBar, Event};

use super::bars::with_adjusted_closes;
use super::losses::Losses;
use super::placeholders::{self, Pauses};
use super::scale::{self, Split};
use crate::SourceError;

/// Bars as they are used, and what was lost on the way.
pub(super) struct Finished {
    pub(super) bars: Vec<DailyBar>,
    pub(super) partial_reason: Option<String>,
    pub(super) newest_is_pending: bool,
}

/// Leaves out placeholders, corrects what is on another scale, and completes adjusted closes.
pub(super) fn finish(
    mut bars: Vec<DailyBar>,
    splits: &[Split],
    events: &[Event],
    mut losses: Losses,
) -> Result<Finished, SourceError> {
    let newest_is_pending = losses.newest.is_some();
    losses.without_trade = match placeholders::leave_out(&mut bars) {
        Pauses::Suspended { since } => return Err(SourceError::NotTraded { since }),
        Pauses::LeftOut(count) => count,
    };
    let scaled = scale::correct(&mut bars, splits);
    losses.corrected += scaled.corrected;
    losses.doubtful = scaled.doubtful;
    let bars = with_adjusted_closes(bars, events, &mut losses);
    Ok(Finished { bars, partial_reason: losses.reason(), newest_is_pending })
}
