//! The SEC's list of companies: which number a ticker has there.

use std::collections::HashMap;

use bytes::Bytes;
use forecast_types::Symbol;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::timeout_at;

use crate::json::read_json;
use crate::{Moment, SourceError, symbols};

/// The list, fetched at most once a day.
#[derive(Debug, Default)]
pub(super) struct Tickers(Mutex<Option<Kept>>);

#[derive(Debug)]
struct Kept {
    fetched: Date,
    numbers: HashMap<String, u32>,
}

impl Tickers {
    /// Returns the number of the company with a ticker.
    pub(super) async fn cik<F: Future<Output = Result<Bytes, SourceError>>>(
        &self,
        symbol: &Symbol,
        moment: Moment,
        fetch: impl FnOnce() -> F,
    ) -> Result<u32, SourceError> {
        let today = TimeZone::UTC.to_datetime(moment.now).date();
        // Held while the list is fetched, so that it is fetched once.
        let mut kept = timeout_at(moment.deadline, self.0.lock()).await.map_err(|_| SourceError::Late)?;
        if kept.as_ref().is_none_or(|kept| kept.fetched != today) {
            match fetch().await.and_then(|body| parse_tickers(&body)) {
                Ok(numbers) => *kept = Some(Kept { fetched: today, numbers }),
                // Yesterday's list is as good; companies keep their numbers.
                Err(error) if kept.is_none() => return Err(error),
                Err(_) => {}
            }
        }
        let number = kept.as_ref().and_then(|kept| kept.numbers.get(&symbols::yahoo(symbol)).copied());
        // Most funds are not in it.
        number.ok_or(SourceError::NoData)
    }
}

#[derive(Deserialize)]
struct List {
    fields: Vec<String>,
    data: Vec<Vec<Value>>,
}

/// Reads the list: the company's number by ticker, in the SEC's spelling, which is Yahoo's.
///
/// # Errors
/// [`SourceError::Malformed`] where the columns or all rows are of another form.
pub fn parse_tickers(body: &[u8]) -> Result<HashMap<String, u32>, SourceError> {
    let List { fields, data } = read_json(body)?;
    let column = |name: &str| {
        let at = fields.iter().position(|field| field == name);
        at.ok_or_else(|| SourceError::malformed("the list of companies lacks a column"))
    };
    let (cik, ticker) = (column("cik")?, column("ticker")?);
    let numbers: HashMap<String, u32> = data
        .iter()
        .filter_map(|row| {
            let number = row.get(cik)?;
            // A number in the original, a text in copies.
            let number = number
                .as_u64()
                .and_then(|number| number.try_into().ok())
                .or_else(|| number.as_str()?.parse().ok());
            Some((row.get(ticker)?.as_str()?.to_owned(), number?))
        })
        .collect();
    if numbers.is_empty() {
        return Err(SourceError::malformed("the list of companies is empty"));
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_column_name_as_numbers_or_texts() {
        let list = br#"{"fields":["cik","name","ticker","exchange"],"data":[
            [320193,"Apple Inc.","AAPL","Nasdaq"],["1067983","BERKSHIRE HATHAWAY INC","BRK-B","NYSE"],
            [1347123,"EBR Systems, Inc.","NONE.",null],[null,"odd",7]]}"#;
        let numbers = parse_tickers(list).unwrap();
        assert_eq!((numbers.len(), numbers["AAPL"], numbers["BRK-B"]), (3, 320_193, 1_067_983));
        for odd in [r#"{"fields":["cik"],"data":[]}"#, r#"{"fields":["ticker","cik"],"data":[]}"#, "{}"] {
            assert!(parse_tickers(odd.as_bytes()).is_err(), "{odd}");
        }
    }
}
