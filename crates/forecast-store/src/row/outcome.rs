use std::str::FromStr;

use forecast_types::Symbol;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Digest;

/// The return of one stock on one session.
///
/// The fields are in alphabetical order, so the serialized row is its canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeRow {
    /// Change of the rounded logarithm of the close, adjusted for splits and dividends, since the session before, in
    /// ten-millionths: the difference of two [`log_price`](forecast_score::log_price)s. The rows of one price series add up exactly.
    pub log_return: i32,
    /// The session.
    pub session: Date,
    /// Whether the stock traded.
    pub state: OutcomeState,
    /// The stock.
    pub symbol: Symbol,
}

/// The text does not name an [`OutcomeState`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown outcome state {0:?}; expected traded, halted or delisted")]
pub struct UnknownState(String);

/// Whether a stock traded on a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutcomeState {
    /// It traded.
    Traded,
    /// It did not trade but is still listed: the last price stands, and the return is 0.
    Halted,
    /// It is no longer listed; forecasts that reach here are not scored.
    Delisted,
}

impl OutcomeState {
    /// Returns the word used in JSON and tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Traded => "traded",
            Self::Halted => "halted",
            Self::Delisted => "delisted",
        }
    }
}

impl FromStr for OutcomeState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let states = [Self::Traded, Self::Halted, Self::Delisted];
        let named = states.into_iter().find(|state| state.as_str() == text);
        named.ok_or_else(|| UnknownState(text.chars().take(40).collect()))
    }
}

impl OutcomeRow {
    /// Returns the digest of the row's canonical JSON.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_json(self)
    }

    /// Returns the row's entry in the transparency log: `2024-02-21 AAPL BASE64`.
    #[must_use]
    pub fn log_entry(&self) -> String {
        format!("{} {} {}", self.session, self.symbol, self.digest())
    }
}
