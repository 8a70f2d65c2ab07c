//! Search interest from Google Trends: a cookie, then a token, then the data.

mod wire;

use std::sync::{Mutex, MutexGuard, PoisonError};

use forecast_types::{SearchDay, Symbol};
use futures_util::future::BoxFuture;
use reqwest::header::{CONTENT_LENGTH, COOKIE, HeaderMap, SET_COOKIE};
use serde::{Deserialize, Serialize};
use tokio::time::timeout_at;
use url::Url;

use crate::fetch::{Answer, exchange, exchange_head};
use crate::{Days, Gate, Http, Moment, Provide, Provider, SourceError, StockDays, Values, refusal, symbols};

pub use wire::{parse_explore, parse_timeline};

/// Language and country of every question.
const LANGUAGE: &str = "en-US";
const COUNTRY: &str = "US";

/// Search interest by calendar day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchSeries {
    /// Oldest first, one entry a day, 0..=100 within this answer.
    pub days: Vec<SearchDay>,
    /// What is missing, for people; `None` where nothing is.
    pub partial_reason: Option<String>,
}

/// Asks Google Trends for search interest.
#[derive(Debug)]
pub struct Searches {
    http: Http,
    base: Url,
    gate: Gate,
    /// The NID cookie, opaque; one serves all stocks.
    cookie: Mutex<Option<String>>,
    /// Held while a cookie is fetched, so that it is fetched once.
    fetching_cookie: tokio::sync::Mutex<()>,
}

impl Searches {
    /// Makes a client; `base` is the address without the path, such as `https://trends.google.com`.
    #[must_use]
    pub fn new(http: Http, base: Url, gate: Gate) -> Self {
        Self { http, base, gate, cookie: Mutex::default(), fetching_cookie: tokio::sync::Mutex::default() }
    }

    /// Returns the interest by calendar day; between 8 and 269 days, for which Trends answers by day.
    ///
    /// # Errors
    /// One variant of [`SourceError`] for each way Trends fails; no interest at all is [`SourceError::NoData`].
    pub async fn fetch(
        &self,
        symbol: &Symbol,
        days: Days,
        moment: Moment,
    ) -> Result<SearchSeries, SourceError> {
        let keyword = symbols::keyword(symbol);
        self.cookie(&keyword, moment).await?;
        let explore = explore_address(&self.base, &keyword, days);
        let widget = self.gate.run(moment, || self.explore(&explore, moment)).await?;
        let data = data_address(&self.base, &widget);
        let timeline = self
            .gate
            .run(moment, || async {
                let answer = exchange(self.http.get(data.clone()), moment.deadline).await?;
                self.checked(answer, moment)
            })
            .await?;
        parse_timeline(&timeline.body, days, moment.now)
    }

    /// Fetches the cookie if there is none. It is all that counts: the page's own status is an error as a rule.
    async fn cookie(&self, keyword: &str, moment: Moment) -> Result<(), SourceError> {
        if self.held_cookie().is_some() {
            return Ok(());
        }
        let _first =
            timeout_at(moment.deadline, self.fetching_cookie.lock()).await.map_err(|_| SourceError::Late)?;
        if self.held_cookie().is_some() {
            return Ok(());
        }
        let page = cookie_address(&self.base, keyword);
        let nid = self
            .gate
            .run(moment, || async {
                let answer = exchange_head(self.http.get(page.clone()), moment.deadline).await?;
                match nid(&answer.headers) {
                    // The page before a CAPTCHA also sets a cookie, but a useless one.
                    Some(nid) if !answer.status.is_redirection() => Ok(Some(nid)),
                    _ => refusal::check(&answer, self.gate.breaker(), moment.now).map(|()| None),
                }
            })
            .await?;
        // Without one the next step is tried anyway: its refusal sets one.
        *self.cookie_slot() = nid;
        Ok(())
    }

    /// The second step. A 429 that brings a new cookie asks for one more try with it; any other is a real limit.
    async fn explore(&self, url: &Url, moment: Moment) -> Result<wire::Widget, SourceError> {
        let mut answer = self.post(url, moment).await?;
        if answer.status.as_u16() == 429
            && let Some(nid) = nid(&answer.headers)
        {
            *self.cookie_slot() = Some(nid);
            let _slot = self.gate.admit(moment).await?;
            answer = self.post(url, moment).await?;
        }
        let answer = self.checked(answer, moment)?;
        parse_explore(&answer.body)
    }

    async fn post(&self, url: &Url, moment: Moment) -> Result<Answer, SourceError> {
        let mut request = self.http.post(url.clone()).header(CONTENT_LENGTH, 0);
        if let Some(cookie) = self.held_cookie() {
            request = request.header(COOKIE, format!("NID={cookie}"));
        }
        exchange(request, moment.deadline).await
    }

    /// Success is status 200 and JSON; everything else is HTML of one kind or another.
    fn checked(&self, answer: Answer, moment: Moment) -> Result<Answer, SourceError> {
        refusal::check(&answer, self.gate.breaker(), moment.now)?;
        match answer.status.as_u16() {
            200 if answer.is_json() => Ok(answer),
            200 if answer.trimmed().is_empty() => Err(SourceError::malformed("the body is empty")),
            200 => Err(SourceError::malformed("a web page instead of data")),
            300..=399 => Err(SourceError::malformed("a redirect instead of data")),
            status => Err(SourceError::ServerError(status)),
        }
    }

    fn held_cookie(&self) -> Option<String> {
        self.cookie_slot().clone()
    }

    fn cookie_slot(&self) -> MutexGuard<'_, Option<String>> {
        self.cookie.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Provide<SearchSeries> for Searches {
    fn provider(&self) -> Provider {
        Provider::GoogleTrends
    }

    fn ask<'a>(
        &'a self,
        wanted: &'a StockDays,
        moment: Moment,
    ) -> BoxFuture<'a, Result<Values<SearchSeries>, SourceError>> {
        Box::pin(async move { self.fetch(&wanted.symbol, wanted.days, moment).await.map(Values::Trained) })
    }
}

/// The value of a `Set-Cookie: NID=…`, if it is one that can be sent back.
fn nid(headers: &HeaderMap) -> Option<String> {
    headers.get_all(SET_COOKIE).iter().find_map(|value| {
        let value = value.to_str().ok()?.trim_start().strip_prefix("NID=")?;
        let value = value.split(';').next().unwrap_or_default().trim();
        let is_sound =
            (1..=4096).contains(&value.len()) && value.bytes().all(|byte| (0x21..0x7f).contains(&byte));
        is_sound.then(|| value.to_owned())
    })
}

fn cookie_address(base: &Url, keyword: &str) -> Url {
    let mut url = base.clone();
    path(&mut url, &["trends", "explore"]);
    url.query_pairs_mut().append_pair("q", keyword).append_pair("geo", COUNTRY).append_pair("hl", LANGUAGE);
    url
}

fn explore_address(base: &Url, keyword: &str, days: Days) -> Url {
    let question = serde_json::json!({
        "comparisonItem": [{ "keyword": keyword, "geo": COUNTRY, "time": format!("{} {}", days.first, days.last) }],
        "category": 0,
        "property": "",
    });
    let mut url = base.clone();
    path(&mut url, &["trends", "api", "explore"]);
    url.query_pairs_mut()
        .append_pair("hl", LANGUAGE)
        .append_pair("tz", "0")
        .append_pair("req", &question.to_string());
    url
}

fn data_address(base: &Url, widget: &wire::Widget) -> Url {
    let mut url = base.clone();
    path(&mut url, &["trends", "api", "widgetdata", "multiline"]);
    url.query_pairs_mut()
        .append_pair("hl", LANGUAGE)
        .append_pair("tz", "0")
        .append_pair("req", &widget.request)
        .append_pair("token", &widget.token);
    url
}

fn path(url: &mut Url, segments: &[&str]) {
    url.path_segments_mut()
        .expect("the base address is checked to be http or https")
        .pop_if_empty()
        .extend(segments);
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_three_addresses_are_as_trends_expects_them() {
        let base = "https://trends.google.com".parse().unwrap();
        let days = Days { first: date(2026, 9, 1), last: date(2026, 10, 5) };
        assert_eq!(
            cookie_address(&base, "AAPL").as_str(),
            "https://trends.google.com/trends/explore?q=AAPL&geo=US&hl=en-US"
        );

        let explore = explore_address(&base, "AAPL", days);
        assert_eq!(explore.path(), "/trends/api/explore");
        let pairs: Vec<_> = explore.query_pairs().into_owned().collect();
        let pair = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        assert_eq!((pair("hl"), pair("tz")), (Some("en-US"), Some("0")));
        let question: serde_json::Value = serde_json::from_str(pair("req").unwrap()).unwrap();
        let item = serde_json::json!({"keyword": "AAPL", "geo": "US", "time": "2026-09-01 2026-10-05"});
        assert_eq!(question, serde_json::json!({"comparisonItem": [item], "category": 0, "property": ""}));

        let request = r#"{"time":"2026-09-01 2026-10-05", "resolution":"DAY"}"#;
        let widget = wire::Widget { token: "APP6_/=".to_owned(), request: request.to_owned() };
        let data = data_address(&base, &widget);
        assert_eq!(data.path(), "/trends/api/widgetdata/multiline");
        let pairs: Vec<_> = data.query_pairs().into_owned().collect();
        assert!(pairs.contains(&("req".to_owned(), request.to_owned())), "byte for byte: the token signs it");
        assert!(pairs.contains(&("token".to_owned(), "APP6_/=".to_owned())));
    }

    #[test]
    fn the_cookie_is_opaque_but_never_breaks_a_header() {
        let headers = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(SET_COOKIE, "OTHER=1; path=/".parse().unwrap());
            headers.append(SET_COOKIE, value.parse().unwrap());
            headers
        };
        assert_eq!(nid(&headers("NID=511=a_b-c; expires=x; HttpOnly")).as_deref(), Some("511=a_b-c"));
        assert_eq!(nid(&headers("NID=; expires=x")), None);
        assert_eq!(nid(&headers("NID=a b; expires=x")), None);
    }
}
