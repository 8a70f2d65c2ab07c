//! Places labels in a column: each as close to its value as possible, without overlaps and within bounds.

/// Returns the centers, in the order given. `wanted` runs downwards; `heights` are the labels' own heights.
///
/// Labels that would touch are pooled and their pool is centered on the mean of what they want (the pool-adjacent-
/// violators algorithm of isotonic regression), which moves the whole column as little as possible in squares.
/// Labels that do not fit even when touching start at the top and overrun the bottom.
pub(crate) fn place(wanted: &[f64], heights: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    struct Pool {
        first: usize,
        labels: usize,
        /// Sum over its labels of the top that each would give the pool.
        tops: f64,
        height: f64,
    }
    let settle = |pool: &Pool| {
        let free = pool.tops / pool.labels as f64;
        free.min(bottom - pool.height).max(top)
    };
    let mut pools: Vec<Pool> = Vec::with_capacity(wanted.len());
    for (i, (&center, &height)) in wanted.iter().zip(heights).enumerate() {
        let mut pool = Pool { first: i, labels: 1, tops: center - height / 2.0, height };
        while let Some(above) = pools.pop_if(|above| settle(above) + above.height > settle(&pool)) {
            pool = Pool {
                first: above.first,
                labels: above.labels + pool.labels,
                tops: above.tops + pool.tops - above.height * pool.labels as f64,
                height: above.height + pool.height,
            };
        }
        pools.push(pool);
    }
    let mut centers = vec![0.0; wanted.len()];
    for pool in &pools {
        let mut y = settle(pool);
        for i in pool.first..pool.first + pool.labels {
            centers[i] = y + heights[i] / 2.0;
            y += heights[i];
        }
    }
    centers
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_with_room_stay_where_they_are() {
        assert_eq!(place(&[10.0, 50.0, 90.0], &[18.0; 3], 0.0, 100.0), [10.0, 50.0, 90.0]);
    }

    #[test]
    fn labels_of_one_value_are_spread_around_it() {
        assert_eq!(place(&[50.0, 50.0, 50.0], &[20.0; 3], 0.0, 100.0), [30.0, 50.0, 70.0]);
    }

    #[test]
    fn the_column_stays_within_its_bounds() {
        assert_eq!(place(&[0.0, 1.0], &[20.0; 2], 0.0, 100.0), [10.0, 30.0]);
        assert_eq!(place(&[99.0, 100.0], &[20.0; 2], 0.0, 100.0), [70.0, 90.0]);
    }

    proptest! {
        #[test]
        fn labels_never_overlap_nor_leave_a_column_that_can_hold_them(
            mut wanted in prop::collection::vec(-50.0..650.0f64, 1..12),
            tall in 0usize..12,
        ) {
            wanted.sort_by(f64::total_cmp);
            let mut heights = vec![18.0; wanted.len()];
            let tall = tall % heights.len();
            heights[tall] = 30.0;

            let centers = place(&wanted, &heights, 0.0, 600.0);

            let edges: Vec<(f64, f64)> =
                centers.iter().zip(&heights).map(|(c, h)| (c - h / 2.0, c + h / 2.0)).collect();
            prop_assert!(edges[0].0 >= -1e-6 && edges[edges.len() - 1].1 <= 600.0 + 1e-6, "{edges:?}");
            for pair in edges.windows(2) {
                prop_assert!(pair[0].1 <= pair[1].0 + 1e-6, "{edges:?}");
            }
        }
    }
}
