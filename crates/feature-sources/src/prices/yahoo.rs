//! Yahoo's chart API.

use forecast_types::Symbol;
use futures_util::future::BoxFuture;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::Url;

use super::{PriceSeries, answer};
use crate::fetch::exchange;
use crate::{Days, Gate, Http, Moment, Provide, Provider, SourceError, StockDays, Values, refusal, symbols};

/// Asks Yahoo for daily bars.
#[derive(Debug)]
pub struct YahooPrices {
    http: Http,
    base: Url,
    gate: Gate,
}

impl YahooPrices {
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
                    status => answer::parse(&answer.body, status, symbol, days, moment.now),
                }
            })
            .await
    }
}

impl Provide<PriceSeries> for YahooPrices {
    fn provider(&self) -> Provider {
        Provider::Yahoo
    }

    fn ask<'a>(
        &'a self,
        wanted: &'a StockDays,
        moment: Moment,
    ) -> BoxFuture<'a, Result<Values<PriceSeries>, SourceError>> {
        Box::pin(async move { self.fetch(&wanted.symbol, wanted.days, moment).await.map(Values::Trained) })
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
