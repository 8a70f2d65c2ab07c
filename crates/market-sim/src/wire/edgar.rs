//! The SEC's EDGAR: what a company has filed, and the list of companies.

mod filings;

use axum::http::{HeaderMap, header};
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;

use self::filings::Columns;
use super::{respond, to_json};
use crate::error_pages::{NO_SUCH_KEY, UNDECLARED};
use crate::market::Market;

const JSON: &str = "application/json";

/// Refuses a client that does not say whom to write to.
pub(crate) fn refusal(headers: &HeaderMap) -> Option<Response> {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    (!agent.contains('@')).then(|| respond(403, "text/html", UNDECLARED))
}

/// Answers `GET /files/company_tickers_exchange.json`.
pub(crate) fn tickers(market: &Market) -> Response {
    let data = market.companies().map(|(cik, listing)| {
        (cik, &*listing.name, listing.symbol.as_str().replace('.', "-"), &*listing.exchange)
    });
    let list = Tickers { fields: ["cik", "name", "ticker", "exchange"], data: data.collect() };
    respond(200, JSON, to_json(&list))
}

#[derive(Serialize)]
struct Tickers<'a> {
    fields: [&'static str; 4],
    data: Vec<(u32, &'a str, String, &'a str)>,
}

/// Answers `GET /submissions/CIK##########.json`, and `…-submissions-001.json` with what is too old for it.
pub(crate) fn submissions(market: &Market, file: &str, now: Timestamp) -> Response {
    let found = named(file).and_then(|(cik, is_older)| Some((cik, is_older, market.company(cik)?)));
    let Some((cik, is_older, listing)) = found else {
        return respond(404, "application/xml", NO_SUCH_KEY);
    };
    let today = exchange_calendar::date_in_new_york(now);
    let (recent, older) = filings::of(listing, cik, &market.reports(listing, today), now);
    if is_older {
        return respond(200, JSON, to_json(&older));
    }
    let files = older.last_and_first().map(|(filing_to, filing_from)| File {
        name: format!("CIK{cik:010}-submissions-001.json"),
        filing_count: older.len(),
        filing_from,
        filing_to,
    });
    let company = Company {
        // Both forms have been seen.
        cik: if cik.is_multiple_of(3) { cik.to_string() } else { format!("{cik:010}") },
        name: &listing.name,
        tickers: [listing.symbol.as_str().replace('.', "-")],
        exchanges: [&listing.exchange],
        filings: Filings { recent, files: files.into_iter().collect() },
    };
    respond(200, JSON, to_json(&company))
}

/// Reads the name of a file; the second value says whether it is the one with older filings.
fn named(file: &str) -> Option<(u32, bool)> {
    let name = file.strip_prefix("CIK")?.strip_suffix(".json")?;
    let (number, is_older) = match name.strip_suffix("-submissions-001") {
        Some(number) => (number, true),
        None => (name, false),
    };
    (number.len() == 10).then(|| number.parse().ok()).flatten().map(|cik| (cik, is_older))
}

#[derive(Serialize)]
struct Company<'a> {
    cik: String,
    name: &'a str,
    tickers: [String; 1],
    exchanges: [&'a str; 1],
    filings: Filings,
}

#[derive(Serialize)]
struct Filings {
    recent: Columns,
    files: Vec<File>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    name: String,
    filing_count: usize,
    filing_from: jiff::civil::Date,
    filing_to: jiff::civil::Date,
}
