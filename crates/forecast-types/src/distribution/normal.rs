//! The standard normal distribution and the sums that stand for integrals.

use std::f64::consts::{PI, SQRT_2};
use std::sync::LazyLock;

/// Points of each sum: with 64, the chance of a touch is right to five decimals.
const POINTS: usize = 64;
/// Farther out, in standard deviations, nothing counts: the probability is 1 in 25 million.
pub(super) const FAR: f64 = 5.5;

/// Points between −1 and 1 and their weights.
/// Source: Gauss–Legendre quadrature; the zeros of the Legendre polynomial by Newton's method.
static LEGENDRE: LazyLock<[(f64, f64); POINTS]> = LazyLock::new(|| std::array::from_fn(legendre));

fn legendre(index: usize) -> (f64, f64) {
    let order = POINTS as f64;
    let mut x = -((index as f64 + 0.75) / (order + 0.5) * PI).cos();
    let mut slope = 1.0;
    for _ in 0..8 {
        let (mut before, mut value) = (1.0, x);
        for degree in 2..=POINTS {
            let degree = degree as f64;
            (before, value) = (value, ((2.0 * degree - 1.0) * x * value - (degree - 1.0) * before) / degree);
        }
        slope = order * (x * value - before) / (x * x - 1.0);
        x -= value / slope;
    }
    (x, 2.0 / ((1.0 - x * x) * slope * slope))
}

/// Returns the points and weights of a sum from `low` to `high`.
pub(super) fn points(low: f64, high: f64) -> [(f64, f64); POINTS] {
    let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0);
    LEGENDRE.map(|(x, weight)| (middle + half * x, half * weight))
}

/// Returns the density at `z`.
pub(super) fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (SQRT_2 * PI.sqrt())
}

/// Returns the probability below `z`.
pub(super) fn below(z: f64) -> f64 {
    let sum: f64 = points(0.0, z.clamp(-8.0, 8.0)).iter().map(|&(x, weight)| weight * density(x)).sum();
    (0.5 + sum).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_the_tables() {
        for (z, probability) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_543),
            (-1.281_551_565_544_600_4, 0.1),
            (1.644_853_626_951_472_2, 0.95),
            (3.0, 0.998_650_101_968_369_9),
            (f64::NEG_INFINITY, 0.0),
            (f64::INFINITY, 1.0),
        ] {
            assert!((below(z) - probability).abs() < 1e-13, "{z}: {}", below(z));
        }
    }
}
