//! An account with EODHD, and its two sentiment endpoints, which differ in the path alone.

use std::collections::BTreeMap;

use forecast_types::{SentimentDay, Symbol};
use jiff::civil::Date;
use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::Url;

use crate::budget::next_utc_midnight;
use crate::check::{is_count, is_sentiment};
use crate::fetch::{Answer, BODY_LIMIT_BYTES, exchange_up_to, trim};
use crate::json::{read_json, read_rows};
use crate::{CallBudget, Days, Gate, Http, Moment, SourceError, refusal, symbols};

/// Sentiments cost 5 calls and 5 more for each ticker. Source: EODHD, API limits.
const CALLS_PER_REQUEST: u32 = 10;

/// Count and sentiment of what was written, by calendar day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentimentSeries {
    /// Oldest first, one entry a day; days without any posts are absent.
    pub days: Vec<SentimentDay>,
    /// What is missing, for people; `None` where nothing is.
    pub partial_reason: Option<String>,
}

/// One account with EODHD: all endpoints draw on its token and its budget, the two for sentiments on its gate.
#[derive(Debug)]
pub struct Account {
    http: Http,
    base: Url,
    token: Option<SecretString>,
    budget: CallBudget,
    gate: Gate,
    body_limit: usize,
}

impl Account {
    /// Makes an account; `base` is the address without the path, such as `https://eodhd.com`.
    #[must_use]
    pub fn new(http: Http, base: Url, token: Option<SecretString>, budget: CallBudget, gate: Gate) -> Self {
        // A secret read from a file often ends with a line break, and an empty variable is no token.
        let token = token
            .map(|token| token.expose_secret().trim().to_owned())
            .filter(|token| !token.is_empty())
            .map(SecretString::from);
        Self { http, base, token, budget, gate, body_limit: BODY_LIMIT_BYTES }
    }

    /// Accepts larger answers.
    pub(crate) fn with_body_limit(self, bytes: usize) -> Self {
        Self { body_limit: bytes, ..self }
    }

    /// Asks an endpoint through the account's own gate, at the cost of some `calls`.
    pub(crate) async fn fetch<T>(
        &self,
        endpoint: &[&str],
        parameters: &[(&str, &str)],
        calls: u32,
        moment: Moment,
        parse: impl Fn(&[u8]) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        self.get(&self.gate, endpoint, parameters, calls, moment, parse).await
    }

    pub(crate) async fn sentiments(
        &self,
        endpoint: &'static str,
        symbol: &Symbol,
        days: Days,
        moment: Moment,
    ) -> Result<SentimentSeries, SourceError> {
        let name = symbols::eodhd(symbol);
        let (first, last) = (days.first.to_string(), days.last.to_string());
        let parameters = [("s", name.as_str()), ("from", &first), ("to", &last)];
        let parse = |body: &[u8]| parse(body, &name, days);
        self.fetch(&[endpoint], &parameters, CALLS_PER_REQUEST, moment, parse).await
    }

    /// Asks an endpoint, at the cost of some `calls`; `gate` is its own where a failure says nothing about the others.
    pub(crate) async fn get<T>(
        &self,
        gate: &Gate,
        endpoint: &[&str],
        parameters: &[(&str, &str)],
        calls: u32,
        moment: Moment,
        parse: impl Fn(&[u8]) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let token = self.token.as_ref().ok_or(SourceError::NoToken)?;
        let url = address(&self.base, endpoint, parameters, token);
        gate.run(moment, || async {
            self.budget.take(calls, moment.now).await?;
            let result = self.ask(gate, &url, moment).await.and_then(|answer| parse(&answer.body));
            if result.as_ref().is_err_and(costs_nothing) {
                self.budget.give_back(calls, moment.now).await;
            }
            result
        })
        .await
    }

    async fn ask(&self, gate: &Gate, url: &Url, moment: Moment) -> Result<Answer, SourceError> {
        let answer = exchange_up_to(self.body_limit, self.http.get(url.clone()), moment.deadline).await?;
        let breaker = gate.breaker();
        // These have their own meaning here; all other refusals are like those of any host.
        match answer.status {
            StatusCode::UNAUTHORIZED => {
                return Err(breaker.refused(moment.now, answer.retry_after(moment.now), |until| {
                    SourceError::Refused { why: "the token is not valid".to_owned(), until: Some(until) }
                }));
            }
            StatusCode::PAYMENT_REQUIRED => {
                return Err(breaker.spent(next_utc_midnight(moment.now), moment.now));
            }
            StatusCode::FORBIDDEN => return Err(forbidden(&answer)),
            _ => refusal::check(&answer, breaker, moment.now)?,
        }
        match answer.status.as_u16() {
            200 => Ok(answer),
            404 => Err(SourceError::NoData),
            300..=399 => Err(SourceError::malformed("a redirect instead of data")),
            status => Err(SourceError::ServerError(status)),
        }
    }
}

fn address(base: &Url, endpoint: &[&str], parameters: &[(&str, &str)], token: &SecretString) -> Url {
    let mut url = base.clone();
    url.path_segments_mut()
        .expect("the base address is checked to be http or https")
        .pop_if_empty()
        .push("api")
        .extend(endpoint);
    url.query_pairs_mut()
        .extend_pairs(parameters)
        .append_pair("api_token", token.expose_secret())
        .append_pair("fmt", "json");
    url
}

/// The documented cost of a request that ended in an HTTP error is none; one that never got through costs none either.
fn costs_nothing(error: &SourceError) -> bool {
    match error {
        SourceError::Refused { .. }
        | SourceError::RateLimited { .. }
        | SourceError::BudgetSpent { .. }
        | SourceError::CoolingDown { .. }
        | SourceError::Unreachable { .. }
        | SourceError::ServerError(_) => true,
        // An answer came, or may have come too late: it is counted.
        SourceError::NoToken
        | SourceError::TurnedOff(_)
        | SourceError::NoProvider(_)
        | SourceError::NotTraded { .. }
        | SourceError::UnknownSymbol
        | SourceError::OtherInstrument(_)
        | SourceError::ForeignFiler
        | SourceError::BeforeListing
        | SourceError::NoData
        | SourceError::Blocked { .. }
        | SourceError::Late
        | SourceError::Malformed { .. } => false,
    }
}

/// The same status is used for the plan and for the demo token, which covers a few stocks only.
fn forbidden(answer: &Answer) -> SourceError {
    let text = String::from_utf8_lossy(answer.trimmed());
    let is_the_plan = text.contains("allowed for free users");
    let why =
        if is_the_plan { "the plan does not cover this" } else { "the token does not cover this stock" };
    SourceError::Refused { why: why.to_owned(), until: None }
}

#[derive(Deserialize)]
struct Row {
    date: Date,
    count: f64,
    normalized: f64,
}

type ByName = BTreeMap<String, Box<RawValue>>;

/// Reads an answer of either endpoint: the days of the ticker `name` (such as `AAPL.US`) within `days`.
///
/// # Errors
/// [`SourceError::NoData`] where the ticker has no day, [`SourceError::Malformed`] for any other form.
pub fn parse(body: &[u8], name: &str, days: Days) -> Result<SentimentSeries, SourceError> {
    if serde_json::from_slice::<[(); 0]>(trim(body)).is_ok() {
        // Seen where an object is expected: nothing at all.
        return Err(SourceError::NoData);
    }
    let by_name: ByName = read_json(body)?;
    let Some(list) = rows_of(&by_name, name) else {
        let is_error = by_name.contains_key("error");
        return Err(if is_error {
            SourceError::malformed("an error instead of data")
        } else {
            SourceError::NoData
        });
    };
    let (rows, mut odd) = read_rows::<Row>(&list)?;
    let mut by_day = BTreeMap::new();
    for Row { date, count, normalized } in rows.into_iter().filter(|row| days.contains(row.date)) {
        if is_count(count) && is_sentiment(normalized) {
            by_day.insert(date, SentimentDay { date, count, sentiment: normalized });
        } else {
            odd += 1;
        }
    }
    if by_day.is_empty() {
        return Err(SourceError::NoData);
    }
    let partial_reason = match odd {
        0 => None,
        1 => Some("1 day came with impossible values".to_owned()),
        more => Some(format!("{more} days came with impossible values")),
    };
    Ok(SentimentSeries { days: by_day.into_values().collect(), partial_reason })
}

/// Finds the list of a ticker, ignoring other keys.
fn rows_of(by_name: &ByName, name: &str) -> Option<Box<RawValue>> {
    let list = |by_name: &ByName| {
        let found = by_name.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.filter(|(_, list)| list.get().starts_with('[')).map(|(_, list)| list.clone())
    };
    // The vendor's API description wraps the map in another; no live answer has done so.
    let wrapped = || {
        by_name
            .values()
            .filter_map(|inner| serde_json::from_str(inner.get()).ok())
            .find_map(|inner| list(&inner))
    };
    list(by_name).or_else(wrapped)
}

#[cfg(test)]
mod tests;
