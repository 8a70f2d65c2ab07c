//! How each upstream words what the market knows.

pub(crate) mod apewisdom;
pub(crate) mod calendar;
pub(crate) mod edgar;
pub(crate) mod eodhd;
pub(crate) mod eodhd_prices;
pub(crate) mod trends;
pub(crate) mod wikimedia;
pub(crate) mod yahoo;

use std::collections::HashMap;
use std::str::FromStr;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::{Date, date};
use serde::Serialize;

/// The parameters of a query; of one that is given twice the last counts.
pub(crate) struct Parameters(HashMap<String, String>);

impl Parameters {
    pub(crate) fn of(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect())
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Returns a parameter as a number, date or the like: `Err` where it is there but is none.
    pub(crate) fn parsed<T: FromStr>(&self, key: &str) -> Result<Option<T>, ()> {
        self.get(key).map(|text| text.parse().map_err(|_| ())).transpose()
    }
}

pub(crate) fn respond(
    status: u16,
    content_type: &'static str,
    body: impl Into<axum::body::Body>,
) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, body.into()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

pub(crate) fn utc_midnight(day: Date) -> i64 {
    UNIX_EPOCH.duration_until(day).as_secs()
}

const UNIX_EPOCH: Date = date(1970, 1, 1);

/// Written straight from its fields: a tree of values between would cost more than the rest of an answer.
pub(crate) fn to_json(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("the answers hold only text, dates and finite numbers")
}
