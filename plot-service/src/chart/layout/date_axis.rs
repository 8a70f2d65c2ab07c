//! The date axis: which sessions get a label, so that labels suit the span and never touch.

use forecast_types::format;
use jiff::civil::{Date, Weekday};

/// A labeled session: its place on the axis and what is written below it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DateTick {
    pub(crate) session: usize,
    pub(crate) label: String,
}

/// Sessions up to which even monthly labels name the day: about four months.
const SHORT_SPAN: usize = 84;

/// Distances between labels, finest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spacing {
    Weekly,
    EveryOtherWeek,
    Monthly,
    Quarterly,
    Yearly,
}

/// Chooses the labels. `anchors` (the last close and the end of the forecast) come first and are never left out
/// unless they touch each other; `fits(a, b)` checks whether two labels fit side by side.
pub(crate) fn ticks(
    sessions: &[Date],
    anchors: &[usize],
    with_weekday: bool,
    fits: impl Fn(&DateTick, &DateTick) -> bool,
) -> Vec<DateTick> {
    let day_label = |i: usize| DateTick { session: i, label: day(sessions[i], with_weekday) };
    let mut fixed: Vec<DateTick> = Vec::new();
    for &anchor in anchors {
        let tick = day_label(anchor);
        if fixed.iter().all(|other| apart(other, &tick, &fits)) {
            fixed.push(tick);
        }
    }
    for spacing in
        [Spacing::Weekly, Spacing::EveryOtherWeek, Spacing::Monthly, Spacing::Quarterly, Spacing::Yearly]
    {
        let regular = regular(sessions, spacing, with_weekday);
        if regular.windows(2).all(|pair| fits(&pair[0], &pair[1])) {
            let mut chosen = fixed.clone();
            chosen.extend(
                regular.into_iter().filter(|tick| fixed.iter().all(|other| apart(other, tick, &fits))),
            );
            chosen.sort_by_key(|tick| tick.session);
            return chosen;
        }
    }
    fixed.sort_by_key(|tick| tick.session);
    fixed
}

fn apart(a: &DateTick, b: &DateTick, fits: &impl Fn(&DateTick, &DateTick) -> bool) -> bool {
    a.session != b.session && if a.session < b.session { fits(a, b) } else { fits(b, a) }
}

/// Labels the first session of each week, every other week, each month, quarter or year in view.
fn regular(sessions: &[Date], spacing: Spacing, with_weekday: bool) -> Vec<DateTick> {
    let period = |date: Date| {
        let months = i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
        match spacing {
            Spacing::Weekly => monday_number(date),
            Spacing::EveryOtherWeek => monday_number(date) / 2,
            Spacing::Monthly => months,
            Spacing::Quarterly => months / 3,
            Spacing::Yearly => months / 12,
        }
    };
    let by_day = matches!(spacing, Spacing::Weekly | Spacing::EveryOtherWeek);
    let starts = (1..sessions.len()).filter(|&i| period(sessions[i]) != period(sessions[i - 1]));
    starts
        .map(|i| {
            let date = sessions[i];
            // In a short span, the day a month began on is more useful than its name.
            let by_day = by_day || (spacing == Spacing::Monthly && sessions.len() < SHORT_SPAN);
            let label = if by_day { day(date, with_weekday) } else { month(date, spacing) };
            DateTick { session: i, label }
        })
        .collect()
}

/// Counts weeks from Monday to Monday.
fn monday_number(date: Date) -> i32 {
    let epoch = jiff::civil::date(1970, 1, 5);
    debug_assert_eq!(epoch.weekday(), Weekday::Monday);
    (date - epoch).get_days().div_euclid(7)
}

fn day(date: Date, with_weekday: bool) -> String {
    if with_weekday { format::day(date) } else { format::month_day(date) }
}

fn month(date: Date, spacing: Spacing) -> String {
    let pattern = match spacing {
        Spacing::Yearly => "%Y",
        _ if date.month() == 1 => "%b %Y",
        _ => "%b",
    };
    date.strftime(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use jiff::civil::date;

    use super::*;

    fn weekdays(first: Date, n: usize) -> Vec<Date> {
        first
            .series(1.day())
            .filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
            .take(n)
            .collect()
    }

    fn labels(n: usize, px_per_session: f64) -> Vec<String> {
        let sessions = weekdays(date(2026, 9, 1), n);
        let chosen = ticks(&sessions, &[n - 15, n - 1], true, |a, b| {
            (b.session - a.session) as f64 * px_per_session >= 90.0
        });
        assert!(chosen.windows(2).all(|pair| pair[0].session < pair[1].session));
        chosen.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn a_month_is_labeled_by_week() {
        let expected =
            ["Mon, Sep 7", "Mon, Sep 14", "Mon, Sep 21", "Mon, Sep 28", "Mon, Oct 5", "Fri, Oct 9"];
        assert_eq!(labels(29, 30.0), expected);
    }

    #[test]
    fn a_label_that_would_touch_an_anchor_is_left_out() {
        let expected = ["Mon, Sep 7", "Mon, Sep 14", "Mon, Sep 21", "Mon, Sep 28", "Fri, Oct 9"];
        assert_eq!(labels(29, 20.0), expected);
    }

    #[test]
    fn a_year_is_labeled_by_month_with_the_year_at_its_turn() {
        let labels = labels(264, 5.0);
        assert!(labels.contains(&"Jan 2027".to_owned()) && labels.contains(&"Nov".to_owned()), "{labels:?}");
        // Only the last close, on a Monday here, is a day.
        assert_eq!(labels.iter().filter(|label| label.starts_with("Mon")).count(), 1, "{labels:?}");
    }

    #[test]
    fn the_end_of_the_forecast_is_always_dated() {
        for (n, px) in [(21, 40.0), (44, 24.0), (44, 6.0), (264, 0.9)] {
            let sessions = weekdays(date(2026, 9, 1), n);
            let expected = [day(sessions[n - 1], true), day(sessions[n - 15], true)];
            assert!(labels(n, px).iter().any(|label| expected.contains(label)), "{n} sessions");
        }
    }
}
