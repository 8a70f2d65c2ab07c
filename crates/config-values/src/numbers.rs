use std::ops::RangeInclusive;
use std::time::Duration;

/// Longer durations are typing errors, and some would overflow the clock.
const ONE_DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// More than any machine holds, and less than a semaphore can count.
const MOST: usize = 1 << 30;

/// Returns a parser for a count of at least `least`.
pub fn count(least: usize) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| {
        let parsed = within(text, least as u64..=MOST as u64)?;
        Ok(usize::try_from(parsed).expect("the range fits"))
    }
}

/// Returns a parser for a duration in milliseconds, at least `least` and at most a day.
pub fn milliseconds(least: u64) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    move |text| within(text, least..=ONE_DAY_MS).map(Duration::from_millis)
}

/// Returns a parser for a duration in seconds, at least `least` and at most a day.
pub fn seconds(least: u64) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    move |text| within(text, least..=ONE_DAY_MS / 1000).map(Duration::from_secs)
}

fn within(text: &str, range: RangeInclusive<u64>) -> Result<u64, String> {
    let number = text.trim().parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("expected a whole number from {} to {}", range.start(), range.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_within_the_range_are_accepted() {
        assert_eq!(count(1)("1"), Ok(1));
        assert_eq!(milliseconds(1)("8000"), Ok(Duration::from_secs(8)));
        assert_eq!(seconds(0)("0"), Ok(Duration::ZERO));
    }

    #[test]
    fn others_are_rejected_with_the_range() {
        for text in ["0", "-1", "", "eight", "1.5", "1e3", "18446744073709551615"] {
            let error = count(1)(text).unwrap_err();
            assert_eq!(error, "expected a whole number from 1 to 1073741824", "{text:?}");
            assert!(milliseconds(1)(text).is_err() && seconds(1)(text).is_err(), "{text:?}");
        }
        assert!(milliseconds(0)("86400001").is_err(), "more than a day");
    }
}
