//! Brings an odd chart answer to the form that `yahoo_finance_api` reads.
//!
//! Its parser fails the whole answer for one volume that is not an unsigned integer, one descriptive field that is
//! absent, or an adjusted close too few. None of these should cost a forecast. Sound answers never come here.

use serde_json::{Map, Value, json};

type StandIn = fn() -> Value;

/// Fields of `meta` the parser insists on although a forecast does without, with what stands in for them.
const DISPENSABLE: [(&str, StandIn); 8] = [
    ("exchangeName", || json!("")),
    ("fullExchangeName", || json!("")),
    ("gmtoffset", || json!(0)),
    ("timezone", || json!("")),
    ("hasPrePostMarketData", || json!(false)),
    ("priceHint", || json!(2)),
    ("dataGranularity", || json!("1d")),
    ("range", || json!("")),
];

/// Fields of `meta` that are not read at all, and break the parser where they are odd.
const UNREAD: [&str; 5] = ["tradingPeriods", "validRanges", "scale", "firstTradeDate", "regularMarketTime"];

/// Changes what can be changed without inventing a price.
pub(super) fn mend(answer: &mut Value) {
    let Some(results) = answer.pointer_mut("/chart/result").and_then(Value::as_array_mut) else { return };
    for result in results.iter_mut().filter_map(Value::as_object_mut) {
        if let Some(meta) = result.get_mut("meta").and_then(Value::as_object_mut) {
            mend_meta(meta);
        }
        let sessions = result.get("timestamp").and_then(Value::as_array).map(Vec::len);
        if let (Some(indicators), Some(sessions)) = (result.get_mut("indicators"), sessions) {
            mend_series(indicators, sessions);
        }
        if let Some(events) = result.get_mut("events").and_then(Value::as_object_mut) {
            mend_events(events);
        }
    }
}

fn mend_meta(meta: &mut Map<String, Value>) {
    for (name, stand_in) in DISPENSABLE {
        let good = stand_in();
        let fits = meta.get(name).is_some_and(|value| same_kind(value, &good));
        if !fits {
            meta.insert(name.to_owned(), good);
        }
    }
    for name in UNREAD {
        meta.remove(name);
    }
    let period_is_whole = meta.get("currentTradingPeriod").is_some_and(|period| {
        ["pre", "regular", "post"].iter().all(|part| {
            let number = |name: &str| period[part][name].as_u64().is_some_and(|n| u32::try_from(n).is_ok());
            let offset = period[part]["gmtoffset"].as_i64().is_some_and(|n| i32::try_from(n).is_ok());
            number("start") && number("end") && offset && period[part]["timezone"].is_string()
        })
    });
    if !period_is_whole {
        meta.remove("currentTradingPeriod");
    }
}

fn same_kind(value: &Value, like: &Value) -> bool {
    match like {
        Value::String(_) => value.is_string(),
        Value::Bool(_) => value.is_boolean(),
        _ => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
    }
}

fn mend_series(indicators: &mut Value, sessions: usize) {
    // A volume is never worth a forecast: what cannot be read becomes null, which the parser takes.
    if let Some(volumes) = indicators.pointer_mut("/quote/0/volume").and_then(Value::as_array_mut) {
        for volume in volumes.iter_mut().filter(|volume| !volume.is_u64()) {
            let whole = volume.as_f64().filter(|number| (0.0..1e18).contains(number));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked to be in range"
            )]
            let mended = whole.map_or(Value::Null, |number| json!(number as u64));
            *volume = mended;
        }
    }
    let Some(indicators) = indicators.as_object_mut() else { return };
    let adjusted_fits = indicators
        .get("adjclose")
        .and_then(|series| series.pointer("/0/adjclose"))
        .and_then(Value::as_array)
        .is_some_and(|series| series.len() == sessions);
    if !adjusted_fits {
        indicators.remove("adjclose");
    }
}

fn mend_events(events: &mut Map<String, Value>) {
    let number = |event: &Value, name: &str| event[name].as_f64().is_some_and(f64::is_finite);
    let dated = |event: &Value| event["date"].is_i64() || event["date"].is_u64();
    events.remove("capitalGains");
    for (kind, fields) in [("dividends", &["amount"][..]), ("splits", &["numerator", "denominator"])] {
        match events.get_mut(kind) {
            Some(Value::Object(all)) => {
                all.retain(|stamp, event| {
                    let whole = fields.iter().all(|field| number(event, field)) && dated(event);
                    let ratio_is_text = kind == "dividends" || event["splitRatio"].is_string();
                    whole && ratio_is_text && stamp.parse::<i64>().is_ok()
                });
            }
            Some(_) => {
                events.remove(kind);
            }
            None => {}
        }
    }
}
