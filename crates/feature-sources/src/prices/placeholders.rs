//! Rows of a stock that does not trade: the last price repeated, day after day.

use forecast_types::DailyBar;
use jiff::civil::Date;

/// A thinly traded stock may have no trade for some days; after two weeks of sessions its price says nothing.
const LONGEST_PAUSE: usize = 10;

/// What the rows without trade came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pauses {
    /// This many were left out; trade resumed after each pause.
    LeftOut(u32),
    /// The stock has not traded since.
    Suspended { since: Date },
}

/// Leaves out the long runs of rows that only repeat the price before them.
pub(super) fn leave_out(bars: &mut Vec<DailyBar>) -> Pauses {
    let repeats: Vec<bool> = std::iter::once(false)
        .chain(bars.windows(2).map(|pair| is_repeat(&pair[0], &pair[1])))
        .take(bars.len())
        .collect();
    let mut is_traded = vec![true; bars.len()];
    let mut start = 0;
    for run in repeats.chunk_by(|a, b| a == b) {
        let end = start + run.len();
        if run[0] && run.len() >= LONGEST_PAUSE {
            if end == bars.len() {
                return Pauses::Suspended { since: bars[start - 1].date };
            }
            is_traded[start..end].fill(false);
        }
        start = end;
    }
    let before = bars.len();
    let mut traded = is_traded.into_iter();
    bars.retain(|_| traded.next().unwrap_or(true));
    Pauses::LeftOut(u32::try_from(before - bars.len()).unwrap_or(u32::MAX))
}

#[expect(clippy::float_cmp, reason = "a repeated price is the same to the last bit")]
fn is_repeat(before: &DailyBar, bar: &DailyBar) -> bool {
    let is_still = bar.close == before.close && bar.high == bar.low;
    is_still && (bar.volume == 0 || bar.volume == before.volume)
}

#[cfg(test)]
mod tests;
