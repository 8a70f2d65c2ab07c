//! Puts all bars on one price scale where split events or neighboring bars prove that some are on another.
//!
//! Yahoo was seen to apply a split to some of the earlier bars only, and to send single bars 10 or 100 times too high
//! or too low. Such an error shifts a whole bar, its open too, by a known factor. A real squeeze or crash has another
//! factor, moves within the day, or is kept by later bars, and stays as it is.

use forecast_types::DailyBar;
use jiff::civil::Date;

/// Smaller splits (stock dividends) change prices no more than a trading day does.
const SMALLEST_SPLIT: f64 = 1.4;
/// A split this large explains a jump on any day before it; a smaller one might be a real move.
const LARGE_SPLIT: f64 = 3.0;
/// Factors of bars in another unit, such as cents.
const UNITS: [f64; 3] = [10.0, 100.0, 1_000.0];
/// An error of units, or a small split's, that lasts longer is not proven by its end.
const LONGEST_RUN: usize = 10;
/// A jump of this size is reported even though it may be real.
const HUGE_JUMP: f64 = 20.0;

/// A split by what it multiplies all earlier prices with: 15 for 1:15, 0.25 for 4:1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Split {
    pub(super) date: Date,
    pub(super) factor: f64,
}

/// What was done, and what could not be.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outcome {
    /// Bars brought to the scale of the others.
    pub(super) corrected: u32,
    /// The newest day whose price is on another scale than the day before, without proof of which is wrong.
    pub(super) doubtful: Option<Date>,
}

/// Consecutive bars on one scale.
struct Segment {
    first: usize,
    last: usize,
    /// Logarithm of what its prices must be multiplied by to continue in the newest bars.
    level: f64,
}

/// Corrects what is proven, oldest first; `bars` are sorted by date.
pub(super) fn correct(bars: &mut [DailyBar], splits: &[Split]) -> Outcome {
    let splits: Vec<Split> =
        splits.iter().copied().filter(|split| is_large(split.factor, SMALLEST_SPLIT)).collect();
    let mut outcome = Outcome::default();
    let segments = segments(bars, &splits);
    // The level of what is believed; it moves with each jump that is.
    let mut believed = 0.0;
    for (at, segment) in segments.iter().enumerate() {
        let shift = segment.level - believed;
        if is_same(shift, 0.0) {
            continue;
        }
        let returns = segments[at + 1..].iter().any(|older| is_same(older.level, believed));
        let is_short_run = returns && segment.last - segment.first < LONGEST_RUN;
        let split = proving_split(bars, segment, shift, &splits);
        let is_unit = UNITS.iter().any(|unit| is_same(shift.abs(), unit.ln()));
        let is_proven = match split {
            Some(Proof::Day) => true,
            Some(Proof::Factor) => is_short_run || shift.abs() > LARGE_SPLIT.ln() - 1e-9,
            None => {
                is_short_run
                    && (is_unit || splits.iter().any(|split| is_same(shift.abs(), split.factor.ln().abs())))
            }
        };
        if is_proven {
            for bar in &mut bars[segment.first..=segment.last] {
                rescale(bar, shift.exp(), split.is_some());
                outcome.corrected += 1;
            }
            continue;
        }
        // The newest bar has no later one that could keep its jump, and the first few no earlier ones.
        let is_newest = segment.last + 2 == bars.len();
        let is_oldest = segment.first == 0 && segment.last < LONGEST_RUN;
        if split.is_some() || returns || is_newest || is_oldest {
            outcome.doubtful = outcome.doubtful.max(Some(bars[segment.last + 1].date));
        }
        believed = segment.level;
    }
    outcome.doubtful = outcome.doubtful.max(huge_jump(bars));
    outcome
}

enum Proof {
    /// The jump is on the day of the split it belongs to.
    Day,
    /// It is on another day, but has the factor of a split that came later.
    Factor,
}

/// Finds the split, or all later ones together, that the segment is shifted by.
fn proving_split(bars: &[DailyBar], segment: &Segment, shift: f64, splits: &[Split]) -> Option<Proof> {
    let last = bars[segment.last].date;
    let next = bars.get(segment.last + 1)?.date;
    let later: Vec<&Split> = splits.iter().filter(|split| split.date > last).collect();
    let together: f64 = later.iter().map(|split| split.factor.ln()).sum();
    let is_factor = |log: f64| is_same(shift.abs(), log.abs());
    let is_one = later.iter().any(|split| is_factor(split.factor.ln()));
    if !is_one && (later.len() < 2 || !is_factor(together)) {
        return None;
    }
    Some(if later.iter().any(|split| split.date <= next) { Proof::Day } else { Proof::Factor })
}

/// Cuts the bars, newest first, wherever a whole bar is shifted by a known factor.
fn segments(bars: &[DailyBar], splits: &[Split]) -> Vec<Segment> {
    let known: Vec<f64> = UNITS
        .into_iter()
        .chain(splits.iter().map(|split| split.factor))
        .map(|factor| factor.ln().abs())
        .collect();
    let mut segments = Vec::new();
    let mut current = Segment { first: 0, last: bars.len().saturating_sub(1), level: 0.0 };
    for at in (1..bars.len()).rev() {
        let (before, bar) = (&bars[at - 1], &bars[at]);
        let ratio = bar.close / before.close;
        // All but a few days are like this, and a logarithm each would be slow.
        if (0.8..1.25).contains(&ratio) {
            continue;
        }
        let step = ratio.ln();
        let gap = (bar.open / before.close).ln();
        let fits = |&&factor: &&f64| {
            let tolerance = if factor > 5_f64.ln() { 0.2 } else { 0.12 };
            (step.abs() - factor).abs() < tolerance && (gap * step.signum() - factor).abs() < 2.0 * tolerance
        };
        let closest = known
            .iter()
            .filter(fits)
            .min_by(|a, b| (step.abs() - **a).abs().total_cmp(&(step.abs() - **b).abs()));
        if let Some(factor) = closest {
            let level = current.level + factor * step.signum();
            segments.push(Segment { first: at, ..current });
            current = Segment { first: 0, last: at - 1, level };
        }
    }
    segments.push(current);
    segments
}

fn huge_jump(bars: &[DailyBar]) -> Option<Date> {
    let usual = HUGE_JUMP.recip()..HUGE_JUMP;
    let jump = bars.windows(2).rev().find(|pair| !usual.contains(&(pair[1].close / pair[0].close)))?;
    Some(jump[1].date)
}

fn is_large(factor: f64, least: f64) -> bool {
    factor.is_finite() && factor > 0.0 && factor.ln().abs() >= least.ln()
}

fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-6
}

fn rescale(bar: &mut DailyBar, factor: f64, is_split: bool) {
    for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
        *price *= factor;
    }
    // The adjusted close may have been right all along.
    let distance = |adjusted: f64| (adjusted / bar.close).ln().abs();
    if distance(bar.adjusted_close * factor) < distance(bar.adjusted_close) {
        bar.adjusted_close *= factor;
    }
    if is_split {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of shares within a share or so"
        )]
        let shares = (bar.volume as f64 / factor).round() as u64;
        bar.volume = shares;
    }
}

#[cfg(test)]
mod tests;
