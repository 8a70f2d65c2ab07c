//! Wikimedia: the views of an article by day, and which article is about a company.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use forecast_types::Symbol;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use stock_list::Listing;

use super::{Parameters, respond, to_json};
use crate::market::Market;

const JSON: &str = "application/json; charset=utf-8";
/// A day is counted once it has been over for as long.
const DAYS_UNTIL_COUNTED: i64 = 2;

/// Refuses a browser: programs have to say who they are.
pub(crate) fn refusal(headers: &HeaderMap) -> Option<Response> {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    (!agent.starts_with("Fortnight/")).then(|| {
        respond(
            403,
            "text/plain",
            "Please set a user-agent and respect our robot policy https://w.wiki/4wJS.",
        )
    })
}

/// The variable parts of an address of pageviews.
#[derive(Deserialize)]
pub(crate) struct Asked {
    article: String,
    start: String,
    end: String,
}

/// Answers `GET /api/rest_v1/metrics/pageviews/per-article/en.wikipedia/all-access/user/{article}/daily/{start}/{end}`.
pub(crate) fn views(market: &Market, asked: &Asked, now: Timestamp) -> Response {
    let day = |text: &str| text.get(..8).and_then(|text| Date::strptime("%Y%m%d", text).ok());
    let (Some(first), Some(last)) = (day(&asked.start), day(&asked.end)) else {
        return respond(
            400,
            JSON,
            r#"{"status":400,"title":"Bad Request","detail":"start and end must be dates"}"#,
        );
    };
    let counted = TimeZone::UTC.to_datetime(now).date().saturating_sub(DAYS_UNTIL_COUNTED.days());
    let views = market
        .company_of(&asked.article)
        .map_or_else(Vec::new, |listing| market.views(&listing.symbol, first, last.min(counted)));
    let items: Vec<Item<'_>> = views
        .iter()
        // Days without a view have no row.
        .filter(|(_, views)| *views > 0)
        .map(|&(date, views)| Item {
            project: "en.wikipedia",
            article: &asked.article,
            granularity: "daily",
            timestamp: date.strftime("%Y%m%d00").to_string(),
            access: "all-access",
            agent: "user",
            views,
        })
        .collect();
    if items.is_empty() {
        return respond(404, JSON, NO_VIEWS);
    }
    respond(200, JSON, to_json(&Items { items }))
}

/// Said of titles that do not exist and of days that are not counted yet alike.
const NO_VIEWS: &str = r#"{"detail":"The date(s) you used are valid, but we either do not have data for those date(s), or the project you asked for is not loaded yet. Please check documentation for more information.","method":"get","status":404,"title":"Not Found","type":"about:blank"}"#;

#[derive(Serialize)]
struct Items<'a> {
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    project: &'static str,
    article: &'a str,
    granularity: &'static str,
    timestamp: String,
    access: &'static str,
    agent: &'static str,
    views: u32,
}

/// Answers `GET /sparql`: the article about the company whose number or ticker stands between quotes in the query.
pub(crate) fn sparql(market: &Market, query: Option<&str>) -> Response {
    let query = Parameters::of(query);
    let query = query.get("query").unwrap_or_default();
    let mut quoted = query.split('"').skip(1).step_by(2);
    let found = if query.contains("wdt:P5531") {
        quoted.find_map(|number| market.company(number.parse().ok()?))
    } else {
        quoted.find_map(|ticker| company_with(market, &Symbol::parse(ticker).ok()?))
    };
    let bindings = found.map(|listing| Binding {
        enwiki: Value {
            r#type: "uri",
            value: format!(
                "https://en.wikipedia.org/wiki/{}",
                form_urlencoded::byte_serialize(Market::article(listing).as_bytes()).collect::<String>()
            ),
        },
    });
    let answer = Answer {
        head: Head { vars: ["enwiki"] },
        results: Results { bindings: bindings.into_iter().collect() },
    };
    respond(200, "application/sparql-results+json;charset=utf-8", to_json(&answer))
}

fn company_with<'a>(market: &'a Market, symbol: &Symbol) -> Option<&'a Listing> {
    market.companies().map(|(_, listing)| listing).find(|listing| listing.symbol == *symbol)
}

#[derive(Serialize)]
struct Answer {
    head: Head,
    results: Results,
}

#[derive(Serialize)]
struct Head {
    vars: [&'static str; 1],
}

#[derive(Serialize)]
struct Results {
    bindings: Vec<Binding>,
}

#[derive(Serialize)]
struct Binding {
    enwiki: Value,
}

#[derive(Serialize)]
struct Value {
    r#type: &'static str,
    value: String,
}
