//! EODHD's two sentiment endpoints, which differ in the path alone.

use std::collections::BTreeMap;

use forecast_types::{SentimentDay, Symbol};
use jiff::civil::Date;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de;
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use crate::budget::next_utc_midnight;
use crate::fetch::{Answer, exchange, read_json};
use crate::list_or_map::ListOrMap;
use crate::{CallBudget, Days, Gate, Http, Moment, SourceError, symbols};

/// Sentiments cost 5 calls and 5 more for each ticker. Source: EODHD, API limits.
const CALLS_PER_REQUEST: u32 = 10;

/// Count and sentiment of what was written, by calendar day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentimentSeries {
    /// Oldest first, one entry a day; a day nobody wrote on is absent.
    pub days: Vec<SentimentDay>,
    /// What is lacking, for people.
    pub lacking: Option<String>,
}

/// One account with EODHD: both endpoints draw on its token, its budget and its gate.
#[derive(Debug)]
pub struct Account {
    http: Http,
    base: Url,
    token: Option<SecretString>,
    budget: CallBudget,
    gate: Gate,
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
        Self { http, base, token, budget, gate }
    }

    pub(crate) async fn sentiments(
        &self,
        endpoint: &'static str,
        symbol: &Symbol,
        days: Days,
        moment: Moment,
    ) -> Result<SentimentSeries, SourceError> {
        let token = self.token.as_ref().ok_or(SourceError::NoToken)?;
        let name = symbols::eodhd(symbol);
        let url = address(&self.base, endpoint, &name, days, token);
        self.gate
            .run(moment, || async {
                self.budget.take(CALLS_PER_REQUEST, moment.now).await?;
                let result = self.ask(&url, &name, days, moment).await;
                if result.as_ref().is_err_and(costs_nothing) {
                    self.budget.give_back(CALLS_PER_REQUEST, moment.now).await;
                }
                result
            })
            .await
    }

    async fn ask(
        &self,
        url: &Url,
        name: &str,
        days: Days,
        moment: Moment,
    ) -> Result<SentimentSeries, SourceError> {
        let answer = exchange(self.http.get(url.clone()), moment.deadline).await?;
        match answer.status.as_u16() {
            200 => parse(&answer.body, name, days),
            401 => Err(SourceError::Refused("the token is not valid")),
            402 => Err(self.gate.spent(next_utc_midnight(moment.now), moment.now)),
            403 => Err(forbidden(&answer)),
            404 => Err(SourceError::NoData),
            429 => Err(self.gate.rate_limited(moment.now, answer.retry_after(moment.now))),
            300..=399 => Err(SourceError::malformed("a redirect instead of data")),
            status => Err(SourceError::ServerError(status)),
        }
    }
}

fn address(base: &Url, endpoint: &str, name: &str, days: Days, token: &SecretString) -> Url {
    let mut url = base.clone();
    url.path_segments_mut()
        .expect("the base address is checked to be http or https")
        .pop_if_empty()
        .extend(["api", endpoint]);
    url.query_pairs_mut()
        .append_pair("s", name)
        .append_pair("from", &days.first.to_string())
        .append_pair("to", &days.last.to_string())
        .append_pair("api_token", token.expose_secret())
        .append_pair("fmt", "json");
    url
}

/// The documented cost of a request that ended in an HTTP error is none; one that never got through costs none either.
fn costs_nothing(error: &SourceError) -> bool {
    match error {
        SourceError::Refused(_)
        | SourceError::RateLimited { .. }
        | SourceError::BudgetSpent { .. }
        | SourceError::Unreachable { .. }
        | SourceError::ServerError(_) => true,
        // An answer came, or may have come too late: it is counted.
        SourceError::NoToken
        | SourceError::UnknownSymbol
        | SourceError::OtherInstrument(_)
        | SourceError::BeforeListing
        | SourceError::NoData
        | SourceError::Blocked { .. }
        | SourceError::Resting { .. }
        | SourceError::Late
        | SourceError::Malformed { .. } => false,
    }
}

/// The same status tells of the plan, of the demo token and of a wrong token.
fn forbidden(answer: &Answer) -> SourceError {
    let text = String::from_utf8_lossy(answer.trimmed());
    if text.contains("allowed for free users") {
        SourceError::Refused("the plan does not cover this")
    } else {
        SourceError::Refused("the token does not cover this stock")
    }
}

/// Either of the two forms an endpoint answers in; read in one pass, as serde's own choice between forms copies first.
enum Wire {
    /// Seen where an object is expected: nothing at all.
    Empty,
    ByName(Vec<(String, Entry)>),
}

enum Entry {
    Rows(Vec<Row>),
    /// The vendor's own API description wraps the map once more; no live answer was seen to.
    Wrapped(Vec<(String, Vec<Row>)>),
}

impl<'de> Deserialize<'de> for Wire {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form: ListOrMap<(), Entry> = ListOrMap::deserialize(deserializer)?;
        match form {
            ListOrMap::List(items) if items.is_empty() => Ok(Self::Empty),
            ListOrMap::List(_) => Err(de::Error::custom("a list that is not empty")),
            ListOrMap::Map(entries) => Ok(Self::ByName(entries)),
        }
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match ListOrMap::deserialize(deserializer)? {
            ListOrMap::List(rows) => Self::Rows(rows),
            ListOrMap::Map(entries) => Self::Wrapped(entries),
        })
    }
}

#[derive(Deserialize)]
struct Row {
    date: Date,
    count: f64,
    normalized: f64,
}

/// Reads an answer of either endpoint: the days of the ticker `name` (such as `AAPL.US`) within `days`.
///
/// # Errors
/// [`SourceError::NoData`] where the ticker has no day, [`SourceError::Malformed`] for any other form.
pub fn parse(body: &[u8], name: &str, days: Days) -> Result<SentimentSeries, SourceError> {
    let by_name = match read_json(body)? {
        Wire::Empty => return Err(SourceError::NoData),
        Wire::ByName(by_name) => by_name,
    };
    let rows = by_name
        .into_iter()
        .find_map(|(key, entry)| match entry {
            Entry::Rows(rows) => key.eq_ignore_ascii_case(name).then_some(rows),
            Entry::Wrapped(inner) => {
                inner.into_iter().find_map(|(key, rows)| key.eq_ignore_ascii_case(name).then_some(rows))
            }
        })
        .ok_or(SourceError::NoData)?;

    let mut by_day = BTreeMap::new();
    let mut odd = 0_u32;
    for row in rows.into_iter().filter(|row| days.contains(row.date)) {
        let is_sound = (0.0..1e9).contains(&row.count) && (-1.0..=1.0).contains(&row.normalized);
        if is_sound {
            by_day.insert(
                row.date,
                SentimentDay { date: row.date, count: row.count, sentiment: row.normalized },
            );
        } else {
            odd += 1;
        }
    }
    if by_day.is_empty() {
        return Err(SourceError::NoData);
    }
    let lacking = (odd > 0).then(|| format!("{odd} days came with impossible values"));
    Ok(SentimentSeries { days: by_day.into_values().collect(), lacking })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const SPRING: Days = Days { first: date(2022, 1, 1), last: date(2022, 4, 30) };

    #[test]
    fn the_address_is_the_one_in_the_notes() {
        let base = "https://eodhd.com".parse().unwrap();
        let token = SecretString::from("T");
        for (endpoint, path) in [("sentiments", "sentiments"), ("tweets-sentiments", "tweets-sentiments")] {
            assert_eq!(
                address(&base, endpoint, "BRK-B.US", SPRING, &token).as_str(),
                format!(
                    "https://eodhd.com/api/{path}?s=BRK-B.US&from=2022-01-01&to=2022-04-30&api_token=T&fmt=json"
                )
            );
        }
    }

    #[test]
    fn days_come_oldest_first_and_only_those_asked_for() {
        let body = br#"{"MSFT.US":[{"date":"2022-02-22","count":1,"normalized":0}],
            "aapl.us":[{"date":"2022-05-01","count":9,"normalized":0.9},
            {"date":"2022-02-22","count":23,"normalized":0.6152,"new":1},{"date":"2022-02-19","count":4,"normalized":-1}]}"#;

        let series = parse(body, "AAPL.US", SPRING).unwrap();

        let expected = [(date(2022, 2, 19), 4.0, -1.0), (date(2022, 2, 22), 23.0, 0.6152)];
        let expected = expected.map(|(date, count, sentiment)| SentimentDay { date, count, sentiment });
        assert_eq!((series.days.as_slice(), series.lacking), (&expected[..], None));
    }

    #[test]
    fn every_form_of_nothing_is_missing_and_never_zero() {
        for body in ["[]", "{}", r#"{"AAPL.US":[]}"#, r#"{"MSFT.US":[]}"#, r#"{"ticker":{}}"#] {
            let error = parse(body.as_bytes(), "AAPL.US", SPRING).unwrap_err();
            assert!(matches!(error, SourceError::NoData), "{body}: {error}");
        }
    }

    #[test]
    fn other_forms_are_malformed() {
        for (body, what) in [
            ("", "the body is empty"),
            ("<html>", "a web page instead of data"),
            ("Forbidden", "text instead of data"),
            (r#"{"AAPL.US":[{"date":"2022-02-"#, "the JSON breaks off"),
            (
                r#"{"AAPL.US":[{"date":"yesterday","count":1,"normalized":0}]}"#,
                "the JSON is not of the documented form",
            ),
            (
                r#"{"AAPL.US":[{"date":"2022-02-22","count":"1","normalized":0}]}"#,
                "the JSON is not of the documented form",
            ),
            (r#"[{"date":"2022-02-22"}]"#, "the JSON is not of the documented form"),
            (r#"{"error":"x","code":403}"#, "the JSON is not of the documented form"),
        ] {
            match parse(body.as_bytes(), "AAPL.US", SPRING) {
                Err(SourceError::Malformed { what: got, .. }) => assert_eq!(got, what, "{body}"),
                other => panic!("{body}: {other:?}"),
            }
        }
    }

    #[test]
    fn impossible_values_are_left_out_and_told() {
        let body = br#"{"AAPL.US":[{"date":"2022-02-22","count":-3,"normalized":0.1},
            {"date":"2022-02-21","count":3,"normalized":7.5},{"date":"2022-02-20","count":3,"normalized":0.5}]}"#;
        let series = parse(body, "AAPL.US", SPRING).unwrap();
        assert_eq!(series.days.len(), 1);
        assert_eq!(series.lacking.as_deref(), Some("2 days came with impossible values"));
    }
}
