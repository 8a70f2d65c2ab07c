//! The SEC's EDGAR: a company's filings, and which company has which ticker.

use std::sync::Arc;
use std::time::Duration;

use forecast_types::Symbol;
use jiff::civil::Date;
use reqwest::header::USER_AGENT;
use tokio::time::timeout_at;
use url::Url;

use super::companies::Companies;
use super::contact::Contact;
use super::filings::{Company, Filing, parse_company, parse_older};
use super::tickers::Tickers;
use crate::fetch::{Answer, exchange};
use crate::{Days, Gate, Http, Moment, SourceError, refusal};

/// After too many requests an address is limited until it has sent fewer for ten minutes.
const RATE_COOL_DOWN: Duration = Duration::from_secs(10 * 60);
/// After a contact that is not accepted, which only the operator can change.
const CONTACT_COOL_DOWN: Duration = Duration::from_secs(30 * 60);
/// Two years of reports. Where the latest thousand filings hold fewer, older ones are fetched.
const ENOUGH_REPORTS: usize = 8;
const MOST_OLDER_PAGES: usize = 3;

/// Asks EDGAR.
#[derive(Debug)]
pub struct Edgar {
    data: Url,
    www: Url,
    contact: Option<Contact>,
    line: Arc<Line>,
    tickers: Tickers,
    companies: Companies,
}

/// What every request goes through.
#[derive(Debug)]
struct Line {
    http: Http,
    gate: Gate,
}

/// What a company filed, as far as it says when the company reports.
pub(super) struct Filed {
    pub(super) filings: Vec<Filing>,
    pub(super) partial_reason: Option<String>,
}

impl Edgar {
    /// Makes a client; `data` and `www` are addresses without the path, such as `https://data.sec.gov` and
    /// `https://www.sec.gov`.
    #[must_use]
    pub fn new(http: Http, data: Url, www: Url, contact: Option<Contact>, gate: Gate) -> Self {
        let line = Arc::new(Line { http, gate });
        Self { data, www, contact, line, tickers: Tickers::default(), companies: Companies::default() }
    }

    pub(super) async fn filings(
        &self,
        symbol: &Symbol,
        cik: Option<u32>,
        days: Days,
        moment: Moment,
    ) -> Result<Filed, SourceError> {
        let cik = self.number(symbol, cik, moment).await?;
        let company = self.company(cik, None, moment).await?;
        let contact = self.contact()?;
        let Company { mut filings, older, .. } = Company::clone(&company);
        let mut partial_reason = None;
        let has_older = |since: Date| move |page: &&super::filings::OlderPage| page.last >= since;
        for page in older.iter().filter(has_older(days.first)).take(MOST_OLDER_PAGES) {
            if results(&filings, days.last) >= ENOUGH_REPORTS {
                break;
            }
            let page = address(&self.data, &["submissions", &page.name]);
            match self.line.get(&page, contact, moment).await.and_then(|body| parse_older(&body)) {
                Ok(more) => filings.extend(more),
                Err(error) => {
                    partial_reason = Some(format!("older filings are missing: {error}"));
                    break;
                }
            }
        }
        let has_results = filings.iter().any(Filing::is_results);
        if !has_results && filings.iter().any(Filing::is_foreign) {
            return Err(SourceError::ForeignFiler);
        }
        Ok(Filed { filings, partial_reason })
    }

    /// Returns a company's number: the one that is known, or the one on the SEC's list.
    pub(crate) async fn number(
        &self,
        symbol: &Symbol,
        known: Option<u32>,
        moment: Moment,
    ) -> Result<u32, SourceError> {
        if let Some(number) = known {
            return Ok(number);
        }
        let contact = self.contact()?;
        let list = address(&self.www, &["files", "company_tickers_exchange.json"]);
        self.tickers.cik(symbol, moment, || self.line.get(&list, contact, moment)).await
    }

    /// Returns the latest filings of a company; an earlier answer serves if nothing was filed since up to `settled`.
    pub(crate) async fn company(
        &self,
        cik: u32,
        settled: Option<Date>,
        moment: Moment,
    ) -> Result<Arc<Company>, SourceError> {
        let (contact, line) = (self.contact()?.clone(), Arc::clone(&self.line));
        let url = address(&self.data, &["submissions", &format!("CIK{cik:010}.json")]);
        let answer = self.companies.join_or_ask(cik, settled, moment.now, async move {
            parse_company(&line.get(&url, &contact, moment).await?, cik).map(Arc::new)
        });
        timeout_at(moment.deadline, answer).await.map_err(|_| SourceError::Late)?
    }

    fn contact(&self) -> Result<&Contact, SourceError> {
        self.contact.as_ref().ok_or(SourceError::TurnedOff(
            "set EDGAR_CONTACT to an email address, which the SEC requires with every request",
        ))
    }
}

impl Line {
    async fn get(&self, url: &Url, contact: &Contact, moment: Moment) -> Result<bytes::Bytes, SourceError> {
        self.gate
            .run(moment, || async {
                let request = self.http.get(url.clone()).header(USER_AGENT, contact.user_agent());
                let answer = exchange(request, moment.deadline).await?;
                self.check(&answer, moment)?;
                Ok(answer.body)
            })
            .await
    }

    fn check(&self, answer: &Answer, moment: Moment) -> Result<(), SourceError> {
        let (now, breaker) = (moment.now, self.gate.breaker());
        let status = answer.status.as_u16();
        let says = |words: &str| String::from_utf8_lossy(answer.trimmed()).contains(words);
        match status {
            403 if says("Undeclared Automated Tool") => {
                return Err(breaker.refused(now, Some(CONTACT_COOL_DOWN), |until| SourceError::Refused {
                    why: "the SEC does not accept EDGAR_CONTACT, which must be a real email address"
                        .to_owned(),
                    until: Some(until),
                }));
            }
            // The name of the file store's error; it is about this one file.
            403 if says("<Code>AccessDenied</Code>") => return Err(SourceError::NoData),
            429 | 403 if status == 429 || says("Request Rate Threshold") => {
                let wait = answer.retry_after(now).unwrap_or_default().max(RATE_COOL_DOWN);
                return Err(breaker.rate_limited(now, Some(wait)));
            }
            _ => refusal::check(answer, breaker, now)?,
        }
        match status {
            200 => Ok(()),
            404 => Err(SourceError::UnknownSymbol),
            300..=399 => Err(SourceError::malformed("a redirect instead of data")),
            status => Err(SourceError::ServerError(status)),
        }
    }
}

fn results(filings: &[Filing], until: Date) -> usize {
    filings.iter().filter(|filing| filing.is_results() && filing.filed <= until).count()
}

fn address(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    url.path_segments_mut()
        .expect("the base address is checked to be http or https")
        .pop_if_empty()
        .extend(path);
    url
}
