//! Daily prices from Yahoo's chart API.

mod answer;
mod bars;
mod losses;
mod placeholders;
mod repair;
mod scale;
mod sessions;

use forecast_types::{DailyBar, Event, MovingPrice, Symbol};
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::fetch::exchange;
use crate::{Days, Gate, Http, Moment, SourceError, refusal, symbols};

pub use answer::parse;

/// What Yahoo says about one stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceSeries {
    /// Settled sessions, oldest first, one each; prices adjusted for splits.
    pub bars: Vec<DailyBar>,
    /// The latest price of a session under way.
    pub moving: Option<MovingPrice>,
    /// Splits and dividends among the bars' days, oldest first.
    pub events: Vec<Event>,
    /// ISO 4217 code of the prices' currency.
    pub currency: String,
    /// Whether it is an exchange-traded fund.
    #[serde(default)]
    pub is_fund: bool,
    /// What is missing or had to be corrected, for people; `None` where nothing was.
    pub partial_reason: Option<String>,
    /// Whether the newest settled session is missing, so that it is worth asking again soon.
    pub newest_is_pending: bool,
}

/// Asks Yahoo for daily bars.
#[derive(Debug)]
pub struct Prices {
    http: Http,
    base: Url,
    gate: Gate,
}

impl Prices {
    /// Makes a client; `base` is the address without the path, such as `https://query1.finance.yahoo.com`.
    #[must_use]
    pub fn new(http: Http, base: Url, gate: Gate) -> Self {
        Self { http, base, gate }
    }

    /// Returns the settled bars of some days.
    ///
    /// # Errors
    /// One variant of [`SourceError`] for each way Yahoo fails.
    pub async fn fetch(
        &self,
        symbol: &Symbol,
        days: Days,
        moment: Moment,
    ) -> Result<PriceSeries, SourceError> {
        let url = address(&self.base, symbol, days);
        self.gate
            .run(moment, || async {
                let answer = exchange(self.http.get(url.clone()), moment.deadline).await?;
                refusal::check(&answer, self.gate.breaker(), moment.now)?;
                match answer.status.as_u16() {
                    300..=399 => Err(SourceError::malformed("a redirect instead of data")),
                    status => parse(&answer.body, status, symbol, days, moment.now),
                }
            })
            .await
    }
}

/// The exact address asked; the symbol can change no other part of it.
fn address(base: &Url, symbol: &Symbol, days: Days) -> Url {
    let mut url = base.clone();
    url.path_segments_mut()
        .expect("the base address is checked to be http or https")
        .pop_if_empty()
        .extend(["v8", "finance", "chart", &symbols::yahoo(symbol)]);
    // `period2` is exclusive, and a bar is stamped within its UTC day.
    url.query_pairs_mut()
        .append_pair("period1", &utc_midnight(days.first).to_string())
        .append_pair("period2", &utc_midnight(days.last.saturating_add(1.day())).to_string())
        .append_pair("interval", "1d")
        .append_pair("events", "div|split")
        .append_pair("includePrePost", "false")
        .append_pair("includeAdjustedClose", "true");
    url
}

fn utc_midnight(day: Date) -> i64 {
    day.to_zoned(TimeZone::UTC).map_or(0, |midnight| midnight.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_address_is_as_yahoo_expects_it() {
        let base = "https://query1.finance.yahoo.com".parse().unwrap();
        let days = Days { first: date(2020, 1, 1), last: date(2020, 1, 2) };

        let url = address(&base, &Symbol::parse("brk.b").unwrap(), days);

        assert_eq!(
            url.as_str(),
            "https://query1.finance.yahoo.com/v8/finance/chart/BRK-B?period1=1577836800&period2=1578009600\
             &interval=1d&events=div%7Csplit&includePrePost=false&includeAdjustedClose=true"
        );
    }
}
