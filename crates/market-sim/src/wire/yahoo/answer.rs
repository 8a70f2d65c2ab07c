//! The JSON of a chart.

use exchange_calendar::{NEW_YORK, date_in_new_york, is_session, next_sessions, session_hours};
use jiff::Timestamp;
use jiff::civil::{Date, time};
use serde_json::{Map, Value, json};

use super::session::{Row, Rows};
use super::window::{RANGES, Window};
use crate::market::StockSeries;

/// Writes the answer; the long arrays go straight into the text, without a tree of values between.
pub(super) fn write(
    symbol: &str,
    stock: &StockSeries,
    rows: &Rows<'_>,
    window: &Window,
    now: Timestamp,
) -> Vec<u8> {
    // The bar of the session that contains the window's beginning is the first.
    let first = rows.before(window.start.saturating_sub(SESSION_SECONDS - 1));
    let last = rows.before(window.end);
    let shown: Vec<Row> = (first..last).filter_map(|at| rows.get(at)).collect();
    let before = first.checked_sub(1).and_then(|at| rows.get(at));

    let mut out = Vec::with_capacity(1_600 + shown.len() * 70);
    out.extend_from_slice(br#"{"chart":{"result":[{"meta":"#);
    json_into(&mut out, &meta(symbol, stock, rows, before.as_ref(), window, now));
    if shown.is_empty() {
        let adjusted = if window.adjusted { r#","adjclose":[{}]"# } else { "" };
        out.extend_from_slice(format!(r#","indicators":{{"quote":[{{}}]{adjusted}}}"#).as_bytes());
    } else {
        out.extend_from_slice(br#","timestamp":"#);
        array(&mut out, &shown, |row| row.stamp);
        if window.events
            && let Some(events) = events(stock, &shown)
        {
            out.extend_from_slice(br#","events":"#);
            json_into(&mut out, &events);
        }
        out.extend_from_slice(br#","indicators":{"quote":[{"close":"#);
        array(&mut out, &shown, |row| row.bar.close);
        out.extend_from_slice(br#","high":"#);
        array(&mut out, &shown, |row| row.bar.high);
        out.extend_from_slice(br#","low":"#);
        array(&mut out, &shown, |row| row.bar.low);
        out.extend_from_slice(br#","volume":"#);
        array(&mut out, &shown, |row| row.bar.volume);
        out.extend_from_slice(br#","open":"#);
        array(&mut out, &shown, |row| row.bar.open);
        out.extend_from_slice(b"}]");
        if window.adjusted {
            out.extend_from_slice(br#","adjclose":[{"adjclose":"#);
            array(&mut out, &shown, |row| row.bar.adjusted_close);
            out.extend_from_slice(b"}]");
        }
        out.push(b'}');
    }
    out.extend_from_slice(br#"}],"error":null}}"#);
    out
}

/// Six and a half hours of trading.
const SESSION_SECONDS: i64 = 23_400;

fn json_into(out: &mut Vec<u8>, value: &impl serde::Serialize) {
    // A vector takes whatever is written, and these values have no maps with keys that are not text.
    serde_json::to_writer(out, value).expect("writing to memory does not fail");
}

fn array<T: serde::Serialize>(out: &mut Vec<u8>, rows: &[Row], field: impl Fn(&Row) -> T) {
    out.push(b'[');
    for (at, row) in rows.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        json_into(out, &field(row));
    }
    out.push(b']');
}

fn meta(
    symbol: &str,
    stock: &StockSeries,
    rows: &Rows<'_>,
    before: Option<&Row>,
    window: &Window,
    now: Timestamp,
) -> Value {
    let zone = NEW_YORK.to_offset_info(now);
    let (exchange, full_exchange) = match stock.exchange.as_str() {
        "NASDAQ" => ("NMS", "NasdaqGS"),
        "NYSE American" => ("ASE", "NYSE American"),
        "NYSE Arca" => ("PCX", "NYSEArca"),
        "Cboe BZX" => ("BTS", "Cboe US"),
        _ => ("NYQ", "NYSE"),
    };
    let mut meta = json!({
        "currency": "USD",
        "symbol": symbol.to_ascii_uppercase(),
        "exchangeName": exchange,
        "fullExchangeName": full_exchange,
        "instrumentType": if stock.is_fund { "ETF" } else { "EQUITY" },
        "firstTradeDate": rows.get(0).map(|row| row.stamp),
        "hasPrePostMarketData": true,
        "gmtoffset": zone.offset().seconds(),
        "timezone": zone.abbreviation(),
        "exchangeTimezoneName": "America/New_York",
        "longName": stock.name,
        "shortName": stock.name.chars().take(31).collect::<String>(),
        "priceHint": 2,
        "currentTradingPeriod": trading_period(now),
        "dataGranularity": "1d",
        "range": window.range,
        "validRanges": RANGES,
    });
    if let (Some(last), Value::Object(fields)) = (rows.last(), &mut meta) {
        fields.insert("regularMarketTime".to_owned(), json!(last_trade(&last, now)));
        fields.insert("regularMarketPrice".to_owned(), json!(last.bar.close));
        fields.insert("regularMarketDayHigh".to_owned(), json!(last.bar.high));
        fields.insert("regularMarketDayLow".to_owned(), json!(last.bar.low));
        fields.insert("regularMarketVolume".to_owned(), json!(last.bar.volume));
        let (high, low) = rows.extremes(252);
        fields.insert("fiftyTwoWeekHigh".to_owned(), json!(high));
        fields.insert("fiftyTwoWeekLow".to_owned(), json!(low));
        if let Some(before) = before {
            fields.insert("chartPreviousClose".to_owned(), json!(before.bar.close));
        }
    }
    meta
}

/// The second of the last trade: now while the session runs, else a second after its bell.
fn last_trade(last: &Row, now: Timestamp) -> i64 {
    session_hours(last.bar.date)
        .map_or(last.stamp, |hours| (hours.close.as_second() + 1).min(now.as_second()))
}

/// The session under way or the next one, with the hours before and after it.
fn trading_period(now: Timestamp) -> Value {
    let today = date_in_new_york(now);
    let is_over = |day: Date| moment(day, 20) <= now.as_second();
    let session = if is_session(today) && !is_over(today) {
        today
    } else {
        next_sessions(today, 1).first().copied().unwrap_or(today)
    };
    let zone = NEW_YORK.to_offset_info(now);
    let period = |start: i64, end: i64| {
        json!({
            "timezone": zone.abbreviation(), "start": start, "end": end, "gmtoffset": zone.offset().seconds()
        })
    };
    let (open, close) = session_hours(session).map_or((moment(session, 9), moment(session, 16)), |hours| {
        (hours.open.as_second(), hours.close.as_second())
    });
    json!({
        "pre": period(moment(session, 4), open),
        "regular": period(open, close),
        "post": period(close, moment(session, 20)),
    })
}

fn moment(day: Date, hour: i8) -> i64 {
    let zoned = day.to_datetime(time(hour, 0, 0, 0)).to_zoned(NEW_YORK.clone());
    zoned.map_or(0, |zoned| zoned.timestamp().as_second())
}

fn events(stock: &StockSeries, shown: &[Row]) -> Option<Value> {
    let stamp_of = |day: Date| shown.iter().find(|row| row.bar.date == day).map(|row| row.stamp);
    let mut dividends = Map::new();
    for &(day, amount) in &stock.dividends {
        if let Some(stamp) = stamp_of(day) {
            dividends.insert(stamp.to_string(), json!({ "amount": amount, "date": stamp }));
        }
    }
    let mut splits = Map::new();
    for split in &stock.splits {
        if let Some(stamp) = stamp_of(split.date) {
            let ratio = format!("{}:{}", split.numerator, split.denominator);
            let (numerator, denominator) = (split.numerator, split.denominator);
            splits.insert(
                stamp.to_string(),
                json!({
                    "date": stamp, "numerator": numerator, "denominator": denominator, "splitRatio": ratio
                }),
            );
        }
    }
    let mut events = Map::new();
    for (name, group) in [("dividends", dividends), ("splits", splits)] {
        if !group.is_empty() {
            events.insert(name.to_owned(), Value::Object(group));
        }
    }
    (!events.is_empty()).then_some(Value::Object(events))
}
