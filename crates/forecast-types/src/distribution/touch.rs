//! The chance that at least one close up to a session lies beyond a price.
//!
//! The closes are read as one random path with normal steps. Its variance after each session follows the width of the
//! 80% range, and each session keeps its own distribution: the path is beyond the price on a session exactly as often
//! as the quantiles of that session say (a Gaussian copula of the sessions). The part of the path that has not been
//! beyond the price yet is carried from close to close. Only closes count, so there is no continuous path whose barrier
//! would need a correction.
//! Sources: Andricopoulos, Widdicks, Duck and Newton (2003), "Universal option valuation using quadrature methods";
//! Broadie, Glasserman and Kou (1997), "A continuity correction for discrete barrier options", on what a path that is
//! watched at closes only misses.

use super::CloseDistribution;
use super::normal::{FAR, below, density, points};
use crate::chance::Side;

/// Ranges that do not widen still leave room for a step: this share of that of a path with equal steps.
const SMALLEST_STEP: f64 = 0.6;

/// The part of the path that has not been beyond the price.
struct Untouched {
    variance: f64,
    /// Where the path is, and how likely.
    masses: Vec<(f64, f64)>,
}

pub(super) fn chance(sessions: &[CloseDistribution], side: Side, price: f64) -> f64 {
    let mut touched: f64 = 0.0;
    let mut untouched: Option<Untouched> = None;
    for (index, session) in sessions.iter().enumerate() {
        let beyond = session.score_beyond(side, price);
        let before = untouched.as_ref();
        let variance = before.map_or(session.variance, |before| {
            session.variance.max(before.variance * (1.0 + SMALLEST_STEP / index as f64))
        });
        let scale = variance.sqrt();
        // Beyond the price is where the path is higher than this; for both sides, as the path is symmetric.
        let limit = scale * (-beyond).clamp(-FAR, FAR);
        let masses: Vec<(f64, f64)> = points(-FAR * scale, limit)
            .into_iter()
            .map(|(at, weight)| (at, weight * path_density(before, variance, at)))
            .collect();
        let left: f64 = masses.iter().map(|(_, mass)| mass).sum();
        // The sums are rounded: a touch is never less likely than it was, or than a close beyond the price today.
        touched = touched.max(1.0 - left).max(below(beyond)).min(1.0);
        untouched = Some(Untouched { variance, masses });
    }
    touched
}

fn path_density(before: Option<&Untouched>, variance: f64, at: f64) -> f64 {
    let Some(Untouched { variance: earlier, masses }) = before else {
        let scale = variance.sqrt();
        return density(at / scale) / scale;
    };
    let step = (variance - earlier).sqrt();
    let near = masses.iter().filter(|(from, _)| (at - from).abs() < FAR * step);
    near.map(|(from, mass)| mass * density((at - from) / step)).sum::<f64>() / step
}
