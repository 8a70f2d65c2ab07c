//! Google Trends in its three steps: a cookie, a token that signs a request, the values.

mod question;
mod token;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use forecast_types::Symbol;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use self::question::{Question, Resolution};
use super::{Parameters, respond, to_json, utc_midnight};
use crate::market::Market;

const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// Answers `GET /trends/explore`: the page's status is an error, its cookie is what clients want.
pub(crate) fn page(seed: u64, now: Timestamp) -> Response {
    with_cookie(error(429), seed, now)
}

/// Answers `GET /trends/api/autocomplete/{term}`, the cheaper way to the cookie.
pub(crate) fn autocomplete(term: &str, seed: u64, now: Timestamp) -> Response {
    let body = json!({ "default": { "topics": [{ "mid": "/m/0k8z", "title": term, "type": "Topic" }] } });
    with_cookie(respond(200, JSON, format!(")]}}',\n{body}")), seed, now)
}

/// Answers `POST` or `GET /trends/api/explore`.
pub(crate) fn explore(headers: &HeaderMap, query: Option<&str>, seed: u64, now: Timestamp) -> Response {
    if !has_cookie(headers, seed) {
        return with_cookie(error(429), seed, now);
    }
    let Some(question) = Parameters::of(query).get("req").and_then(|req| Question::parse(req, now)) else {
        return error(400);
    };
    let request = question.widget_request();
    let map = json!({ "geo": {}, "resolution": "COUNTRY", "locale": "en-US" });
    let body = json!({
        "widgets": [
            {
                "request": request,
                "token": token::sign(&request, seed, now),
                "id": "TIMESERIES",
                "type": "fe_line_chart",
                "title": "Interest over time",
                "template": "fe",
                "embedTemplate": "fe_embed",
                "version": "1",
                "isLong": true,
                "isCurated": false,
                "lineAnnotationText": "Search interest",
                "showAverages": false,
            },
            { "request": map, "token": token::sign(&map, seed, now), "id": "GEO_MAP", "type": "fe_geo_chart" },
        ],
        "keywords": question.keywords.iter().map(|keyword| json!({ "keyword": keyword })).collect::<Vec<_>>(),
    });
    respond(200, JSON, format!(")]}}'\n{body}"))
}

/// Answers `GET /trends/api/widgetdata/multiline`; no cookie is needed, but the token must fit the request.
pub(crate) fn multiline(market: &Market, query: Option<&str>, seed: u64, now: Timestamp) -> Response {
    let query = Parameters::of(query);
    let request = query.get("req").and_then(|req| serde_json::from_str::<Value>(req).ok());
    let (Some(request), Some(given)) = (request, query.get("token")) else { return error(400) };
    if !token::fits(given, &request, seed, now) {
        return error(401);
    }
    let Some(question) = Question::of_widget(&request) else { return error(400) };
    let default = Timeline { timeline_data: points(market, &question, now), averages: [] };
    respond(200, JSON, format!(")]}}',\n{}", to_json(&Multiline { default })))
}

#[derive(Serialize)]
struct Multiline {
    default: Timeline,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Timeline {
    timeline_data: Vec<Point>,
    averages: [i64; 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Point {
    time: String,
    formatted_time: String,
    formatted_axis_time: String,
    value: Vec<i64>,
    has_data: Vec<bool>,
    formatted_value: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_partial: bool,
}

fn error(status: u16) -> Response {
    let words = match status {
        400 => "Your client has issued a malformed or illegal request.",
        401 => "Your client does not have permission to the requested URL.",
        _ => "We're sorry, but you have sent too many requests to us recently. Please try again later.",
    };
    let page = format!(
        "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Error {status}</title><p><b>{status}.</b> \
         <ins>That’s an error.</ins><p>{words} <ins>That’s all we know.</ins>"
    );
    respond(status, HTML, page)
}

fn with_cookie(mut response: Response, seed: u64, now: Timestamp) -> Response {
    let cookie = format!(
        "NID={}; expires=Fri, 31-Dec-2100 00:00:00 GMT; path=/; domain=.google.com; HttpOnly",
        token::cookie(seed, now)
    );
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

fn has_cookie(headers: &HeaderMap, seed: u64) -> bool {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().strip_prefix("NID="))
        .any(|value| token::is_cookie(value, seed))
}

/// The values of the window, scaled so that the greatest of all keywords is 100.
fn points(market: &Market, question: &Question, now: Timestamp) -> Vec<Point> {
    let today = TimeZone::UTC.to_datetime(now).date();
    let series: Vec<Vec<f32>> = question
        .keywords
        .iter()
        .map(|keyword| interest(market, keyword, question.first, question.last, now))
        .collect();
    let greatest = series.iter().flatten().copied().fold(0.0_f32, f32::max);
    if greatest <= 0.0 {
        return Vec::new();
    }
    let step = if question.resolution == Resolution::Week { 7 } else { 1 };
    let length = series.iter().map(Vec::len).max().unwrap_or(0);
    (0..length)
        .step_by(step)
        .flat_map(|at| {
            let after =
                |days: usize| question.first.saturating_add(SignedDuration::from_hours(24 * days as i64));
            let (day, until) = (after(at), (at + step).min(length));
            let is_partial = after(until) > today;
            let values: Vec<f32> = series
                .iter()
                .map(|values| values[at..until].iter().sum::<f32>() / (until - at) as f32)
                .collect();
            let hours: &[i64] = if question.resolution == Resolution::Hour { &HOURS } else { &[0] };
            hours.iter().map(move |&hour| point(day, hour, &values, greatest, is_partial)).collect::<Vec<_>>()
        })
        .collect()
}

const HOURS: [i64; 24] =
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23];

fn point(day: Date, hour: i64, values: &[f32], greatest: f32, is_partial: bool) -> Point {
    // America searches by day.
    let of_hour = |value: f32| {
        if hour == 0 { value } else { value * (0.55 + 0.45 * ((hour as f32 - 18.0) / 3.8).cos().abs()) }
    };
    let scaled: Vec<i64> =
        values.iter().map(|&value| (of_hour(value) / greatest * 100.0).round() as i64).collect();
    let formatted = format!("{} {}, {}", MONTHS[day.month() as usize - 1], day.day(), day.year());
    Point {
        time: (utc_midnight(day) + hour * 3_600).to_string(),
        formatted_time: formatted.clone(),
        formatted_axis_time: formatted,
        has_data: values.iter().map(|&value| value > 0.0).collect(),
        formatted_value: scaled.iter().map(ToString::to_string).collect(),
        value: scaled,
        is_partial,
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Searches by day from `first` to `last`, oldest first; 0 on days without searches or without data.
fn interest(market: &Market, keyword: &str, first: Date, last: Date, now: Timestamp) -> Vec<f32> {
    let today = exchange_calendar::date_in_new_york(now);
    let stock = Symbol::parse(keyword).ok().and_then(|symbol| market.stock(&symbol, today));
    let attention = stock.as_ref().and_then(|stock| stock.attention.as_ref());
    let index = |day: Date| usize::try_from(first.duration_until(day).as_hours() / 24);
    let mut days = vec![0.0; index(last).map_or(0, |last| last + 1)];
    let Some(attention) = attention else { return days };
    for (day, of_day) in attention.between(first, last) {
        if let Some(slot) = index(day).ok().and_then(|at| days.get_mut(at)) {
            *slot = of_day.searches;
        }
    }
    days
}
