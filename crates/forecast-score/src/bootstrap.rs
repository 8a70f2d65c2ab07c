//! Confidence intervals for figures over windows that overlap and stocks that move together: whole blocks of dates are
//! resampled. The first date follows the last one, so every date is drawn equally often.
//! Source: Politis and Romano (1992), "A circular block-resampling procedure for stationary data".

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::Tally;

/// Origin dates in a block: more than the fourteen sessions that two windows can share.
const BLOCK: usize = 20;
/// With fewer blocks the draws are too similar to be meaningful.
const FEWEST_BLOCKS: usize = 3;
const DRAWS: usize = 1_000;
/// Fixed, so that the same data always gives the same intervals.
const SEED: u64 = 14;

/// Returns the 95% interval of each figure that `figures` takes from a tally, given the tallies in order of date.
///
/// `None` if there are fewer than three blocks of dates, if some draws do not have the figure, or if the draws are so
/// skewed that they do not span the figure over all dates.
#[must_use]
pub fn intervals<const N: usize>(
    by_date: &[Tally],
    figures: impl Fn(&Tally) -> [f64; N],
) -> [Option<(f64, f64)>; N] {
    if by_date.len() < FEWEST_BLOCKS * BLOCK {
        return [None; N];
    }
    let mut all = Tally::default();
    by_date.iter().for_each(|tally| all.add(tally));
    let estimates = figures(&all);
    let mut random = StdRng::seed_from_u64(SEED);
    let draws: Vec<[f64; N]> = (0..DRAWS).map(|_| figures(&draw(by_date, &mut random))).collect();
    std::array::from_fn(|figure| {
        let mut values: Vec<f64> = draws.iter().map(|draw| draw[figure]).collect();
        values.sort_by(f64::total_cmp);
        let (low, high) = (values[DRAWS / 40], values[DRAWS - 1 - DRAWS / 40]);
        let is_finite = values.iter().all(|value| value.is_finite());
        // Allows for rounding errors.
        let margin = estimates[figure].abs() * 1e-9;
        let spans = low - margin <= estimates[figure] && estimates[figure] <= high + margin;
        (is_finite && spans).then_some((low, high))
    })
}

/// Draws as many dates as there are, in blocks, and sums them up.
fn draw(by_date: &[Tally], random: &mut StdRng) -> Tally {
    let mut sum = Tally::default();
    let mut left = by_date.len();
    while left > 0 {
        let first = random.random_range(0..by_date.len());
        for step in 0..left.min(BLOCK) {
            sum.add(&by_date[(first + step) % by_date.len()]);
        }
        left = left.saturating_sub(BLOCK);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(loss: f64) -> Tally {
        Tally { windows: 1.0, loss: [loss, 1.0, 1.0], ..Tally::default() }
    }

    fn ratio(tally: &Tally) -> [f64; 1] {
        [tally.ratio(0)]
    }

    #[test]
    fn equal_dates_give_a_narrow_interval_and_different_dates_a_wide_one() {
        let same: Vec<Tally> = (0..60).map(|_| day(0.9)).collect();
        let [Some((low, high))] = intervals(&same, ratio) else { panic!("an interval") };
        assert!((low - 0.9).abs() < 1e-9 && (high - 0.9).abs() < 1e-9);

        let mixed: Vec<Tally> = (0..100).map(|date| day(if date < 50 { 0.8 } else { 1.0 })).collect();
        let [Some((low, high))] = intervals(&mixed, ratio) else { panic!("an interval") };
        assert!(low < 0.88 && high > 0.92, "{low} to {high}");
    }

    #[test]
    fn an_interval_contains_its_own_figure_or_there_is_none() {
        // The unusual dates are at the ends, which blocks that do not wrap around rarely reach.
        for dates in [1, 20, 47, 59, 60, 61, 80, 250] {
            let tallies: Vec<Tally> =
                (0..dates).map(|date| day(if date < 2 || date + 2 >= dates { 0.2 } else { 1.0 })).collect();
            let mut all = Tally::default();
            tallies.iter().for_each(|tally| all.add(tally));

            let [interval] = intervals(&tallies, ratio);

            assert_eq!(interval.is_some(), dates >= 60, "{dates} dates");
            if let Some((low, high)) = interval {
                assert!(low <= all.ratio(0) && all.ratio(0) <= high, "{dates} dates: {low} to {high}");
            }
        }
    }

    #[test]
    fn a_figure_that_is_not_finite_has_no_interval() {
        let tallies = vec![Tally { windows: 1.0, ..Tally::default() }; 100];
        assert_eq!(intervals(&tallies, ratio), [None]);
        assert_eq!(intervals(&[], ratio), [None]);
    }
}
