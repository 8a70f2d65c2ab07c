//! Views of a company's article in the English Wikipedia, by day (Wikimedia's pageviews API).
//!
//! A measure of attention like search interest, but another one: the model was not trained on it, so it is only shown.

mod articles;

use exchange_calendar::last_settled;
use forecast_types::CountDay;
use futures_util::future::BoxFuture;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use reqwest::header::{HeaderValue, USER_AGENT};
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::check::is_count;
use crate::fetch::exchange;
use crate::json::{read_json, read_rows};
use crate::{
    CountSeries, Days, Gate, Http, Moment, Provide, Provider, SearchSeries, SourceError, StockDays, Values,
    refusal,
};

pub use articles::{Articles, parse_article};

/// A day is counted about 24 hours after its end. Asked earlier, its absence would be cached there for another day.
const DAYS_UNTIL_COUNTED: i64 = 2;

/// Asks Wikimedia for pageviews.
#[derive(Debug)]
pub struct Wikipedia {
    http: Http,
    base: Url,
    agent: HeaderValue,
    gate: Gate,
    articles: Articles,
}

impl Wikipedia {
    /// Makes a client; `base` is the address without the path, such as `https://wikimedia.org`, and `agent` says who
    /// asks.
    #[must_use]
    pub fn new(http: Http, base: Url, agent: HeaderValue, gate: Gate, articles: Articles) -> Self {
        Self { http, base, agent, gate, articles }
    }

    async fn views(&self, wanted: &StockDays, moment: Moment) -> Result<CountSeries, SourceError> {
        let days = Days { last: counted_through(wanted.days, moment.now), ..wanted.days };
        if days.last < days.first {
            return Err(SourceError::NoData);
        }
        let article = self.articles.title(wanted, moment).await?;
        let url = address(&self.base, &article, days);
        self.gate
            .run(moment, || async {
                let request = self.http.get(url.clone()).header(USER_AGENT, self.agent.clone());
                let answer = exchange(request, moment.deadline).await?;
                refusal::check(&answer, self.gate.breaker(), moment.now)?;
                match answer.status.as_u16() {
                    200 => parse_views(&answer.body, &article, days),
                    // Said of titles that do not exist and of days that are not counted yet; never zero views.
                    404 => Err(SourceError::NoData),
                    300..=399 => Err(SourceError::malformed("a redirect instead of data")),
                    status => Err(SourceError::ServerError(status)),
                }
            })
            .await
    }
}

impl Provide<SearchSeries> for Wikipedia {
    fn provider(&self) -> Provider {
        Provider::Wikipedia
    }

    fn ask<'a>(
        &'a self,
        wanted: &'a StockDays,
        moment: Moment,
    ) -> BoxFuture<'a, Result<Values<SearchSeries>, SourceError>> {
        Box::pin(async move { self.views(wanted, moment).await.map(Values::Shown) })
    }
}

/// The last day that is counted, or was at the end of days that lie in the past: a forecast of the past must not know
/// more than it could have known.
fn counted_through(days: Days, now: Timestamp) -> Date {
    let before = |day: Date| day.saturating_sub(DAYS_UNTIL_COUNTED.days());
    if days.last < last_settled(now) {
        before(days.last)
    } else {
        days.last.min(before(TimeZone::UTC.to_datetime(now).date()))
    }
}

/// Titles have underscores for blanks; everything else is escaped, slashes and ampersands included.
fn address(base: &Url, article: &str, days: Days) -> Url {
    let mut url = base.clone();
    let day = |day: Date| day.strftime("%Y%m%d").to_string();
    let title: String = byte_serialize(article.as_bytes()).collect();
    url.set_path(&format!(
        "{}/api/rest_v1/metrics/pageviews/per-article/en.wikipedia/all-access/user/{title}/daily/{}/{}",
        base.path().trim_end_matches('/'),
        day(days.first),
        day(days.last),
    ));
    url
}

#[derive(Deserialize)]
struct Answer {
    items: Box<RawValue>,
}

#[derive(Deserialize)]
struct Item {
    article: String,
    timestamp: String,
    views: f64,
}

/// Reads the views of an article within `days`.
///
/// # Errors
/// [`SourceError::NoData`] where no day has any, [`SourceError::Malformed`] for another article or form.
pub fn parse_views(body: &[u8], article: &str, days: Days) -> Result<CountSeries, SourceError> {
    let (items, mut odd) = read_rows::<Item>(&read_json::<Answer>(body)?.items)?;
    let mut views = std::collections::BTreeMap::new();
    for Item { article: title, timestamp, views: count } in items {
        if title != article {
            return Err(SourceError::malformed("another article than the one asked for"));
        }
        // `2020010100`: the last two digits are the hour.
        let date = timestamp.get(..8).and_then(|day| Date::strptime("%Y%m%d", day).ok());
        match date {
            Some(date) if is_count(count) => drop(views.insert(date, count)),
            _ => odd += 1,
        }
    }
    let counted = views.into_iter().filter(|(date, _)| days.contains(*date));
    let days: Vec<CountDay> = counted.map(|(date, count)| CountDay { date, count }).collect();
    if days.is_empty() {
        return Err(SourceError::NoData);
    }
    let partial_reason = (odd > 0).then(|| "some days came with impossible values".to_owned());
    Ok(CountSeries { days, partial_reason })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_is_asked_for_once_it_is_counted() {
        let days = |last| Days { first: date(2026, 6, 1), last };
        for (last, now, through) in [
            // Friday's evening, Saturday and Sunday.
            (date(2026, 11, 20), "2026-11-20T22:00:00Z", date(2026, 11, 18)),
            (date(2026, 11, 20), "2026-11-21T22:00:00Z", date(2026, 11, 19)),
            (date(2026, 11, 20), "2026-11-22T22:00:00Z", date(2026, 11, 20)),
            (date(2026, 11, 20), "2026-11-23T14:00:00Z", date(2026, 11, 20)),
            // A forecast of the past knows what was known then.
            (date(2026, 10, 2), "2026-11-20T22:00:00Z", date(2026, 9, 30)),
        ] {
            assert_eq!(counted_through(days(last), now.parse().unwrap()), through, "{now}");
        }
    }

    #[test]
    fn a_title_is_one_escaped_part_of_the_address() {
        let base = "https://wikimedia.org".parse().unwrap();
        let days = Days { first: date(2026, 9, 1), last: date(2026, 10, 5) };
        let path =
            "https://wikimedia.org/api/rest_v1/metrics/pageviews/per-article/en.wikipedia/all-access/user";
        for (title, escaped) in
            [("Apple_Inc.", "Apple_Inc."), ("AT&T", "AT%26T"), ("A/B_(é)", "A%2FB_%28%C3%A9%29")]
        {
            let url = address(&base, title, days);
            assert_eq!(url.as_str(), format!("{path}/{escaped}/daily/20260901/20261005"));
        }
    }
}
