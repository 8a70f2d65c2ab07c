use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What is needed to check a forecast later, in addition to its quantiles and without any price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Basis {
    /// The daily volatility in whose units the model answers, as a simple return.
    pub sigma: f64,
    /// The recent daily volatility, as a simple return.
    pub fast_sigma: f64,
    /// Identifies what the network read: the first 16 bytes of the SHA-256 of its tensors, in hexadecimal.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{32}$"))]
    pub inputs: InputDigest,
    /// The close of each session of `history`, adjusted for splits and dividends.
    pub adjusted_closes: Vec<f64>,
}

/// The first 16 bytes of a SHA-256; printed in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InputDigest(pub [u8; 16]);

/// The text is not an [`InputDigest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 32 lower-case hexadecimal digits")]
pub struct InputDigestError;

impl fmt::Display for InputDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for InputDigest {
    type Err = InputDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = u128::from_str_radix(text, 16).map_err(|_| InputDigestError)?;
        let digest = Self(number.to_be_bytes());
        // Rules out other lengths, a sign and upper case.
        if digest.to_string() == text { Ok(digest) } else { Err(InputDigestError) }
    }
}

impl TryFrom<String> for InputDigest {
    type Error = InputDigestError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<InputDigest> for String {
    fn from(digest: InputDigest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_printed_form_of_a_digest_is_parsed() {
        let digest = InputDigest([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]);
        assert_eq!(digest.to_string(), "000102030405060708090a0b0c0d0eff");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for text in ["", "00", "+00102030405060708090a0b0c0d0eff", "000102030405060708090A0B0C0D0EFF"] {
            assert_eq!(text.parse::<InputDigest>(), Err(InputDigestError), "{text}");
        }
    }
}
