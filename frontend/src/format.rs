//! Numbers and days as people read them, beyond what page and chart share.

use forecast_types::{Interval, Quantiles};
use jiff::SignedDuration;
use jiff::civil::Date;

pub(crate) use forecast_types::format::{
    count, day, full_day, percent, percent_with, price, round_price, signed_percent,
};

/// A waiting time, rounded up so that waiting that long is enough: `42 seconds`, `3 minutes`, `2 hours`.
pub(crate) fn waiting_time(seconds: u64) -> String {
    match seconds {
        0..=119 => plural(seconds.max(1), "second"),
        120..=7199 => plural(seconds.div_ceil(60), "minute"),
        _ => plural(seconds.div_ceil(3600), "hour"),
    }
}

/// The time until something happens, rounded: `35 minutes`, `14 hours`, `2 days`.
pub(crate) fn time_until(time: SignedDuration) -> String {
    let minutes = u64::try_from(time.as_mins()).unwrap_or_default().max(1);
    match minutes {
        0..=89 => plural(minutes, "minute"),
        90..=2880 => plural((minutes + 30) / 60, "hour"),
        _ => plural((minutes + 720) / 1440, "day"),
    }
}

/// A number of things: `1 day`, `14 days`.
pub(crate) fn plural(number: u64, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", count(number))
}

/// The ends of a range, rounded as people say them, with more digits if both would be equal.
pub(crate) fn price_range(
    quantiles: &Quantiles,
    interval: Interval,
    currency: &str,
) -> Option<(String, String)> {
    let (low, high) = interval.prices(quantiles)?;
    let round = (round_price(low, currency), round_price(high, currency));
    Some(if round.0 == round.1 { (price(low, currency), price(high, currency)) } else { round })
}

/// A detail of an error as a sentence: it starts with a capital letter and ends with a period.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.is_empty() || text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// Writes the days of a text as people read them; an example of what an address expects stays as it is.
pub(crate) fn with_days(detail: &str) -> String {
    const LENGTH: usize = 10;
    let mut text = String::with_capacity(detail.len());
    let mut rest = detail;
    while let Some(first) = rest.chars().next() {
        let day = rest.get(..LENGTH).and_then(|start| start.parse::<Date>().ok());
        let is_example = text.ends_with("such as ") || text.ends_with('"');
        if let Some(day) = day.filter(|_| !is_example) {
            text.push_str(&full_day(day));
            rest = &rest[LENGTH..];
        } else {
            text.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    text
}

/// The name of a stock as people say it: the kind of share is dropped, its class stays.
pub(crate) fn short_name(name: &str) -> &str {
    const ENDINGS: [&str; 8] = [
        " Common Stock",
        " Common Shares",
        " Ordinary Shares",
        " Ordinary Share",
        " Capital Stock",
        " Common Units",
        " Shares",
        " (DE)",
    ];
    let short = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name).trim();
    if short.is_empty() { name } else { short }
}

#[cfg(test)]
mod tests {
    use forecast_types::Level;

    use super::*;

    #[test]
    fn times_read_well() {
        assert_eq!(waiting_time(0), "1 second");
        assert_eq!(waiting_time(90), "90 seconds");
        assert_eq!(waiting_time(121), "3 minutes");
        assert_eq!(waiting_time(7200), "2 hours");
        assert_eq!(time_until(SignedDuration::from_mins(14 * 60 - 10)), "14 hours");
        assert_eq!(time_until(SignedDuration::from_mins(-5)), "1 minute");
    }

    #[test]
    fn a_detail_becomes_a_sentence() {
        assert_eq!(sentence("no prices for AAPL"), "No prices for AAPL.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn days_are_written_as_people_read_them_and_examples_stay() {
        let detail = "2024-03-30 is in the future; expected one such as 2026-11-20";
        assert_eq!(with_days(detail), "Sat, Mar 30, 2024 is in the future; expected one such as 2026-11-20");
        assert_eq!(with_days("\"2026-02-30\" is not a date"), "\"2026-02-30\" is not a date");
    }

    #[test]
    fn a_name_loses_its_legal_ending_and_keeps_its_class() {
        assert_eq!(short_name("Apple Inc. Common Stock"), "Apple Inc.");
        assert_eq!(short_name("Alphabet Inc. Class A Common Stock"), "Alphabet Inc. Class A");
        assert_eq!(short_name("Berkshire Hathaway Inc. Class B"), "Berkshire Hathaway Inc. Class B");
        assert_eq!(short_name(" Common Stock"), " Common Stock");
    }

    #[test]
    fn a_range_has_two_different_ends() {
        let narrow: Quantiles = [(Level::P10, 163.1), (Level::P90, 163.4)].into_iter().collect();
        let ends = price_range(&narrow, Interval::P80, "USD").unwrap();
        assert_eq!(ends, ("$163.10".to_owned(), "$163.40".to_owned()));
    }
}
