//! The two earnings calendars, Nasdaq's and EODHD's, which share a path.

use axum::response::Response;
use forecast_types::{ReportTime, Symbol};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;
use serde_json::{Value, json};
use stock_list::Listing;

use super::{Parameters, respond, to_json};
use crate::market::{Market, PlannedReport};

const JSON: &str = "application/json";
const TEXT: &str = "text/html; charset=UTF-8";

/// What EODHD's calendar is asked with beside the query.
pub(crate) struct Plan<'a> {
    /// The token wanted; any but none where there is no particular one.
    pub(crate) token: Option<&'a str>,
    /// Whether the plan has the calendar; the free one does not.
    pub(crate) has_calendar: bool,
}

/// Answers `GET /api/calendar/earnings`: Nasdaq's, unless a token is given.
pub(crate) fn earnings(market: &Market, query: Option<&str>, plan: &Plan<'_>, now: Timestamp) -> Response {
    let query = Parameters::of(query);
    let today = exchange_calendar::date_in_new_york(now);
    match query.get("api_token") {
        Some(token) => eodhd(market, &query, token, plan, today),
        None => nasdaq(market, &query, today),
    }
}

/// Whether the calendars know the time of a report by a day.
fn is_stated(planned: &PlannedReport, today: Date) -> bool {
    planned.announced.is_some_and(|announced| announced <= today)
}

fn nasdaq(market: &Market, query: &Parameters, today: Date) -> Response {
    let Ok(day) = query.parsed::<Date>("date") else {
        let status =
            json!({ "rCode": 400, "bCodeMessage": [{ "code": 1001, "errorMessage": "Invalid date" }] });
        return respond(400, JSON, json!({ "data": null, "message": null, "status": status }).to_string());
    };
    let day = day.unwrap_or(today);
    let rows: Vec<NasdaqRow<'_>> =
        market.reporting_on(day).map(|(listing, planned)| NasdaqRow::of(listing, &planned, today)).collect();
    let data = NasdaqDay {
        as_of: day.strftime("%a, %b %-d, %Y").to_string(),
        headers: (!rows.is_empty())
            .then(|| json!({ "time": "Time", "symbol": "Symbol", "name": "Company Name" })),
        rows: (!rows.is_empty()).then_some(rows),
    };
    let status = json!({ "rCode": 200, "bCodeMessage": null, "developerMessage": null });
    respond(200, JSON, to_json(&NasdaqAnswer { data, message: None, status }))
}

#[derive(Serialize)]
struct NasdaqAnswer<'a> {
    data: NasdaqDay<'a>,
    message: Option<String>,
    status: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NasdaqDay<'a> {
    as_of: String,
    headers: Option<Value>,
    rows: Option<Vec<NasdaqRow<'a>>>,
}

/// Every field is a text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NasdaqRow<'a> {
    last_year_rpt_dt: &'static str,
    time: &'static str,
    symbol: &'a str,
    name: &'a str,
    fiscal_quarter_ending: String,
    eps_forecast: &'static str,
    no_of_ests: &'static str,
}

impl<'a> NasdaqRow<'a> {
    fn of(listing: &'a Listing, planned: &PlannedReport, today: Date) -> Self {
        let time = match planned.report.when {
            ReportTime::BeforeOpen if is_stated(planned, today) => "time-pre-market",
            ReportTime::AfterClose if is_stated(planned, today) => "time-after-hours",
            _ => "time-not-supplied",
        };
        Self {
            last_year_rpt_dt: "N/A",
            time,
            symbol: listing.symbol.as_str(),
            name: &listing.name,
            fiscal_quarter_ending: quarter_end(planned.report.date).strftime("%b/%Y").to_string(),
            eps_forecast: "",
            no_of_ests: "N/A",
        }
    }
}

fn eodhd(market: &Market, query: &Parameters, token: &str, plan: &Plan<'_>, today: Date) -> Response {
    if token.is_empty() || plan.token.is_some_and(|wanted| wanted != token) {
        return respond(401, TEXT, "Unauthenticated");
    }
    if !plan.has_calendar {
        let words = "Only EOD data allowed for free users. Please, contact our support team: support@eodhistoricaldata.com";
        return respond(403, TEXT, words);
    }
    let names: Vec<&str> = query.get("symbols").unwrap_or_default().split(',').collect();
    let symbols =
        names.iter().filter_map(|name| Symbol::parse(name.to_ascii_uppercase().strip_suffix(".US")?).ok());
    let symbols: Vec<Symbol> = symbols.collect();
    let companies = market.companies().filter(|(_, listing)| symbols.contains(&listing.symbol));
    let earnings: Vec<EodhdRow> = companies
        .flat_map(|(_, listing)| {
            let reports = market.reports(listing, today).into_iter();
            reports.map(|planned| EodhdRow::of(listing, &planned, today)).collect::<Vec<_>>()
        })
        .collect();
    let description = "Historical and upcoming Earnings";
    respond(
        200,
        JSON,
        to_json(&EodhdAnswer { kind: "Earnings", description, symbols: names.join(","), earnings }),
    )
}

#[derive(Serialize)]
struct EodhdAnswer {
    #[serde(rename = "type")]
    kind: &'static str,
    description: &'static str,
    symbols: String,
    earnings: Vec<EodhdRow>,
}

#[derive(Serialize)]
struct EodhdRow {
    code: String,
    report_date: Date,
    date: Date,
    before_after_market: Option<&'static str>,
    currency: &'static str,
    actual: Option<f64>,
    estimate: Option<f64>,
    difference: f64,
    percent: Option<f64>,
}

impl EodhdRow {
    fn of(listing: &Listing, planned: &PlannedReport, today: Date) -> Self {
        let before_after_market = match planned.report.when {
            ReportTime::BeforeOpen if is_stated(planned, today) => Some("BeforeMarket"),
            ReportTime::AfterClose if is_stated(planned, today) => Some("AfterMarket"),
            _ => None,
        };
        Self {
            code: format!("{}.US", listing.symbol.as_str().replace('.', "-")),
            report_date: planned.report.date,
            date: quarter_end(planned.report.date),
            before_after_market,
            currency: "USD",
            actual: None,
            estimate: None,
            difference: 0.0,
            percent: None,
        }
    }
}

/// The end of the month before, which is about the end of the quarter.
fn quarter_end(report: Date) -> Date {
    report.first_of_month().saturating_sub(1.day())
}
