//! Smooth edges for the bands: a monotone cubic through the sessions' values.

/// Points drawn between two sessions.
const STEPS: usize = 6;

/// Returns the curve as points `(session, value)`: it passes through every value and never overshoots, so it adds
/// nothing to the forecast. `xs` ascend. Source: Fritsch and Butland (1984), the method known as PCHIP.
pub(crate) fn monotone(xs: &[f64], ys: &[f64]) -> Vec<(f64, f64)> {
    let slopes = slopes(xs, ys);
    let mut points = Vec::with_capacity(xs.len() * STEPS);
    for i in 0..xs.len().saturating_sub(1) {
        let (width, rise) = (xs[i + 1] - xs[i], ys[i + 1] - ys[i]);
        for step in 0..STEPS {
            let t = step as f64 / STEPS as f64;
            // The cubic Hermite basis.
            let (t2, t3) = (t * t, t * t * t);
            let y = ys[i]
                + (3.0 * t2 - 2.0 * t3) * rise
                + (t3 - 2.0 * t2 + t) * width * slopes[i]
                + (t3 - t2) * width * slopes[i + 1];
            points.push((xs[i] + t * width, y));
        }
    }
    points.extend(xs.last().copied().zip(ys.last().copied()));
    points
}

fn slopes(xs: &[f64], ys: &[f64]) -> Vec<f64> {
    let n = xs.len();
    let secants: Vec<f64> = (1..n).map(|i| (ys[i] - ys[i - 1]) / (xs[i] - xs[i - 1])).collect();
    (0..n)
        .map(|i| match (i.checked_sub(1).map(|before| secants[before]), secants.get(i)) {
            // A turn is flat; elsewhere the harmonic mean keeps the cubic from overshooting.
            (Some(before), Some(&after)) if before * after > 0.0 => 2.0 * before * after / (before + after),
            (Some(_), Some(_)) | (None, None) => 0.0,
            (Some(only), None) | (None, Some(&only)) => only,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_curve_meets_every_value_and_never_overshoots(ys in prop::collection::vec(0.1..1e6f64, 2..20)) {
            let xs: Vec<f64> = (0..ys.len()).map(|i| i as f64).collect();

            let points = monotone(&xs, &ys);

            for (i, &y) in ys.iter().enumerate() {
                prop_assert!((points[i * STEPS].1 - y).abs() <= 1e-9 * y);
            }
            for (i, pair) in ys.windows(2).enumerate() {
                let (low, high) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
                for &(_, y) in &points[i * STEPS..(i + 1) * STEPS] {
                    prop_assert!(y >= low - 1e-9 * high && y <= high + 1e-9 * high, "{y} outside {low}..{high}");
                }
            }
        }
    }
}
