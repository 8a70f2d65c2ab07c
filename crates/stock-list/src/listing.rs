use forecast_types::Symbol;
use serde::{Deserialize, Serialize};

/// One security of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Its symbol, in Fortnight's spelling.
    pub symbol: Symbol,
    /// Its name as the exchange lists it: `Apple Inc. Common Stock`.
    pub name: String,
    /// `NASDAQ`, `NYSE`, `NYSE American` and so on; empty where the source did not say.
    pub exchange: String,
    /// `Technology`, `Health Care` and so on, `ETF` for a fund; empty where the source did not say.
    pub sector: String,
}

/// What a security is, as far as symbol and name tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecurityKind {
    /// Common stock, class shares, depositary shares of foreign companies, partnership units.
    Common,
    /// An exchange traded fund.
    Fund,
    /// Preferred stock and its depositary shares.
    Preferred,
    /// Notes, bonds and debentures traded like stock.
    Debt,
    /// Warrants.
    Warrant,
    /// Units of a share and something else, as blank-cheque companies issue them.
    Unit,
    /// Subscription rights.
    Right,
}

/// The sector given to exchange traded funds.
pub(crate) const FUND_SECTOR: &str = "ETF";

impl Listing {
    /// Returns what the security is, judged by symbol, name and sector.
    #[must_use]
    pub fn kind(&self) -> SecurityKind {
        if self.sector == FUND_SECTOR { SecurityKind::Fund } else { kind_of(&self.symbol, &self.name) }
    }
}

/// Judges a security by its symbol and the words of its name.
///
/// Names alone mislead in both directions: `Energy Transfer LP Common Units` is common equity, and
/// `Fifth Third … Depositary Shares … Preferred Stock` is not. So the tell-tale words count only where no word of
/// common equity stands beside them.
pub(crate) fn kind_of(symbol: &Symbol, name: &str) -> SecurityKind {
    if symbol.preferred().is_some() {
        return SecurityKind::Preferred;
    }
    match symbol.dotted().map(|(_, suffix)| suffix) {
        Some("W" | "WS" | "WT") => return SecurityKind::Warrant,
        Some("U" | "UN") => return SecurityKind::Unit,
        Some("R" | "RT") => return SecurityKind::Right,
        _ => {}
    }
    let name = name.to_ascii_lowercase();
    let has = |word: &str| {
        name.split(|c: char| !c.is_ascii_alphanumeric())
            .any(|part| part.strip_suffix('s').unwrap_or(part) == word)
    };
    // A fund named after what it holds is no preferred stock itself.
    let holds_others = has("fund") || name.contains("preferred bank");
    if has("warrant") || has("wt") {
        SecurityKind::Warrant
    } else if has("right") && !name.contains("common stock") && !name.contains("ordinary share") {
        SecurityKind::Right
    } else if has("preferred") && !holds_others || name.contains("preference share") {
        SecurityKind::Preferred
    } else if is_debt(&name) {
        SecurityKind::Debt
    } else if has("unit") && !is_partnership(&name) {
        SecurityKind::Unit
    } else {
        SecurityKind::Common
    }
}

fn is_debt(name: &str) -> bool {
    // A coupon or a year of maturity is what tells a note from a company called so.
    let dated = name.contains('%') || name.contains(" due ");
    dated && ["note", "debenture", "bond"].iter().any(|word| name.contains(word))
        || name.contains("subordinated debenture")
}

fn is_partnership(name: &str) -> bool {
    [
        "common unit",
        "limited partner",
        "depositary unit",
        "beneficial",
        "trust unit",
        " lp ",
        " l.p.",
        "partners",
    ]
    .iter()
    .any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn securities_are_told_apart_by_symbol_and_name() {
        use SecurityKind::{Common, Debt, Preferred, Right, Unit, Warrant};
        for (symbol, name, expected) in [
            ("AAPL", "Apple Inc. Common Stock", Common),
            ("BRK/B", "Berkshire Hathaway Inc.", Common),
            ("ET", "Energy Transfer LP Common Units", Common),
            ("BIP", "Brookfield Infrastructure Partners LP Limited Partnership Units", Common),
            ("HPS", "John Hancock Preferred Income Fund III Preferred Income Fund III", Common),
            ("PFBC", "Preferred Bank Common Stock", Common),
            ("UNIT", "Uniti Group Inc. Common Stock", Common),
            ("NOTE", "FiscalNote Holdings Inc. Class A Common Stock", Common),
            ("BAC^D", "Bank of America Corporation Preferred Stock Series D", Preferred),
            (
                "FITBP",
                "Fifth Third Bancorp Depositary Shares representing Preferred Stock Series A",
                Preferred,
            ),
            ("CTDD", "Qwest Corporation 6.75% Notes due 2057", Debt),
            ("AENTW", "Alliance Entertainment Holding Corporation Warrant", Warrant),
            ("ACHR.W", "Archer Aviation Inc.", Warrant),
            ("AACBU", "Artius II Acquisition Inc. - Units", Unit),
            ("AACBR", "Artius II Acquisition Inc. Rights", Right),
        ] {
            assert_eq!(kind_of(&Symbol::parse(symbol).unwrap(), name), expected, "{symbol} {name}");
        }
    }
}
