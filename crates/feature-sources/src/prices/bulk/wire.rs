//! The forms of EODHD's answers about prices.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::SourceError;
use crate::json::{read_json, read_rows};

/// A session: open, high, low and close as traded, adjusted close and volume as of the day it was read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Bar {
    pub(super) date: Date,
    pub(super) open: Option<f64>,
    pub(super) high: Option<f64>,
    pub(super) low: Option<f64>,
    pub(super) close: Option<f64>,
    pub(super) adjusted_close: Option<f64>,
    /// A few come with a fraction.
    pub(super) volume: Option<f64>,
}

/// A split: `new` shares for `old` ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SplitRow {
    pub(super) date: Date,
    pub(super) new: f64,
    pub(super) old: f64,
}

/// A cash dividend on the scale after all splits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DividendRow {
    pub(super) date: Date,
    pub(super) value: f64,
}

/// Reads the history of a stock. A row without a date is a note about the plan.
pub(super) fn bars(body: &[u8]) -> Result<Vec<Bar>, SourceError> {
    #[derive(Deserialize)]
    struct Row {
        date: Option<Date>,
        open: Option<f64>,
        high: Option<f64>,
        low: Option<f64>,
        close: Option<f64>,
        adjusted_close: Option<f64>,
        volume: Option<f64>,
    }
    let bar = |row: Row| {
        let Row { date, open, high, low, close, adjusted_close, volume } = row;
        Some(Bar { date: date?, open, high, low, close, adjusted_close, volume })
    };
    Ok(rows::<Row>(body)?.into_iter().filter_map(bar).collect())
}

/// Reads the bars of all stocks of a day, by their code without the exchange.
pub(super) fn market_day(body: &[u8], date: Date) -> Result<HashMap<String, Bar>, SourceError> {
    #[derive(Deserialize)]
    struct Row {
        code: String,
        #[serde(flatten)]
        bar: Bar,
    }
    let of_day = rows::<Row>(body)?.into_iter().filter(|row| row.bar.date == date);
    Ok(of_day.map(|row| (row.code, row.bar)).collect())
}

/// Reads which stocks have a split or a dividend on a day.
pub(super) fn codes(body: &[u8]) -> Result<Vec<String>, SourceError> {
    #[derive(Deserialize)]
    struct Row {
        code: String,
    }
    Ok(rows::<Row>(body)?.into_iter().map(|row| row.code).collect())
}

/// Reads the splits of a stock.
pub(super) fn splits(body: &[u8]) -> Result<Vec<SplitRow>, SourceError> {
    #[derive(Deserialize)]
    struct Row {
        date: Date,
        split: String,
    }
    let split = |row: Row| {
        let (new, old) = row.split.split_once('/')?;
        let shares = |text: &str| text.trim().parse().ok().filter(|count| (1e-6..1e6).contains(count));
        Some(SplitRow { date: row.date, new: shares(new)?, old: shares(old)? })
    };
    Ok(rows::<Row>(body)?.into_iter().filter_map(split).collect())
}

/// Reads the dividends of a stock.
pub(super) fn dividends(body: &[u8]) -> Result<Vec<DividendRow>, SourceError> {
    rows(body)
}

fn rows<T: DeserializeOwned>(body: &[u8]) -> Result<Vec<T>, SourceError> {
    let list: Box<RawValue> = read_json(body)?;
    Ok(read_rows(&list)?.0)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_note_about_the_plan_is_no_bar() {
        let note = r#"{"warning":"Data is limited by one year as you have free subscription"}"#;
        assert_eq!(bars(format!("[{note}]").as_bytes()).unwrap(), []);
        let bar = r#"{"date":"2022-01-03","open":177.83,"high":182.88,"low":177.71,"close":182.01,
                      "adjusted_close":179.2736,"volume":104487900}"#;
        assert_eq!(bars(format!("[{bar},{note}]").as_bytes()).unwrap().len(), 1);
    }

    #[test]
    fn a_day_of_the_market_may_have_fractions_nulls_and_other_days() {
        let body = r#"[
            {"code":"AAPL","exchange_short_name":"US","date":"2026-09-08","open":null,"high":1,"low":1,"close":1,
             "adjusted_close":1,"volume":5,"prev_close":1,"change":0,"change_p":0},
            {"code":"EWG","exchange_short_name":"US","date":"2026-09-08","open":43.79,"high":43.8401,"low":43.545,
             "close":43.57,"adjusted_close":43.57,"volume":530131.7},
            {"code":"OLD","exchange_short_name":"US","date":"2026-09-07","open":1,"high":1,"low":1,"close":1,
             "adjusted_close":1,"volume":1}]"#;
        let day = market_day(body.as_bytes(), date(2026, 9, 8)).unwrap();
        assert_eq!(day.len(), 2);
        assert_eq!((day["AAPL"].open, day["EWG"].volume), (None, Some(530_131.7)));
    }

    #[test]
    fn splits_are_new_shares_for_old_ones() {
        let body =
            br#"[{"date":"2024-11-05","split":"1.000000/20.000000"},{"date":"2024-11-06","split":"-"}]"#;
        assert_eq!(splits(body).unwrap(), [SplitRow { date: date(2024, 11, 5), new: 1.0, old: 20.0 }]);
    }
}
