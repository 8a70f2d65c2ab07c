//! How often stocks were mentioned on Reddit and similar boards within 24 hours (`ApeWisdom`).
//!
//! Its list has no history and no sentiment: what it says about today and yesterday is kept, so days add up while the
//! program runs. The model was trained on tweets, so mentions are only shown.

use std::collections::{BTreeMap, HashMap};

use exchange_calendar::date_in_new_york;
use forecast_types::CountDay;
use futures_util::future::BoxFuture;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use reqwest::header::{HeaderValue, USER_AGENT};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use tokio::time::timeout_at;
use url::Url;

use crate::fetch::exchange;
use crate::json::{read_json, read_rows};
use crate::{
    CountSeries, Gate, Http, Moment, Provide, Provider, SentimentSeries, SourceError, StockDays, Values,
    refusal, symbols,
};

/// The list changes all the time; one for all stocks serves this long.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(1);
/// A hundred stocks each. Those further down are hardly mentioned.
const MOST_PAGES: u32 = 10;
const MOST_DAYS: i32 = 180;

/// Mentions by ticker.
type Mentions = HashMap<String, f64>;

/// Asks `ApeWisdom`.
#[derive(Debug)]
pub struct Apewisdom {
    http: Http,
    base: Url,
    agent: HeaderValue,
    gate: Gate,
    /// Held while the list is fetched, so that it is fetched once.
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    fetched: Option<Timestamp>,
    days: BTreeMap<Date, Mentions>,
}

impl Apewisdom {
    /// Makes a client; `base` is the address without the path, such as `https://apewisdom.io`, and `agent` says who asks.
    #[must_use]
    pub fn new(http: Http, base: Url, agent: HeaderValue, gate: Gate) -> Self {
        Self { http, base, agent, gate, kept: Mutex::default() }
    }

    async fn mentions(&self, wanted: &StockDays, moment: Moment) -> Result<CountSeries, SourceError> {
        let StockDays { symbol, days, .. } = wanted;
        let today = date_in_new_york(moment.now);
        let mut kept = timeout_at(moment.deadline, self.kept.lock()).await.map_err(|_| SourceError::Late)?;
        let is_fresh = |fetched| moment.now.duration_since(fetched) < KEPT_FOR;
        // Days that are over are not in the list any more.
        if days.last >= today.saturating_sub(1.day()) && !kept.fetched.is_some_and(is_fresh) {
            let rows = self.list(moment).await?;
            kept.add(&rows, today);
            kept.fetched = Some(moment.now);
        }
        let ticker = symbols::yahoo(symbol);
        let of_days = kept.days.range(days.first..=days.last);
        let found =
            of_days.filter_map(|(&date, mentions)| Some(CountDay { date, count: *mentions.get(&ticker)? }));
        let found: Vec<CountDay> = found.collect();
        let first = found.first().ok_or(SourceError::NoData)?.date;
        let partial_reason = (first > days.first).then(|| format!("counted since {first}"));
        Ok(CountSeries { days: found, partial_reason })
    }

    /// Fetches the whole list, page by page.
    async fn list(&self, moment: Moment) -> Result<Vec<Row>, SourceError> {
        let mut rows = Vec::new();
        for number in 1..=MOST_PAGES {
            let page = self.page(number, moment).await?;
            rows.extend(page.rows);
            if number >= page.pages {
                break;
            }
        }
        Ok(rows)
    }

    async fn page(&self, number: u32, moment: Moment) -> Result<Page, SourceError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("the base address is checked to be http or https")
            .pop_if_empty()
            .extend(["api", "v1.0", "filter", "all-stocks", "page", &number.to_string()]);
        self.gate
            .run(moment, || async {
                let request = self.http.get(url.clone()).header(USER_AGENT, self.agent.clone());
                let answer = exchange(request, moment.deadline).await?;
                refusal::check(&answer, self.gate.breaker(), moment.now)?;
                match answer.status.as_u16() {
                    200 => parse_page(&answer.body),
                    300..=399 => Err(SourceError::malformed("a redirect instead of data")),
                    status => Err(SourceError::ServerError(status)),
                }
            })
            .await
    }
}

impl Kept {
    fn add(&mut self, rows: &[Row], today: Date) {
        let yesterday = today.saturating_sub(1.day());
        // What was counted when a day was over, and not while it lasted, replaces what was known.
        let over =
            rows.iter().filter_map(|row| Some((row.ticker.clone(), row.mentions_24h_ago.as_ref()?.value()?)));
        self.days.insert(yesterday, over.collect());
        let so_far = rows.iter().filter_map(|row| Some((row.ticker.clone(), row.mentions.value()?)));
        self.days.insert(today, so_far.collect());
        self.days.retain(|&day, _| day >= today.saturating_sub(MOST_DAYS.days()));
    }
}

impl Provide<SentimentSeries> for Apewisdom {
    fn provider(&self) -> Provider {
        Provider::Apewisdom
    }

    fn ask<'a>(
        &'a self,
        wanted: &'a StockDays,
        moment: Moment,
    ) -> BoxFuture<'a, Result<Values<SentimentSeries>, SourceError>> {
        Box::pin(async move { self.mentions(wanted, moment).await.map(Values::Shown) })
    }
}

/// One page of the list.
#[derive(Debug)]
pub struct Page {
    pages: u32,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Answer {
    pages: Count,
    results: Box<RawValue>,
}

#[derive(Debug, Deserialize)]
struct Row {
    ticker: String,
    mentions: Count,
    #[serde(default)]
    mentions_24h_ago: Option<Count>,
}

/// Written as a number or as a text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Count {
    Number(u32),
    Text(String),
}

impl Count {
    fn value(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(f64::from(*number)),
            Self::Text(text) => text.trim().parse::<u32>().ok().map(f64::from),
        }
    }
}

/// Reads a page of the list.
///
/// # Errors
/// [`SourceError::Malformed`] where the page or every row is of another form.
pub fn parse_page(body: &[u8]) -> Result<Page, SourceError> {
    let odd = || SourceError::malformed("the JSON is not of the documented form");
    let answer: Answer = read_json(body)?;
    let pages = answer.pages.value().ok_or_else(odd)?;
    let (mut rows, _) = read_rows::<Row>(&answer.results)?;
    let is_empty = rows.is_empty();
    rows.retain(|row| row.mentions.value().is_some());
    if rows.is_empty() && !is_empty {
        return Err(odd());
    }
    Ok(Page { pages: pages as u32, rows })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn numbers_may_be_texts_and_what_was_a_day_ago_unknown() {
        let page = parse_page(
            br#"{"count":3,"pages":"1","current_page":1,"results":[
            {"rank":1,"ticker":"MU","name":"Micron","mentions":1338,"upvotes":5857,"rank_24h_ago":1,"mentions_24h_ago":2503},
            {"rank":"2","ticker":"SPY","name":"S&amp;P","mentions":"12","mentions_24h_ago":null},
            {"rank":3,"ticker":7}]}"#,
        )
        .unwrap();
        let mut kept = Kept::default();
        kept.add(&page.rows, date(2026, 11, 23));
        let on = |day, ticker: &str| kept.days[&date(2026, 11, day)].get(ticker).copied();
        assert_eq!((page.pages, on(23, "MU"), on(22, "MU")), (1, Some(1338.0), Some(2503.0)));
        assert_eq!((on(23, "SPY"), on(22, "SPY")), (Some(12.0), None));
    }

    #[test]
    fn an_empty_list_is_sound_and_other_forms_are_not() {
        assert!(parse_page(br#"{"pages":1,"results":[]}"#).is_ok());
        for odd in
            ["[]", "{}", r#"{"pages":1,"results":[{"ticker":1}]}"#, r#"{"pages":"about 1","results":[]}"#]
        {
            assert!(parse_page(odd.as_bytes()).is_err(), "{odd}");
        }
    }
}
