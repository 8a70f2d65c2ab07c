//! Corrects names that are obviously wrong in the downloaded files.

use forecast_types::Symbol;

use crate::SecurityKind;
use crate::listing::kind_of;

/// Descriptions that stand in lower case in some lines.
const DESCRIPTIONS: [(&str, &str); 6] = [
    ("common stock", "Common Stock"),
    ("Common stock", "Common Stock"),
    ("common shares", "Common Shares"),
    ("Common shares", "Common Shares"),
    ("American depositary shares", "American Depositary Shares"),
    ("Ordinary shares", "Ordinary Shares"),
];
/// Remarks of the exchange that are no part of a name.
const REMARKS: [&str; 7] = ["(D/B/A)", "D/B/A ", "DBA ", "(New)", "(NEW)", "(new)", "(Holding Company)"];

/// Returns a name without doubled spaces, remarks and terms of deposit: `Apple Inc. - Common Stock` becomes
/// `Apple Inc. Common Stock`, and `Shell PLC American Depositary Shares (each representing two (2) Ordinary Shares)`
/// ends before the parenthesis.
pub(super) fn mended(name: &str) -> String {
    let mut name = name.replacen(" - ", " ", 1);
    for remark in REMARKS {
        name = name.replace(remark, " ");
    }
    for (wrong, right) in DESCRIPTIONS {
        name = name.replace(wrong, right);
    }
    let name = name.replace(" New Common", " Common");
    let words: Vec<&str> = name.split_whitespace().filter(|word| !is_state(word)).collect();
    let joined = words[doubled(&words)..].join(" ");
    let mut name = without_terms(&joined);
    while let Some(shorter) = without_trailing_remark(name) {
        name = shorter;
    }
    name.to_owned()
}

/// Adds the class to a name that two classes of one company share.
pub(super) fn with_class(name: String, symbol: &Symbol) -> String {
    match symbol.dotted() {
        Some((_, class))
            if class.len() == 1
                && kind_of(symbol, &name) == SecurityKind::Common
                && !name.contains("Class")
                && !name.contains("Series") =>
        {
            format!("{name} Class {class}")
        }
        _ => name,
    }
}

/// Where a company is incorporated: `(DE)`. `(US)` is part of some names.
fn is_state(word: &str) -> bool {
    matches!(word.as_bytes(), [b'(', first, second, b')'] if first.is_ascii_uppercase() && second.is_ascii_uppercase())
        && word != "(US)"
}

/// How many words at the beginning stand there twice: `Ternium S.A. Ternium S.A. American …`.
fn doubled(words: &[&str]) -> usize {
    (2..=words.len() / 2).rev().find(|&count| words[..count] == words[count..2 * count]).unwrap_or(0)
}

/// Removes what a depositary share represents, but keeps the description of preferred stock, which says
/// what the share is.
fn without_terms(name: &str) -> &str {
    let lower = name.to_ascii_lowercase();
    let start = ["(each", " each ", "(every", "(representing", " representing "]
        .iter()
        .filter_map(|terms| lower.find(terms))
        .min()
        .filter(|&at| at > 0 && !lower[at..].contains("prefer"));
    start.map_or(name, |at| name[..at].trim_end())
}

fn without_trailing_remark(name: &str) -> Option<&str> {
    let shorter = match name.strip_suffix(')') {
        Some(open) if !name.ends_with("(The)") => open.rfind('(').map(|at| &name[..at])?,
        Some(_) => return None,
        None => name.strip_suffix(" New").or_else(|| name.strip_suffix(" NEW"))?,
    };
    Some(shorter.trim_end()).filter(|shorter| !shorter.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_mended_and_sound_ones_stay() {
        for (given, expected) in [
            ("Apple Inc. - Common Stock", "Apple Inc. Common Stock"),
            (
                "Eagle Point Credit Company Inc.  Common Stock ",
                "Eagle Point Credit Company Inc. Common Stock",
            ),
            ("Home Depot Inc. (The) Common Stock", "Home Depot Inc. (The) Common Stock"),
            ("Macy's Inc. (The)", "Macy's Inc. (The)"),
            ("Copart Inc. (DE) Common Stock", "Copart Inc. Common Stock"),
            ("Jerash Holdings (US) Inc. Common Stock", "Jerash Holdings (US) Inc. Common Stock"),
            (
                "UnitedHealth Group Incorporated Common Stock (DE)",
                "UnitedHealth Group Incorporated Common Stock",
            ),
            ("Merck & Company Inc. Common Stock (new)", "Merck & Company Inc. Common Stock"),
            (
                "American International Group Inc. New Common Stock",
                "American International Group Inc. Common Stock",
            ),
            ("Xylem Inc. Common Stock New", "Xylem Inc. Common Stock"),
            ("DBA Sempra Common Stock", "Sempra Common Stock"),
            ("Eversource Energy (D/B/A) Common Stock", "Eversource Energy Common Stock"),
            ("Oklo Inc. Class A common stock", "Oklo Inc. Class A Common Stock"),
            (
                "Shell PLC American Depositary Shares (each representing two (2) Ordinary Shares)",
                "Shell PLC American Depositary Shares",
            ),
            (
                "NIO Inc. American depositary shares each representing one Class A ordinary share",
                "NIO Inc. American Depositary Shares",
            ),
            (
                "Ternium S.A. Ternium S.A. American Depositary Shares (each representing ten shares USD1.00 par value)",
                "Ternium S.A. American Depositary Shares",
            ),
            (
                "Fifth Third Bancorp Depositary Shares representing Preferred Stock Series A",
                "Fifth Third Bancorp Depositary Shares representing Preferred Stock Series A",
            ),
        ] {
            assert_eq!(mended(given), expected);
        }
    }

    #[test]
    fn two_classes_of_one_company_get_distinct_names() {
        let named = |symbol: &str, name: &str| with_class(name.to_owned(), &Symbol::parse(symbol).unwrap());
        assert_eq!(named("BRK/B", "Berkshire Hathaway Inc."), "Berkshire Hathaway Inc. Class B");
        assert_eq!(
            named("BRK/B", "Berkshire Hathaway Inc. Class B Common Stock"),
            "Berkshire Hathaway Inc. Class B Common Stock"
        );
        assert_eq!(named("AAPL", "Apple Inc."), "Apple Inc.");
        assert_eq!(named("ACHR.W", "Archer Aviation Inc."), "Archer Aviation Inc.");
    }
}
