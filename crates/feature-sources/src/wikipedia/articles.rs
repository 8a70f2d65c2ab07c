//! Which article of the English Wikipedia is about a company, according to Wikidata.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use forecast_types::Symbol;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderValue, USER_AGENT};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout};
use url::Url;
use url::form_urlencoded;

use crate::fetch::exchange;
use crate::json::read_json;
use crate::reports::Edgar;
use crate::{Gate, Http, Ledger, Moment, SourceError, StockDays, refusal};

/// Articles are renamed now and then, and written about companies that had none.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// As many as a stock list has stocks.
const MOST_KEPT: usize = 10_000;
/// A ledger that takes longer is not waited for.
const RECALL_TIMEOUT: Duration = Duration::from_secs(1);
/// By how much the clocks of two processes may differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(1);
const WIKI: &str = "https://en.wikipedia.org/wiki/";

/// Looks articles up, each once.
#[derive(Debug)]
pub struct Articles {
    http: Http,
    base: Url,
    agent: HeaderValue,
    gate: Gate,
    edgar: Arc<Edgar>,
    ledger: Arc<dyn Ledger>,
    kept: Mutex<HashMap<Company, Kept>>,
}

/// What a company is known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Company {
    /// Its number at the SEC, the surest.
    Number(u32),
    /// Its ticker at Nasdaq or the NYSE.
    Ticker(Symbol),
}

impl fmt::Display for Company {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Ticker(symbol) => symbol.fmt(f),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    since: Timestamp,
    /// `None` where there is no article.
    title: Option<String>,
}

impl Kept {
    fn serves(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.since);
        -CLOCK_SKEW <= age && age < KEPT_FOR && self.title.as_deref().is_none_or(is_title)
    }
}

impl Articles {
    /// Makes a client; `base` is the address without the path, such as `https://query.wikidata.org`. `edgar` knows the
    /// numbers of companies that the stock list has none for, and `ledger` keeps what was found.
    #[must_use]
    pub fn new(
        http: Http,
        base: Url,
        agent: HeaderValue,
        gate: Gate,
        edgar: Arc<Edgar>,
        ledger: Arc<dyn Ledger>,
    ) -> Self {
        Self { http, base, agent, gate, edgar, ledger, kept: Mutex::default() }
    }

    /// Returns the title of a company's article, with underscores for blanks.
    pub(super) async fn title(&self, wanted: &StockDays, moment: Moment) -> Result<String, SourceError> {
        let company = self.company(wanted, moment).await;
        let name = format!("article@{}:{company}", self.base.authority());
        let kept = match self.held(&company, moment.now) {
            Some(kept) => kept,
            None => {
                let kept = match self.recalled(&name, moment.now).await {
                    Some(kept) => kept,
                    None => self.look_up(&company, name, moment).await?,
                };
                self.hold(company, kept.clone());
                kept
            }
        };
        kept.title.ok_or(SourceError::NoData)
    }

    async fn company(&self, wanted: &StockDays, moment: Moment) -> Company {
        // A silent SEC must leave time for the rest.
        let begun = Instant::now();
        let deadline = begun + moment.deadline.saturating_duration_since(begun) / 3;
        let number = self.edgar.number(&wanted.symbol, wanted.cik, Moment { deadline, ..moment });
        number.await.map_or_else(|_| Company::Ticker(wanted.symbol.clone()), Company::Number)
    }

    async fn look_up(&self, company: &Company, name: String, moment: Moment) -> Result<Kept, SourceError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("the base address is checked to be http or https")
            .pop_if_empty()
            .push("sparql");
        url.query_pairs_mut().append_pair("format", "json").append_pair("query", &query(company));
        let title = self
            .gate
            .run(moment, || async {
                let request = self.http.get(url.clone()).header(USER_AGENT, self.agent.clone());
                let answer = exchange(request, moment.deadline).await?;
                refusal::check(&answer, self.gate.breaker(), moment.now)?;
                match answer.status.as_u16() {
                    200 => parse_article(&answer.body),
                    300..=399 => Err(SourceError::malformed("a redirect instead of data")),
                    status => Err(SourceError::ServerError(status)),
                }
            })
            .await?;
        let kept = Kept { since: moment.now, title };
        if let Ok(bytes) = serde_json::to_vec(&kept) {
            let until = moment.now.saturating_add(KEPT_FOR).unwrap_or(Timestamp::MAX);
            self.ledger.keep(name, bytes, until, moment.now);
        }
        Ok(kept)
    }

    fn held(&self, company: &Company, now: Timestamp) -> Option<Kept> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(company).filter(|kept| kept.serves(now)).cloned()
    }

    fn hold(&self, company: Company, found: Kept) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(company, found);
    }

    /// What an earlier process found, or another one.
    async fn recalled(&self, name: &str, now: Timestamp) -> Option<Kept> {
        let bytes = timeout(RECALL_TIMEOUT, self.ledger.recall(name)).await.ok()??;
        serde_json::from_slice(&bytes).ok().filter(|kept: &Kept| kept.serves(now))
    }
}

/// The best-known item with that number or ticker. Numbers are written with and without leading zeros.
fn query(company: &Company) -> String {
    let item = match company {
        Company::Number(number) => {
            format!(r#"VALUES ?cik {{ "{number:010}" "{number}" }} ?item wdt:P5531 ?cik ."#)
        }
        // Listed at Nasdaq or the NYSE, and still so.
        Company::Ticker(symbol) => format!(
            r#"VALUES ?exchange {{ wd:Q82059 wd:Q13677 }} ?item p:P414 ?listing . ?listing ps:P414 ?exchange ; pq:P249 "{symbol}" . FILTER NOT EXISTS {{ ?listing pq:P582 ?end }}"#
        ),
    };
    format!(
        "SELECT ?enwiki WHERE {{ {item} ?item wikibase:sitelinks ?links . ?enwiki schema:about ?item ; \
         schema:isPartOf <https://en.wikipedia.org/> . }} ORDER BY DESC(?links) LIMIT 1"
    )
}

#[derive(Deserialize)]
struct Answer {
    results: Results,
}

#[derive(Deserialize)]
struct Results {
    bindings: Vec<Binding>,
}

#[derive(Deserialize)]
struct Binding {
    enwiki: Value,
}

#[derive(Deserialize)]
struct Value {
    value: String,
}

/// Reads the title of the first article in an answer of Wikidata, if it names any.
///
/// # Errors
/// [`SourceError::Malformed`] for any other form.
pub fn parse_article(body: &[u8]) -> Result<Option<String>, SourceError> {
    let answer: Answer = read_json(body)?;
    let Some(Binding { enwiki }) = answer.results.bindings.into_iter().next() else { return Ok(None) };
    let title = enwiki.value.strip_prefix(WIKI).map(|path| unescaped(path).replace(' ', "_"));
    match title.filter(|title| is_title(title)) {
        Some(title) => Ok(Some(title)),
        None => Err(SourceError::malformed("not an article of the English Wikipedia")),
    }
}

fn is_title(title: &str) -> bool {
    (1..=255).contains(&title.len()) && !title.contains(|c: char| c.is_control() || c == ' ')
}

/// A path is not a form, in which plus signs and ampersands would mean something.
fn unescaped(path: &str) -> String {
    let form = path.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(form.as_bytes()).map(|(title, _)| title.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companies_are_looked_up_by_number_and_else_by_ticker() {
        let by_number = query(&Company::Number(320_193));
        assert!(by_number.contains(r#"VALUES ?cik { "0000320193" "320193" } ?item wdt:P5531 ?cik"#));
        let by_ticker = query(&Company::Ticker(Symbol::parse("BRK.B").unwrap()));
        assert!(by_ticker.contains(r#"pq:P249 "BRK.B""#) && by_ticker.contains("wd:Q82059 wd:Q13677"));
    }

    #[test]
    fn a_title_is_read_from_the_address_of_its_article() {
        let title = |address: &str| {
            let body = format!(
                r#"{{"results":{{"bindings":[{{"enwiki":{{"type":"uri","value":"{address}"}}}}]}}}}"#
            );
            parse_article(body.as_bytes()).map_err(|error| error.to_string())
        };
        for (address, expected) in [
            ("https://en.wikipedia.org/wiki/Apple_Inc.", "Apple_Inc."),
            ("https://en.wikipedia.org/wiki/AT%26T", "AT&T"),
            ("https://en.wikipedia.org/wiki/Nestl%C3%A9", "Nestlé"),
            ("https://en.wikipedia.org/wiki/C++_=_x&y", "C++_=_x&y"),
        ] {
            assert_eq!(title(address).unwrap().as_deref(), Some(expected));
        }
        for odd in ["https://de.wikipedia.org/wiki/Apple", "https://en.wikipedia.org/wiki/", "Apple"] {
            assert!(title(odd).is_err(), "{odd}");
        }
        assert_eq!(parse_article(br#"{"results":{"bindings":[]}}"#).unwrap(), None);
    }
}
