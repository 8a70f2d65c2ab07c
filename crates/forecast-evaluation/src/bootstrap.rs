//! Intervals for figures that come from overlapping windows of stocks that move together: whole blocks of dates are
//! drawn again. Source: Künsch (1989), "The Jackknife and the Bootstrap for General Stationary Observations".

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::score::Tally;

/// Origin dates in a block: longer than the fourteen sessions two windows can share.
const BLOCK: usize = 20;
const DRAWS: usize = 1_000;
/// The same intervals each time.
const SEED: u64 = 14;

/// Returns the 95 % interval of each figure that `figures` takes from a tally, given the tallies in order of date.
#[must_use]
pub fn intervals<const N: usize>(by_date: &[Tally], figures: impl Fn(&Tally) -> [f64; N]) -> [(f64, f64); N] {
    if by_date.is_empty() {
        return [(f64::NAN, f64::NAN); N];
    }
    let mut random = StdRng::seed_from_u64(SEED);
    let block = BLOCK.min(by_date.len());
    let mut draws: Vec<[f64; N]> = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        let mut sum = Tally::default();
        for _ in 0..by_date.len().div_ceil(block) {
            let first = random.random_range(0..=by_date.len() - block);
            by_date[first..first + block].iter().for_each(|tally| sum.add(tally));
        }
        draws.push(figures(&sum));
    }
    std::array::from_fn(|figure| {
        let mut values: Vec<f64> = draws.iter().map(|draw| draw[figure]).collect();
        values.sort_by(f64::total_cmp);
        (values[DRAWS / 40], values[DRAWS - 1 - DRAWS / 40])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_that_agree_leave_no_doubt_and_dates_that_differ_do() {
        let day = |loss: f64| Tally { windows: 1.0, loss: [loss, 1.0, 1.0], ..Tally::default() };
        let ratio = |tally: &Tally| [tally.ratio(0)];
        let same: Vec<Tally> = (0..60).map(|_| day(0.9)).collect();
        let [(low, high)] = intervals(&same, ratio);
        assert!((low - 0.9).abs() < 1e-9 && (high - 0.9).abs() < 1e-9);

        let mixed: Vec<Tally> = (0..100).map(|date| day(if date < 50 { 0.8 } else { 1.0 })).collect();
        let [(low, high)] = intervals(&mixed, ratio);
        assert!(low < 0.88 && high > 0.92, "{low} to {high}");
    }
}
