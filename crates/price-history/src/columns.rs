//! What the columns are called, and how their text is read.

use std::path::Path;

use jiff::civil::Date;

use crate::PriceFileError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Ticker,
    Date,
    Open,
    High,
    Low,
    Close,
    AdjustedClose,
    Volume,
}

impl Column {
    pub(crate) const ALL: [Self; 8] = [
        Self::Ticker,
        Self::Date,
        Self::Open,
        Self::High,
        Self::Low,
        Self::Close,
        Self::AdjustedClose,
        Self::Volume,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ticker => "ticker",
            Self::Date => "date",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::AdjustedClose => "adj_close",
            Self::Volume => "volume",
        }
    }

    /// Recognizes a header in any case and punctuation: `Adj Close` is `adj_close`.
    fn of_header(header: &str) -> Option<Self> {
        let plain: String =
            header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        Some(match plain.as_str() {
            "ticker" | "symbol" => Self::Ticker,
            "date" => Self::Date,
            "open" => Self::Open,
            "high" => Self::High,
            "low" => Self::Low,
            "close" => Self::Close,
            "adjclose" | "adjustedclose" => Self::AdjustedClose,
            "volume" => Self::Volume,
            _ => return None,
        })
    }
}

/// Where each column stands in a file; `None` where the file does not have it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places([Option<usize>; 8]);

impl Places {
    pub(crate) fn find<'a>(
        headers: impl Iterator<Item = &'a str>,
        path: &Path,
    ) -> Result<Self, PriceFileError> {
        let mut places = [None; 8];
        for (at, header) in headers.enumerate() {
            if let Some(column) = Column::of_header(header) {
                places[column as usize].get_or_insert(at);
            }
        }
        for required in [Column::Ticker, Column::Date, Column::Close] {
            if places[required as usize].is_none() {
                return Err(PriceFileError::NoColumn { path: path.to_owned(), column: required.name() });
            }
        }
        Ok(Self(places))
    }

    pub(crate) fn of(&self, column: Column) -> Option<usize> {
        self.0[column as usize]
    }

    pub(crate) fn missing(&self) -> impl Iterator<Item = Column> {
        Column::ALL.into_iter().filter(|&column| self.of(column).is_none())
    }
}

/// Says whether a field stands for "no value", as databases, spreadsheets and pandas write it. Not for tickers: `NA`
/// and `NAN` are stocks.
pub(crate) fn is_missing(text: &str) -> bool {
    const WORDS: [&str; 13] =
        ["", "-", "--", ".", "\\N", "null", "none", "nil", "nan", "nat", "na", "n/a", "<na>"];
    let text = text.trim_start_matches('#');
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Reads a day from text: `2024-01-31`, with or without a time after it, or `20240131`.
pub(crate) fn day(text: &str) -> Option<Date> {
    let day = if text.len() == 8 { text } else { text.get(..10)? };
    day.parse().ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn missing_values_are_recognized_in_every_usual_spelling() {
        for word in
            ["", "null", "NULL", "NaN", "nan", "N/A", "n/a", "#N/A", "NA", "-", "--", "None", "NaT", "\\N"]
        {
            assert!(is_missing(word), "{word}");
        }
        for value in ["0", "-1", "1e3", "nul", "one"] {
            assert!(!is_missing(value), "{value}");
        }
    }

    #[test]
    fn a_day_is_read_with_or_without_its_time() {
        for text in ["2024-01-31", "2024-01-31 00:00:00-05:00", "2024-01-31T00:00:00Z", "20240131"] {
            assert_eq!(day(text), Some(date(2024, 1, 31)), "{text}");
        }
        assert_eq!((day("yesterday"), day("31/01/2024"), day("")), (None, None, None));
    }
}
