use jiff::civil::date;

use super::*;

/// A bar a session that opens at the close before times `gap` and closes at that times `step`.
fn bars(steps: &[(f64, f64)]) -> Vec<DailyBar> {
    let sessions = exchange_calendar::next_sessions(date(2025, 12, 31), steps.len());
    let mut close = 20.0;
    let bar = |(date, &(gap, step)): (Date, &(f64, f64))| {
        let open = close * gap;
        close *= step;
        let (high, low) = (open.max(close) * 1.01, open.min(close) * 0.99);
        DailyBar { date, open, high, low, close, adjusted_close: close, volume: 1_000 }
    };
    sessions.into_iter().zip(steps).map(bar).collect()
}

/// Sixty quiet sessions, up and down by 1%.
fn quiet() -> Vec<DailyBar> {
    let steps: Vec<(f64, f64)> =
        (0..60).map(|day| (1.0, if day % 2 == 0 { 1.01 } else { 1.0 / 1.01 })).collect();
    bars(&steps)
}

fn shifted(mut bars: Vec<DailyBar>, range: std::ops::Range<usize>, factor: f64) -> Vec<DailyBar> {
    for bar in &mut bars[range] {
        rescale(bar, factor, true);
    }
    bars
}

fn assert_like(bars: &[DailyBar], expected: &[DailyBar], case: &str) {
    for (bar, expected) in bars.iter().zip(expected) {
        let is_close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        assert!(is_close(bar.close, expected.close) && is_close(bar.open, expected.open), "{case}: {bar:?}");
        assert!(is_close(bar.adjusted_close, expected.adjusted_close), "{case}: {bar:?}");
    }
}

#[test]
fn a_split_applied_to_some_bars_only_is_applied_to_all() {
    let on = quiet()[50].date;
    for (case, factor, ranges) in [
        ("1:15, the oldest and two in between", 15.0, [0..20, 40..42]),
        ("1:15, none but the newest applied", 15.0, [0..50, 0..0]),
        ("4:1, none applied", 0.25, [0..50, 0..0]),
        ("3:2, none applied", 2.0 / 3.0, [0..50, 0..0]),
        ("2:1, one bar unadjusted", 0.5, [30..31, 0..0]),
        ("10:1, half applied", 0.1, [0..25, 0..0]),
    ] {
        let split = Split { date: on, factor };
        let mut damaged = quiet();
        for range in ranges.clone() {
            damaged = shifted(damaged, range, 1.0 / factor);
        }

        let outcome = correct(&mut damaged, &[split]);

        let expected: usize = ranges.into_iter().map(|range| range.len()).sum();
        assert_eq!(
            outcome,
            Outcome { corrected: u32::try_from(expected).unwrap(), doubtful: None },
            "{case}"
        );
        assert_like(&damaged, &quiet(), case);
    }
}

#[test]
fn a_split_applied_twice_is_undone_once() {
    let split = Split { date: quiet()[50].date, factor: 0.1 };
    let mut damaged = shifted(quiet(), 0..50, 0.1);
    assert_eq!(correct(&mut damaged, &[split]).corrected, 50);
    assert_like(&damaged, &quiet(), "twice");
}

#[test]
fn two_splits_that_are_both_missing_are_both_applied() {
    let splits =
        [Split { date: quiet()[20].date, factor: 0.25 }, Split { date: quiet()[50].date, factor: 0.1 }];
    let mut damaged = shifted(shifted(quiet(), 0..20, 4.0), 0..50, 10.0);
    assert_eq!(correct(&mut damaged, &splits).corrected, 50);
    assert_like(&damaged, &quiet(), "both");
}

#[test]
fn a_bar_in_another_unit_is_brought_back() {
    for factor in [100.0, 0.01, 10.0, 0.1, 1_000.0] {
        let mut damaged = quiet();
        for bar in &mut damaged[40..42] {
            rescale(bar, factor, false);
        }
        let outcome = correct(&mut damaged, &[]);
        assert_eq!(outcome, Outcome { corrected: 2, doubtful: None }, "{factor}");
        assert_like(&damaged, &quiet(), "unit");
    }
}

#[test]
fn real_squeezes_and_crashes_stay_as_they_are() {
    for (gap, step) in
        [(0.45, 0.4), (1.3, 1.9), (1.1, 2.35), (2.3, 2.35), (1.2, 3.0), (0.2, 0.15), (2.0, 7.0), (9.0, 10.0)]
    {
        for back in [1.0, 0.9, 0.6, 1.0 / step] {
            let mut steps = [(1.0, 1.01), (1.0, 0.99)].repeat(20);
            steps[30] = (gap, step);
            // A squeeze that is over the next day falls within the day.
            steps[31] = (1.0, back);
            let real = bars(&steps);
            let mut checked = real.clone();
            // A split of another time and factor proves nothing.
            let split = Split { date: real[5].date, factor: 0.5 };
            assert_eq!(correct(&mut checked, &[split]), Outcome::default(), "{gap} {step} {back}");
            assert_eq!(checked, real, "{gap} {step} {back}");
        }
    }
}

#[test]
fn the_largest_moves_on_record_stay_as_they_are() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/market/extreme_moves.csv");
    let Ok(moves) = std::fs::read_to_string(path) else {
        eprintln!("NOT RUN: no record of extreme moves");
        return;
    };
    let moves = moves.lines().skip(1).filter_map(|line| line.split(',').nth(2)?.parse::<f64>().ok());
    for step in moves.map(f64::exp) {
        for gap in [1.0, step.sqrt(), step] {
            let mut steps = [(1.0, 1.01), (1.0, 0.99)].repeat(20);
            steps[30] = (gap, step);
            let real = bars(&steps);
            let mut checked = real.clone();
            correct(&mut checked, &[Split { date: real[5].date, factor: 0.5 }]);
            assert_eq!(checked, real, "opened at {gap}, closed at {step} of the day before");
        }
    }
}

#[test]
fn what_is_not_proven_is_reported_and_not_touched() {
    let on = quiet()[50].date;
    let halved = Split { date: on, factor: 0.5 };
    for (case, damaged, splits, doubtful) in [
        ("a 2:1 split that may be half applied, or a crash", shifted(quiet(), 0..25, 2.0), vec![halved], 25),
        ("the newest bar in cents", shifted(quiet(), 59..60, 100.0), vec![], 59),
        ("the newest bar ten times the one before", shifted(quiet(), 59..60, 10.0), vec![], 59),
        ("another unit for good", shifted(quiet(), 0..25, 100.0), vec![], 25),
        ("another unit for weeks", shifted(quiet(), 20..40, 10.0), vec![], 40),
        ("the oldest bar in cents", shifted(quiet(), 0..1, 10.0), vec![], 1),
        ("no known factor", shifted(quiet(), 30..31, 37.0), vec![], 31),
    ] {
        let mut checked = damaged.clone();
        let outcome = correct(&mut checked, &splits);
        assert_eq!(outcome, Outcome { corrected: 0, doubtful: Some(damaged[doubtful].date) }, "{case}");
        assert_eq!(checked, damaged, "{case}");
    }
}
