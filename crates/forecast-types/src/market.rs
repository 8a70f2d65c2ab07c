use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where the prices come from; every page and picture says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Market {
    /// The real upstreams.
    Live,
    /// Prices made up by the stand-in market.
    Simulated,
    /// Real past prices, replayed from a file.
    Replay,
}

/// A text that names no [`Market`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown market {0:?}; expected live, simulated or replay")]
pub struct UnknownMarket(String);

impl FromStr for Market {
    type Err = UnknownMarket;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "live" => Ok(Self::Live),
            "simulated" => Ok(Self::Simulated),
            "replay" => Ok(Self::Replay),
            other => Err(UnknownMarket(other.chars().take(40).collect())),
        }
    }
}

impl fmt::Display for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Live => "live",
            Self::Simulated => "simulated",
            Self::Replay => "replay",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_market_is_parsed_from_the_word_it_prints() {
        for market in [Market::Live, Market::Simulated, Market::Replay] {
            assert_eq!(market.to_string().parse(), Ok(market));
            assert_eq!(serde_json::to_string(&market).unwrap(), format!("\"{market}\""));
        }
    }

    #[test]
    fn an_unknown_market_is_rejected_with_the_choices() {
        let error = "moon".parse::<Market>().unwrap_err();
        assert_eq!(error.to_string(), "unknown market \"moon\"; expected live, simulated or replay");
    }
}
