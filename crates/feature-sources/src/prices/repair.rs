//! Converts an unusual chart answer to the form that `yahoo_finance_api` reads.
//!
//! Its parser fails the whole answer for one price that is text, one volume that is not an unsigned integer, or one
//! descriptive field that is absent. None of these should cost a forecast: a bar needs a close, an answer needs its
//! symbol. Valid answers do not need this.

use serde_json::{Map, Value, json};

/// The series a bar does without.
const DISPENSABLE: [&str; 4] = ["open", "high", "low", "volume"];

/// What was missing from the answer, apart from numbers of a bar, which are counted when the bars are read.
#[derive(Clone, Copy, Default)]
pub(super) struct Repairs {
    /// There was no time zone name.
    pub(super) zone_is_assumed: bool,
    /// Some close is not a number.
    pub(super) has_unreadable_closes: bool,
}

/// Changes what can be changed without inventing a price; `symbol` is what was asked for.
pub(super) fn repair(answer: &mut Value, symbol: &str) -> Repairs {
    let mut repairs = Repairs::default();
    let Some(results) = answer.pointer_mut("/chart/result").and_then(Value::as_array_mut) else {
        return repairs;
    };
    for result in results.iter_mut().filter_map(Value::as_object_mut) {
        let meta = result.get("meta").and_then(Value::as_object).cloned().unwrap_or_default();
        result.insert("meta".to_owned(), whole_meta(&meta, symbol, &mut repairs));
        if let Some(stamps) = result.get_mut("timestamp").and_then(Value::as_array_mut) {
            // A row without its time lies outside all days that can be asked for.
            stamps.iter_mut().for_each(|stamp| *stamp = json!(whole(stamp).unwrap_or(0)));
            let sessions = stamps.len();
            if let Some(indicators) = result.get_mut("indicators").and_then(Value::as_object_mut) {
                repair_series(indicators, sessions, &mut repairs);
            }
        }
        if let Some(events) = result.get_mut("events") {
            repair_events(events);
        }
    }
    repairs
}

/// The fields of `meta` that are read, beside stand-ins for those the parser insists on.
fn whole_meta(meta: &Map<String, Value>, symbol: &str, repairs: &mut Repairs) -> Value {
    let mut whole = json!({
        "instrumentType": "EQUITY", "exchangeName": "", "fullExchangeName": "", "gmtoffset": -18_000,
        "timezone": "", "exchangeTimezoneName": "", "hasPrePostMarketData": false, "priceHint": 2,
        "dataGranularity": "1d", "range": "",
    });
    match meta.get("symbol") {
        None | Some(Value::Null) => whole["symbol"] = json!(symbol),
        Some(Value::String(other)) => whole["symbol"] = json!(other),
        // Left out, so that the answer is refused: it is of another form altogether.
        Some(_) => {}
    }
    for name in ["currency", "instrumentType", "exchangeName", "exchangeTimezoneName"] {
        if let Some(text) = meta.get(name).filter(|value| value.is_string()) {
            whole[name] = text.clone();
        }
    }
    if let Some(offset) = meta.get("gmtoffset").and_then(self::whole).and_then(|n| i32::try_from(n).ok()) {
        whole["gmtoffset"] = json!(offset);
    }
    if let Some(period) = meta.get("currentTradingPeriod").filter(|period| is_whole_period(period)) {
        whole["currentTradingPeriod"] = period.clone();
    }
    repairs.zone_is_assumed = whole["exchangeTimezoneName"] == "";
    whole
}

fn is_whole_period(period: &Value) -> bool {
    ["pre", "regular", "post"].iter().all(|part| {
        let number = |name: &str| period[part][name].as_u64().is_some_and(|n| u32::try_from(n).is_ok());
        let offset = period[part]["gmtoffset"].as_i64().is_some_and(|n| i32::try_from(n).is_ok());
        number("start") && number("end") && offset && period[part]["timezone"].is_string()
    })
}

fn repair_series(indicators: &mut Map<String, Value>, sessions: usize, repairs: &mut Repairs) {
    if let Some(quote) = indicators.get_mut("quote").and_then(|quote| quote.get_mut(0)) {
        for name in DISPENSABLE {
            let is_aligned = quote[name].as_array().is_some_and(|series| series.len() == sessions);
            if !is_aligned && quote.is_object() {
                quote[name] = vec![Value::Null; sessions].into();
            }
        }
        for name in ["open", "high", "low", "close", "volume"] {
            for value in quote.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten() {
                let number = if name == "volume" { volume(value) } else { price(value) };
                repairs.has_unreadable_closes |= name == "close" && !value.is_null() && number.is_null();
                *value = number;
            }
        }
    }
    let adjusted = indicators.get_mut("adjclose").and_then(|series| series.pointer_mut("/0/adjclose"));
    match adjusted.and_then(Value::as_array_mut) {
        Some(series) if series.len() == sessions => {
            series.iter_mut().for_each(|value| *value = price(value));
        }
        _ => {
            indicators.remove("adjclose");
        }
    }
}

/// The number, also where it is written as text; else null, which the parser takes.
fn price(value: &Value) -> Value {
    number(value).map_or(Value::Null, |number| json!(number))
}

fn volume(value: &Value) -> Value {
    match number(value).filter(|number| (0.0..1e18).contains(number)) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
        Some(number) => json!(number as u64),
        None => Value::Null,
    }
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    number.filter(|number: &f64| number.is_finite())
}

fn whole(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
    let whole = |number: f64| (number.abs() < 1e15).then_some(number as i64);
    value.as_i64().or_else(|| number(value).and_then(whole))
}

fn repair_events(events: &mut Value) {
    let Some(events) = events.as_object_mut() else {
        *events = json!({});
        return;
    };
    events.remove("capitalGains");
    for (kind, fields) in [("dividends", &["amount"][..]), ("splits", &["numerator", "denominator"])] {
        match events.get_mut(kind) {
            Some(Value::Object(all)) => all.retain(|stamp, event| {
                let is_whole = fields.iter().all(|field| event[field].as_f64().is_some_and(f64::is_finite));
                let has_ratio = kind == "dividends" || event["splitRatio"].is_string();
                is_whole && has_ratio && event["date"].is_i64() && stamp.parse::<i64>().is_ok()
            }),
            Some(_) => {
                events.remove(kind);
            }
            None => {}
        }
    }
}
