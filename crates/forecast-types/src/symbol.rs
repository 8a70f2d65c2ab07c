use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The ticker symbol of a US security in Fortnight's own spelling, safe to put into a URL path.
///
/// A root of one to six letters or digits, then at most one suffix: `.B` (class share or other kind of listing, one to
/// three characters) or `-PD` (preferred stock, series D; `-P` where there is only one series). Every usual spelling is
/// brought to this form: `brk/b`, `BRK-B` and `BRK B` are one symbol, so are `BAC^D`, `BAC.PRD` and `BAC-PD`, and
/// `$aapl`, `NASDAQ:AAPL` and `AAPL.US` are all `AAPL`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
const SEPARATORS: [char; 7] = ['.', '/', '-', '_', ' ', '^', '$'];
/// Exchanges as charting sites and data vendors write them before a colon.
const EXCHANGES: [&str; 12] =
    ["AMEX", "ARCA", "ARCX", "BATS", "CBOE", "IEX", "NAS", "NYS", "US", "XASE", "XNAS", "XNYS"];
/// The country as some vendors write it after the symbol.
const COUNTRIES: [&str; 6] = [".US", "-US", "/US", ":US", " US EQUITY", " US"];

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
        let bare = without_exchange(&upper);
        let (root, suffix) = match bare.find(SEPARATORS) {
            None => (bare, String::new()),
            Some(at) => {
                let (root, rest) = bare.split_at(at);
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

/// Removes a leading `$`, an exchange before a colon, and the country at the end.
fn without_exchange(upper: &str) -> &str {
    let bare = match upper.split_once(':') {
        Some((exchange, symbol)) if is_exchange(exchange) => symbol.trim_start(),
        _ => upper,
    };
    let bare = bare.strip_prefix('$').unwrap_or(bare);
    COUNTRIES.iter().find_map(|country| bare.strip_suffix(country)).unwrap_or(bare)
}

fn is_exchange(text: &str) -> bool {
    // `NASDAQGS`, `NYSEARCA`, `NYSE MKT` and so on.
    text.starts_with("NASDAQ") || text.starts_with("NYSE") || EXCHANGES.contains(&text)
}

/// Brings what follows the root to our spelling; `None` where it fits no form.
fn canonical_suffix(separator: &str, rest: &str) -> Option<String> {
    if matches!(separator, "^" | "$") {
        return preferred(rest);
    }
    let mut parts = rest.split(['.', '/', '-', '_', ' ']);
    match (parts.next()?, parts.next(), parts.next()) {
        ("PR" | "P", Some(series), None) if !series.is_empty() => preferred(series),
        ("WS" | "WT" | "W", Some(series), None) => other_suffix(&format!("WS{series}")),
        // Yahoo's series R has this hyphen; with a dot it is preferred stock of one series.
        ("PR", None, _) => preferred(if matches!(separator, "-" | "/") { "R" } else { "" }),
        (one, None, _) => match one.strip_prefix("PR").or_else(|| one.strip_prefix('P')) {
            Some(series) => preferred(series),
            None => other_suffix(one),
        },
        _ => None,
    }
}

/// The suffix of preferred stock. A series `R?` would read as `PR` and a series `?`, and no exchange lists one.
fn preferred(series: &str) -> Option<String> {
    let fits = series.len() <= 2 && is_plain(series) && !(series.len() == 2 && series.starts_with('R'));
    fits.then(|| format!("-P{series}"))
}

/// The suffix of a class share, a warrant (`.WS`, of a series `.WSA`), a unit (`.U`) or a right (`.R`).
fn other_suffix(text: &str) -> Option<String> {
    let text = match text {
        "W" | "WT" => "WS".to_owned(),
        "UN" | "UT" => "U".to_owned(),
        "RT" => "R".to_owned(),
        _ => text.strip_prefix("WT").map_or_else(|| text.to_owned(), |series| format!("WS{series}")),
    };
    // `.US` is the country.
    let fits = (1..=3).contains(&text.len()) && is_plain(&text) && text != "US";
    fits.then(|| format!(".{text}"))
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
    fn every_usual_spelling_becomes_one_form() {
        for (expected, spellings) in [
            (
                "AAPL",
                &[
                    "aapl",
                    " AAPL \u{a0}",
                    "AaPl",
                    "$aapl",
                    "NASDAQ:AAPL",
                    "NasdaqGS: AAPL",
                    "XNAS:AAPL",
                    "AAPL.US",
                    "aapl.us",
                    "AAPL-US",
                    "AAPL:US",
                    "AAPL US",
                    "AAPL US Equity",
                ][..],
            ),
            ("ECC", &[" ECC           "]),
            ("BRK.B", &["brk/b", "BRK-B", "BRK.B", "BRK B", "BRK_B", "$BRK.B", "NYSE:BRK.B", "brk-b.us"]),
            (
                "BAC-PB",
                &[
                    "BAC^B",
                    "bac$b",
                    "BAC-PB",
                    "BAC.PRB",
                    "BAC-PRB",
                    "BAC/PRB",
                    "BAC PRB",
                    "BAC.PR.B",
                    "BAC-PR-B",
                    "BAC PR B",
                    "BAC.PB",
                    "BAC/PB",
                    "BAC_PB",
                    "BAC-P-B",
                    "NYSE:BAC/PB",
                    "BAC-PB.US",
                ],
            ),
            ("JPM-PDD", &["JPM^DD", "JPM.PRDD", "JPM-PDD"]),
            ("BAC-PR", &["BAC^R", "BAC-PR", "BAC/PR", "BAC.PRR", "BAC-PRR", "BAC PR R"]),
            ("X-P", &["X^", "X-P", "X.PR", "X PR"]),
            ("RAC.WS", &["RAC/WS", "RAC.W", "RAC-WT", "RAC.WT", "RAC WS"]),
            ("C.WSA", &["C.WS.A", "C-WTA", "C/WS/A", "C.WSA"]),
            ("AAM.U", &["AAM.U", "AAM-UN", "AAM/U"]),
        ] {
            for given in spellings {
                assert_eq!(Symbol::parse(given).unwrap().as_str(), expected, "{given:?}");
            }
        }
    }

    #[test]
    fn a_symbol_parses_to_itself() {
        let suffixes =
            ["", ".B", ".US", "-PD", "-PDD", "-P", "-PR", "^RB", "-PRR", "-PRB", ".WS", "-WTA", ".U", ".R"];
        for suffix in suffixes {
            let Ok(symbol) = Symbol::parse(&format!("ABC{suffix}")) else { continue };
            assert_eq!(Symbol::parse(symbol.as_str()).unwrap(), symbol, "{suffix}");
        }
    }

    #[test]
    fn text_that_could_change_a_url_is_refused() {
        let long = "A".repeat(10_000);
        for hostile in [
            "../etc", "A/../B", "A//B", "%2e%2e", "A?x=1", "A#", "A B C", "A:B", "A_US.US", "Ａ", "", "  ",
            ".", "-", "$", "NASDAQ:", ".US", "^B", "A.PR.B.C", &long,
        ] {
            assert!(Symbol::parse(hostile).is_err(), "{hostile:?}");
        }
    }

    #[test]
    fn the_error_quotes_no_more_than_a_line() {
        let error = Symbol::parse(&"é\n".repeat(5_000)).unwrap_err().to_string();
        assert!(error.len() < 250 && !error.contains('\n'), "{error}");
    }
}
