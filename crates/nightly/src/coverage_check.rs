//! Checks whether the ranges still hold as often as they promise.

use std::ops::RangeInclusive;

use forecast_store::{RecordSummary, Share, Store, StoreError};

/// Sessions in about one month.
const MONTH: usize = 21;
/// The usual coverage of the 80% range in one month. Stocks move together, so coverage varies more over a month than over
/// years: from 2021 to 2024 it was 72 to 87%, in the 34 months that were scored.
const USUAL: RangeInclusive<f64> = 0.70..=0.88;

/// Logs a warning, which an alert watches, if the 80% range held too rarely or too often in the last month.
pub(crate) async fn check(store: &Store) -> Result<(), StoreError> {
    let Some(record) = RecordSummary::read(store).await? else { return Ok(()) };
    if let Some(held) = unusual(record.lately(MONTH)) {
        tracing::warn!(held, "the 80% range of the last month is out of bounds");
    }
    Ok(())
}

fn unusual(held: Share) -> Option<f64> {
    held.value().filter(|held| !USUAL.contains(held))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_unusual_outside_of_70_to_88_percent() {
        let of_1_000 = |inside| unusual(Share { inside, of: 1_000 });
        assert_eq!([699, 700, 800, 880, 881].map(of_1_000), [Some(0.699), None, None, None, Some(0.881)]);
        assert_eq!(unusual(Share::default()), None, "nothing is scored yet");
    }
}
