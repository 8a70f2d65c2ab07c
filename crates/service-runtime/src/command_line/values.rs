//! Parsers for values that several services take. The message of a rejected value names what was expected.

use std::time::Duration;

/// Reads a number of milliseconds; 0 would let nothing ever succeed.
///
/// # Errors
/// When the text is not a whole number of at least 1.
pub fn milliseconds(text: &str) -> Result<Duration, String> {
    at_least_one(text).map(|number| Duration::from_millis(number as u64))
}

/// Reads how many there may be of something; 0 would let nothing ever succeed.
///
/// # Errors
/// When the text is not a whole number of at least 1.
pub fn at_least_one(text: &str) -> Result<usize, String> {
    let number = text.parse::<usize>().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "expected a whole number of at least 1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_and_text_are_rejected() {
        assert_eq!(milliseconds("1500"), Ok(Duration::from_millis(1_500)));
        assert_eq!(at_least_one("1"), Ok(1));
        for text in ["0", "-1", "1.5", "5s", "", "99999999999999999999999"] {
            assert!(milliseconds(text).is_err() && at_least_one(text).is_err(), "{text}");
        }
    }
}
