use proptest::prelude::*;

use super::*;

/// Sessions whose ranges widen, narrow or stand still, around prices of any size.
fn sessions() -> impl Strategy<Value = Vec<Quantiles>> {
    let gaps = proptest::array::uniform7(0.0..0.05_f64);
    (proptest::collection::vec((gaps, -0.02..0.02_f64), 1..=14), 0.01..100_000.0_f64).prop_map(
        |(sessions, price)| sessions.iter().map(|(gaps, drift)| quantiles(price, *drift, gaps)).collect(),
    )
}

fn quantiles(price: f64, drift: f64, gaps: &[f64; 7]) -> Quantiles {
    let middle: f64 = gaps.iter().sum::<f64>() / 2.0;
    let mut at = drift - middle;
    Level::ALL
        .into_iter()
        .zip(gaps)
        .map(|(level, gap)| {
            at += gap;
            (level, price * at.exp())
        })
        .collect()
}

fn steady(sessions: usize) -> Outlook {
    let quantiles: Vec<Quantiles> = (1..=sessions)
        .map(|session| {
            let scale = 0.02 * (session as f64).sqrt();
            Level::ALL.into_iter().zip(SCORES.map(|score| 100.0 * (scale * score).exp())).collect()
        })
        .collect();
    Outlook::of(&quantiles).unwrap()
}

proptest! {
    #[test]
    fn each_quantile_has_its_own_level(sessions in sessions()) {
        let outlook = Outlook::of(&sessions).unwrap();
        for (index, quantiles) in sessions.iter().enumerate() {
            let prices: Vec<f64> = quantiles.iter().map(|(_, price)| price).collect();
            prop_assume!(prices.windows(2).all(|pair| pair[1] > pair[0] * (1.0 + 1e-9)));
            for (level, price) in quantiles.iter() {
                let below = outlook.on_day(index, Side::Below, price);
                let above = outlook.on_day(index, Side::Above, price);
                prop_assert!((below - level.probability()).abs() < 1e-9, "{} at {}", below, level);
                prop_assert!((above + below - 1.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_chance_falls_with_distance_and_grows_with_time(
        sessions in sessions(),
        shares in proptest::array::uniform4(0.5..2.0_f64),
        above in any::<bool>(),
    ) {
        let outlook = Outlook::of(&sessions).unwrap();
        let side = if above { Side::Above } else { Side::Below };
        let middle = sessions[0].median().unwrap();
        let mut prices = shares.map(|share| if above { middle * share } else { middle / share });
        prices.sort_by(f64::total_cmp);
        if !above {
            prices.reverse();
        }
        let mut nearer = vec![1.0; sessions.len()];
        let mut nearer_day = vec![1.0; sessions.len()];
        for price in prices {
            let mut earlier = 0.0;
            for index in 0..sessions.len() {
                let (day, touch) = (outlook.on_day(index, side, price), outlook.at_least_once(index, side, price));
                prop_assert!((0.0..=1.0).contains(&day) && (0.0..=1.0).contains(&touch));
                prop_assert!(touch >= day && touch >= earlier);
                prop_assert!(day <= nearer_day[index] + 1e-12);
                prop_assert!(touch <= nearer[index] + 1e-5, "{} after {}", touch, nearer[index]);
                (earlier, nearer[index], nearer_day[index]) = (touch, touch, day);
            }
        }
    }
}

#[test]
fn the_first_close_is_touched_as_often_as_it_lies_beyond() {
    let outlook = steady(1);
    for price in [90.0, 99.0, 100.0, 103.0] {
        let (day, touch) =
            (outlook.on_day(0, Side::Above, price), outlook.at_least_once(0, Side::Above, price));
        assert!((day - touch).abs() < 1e-6, "{price}: {day} and {touch}");
    }
}

/// A symmetric walk stays on one side for n steps with probability C(2n, n) ÷ 4ⁿ, whatever its steps are.
/// Source: Sparre Andersen (1954), "On the fluctuations of sums of random variables II".
#[test]
fn the_last_close_is_touched_as_often_as_theory_says() {
    let outlook = steady(14);
    let mut stays = 1.0;
    for session in 0..14 {
        let steps = session as f64 + 1.0;
        stays *= (2.0 * steps - 1.0) / (2.0 * steps);
        for side in [Side::Above, Side::Below] {
            let touch = outlook.at_least_once(session, side, 100.0);
            assert!((touch - (1.0 - stays)).abs() < 1e-6, "{side} after {steps}: {touch} and {stays}");
        }
    }
}

#[test]
fn a_stock_that_stands_still_has_no_chance_to_leave() {
    let still: Quantiles = Level::ALL.into_iter().map(|level| (level, 10.0)).collect();
    let outlook = Outlook::of([&still, &still]).unwrap();
    for (side, price, chance) in
        [(Side::Above, 10.01, 0.0), (Side::Below, 10.01, 1.0), (Side::Above, 9.99, 1.0)]
    {
        assert!((outlook.on_day(1, side, price) - chance).abs() < 1e-9);
        assert!((outlook.at_least_once(1, side, price) - chance).abs() < 1e-6);
    }
}

#[test]
fn quantiles_that_are_missing_or_cross_have_no_chances() {
    let one: Quantiles = [(Level::MEDIAN, 10.0)].into_iter().collect();
    assert!(Outlook::of([&one]).is_none());
    let crossing: Quantiles = Level::ALL.into_iter().zip([7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]).collect();
    assert!(Outlook::of([&crossing]).is_none());
}
