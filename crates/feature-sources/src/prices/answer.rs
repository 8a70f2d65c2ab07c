//! Reads a chart answer: what it is about, what it refuses, and the bars in it.

use exchange_calendar::NEW_YORK;
use forecast_types::{Event, EventKind, Symbol};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::Value;
use yahoo_finance_api::{Quote, YMetaData, YResponse, YahooError};

use super::PriceSeries;
use super::bars::sort_out;
use super::finish::finish;
use super::losses::Losses;
use super::repair::{Repairs, repair};
use super::scale::Split;
use super::sessions::Sessions;
use crate::check::is_price;
use crate::fetch::trim;
use crate::json::read_json;
use crate::{Days, Provider, SourceError, symbols};

/// What Yahoo names as the exchange of symbols it does not know, or does not know any more.
const UNKNOWN_EXCHANGE: &str = "YHD";
/// What it calls an exchange-traded fund.
const FUND: &str = "ETF";

/// Reads a chart answer: the settled sessions within `days` as of `now`.
///
/// The body is judged before the status, for the not-found form was seen under status 200 too.
///
/// # Errors
/// One variant of [`SourceError`] for each documented empty or error form, [`SourceError::Malformed`] for the rest.
pub fn parse(
    body: &[u8],
    status: u16,
    symbol: &Symbol,
    days: Days,
    now: Timestamp,
) -> Result<PriceSeries, SourceError> {
    let (response, quotes, repairs) = match read(body, symbol) {
        Ok(read) => read,
        Err(_) if status != 200 => return Err(SourceError::ServerError(status)),
        Err(error) => return Err(error),
    };
    if let Some(error) = &response.chart.error {
        return Err(rejection(error.code.as_deref(), error.description.as_deref(), status));
    }
    if status != 200 {
        return Err(SourceError::ServerError(status));
    }
    let meta = response.metadata().map_err(unusable)?;
    let has_no_rows = matches!(quotes, Err(YahooError::NoQuotes));
    if meta.exchange_name == UNKNOWN_EXCHANGE && (has_no_rows || meta.instrument_type != "EQUITY") {
        return Err(SourceError::UnknownSymbol);
    }
    check_instrument(&meta, symbol)?;
    let quotes = quotes.map_err(unusable)?;
    let (currency, unit) = currency(&meta);
    let sessions = Sessions::new(zone(&meta), days, now, &meta.current_trading_period.regular);

    let mut losses = Losses { zone_is_assumed: repairs.zone_is_assumed, ..Losses::default() };
    let (bars, moving) = sort_out(&quotes, &sessions, unit, &mut losses);
    if bars.is_empty() {
        return Err(match meta.exchange_name.as_str() {
            UNKNOWN_EXCHANGE => SourceError::UnknownSymbol,
            _ if repairs.has_unreadable_closes => {
                SourceError::malformed("the JSON is not of the documented form")
            }
            _ => SourceError::NoData,
        });
    }
    let stamps =
        response.chart.result.iter().flatten().filter_map(|block| block.timestamp.as_deref()).flatten();
    sessions.count_missing(stamps, &bars, &mut losses);
    let events = events(&response, &sessions, unit);
    let finished = finish(bars, &splits(&response, &sessions), &events, losses)?;
    Ok(PriceSeries {
        provider: Provider::Yahoo,
        bars: finished.bars,
        moving,
        events,
        currency,
        is_fund: meta.instrument_type == FUND,
        partial_reason: finished.partial_reason,
        newest_is_pending: finished.newest_is_pending,
    })
}

/// The answer, the bars in it, if any, and what had to be changed to read it.
type Read = (YResponse, Result<Vec<Quote>, YahooError>, Repairs);

fn read(body: &[u8], symbol: &Symbol) -> Result<Read, SourceError> {
    // One pass for a sound answer; one that needs repairs costs a second.
    if let Ok(response) = serde_json::from_slice::<YResponse>(trim(body)) {
        let quotes = response.quotes();
        if !matches!(quotes, Err(YahooError::DataInconsistency)) {
            return Ok((response, quotes, Repairs::default()));
        }
    }
    let mut answer: Value = read_json(body)?;
    let repairs = repair(&mut answer, &symbols::yahoo(symbol));
    let response = YResponse::from_json(answer).map_err(unusable)?;
    let quotes = response.quotes();
    Ok((response, quotes, repairs))
}

fn unusable(error: YahooError) -> SourceError {
    match error {
        YahooError::NoQuotes => SourceError::NoData,
        YahooError::NoResult => SourceError::malformed("the answer holds neither prices nor an error"),
        YahooError::DataInconsistency => SourceError::malformed("the price series differ in length"),
        other => SourceError::malformed_by("the JSON is not of the documented form", other),
    }
}

fn rejection(code: Option<&str>, description: Option<&str>, status: u16) -> SourceError {
    let has = |text: Option<&str>, part: &str| text.is_some_and(|text| text.contains(part));
    if has(description, "Data doesn't exist") {
        return SourceError::BeforeListing;
    }
    if has(code, "Not Found") {
        // Under any other status it was seen for outages and empty windows too.
        return if status == 404 { SourceError::UnknownSymbol } else { SourceError::NoData };
    }
    if status == 200 {
        SourceError::malformed("an error instead of prices")
    } else {
        SourceError::ServerError(status)
    }
}

/// Yahoo gives old symbols to other instruments.
fn check_instrument(meta: &YMetaData, symbol: &Symbol) -> Result<(), SourceError> {
    if !meta.symbol.eq_ignore_ascii_case(&symbols::yahoo(symbol)) {
        return Err(SourceError::OtherInstrument("another symbol".to_owned()));
    }
    match meta.instrument_type.as_str() {
        "EQUITY" | FUND => Ok(()),
        "MUTUALFUND" => Err(SourceError::OtherInstrument("a mutual fund".to_owned())),
        "CRYPTOCURRENCY" => Err(SourceError::OtherInstrument("a crypto currency".to_owned())),
        "INDEX" => Err(SourceError::OtherInstrument("an index".to_owned())),
        _ => Err(SourceError::OtherInstrument("another kind of instrument".to_owned())),
    }
}

/// The currency and what one unit of the answer is in it; some quotations are in hundredths.
fn currency(meta: &YMetaData) -> (String, f64) {
    match meta.currency.as_deref().map(str::trim) {
        Some("GBp" | "GBX") => ("GBP".to_owned(), 0.01),
        Some("ZAc") => ("ZAR".to_owned(), 0.01),
        Some("ILA") => ("ILS".to_owned(), 0.01),
        Some(code) if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            (code.to_owned(), 1.0)
        }
        // Null for some listings; the exchanges of this service quote in dollars.
        _ => ("USD".to_owned(), 1.0),
    }
}

fn zone(meta: &YMetaData) -> TimeZone {
    if meta.exchange_timezone_name == "America/New_York" {
        return NEW_YORK.clone();
    }
    TimeZone::get(&meta.exchange_timezone_name).unwrap_or_else(|_| {
        match Offset::from_seconds(meta.gmtoffset) {
            // What New York is at, one half of the year or the other.
            Ok(offset) if !(-5..=-4).contains(&offset.seconds().div_euclid(3_600)) => TimeZone::fixed(offset),
            _ => NEW_YORK.clone(),
        }
    })
}

fn splits(response: &YResponse, sessions: &Sessions) -> Vec<Split> {
    let splits = response.splits().unwrap_or_default();
    let split = |split: yahoo_finance_api::Split| {
        let factor = split.denominator / split.numerator;
        Some(Split { date: sessions.date(split.date)?, factor })
    };
    splits.into_iter().filter_map(split).collect()
}

fn events(response: &YResponse, sessions: &Sessions, unit: f64) -> Vec<Event> {
    let known = |second: i64| {
        sessions.date(second).filter(|&date| sessions.days.contains(date) && date <= sessions.settled)
    };
    let splits = response.splits().unwrap_or_default().into_iter().filter_map(|split| {
        let plain = split.split_ratio.len() <= 20
            && split.split_ratio.bytes().all(|byte| byte.is_ascii_digit() || b":./".contains(&byte));
        let date = known(split.date).filter(|_| plain)?;
        Some(Event { date, kind: EventKind::Split { ratio: split.split_ratio } })
    });
    let dividends = response.dividends().unwrap_or_default().into_iter().filter_map(|dividend| {
        let amount = dividend.amount * unit;
        let date = known(dividend.date).filter(|_| is_price(amount))?;
        Some(Event { date, kind: EventKind::Dividend { amount } })
    });
    let mut all: Vec<Event> = splits.chain(dividends).collect();
    all.sort_by_key(|event| event.date);
    all
}

#[cfg(test)]
mod tests;
