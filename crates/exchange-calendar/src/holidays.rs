use jiff::civil::{Date, Weekday, date};

/// Closures outside the rules. Source: NYSE, "Special closings".
const SPECIAL_CLOSURES: [(Date, &str); 10] = [
    (date(2001, 9, 11), "September 11 attacks"),
    (date(2001, 9, 12), "September 11 attacks"),
    (date(2001, 9, 13), "September 11 attacks"),
    (date(2001, 9, 14), "September 11 attacks"),
    (date(2004, 6, 11), "National day of mourning for President Reagan"),
    (date(2007, 1, 2), "National day of mourning for President Ford"),
    (date(2012, 10, 29), "Hurricane Sandy"),
    (date(2012, 10, 30), "Hurricane Sandy"),
    (date(2018, 12, 5), "National day of mourning for President Bush"),
    (date(2025, 1, 9), "National day of mourning for President Carter"),
];

/// Returns the name of the full-day closure on a day, or `None`; weekends are not holidays.
#[must_use]
pub fn holiday(day: Date) -> Option<&'static str> {
    let special = SPECIAL_CLOSURES.iter().find(|(closure, _)| *closure == day).map(|&(_, name)| name);
    special.or_else(|| recurring(day))
}

fn recurring(day: Date) -> Option<&'static str> {
    let year = day.year();
    // New Year's Day on a Saturday is not made up for: the Friday ends the accounting year.
    let new_year = date(year, 1, 1);
    if day.day_of_year() <= 2 && new_year.weekday() != Weekday::Saturday && day == observed(new_year) {
        return Some("New Year's Day");
    }
    // All the others are observed within the month they fall in.
    let name = match day.month() {
        1 if year >= 1998 && day == nth(year, 1, 3, Weekday::Monday) => "Martin Luther King Jr. Day",
        2 if day == nth(year, 2, 3, Weekday::Monday) => "Washington's Birthday",
        3 | 4 if day == good_friday(year) => "Good Friday",
        5 if day == nth(year, 5, -1, Weekday::Monday) => "Memorial Day",
        6 if year >= 2022 && day == observed(date(year, 6, 19)) => "Juneteenth",
        7 if day == observed(date(year, 7, 4)) => "Independence Day",
        9 if day == nth(year, 9, 1, Weekday::Monday) => "Labor Day",
        11 if day == thanksgiving(year) => "Thanksgiving Day",
        12 if day == observed(date(year, 12, 25)) => "Christmas Day",
        _ => return None,
    };
    Some(name)
}

/// Says whether a session closes at 13:00 in New York.
///
/// The day after Thanksgiving; Christmas Eve; 3 July where the 4th is a weekday (before 2013 also the Friday after
/// a Thursday the 4th). Source: NYSE holiday notices.
#[must_use]
pub fn closes_early(day: Date) -> bool {
    let year = day.year();
    let weekday = day.weekday();
    match (day.month(), day.day()) {
        (7, 3) => {
            let monday_to_thursday =
                !matches!(weekday, Weekday::Friday | Weekday::Saturday | Weekday::Sunday);
            // Until 2012 the half day of a Thursday holiday was the Friday after it.
            monday_to_thursday && (year >= 2013 || weekday != Weekday::Wednesday)
        }
        (7, 5) => year < 2013 && weekday == Weekday::Friday,
        (11, _) => day.yesterday().is_ok_and(|eve| eve == thanksgiving(year)),
        (12, 24) => !matches!(weekday, Weekday::Friday | Weekday::Saturday | Weekday::Sunday),
        _ => false,
    }
}

fn thanksgiving(year: i16) -> Date {
    nth(year, 11, 4, Weekday::Thursday)
}

fn nth(year: i16, month: i8, nth: i8, weekday: Weekday) -> Date {
    date(year, month, 1).nth_weekday_of_month(nth, weekday).expect("every month has four of each weekday")
}

/// Moves a Saturday holiday to the Friday before it and a Sunday one to the Monday after.
fn observed(holiday: Date) -> Date {
    match holiday.weekday() {
        Weekday::Saturday => holiday.yesterday().expect("years are four digits"),
        Weekday::Sunday => holiday.tomorrow().expect("years are four digits"),
        _ => holiday,
    }
}

/// Two days before Easter Sunday, by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, ch. 8).
fn good_friday(year: i16) -> Date {
    let year_number = i32::from(year);
    let a = year_number % 19;
    let (b, c) = (year_number / 100, year_number % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    let easter =
        date(year, i8::try_from(month).expect("March or April"), i8::try_from(day).expect("1 to 31"));
    easter.saturating_sub(jiff::Span::new().days(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_closures_of_the_published_years_are_known() {
        // NYSE Group announces 2024, 2025 and 2026 holidays and early closings.
        for (day, name) in [
            (date(2024, 3, 29), "Good Friday"),
            (date(2025, 4, 18), "Good Friday"),
            (date(2026, 4, 3), "Good Friday"),
            (date(2026, 1, 19), "Martin Luther King Jr. Day"),
            (date(2026, 2, 16), "Washington's Birthday"),
            (date(2026, 5, 25), "Memorial Day"),
            (date(2026, 6, 19), "Juneteenth"),
            (date(2026, 7, 3), "Independence Day"),
            (date(2026, 9, 7), "Labor Day"),
            (date(2026, 11, 26), "Thanksgiving Day"),
            (date(2022, 6, 20), "Juneteenth"),
            (date(2022, 12, 26), "Christmas Day"),
            (date(2023, 1, 2), "New Year's Day"),
            (date(2025, 1, 9), "National day of mourning for President Carter"),
        ] {
            assert_eq!(holiday(day), Some(name), "{day}");
        }
    }

    #[test]
    fn a_new_year_on_saturday_closes_no_friday() {
        assert_eq!(holiday(date(2021, 12, 31)), None);
        assert_eq!(holiday(date(2010, 12, 31)), None);
    }

    #[test]
    fn early_closes_of_the_published_years_are_known() {
        for day in [
            date(2024, 7, 3),
            date(2024, 11, 29),
            date(2024, 12, 24),
            date(2025, 7, 3),
            date(2025, 11, 28),
            date(2025, 12, 24),
            date(2026, 11, 27),
            date(2026, 12, 24),
            date(2013, 7, 3),
            date(2002, 7, 5),
        ] {
            assert!(closes_early(day), "{day}");
        }
        for day in [date(2026, 7, 2), date(2021, 12, 23), date(2022, 7, 1), date(2023, 12, 22)] {
            assert!(!closes_early(day), "{day}");
        }
    }
}
