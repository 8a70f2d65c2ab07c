//! A market at a known moment, and a client that follows no redirects.

use jiff::Timestamp;
use market_sim::{SimConfig, StandInMarket};
use reqwest::redirect::Policy;
use serde_json::Value;
use service_runtime::Clock;

/// A Friday after the close.
pub(crate) const FRIDAY_NIGHT: &str = "2026-11-21T03:00:00Z";

pub(crate) fn config_at(now: &str) -> SimConfig {
    let now: Timestamp = now.parse().expect("a moment");
    SimConfig { clock: Some(Clock::fixed(now)), record_requests: true, ..SimConfig::default() }
}

pub(crate) async fn market_at(now: &str) -> StandInMarket {
    StandInMarket::start_with(config_at(now)).await
}

pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(Policy::none()).build().expect("a client")
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

pub(crate) async fn get(market: &StandInMarket, path: &str) -> Answer {
    answer(client().get(format!("{}{path}", market.url()))).await
}

pub(crate) async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let headers = response.headers().clone();
    let content_type =
        headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    Answer {
        status: response.status().as_u16(),
        content_type,
        headers,
        body: response.text().await.expect("a body"),
    }
}

/// Seconds of a UTC midnight.
pub(crate) fn midnight(day: &str) -> i64 {
    let day: jiff::civil::Date = day.parse().expect("a day");
    day.to_zoned(jiff::tz::TimeZone::UTC).expect("within range").timestamp().as_second()
}

/// Yahoo's path for some days, the last one included.
pub(crate) fn chart(symbol: &str, first: &str, last: &str) -> String {
    let (start, end) = (midnight(first), midnight(last) + 86_400);
    format!("/v8/finance/chart/{symbol}?period1={start}&period2={end}&interval=1d&events=div%7Csplit")
}
