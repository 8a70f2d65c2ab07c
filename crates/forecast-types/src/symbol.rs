use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The ticker symbol of a US security in Fortnight's own spelling, safe to put into a URL path.
///
/// A root of one to six letters or digits, then at most one suffix: `.B` (class or other listing suffix, one to
/// three characters) or `-PD` (preferred stock, series D; `-P` where there is one series only). The spellings of
/// others are accepted and brought to this form: `brk/b`, `BRK-B` and `BRK.B` are one symbol, and so are
/// `BAC^D`, `BAC$D` and `BAC-PD`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Symbol(String);

/// Says why a text is not a symbol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SymbolError {
    /// Nothing was left after trimming.
    #[error("the symbol is empty; expected one such as AAPL or BRK.B")]
    Empty,
    /// The text breaks the grammar; what was given is quoted, shortened where long.
    #[error(
        "`{0}` is not a symbol; expected one to six letters or digits, and perhaps a suffix as in BRK.B or BAC-PD"
    )]
    Malformed(String),
}

const LONGEST_ROOT: usize = 6;
const LONGEST_INPUT: usize = 32;

impl Symbol {
    /// Parses a symbol in any of the usual spellings.
    ///
    /// # Errors
    /// When the text is empty or outside the grammar above.
    pub fn parse(text: &str) -> Result<Self, SymbolError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SymbolError::Empty);
        }
        let malformed = || SymbolError::Malformed(quoted(text));
        if text.len() > LONGEST_INPUT {
            return Err(malformed());
        }
        let upper = text.to_ascii_uppercase();
        let (root, suffix) = match upper.find(['.', '/', '^', '$', '-']) {
            None => (upper.as_str(), String::new()),
            Some(at) => {
                let (root, rest) = upper.split_at(at);
                (root, canonical_suffix(&rest[..1], &rest[1..]).ok_or_else(malformed)?)
            }
        };
        let root_is_plain = (1..=LONGEST_ROOT).contains(&root.len()) && is_plain(root);
        if root_is_plain { Ok(Self(format!("{root}{suffix}"))) } else { Err(malformed()) }
    }

    /// Returns the symbol as text, for example `BRK.B`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the root and, for a preferred stock, its series (perhaps empty): `("BAC", Some("D"))`.
    #[must_use]
    pub fn preferred(&self) -> Option<(&str, &str)> {
        self.0.split_once("-P")
    }

    /// Returns the root and the suffix after the dot: `("BRK", "B")`.
    #[must_use]
    pub fn dotted(&self) -> Option<(&str, &str)> {
        self.0.split_once('.')
    }
}

/// Brings what follows the root to our spelling; `None` where it fits no form.
fn canonical_suffix(separator: &str, rest: &str) -> Option<String> {
    let preferred = |series: &str| (series.len() <= 2 && is_plain(series)).then(|| format!("-P{series}"));
    match separator {
        "^" | "$" => preferred(rest),
        "-" if rest.starts_with('P') => preferred(&rest[1..]),
        _ => ((1..=3).contains(&rest.len()) && is_plain(rest)).then(|| format!(".{rest}")),
    }
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Shortens hostile input so that an error message stays a message.
fn quoted(text: &str) -> String {
    let mut short: String =
        text.chars().take(LONGEST_INPUT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Symbol {
    type Err = SymbolError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Symbol {
    type Error = SymbolError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Symbol> for String {
    fn from(symbol: Symbol) -> Self {
        symbol.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_spelling_comes_to_one_form() {
        for (given, expected) in [
            ("aapl", "AAPL"),
            (" ECC           ", "ECC"),
            ("brk/b", "BRK.B"),
            ("BRK-B", "BRK.B"),
            ("BRK.B", "BRK.B"),
            ("BAC^D", "BAC-PD"),
            ("bac$d", "BAC-PD"),
            ("BAC-PD", "BAC-PD"),
            ("X^", "X-P"),
            ("RAC/WS", "RAC.WS"),
        ] {
            assert_eq!(Symbol::parse(given).unwrap().as_str(), expected, "{given:?}");
        }
    }

    #[test]
    fn a_symbol_parses_to_itself() {
        for text in ["AAPL", "BRK.B", "BAC-PD", "X-P", "RAC.WS"] {
            let symbol = Symbol::parse(text).unwrap();
            assert_eq!(Symbol::parse(symbol.as_str()).unwrap(), symbol);
        }
    }

    #[test]
    fn what_could_change_a_url_is_refused() {
        let long = "A".repeat(10_000);
        for hostile in ["../etc", "A/../B", "%2e%2e", "A?x=1", "A#", "A B", "Ａ", "", "  ", ".", "-", &long]
        {
            assert!(Symbol::parse(hostile).is_err(), "{hostile:?}");
        }
    }

    #[test]
    fn the_error_quotes_no_more_than_a_line() {
        let error = Symbol::parse(&"é\n".repeat(5_000)).unwrap_err().to_string();
        assert!(error.len() < 250 && !error.contains('\n'), "{error}");
    }
}
