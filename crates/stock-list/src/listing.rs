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
    /// The number the Securities and Exchange Commission files its reports under, where known.
    #[serde(default)]
    pub cik: Option<u32>,
}

/// What a security is, judged by symbol and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecurityKind {
    /// Common stock, class shares, depositary shares of foreign companies, partnership units.
    Common,
    /// An exchange-traded fund.
    Fund,
    /// Preferred stock and its depositary shares.
    Preferred,
    /// Notes, bonds and debentures traded like stock.
    Debt,
    /// Warrants.
    Warrant,
    /// Units of a share and something else, as blank-check companies issue them.
    Unit,
    /// Subscription rights.
    Right,
}

/// The sector given to exchange-traded funds.
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
/// `Fifth Third … Depositary Shares … Preferred Stock` is not. So such words count only where the name has no word of
/// common equity.
pub(crate) fn kind_of(symbol: &Symbol, name: &str) -> SecurityKind {
    if symbol.preferred().is_some() {
        return SecurityKind::Preferred;
    }
    match symbol.dotted().map(|(_, suffix)| suffix) {
        Some(suffix) if suffix.starts_with("WS") => return SecurityKind::Warrant,
        Some("U") => return SecurityKind::Unit,
        Some("R") => return SecurityKind::Right,
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
    // Only a coupon or a year of maturity makes it a note and not a company of that name.
    let dated = name.contains('%') || name.contains(" due ");
    dated && ["note", "debenture", "bond"].iter().any(|word| name.contains(word))
        || ["subordinated debenture", "fixed-income securities", " zones"]
            .iter()
            .any(|word| name.contains(word))
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
    fn the_kind_of_a_security_follows_from_symbol_and_name() {
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
            ("ABCD.PRA", "Abacus Example Corp", Preferred),
            (
                "FITBP",
                "Fifth Third Bancorp Depositary Shares representing Preferred Stock Series A",
                Preferred,
            ),
            ("GJH", "Synthetic Fixed-Income Securities Inc 6.375% (STRATS) Cl A-1", Debt),
            ("CTDD", "Qwest Corporation 6.75% Notes due 2057", Debt),
            ("AENTW", "Alliance Entertainment Holding Corporation Warrant", Warrant),
            ("ACHR.W", "Archer Aviation Inc.", Warrant),
            ("EFGH.WS.B", "Effigy Example Inc.", Warrant),
            ("AACBU", "Artius II Acquisition Inc. - Units", Unit),
            ("AACBR", "Artius II Acquisition Inc. Rights", Right),
        ] {
            assert_eq!(kind_of(&Symbol::parse(symbol).unwrap(), name), expected, "{symbol} {name}");
        }
    }
}
