//! How each upstream spells a symbol.

use forecast_types::Symbol;

/// Yahoo: class shares with a hyphen (`BRK-B`), preferred stock as `BAC-PB`, warrants and units of the NYSE as
/// `ACHR-WT` and `AAM-UN`.
pub(crate) fn yahoo(symbol: &Symbol) -> String {
    match symbol.dotted() {
        None => symbol.as_str().to_owned(),
        Some((root, "U")) => format!("{root}-UN"),
        Some((root, suffix)) => match suffix.strip_prefix("WS") {
            Some(series) => format!("{root}-WT{series}"),
            None => format!("{root}-{suffix}"),
        },
    }
}

/// EODHD: exactly one dot, before the exchange; a dot inside becomes a hyphen (`BRK-B.US`, `BAC-PB.US`).
pub(crate) fn eodhd(symbol: &Symbol) -> String {
    format!("{}.US", eodhd_code(symbol))
}

/// EODHD's answers about a whole market: without the exchange.
pub(crate) fn eodhd_code(symbol: &Symbol) -> String {
    symbol.as_str().replace('.', "-")
}

/// Google Trends: the symbol as people type it. A short one is an ambiguous word; the model cannot tell
/// the meanings apart.
pub(crate) fn keyword(symbol: &Symbol) -> String {
    symbol.as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_security_is_spelled_as_the_upstreams_want_it() {
        for (ours, at_yahoo, at_eodhd) in [
            ("AAPL", "AAPL", "AAPL.US"),
            ("BRK.B", "BRK-B", "BRK-B.US"),
            ("BAC-PB", "BAC-PB", "BAC-PB.US"),
            ("ACHR.WS", "ACHR-WT", "ACHR-WS.US"),
            ("C.WSA", "C-WTA", "C-WSA.US"),
            ("AAM.U", "AAM-UN", "AAM-U.US"),
            ("ABLVW", "ABLVW", "ABLVW.US"),
        ] {
            let symbol = Symbol::parse(ours).unwrap();
            assert_eq!((yahoo(&symbol).as_str(), eodhd(&symbol).as_str()), (at_yahoo, at_eodhd));
        }
    }
}
