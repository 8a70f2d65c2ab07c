//! Reads the SEC's list of companies, `company_tickers_exchange.json`: the number of each stock's company.

use std::collections::HashMap;

use forecast_types::Symbol;
use serde::Deserialize;
use serde_json::Value;

/// Numbers by stock.
pub(super) type Numbers = HashMap<Symbol, u32>;

#[derive(Deserialize)]
struct File {
    fields: Vec<String>,
    data: Vec<Vec<Value>>,
}

/// Returns the numbers, or `None` for any other file.
pub(super) fn parse(text: &str) -> Option<Numbers> {
    let File { fields, data } = serde_json::from_str(text).ok()?;
    let column = |name: &str| fields.iter().position(|field| field == name);
    let (cik, ticker) = (column("cik")?, column("ticker")?);
    let number = |row: &[Value]| {
        let number = row.get(cik)?;
        // A number in the original, a text in copies.
        let number = number.as_u64().and_then(|number| u32::try_from(number).ok());
        number.or_else(|| row.get(cik)?.as_str()?.parse().ok())
    };
    let symbol = |row: &[Value]| Symbol::parse(row.get(ticker)?.as_str()?).ok();
    Some(data.iter().filter_map(|row| Some((symbol(row)?, number(row)?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_the_secs_spelling_of_symbols() {
        let file = r#"{"fields":["cik","name","ticker","exchange"],"data":[[320193,"Apple Inc.","AAPL","Nasdaq"],
            ["1067983","BERKSHIRE HATHAWAY INC","BRK-B","NYSE"],[1347123,"EBR Systems, Inc.","NONE.",null]]}"#;
        let numbers = parse(file).unwrap();
        let number = |symbol| numbers.get(&Symbol::parse(symbol).unwrap()).copied();
        assert_eq!((number("AAPL"), number("brk.b"), number("MSFT")), (Some(320_193), Some(1_067_983), None));
        for other in ["", "{}", r#"{"fields":["cik"],"data":[]}"#, "Symbol,Name\nA,Agilent\n"] {
            assert!(parse(other).is_none(), "{other}");
        }
    }
}
