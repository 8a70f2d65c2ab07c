//! From a chart answer to settled bars.

use exchange_calendar::{
    NEW_YORK, date_in_new_york, is_session, last_settled, previous_session, session_hours,
};
use forecast_types::{DailyBar, Event, EventKind, MovingPrice, Symbol};
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use yahoo_finance_api::{Quote, YMetaData, YResponse, YahooError};

use super::PriceSeries;
use super::mend::mend;
use crate::fetch::{read_json, trim};
use crate::{Days, SourceError, symbols};

/// So long after the close a bar may still lack the last trades: quotations are delayed by a quarter of an hour on
/// some exchanges. A stock that simply was not traded near the close has its bar stamped early for good.
const AFTERMATH: SignedDuration = SignedDuration::from_mins(20);
/// More than any session and its aftermath.
const DAY_SECONDS: i64 = 86_400;
const EASTERN_SUMMER: Offset = Offset::constant(-4);

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
    let (response, quotes) = match read(body) {
        Ok(read) => read,
        Err(_) if status != 200 => return Err(SourceError::ServerError(status)),
        Err(error) => return Err(error),
    };
    if let Some(error) = &response.chart.error {
        return Err(refusal(error.code.as_deref(), error.description.as_deref(), status));
    }
    if status != 200 {
        return Err(SourceError::ServerError(status));
    }
    let meta = response.metadata().map_err(unusable)?;
    check_instrument(&meta, symbol)?;
    let quotes = quotes.map_err(unusable)?;
    let (currency, unit) = currency(&meta);
    let zone = zone(&meta);
    let is_new_york = zone == *NEW_YORK;
    let sessions = Sessions { zone, is_new_york, days, now, settled: settled(&meta, now) };

    let mut lacking = Lacking::default();
    let (kept, moving) = sort_out(&quotes, &sessions, unit, &mut lacking);
    if kept.is_empty() {
        return Err(SourceError::NoData);
    }
    let newest_due = sessions.newest_due();
    let newest = kept.last().map(|bar| bar.date);
    let newest_is_pending = newest < Some(newest_due);
    if newest_is_pending {
        lacking.newest = Some(newest_due);
    }
    let events = events(&response, &sessions, unit);
    let bars = with_adjusted_closes(kept, &events, &mut lacking);
    Ok(PriceSeries { bars, moving, events, currency, lacking: lacking.told(), newest_is_pending })
}

/// The answer and the bars in it, if any.
fn read(body: &[u8]) -> Result<(YResponse, Result<Vec<Quote>, YahooError>), SourceError> {
    // One pass for a sound answer; a mended one costs a second.
    if let Ok(response) = serde_json::from_slice::<YResponse>(trim(body)) {
        let quotes = response.quotes();
        if !matches!(quotes, Err(YahooError::DataInconsistency)) {
            return Ok((response, quotes));
        }
    }
    let mut answer: Value = read_json(body)?;
    mend(&mut answer);
    let response = YResponse::from_json(answer).map_err(unusable)?;
    let quotes = response.quotes();
    Ok((response, quotes))
}

fn unusable(error: YahooError) -> SourceError {
    match error {
        YahooError::NoQuotes => SourceError::NoData,
        YahooError::NoResult => SourceError::malformed("the answer holds neither prices nor an error"),
        YahooError::DataInconsistency => SourceError::malformed("the price series differ in length"),
        other => SourceError::malformed_by("the JSON is not of the documented form", other),
    }
}

fn refusal(code: Option<&str>, description: Option<&str>, status: u16) -> SourceError {
    let said = |text: Option<&str>, part: &str| text.is_some_and(|text| text.contains(part));
    if said(description, "Data doesn't exist") {
        return SourceError::BeforeListing;
    }
    if said(code, "Not Found") {
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
        "EQUITY" => Ok(()),
        "ETF" => Err(SourceError::OtherInstrument("an exchange-traded fund".to_owned())),
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
        Offset::from_seconds(meta.gmtoffset).map_or_else(|_| NEW_YORK.clone(), TimeZone::fixed)
    })
}

/// The last settled session: by the calendar, unless Yahoo says that this very session still runs.
fn settled(meta: &YMetaData, now: Timestamp) -> Date {
    let by_calendar = last_settled(now);
    let period = &meta.current_trading_period.regular;
    let at = |second: u32| Timestamp::from_second(i64::from(second)).unwrap_or(Timestamp::UNIX_EPOCH);
    let (start, end) = (at(period.start), at(period.end));
    let runs = start <= now && now < end && date_in_new_york(start) == by_calendar;
    if runs { previous_session(by_calendar) } else { by_calendar }
}

/// Which days count, and how a bar's stamp becomes a day.
struct Sessions {
    zone: TimeZone,
    is_new_york: bool,
    days: Days,
    now: Timestamp,
    settled: Date,
}

impl Sessions {
    fn date(&self, second: i64) -> Option<Date> {
        let stamp = Timestamp::from_second(second).ok()?;
        if !self.is_new_york {
            return Some(self.zone.to_datetime(stamp).date());
        }
        // Whether the clocks are four or five hours behind matters for an hour of the night only; nothing trades then.
        let [summer, winter] = [4, 5].map(|hours| (second - hours * 3_600).div_euclid(DAY_SECONDS));
        let local =
            if summer == winter { EASTERN_SUMMER.to_datetime(stamp) } else { self.zone.to_datetime(stamp) };
        Some(local.date())
    }

    /// Says whether a bar is stamped with a trade before its session's close, which has only just been.
    fn is_unfinished(&self, second: i64, date: Date) -> bool {
        // Only the newest can be; the hours of all the others need not be worked out.
        if self.now.as_second() - second > DAY_SECONDS {
            return false;
        }
        session_hours(date).is_some_and(|hours| {
            let within = hours.open.as_second() < second && second < hours.close.as_second();
            within && self.now.duration_since(hours.close) < AFTERMATH
        })
    }

    fn newest_due(&self) -> Date {
        let last = self.days.last.min(self.settled);
        if is_session(last) { last } else { previous_session(last) }
    }
}

/// What people are told about an answer that lacks something.
#[derive(Default)]
struct Lacking {
    unusable_bars: u32,
    newest: Option<Date>,
    adjusted_closes: u32,
}

impl Lacking {
    fn told(&self) -> Option<String> {
        let mut parts = Vec::new();
        if let Some(newest) = self.newest {
            parts.push(format!("the session of {newest} is not available yet"));
        }
        if self.unusable_bars > 0 {
            parts.push(format!("{} sessions came without usable prices", self.unusable_bars));
        }
        if self.adjusted_closes > 0 {
            parts.push(format!(
                "{} adjusted closes were absent and worked out from the dividends",
                self.adjusted_closes
            ));
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// Keeps one bar a settled session; of two for the same day the later one, which was stamped after the close.
///
/// An adjusted close of 0 stands for a missing one until [`with_adjusted_closes`].
fn sort_out(
    quotes: &[Quote],
    sessions: &Sessions,
    unit: f64,
    lacking: &mut Lacking,
) -> (Vec<DailyBar>, Option<MovingPrice>) {
    let today = date_in_new_york(sessions.now);
    let mut kept: Vec<DailyBar> = Vec::with_capacity(quotes.len());
    let mut moving = None;
    for quote in quotes {
        let Some(date) = sessions.date(quote.timestamp).filter(|&date| sessions.days.contains(date)) else {
            continue;
        };
        if !is_session(date) {
            continue;
        }
        if date > sessions.settled || sessions.is_unfinished(quote.timestamp, date) {
            let price = quote.close * unit;
            if date == today && is_price(price) {
                moving = Some(MovingPrice { date, price });
            }
            continue;
        }
        match bar(quote, date, unit) {
            // In order but for the odd row that comes twice.
            Some(bar) => match kept.partition_point(|held| held.date < date) {
                at if kept.get(at).is_some_and(|held| held.date == date) => kept[at] = bar,
                at => kept.insert(at, bar),
            },
            None => lacking.unusable_bars += 1,
        }
    }
    (kept, moving)
}

fn is_price(price: f64) -> bool {
    // Beyond these a ratio of two prices may overflow the model's 32-bit numbers.
    (1e-6..1e9).contains(&price)
}

fn bar(quote: &Quote, date: Date, unit: f64) -> Option<DailyBar> {
    let [open, high, low, close] = [quote.open, quote.high, quote.low, quote.close].map(|price| price * unit);
    if ![open, high, low, close].into_iter().all(is_price) {
        return None;
    }
    let adjusted = quote.adjclose * unit;
    Some(DailyBar {
        date,
        open,
        // Rounding upstream was seen to leave the close a hair outside.
        high: high.max(open).max(close),
        low: low.min(open).min(close),
        close,
        adjusted_close: if is_price(adjusted) { adjusted } else { 0.0 },
        volume: quote.volume,
    })
}

/// Works out absent adjusted closes from the newest bar back: a dividend on the next session lowers the factor by
/// its share of this session's close. Source: CRSP, "Data Definitions", adjustment factors.
fn with_adjusted_closes(mut bars: Vec<DailyBar>, events: &[Event], lacking: &mut Lacking) -> Vec<DailyBar> {
    let dividend_on = |date: Date| -> f64 {
        let amount = |event: &Event| match event.kind {
            EventKind::Dividend { amount } if event.date == date => amount,
            _ => 0.0,
        };
        events.iter().map(amount).sum()
    };
    let mut factor = 1.0;
    let mut next: Option<Date> = None;
    for bar in bars.iter_mut().rev() {
        if bar.adjusted_close > 0.0 {
            factor = bar.adjusted_close / bar.close;
        } else {
            let paid = next.map_or(0.0, dividend_on) / bar.close;
            if paid < 1.0 {
                factor *= 1.0 - paid;
            }
            bar.adjusted_close = bar.close * factor;
            lacking.adjusted_closes += 1;
        }
        next = Some(bar.date);
    }
    bars
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
