use jiff::civil::date;

use super::*;

/// One bar a session; each pair is a close and a volume.
fn bars(days: &[(f64, u64)]) -> Vec<DailyBar> {
    let sessions = exchange_calendar::next_sessions(date(2026, 1, 2), days.len());
    let bar = |(date, &(close, volume))| DailyBar {
        date,
        open: close,
        high: close,
        low: close,
        close,
        adjusted_close: close,
        volume,
    };
    sessions.into_iter().zip(days).map(bar).collect()
}

#[test]
fn a_price_that_stands_still_without_volume_to_the_end_is_a_suspension() {
    let traded = [(5.2, 700), (5.1, 900)];
    for repeated in [(5.1, 0), (5.1, 900)] {
        let mut frozen = bars(&[&traded[..], &[repeated; LONGEST_PAUSE]].concat());
        let since = frozen[1].date;
        assert_eq!(leave_out(&mut frozen), Pauses::Suspended { since }, "{repeated:?}");
    }
}

#[test]
fn a_few_days_without_trade_are_believed() {
    let quiet = bars(&[&[(5.2, 700)][..], &[(5.2, 0); LONGEST_PAUSE - 1]].concat());
    let mut bars = quiet.clone();
    assert_eq!(leave_out(&mut bars), Pauses::LeftOut(0));
    assert_eq!(bars, quiet);
}

#[test]
fn a_long_pause_that_ended_leaves_a_gap() {
    let mut halted = bars(&[&[(5.0, 700)][..], &[(5.0, 0); 20], &[(3.0, 9_000); 2]].concat());
    assert_eq!(leave_out(&mut halted), Pauses::LeftOut(20));
    assert_eq!(halted.iter().map(|bar| bar.close).collect::<Vec<_>>(), [5.0, 3.0, 3.0]);
}

#[test]
fn a_price_that_stands_still_with_changing_volume_is_traded() {
    let days: Vec<(f64, u64)> = (0..30).map(|day| (49.99, 1_000 + day)).collect();
    let mut pegged = bars(&days);
    assert_eq!(leave_out(&mut pegged), Pauses::LeftOut(0));
    assert_eq!(pegged.len(), 30);
}
