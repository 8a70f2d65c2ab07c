use std::fmt;
use std::str::FromStr;

use forecast_types::{Source, SourceStatus};
use serde::{Deserialize, Serialize};

const SOURCES: usize = Source::ALL.len();

/// The status of the five sources of a forecast, one letter each in the order of [`Source::ALL`]: `o` ok, `p` partial,
/// `m` missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceLetters([SourceStatus; SOURCES]);

/// The text is not five of the letters `o`, `p` and `m`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown source statuses {0:?}; expected five letters out of o, p and m")]
pub struct SourceLettersError(String);

impl SourceLetters {
    /// Calls `status` for each source.
    pub fn new(status: impl FnMut(Source) -> SourceStatus) -> Self {
        Self(Source::ALL.map(status))
    }

    /// Returns the status of a source.
    #[must_use]
    pub fn status(self, source: Source) -> SourceStatus {
        self.0[source as usize]
    }
}

impl FromStr for SourceLetters {
    type Err = SourceLettersError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let states: Option<Vec<SourceStatus>> = text
            .chars()
            .map(|letter| match letter {
                'o' => Some(SourceStatus::Ok),
                'p' => Some(SourceStatus::Partial),
                'm' => Some(SourceStatus::Missing),
                _ => None,
            })
            .collect();
        let states = states.and_then(|states| states.try_into().ok());
        states.map(Self).ok_or_else(|| SourceLettersError(text.chars().take(16).collect()))
    }
}

impl fmt::Display for SourceLetters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|status| {
            f.write_str(match status {
                SourceStatus::Ok => "o",
                SourceStatus::Partial => "p",
                SourceStatus::Missing => "m",
            })
        })
    }
}

impl TryFrom<String> for SourceLetters {
    type Error = SourceLettersError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SourceLetters> for String {
    fn from(letters: SourceLetters) -> Self {
        letters.to_string()
    }
}
