//! `GET /market`: the newest forecasts of all stocks, from the store only.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use forecast_store::{LeftRange, MarketSummary, RankedRange, ReportDay, ReportDue, SectorSummary};
use forecast_types::{ReportBasis, ReportTime, Symbol};

use super::frame::{Alternate, Frame, notice, page};
use super::no_record;
use crate::assets;
use crate::caching::CachePolicy;
use crate::format;
use crate::record::{ReturnScale, Segment, range, share};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "market.html")]
struct MarketPage {
    frame: Frame,
    css: String,
    day: String,
    session: String,
    lead: String,
    held: Option<String>,
    left: Vec<Left>,
    rankings: [Ranking; 2],
    reports: Vec<Day>,
    report_count: String,
    sectors: Vec<Sector>,
}

/// The widest or narrowest ranges.
struct Ranking {
    id: &'static str,
    title: &'static str,
    zero: f64,
    first: Vec<Ranked>,
    more: Vec<Ranked>,
}

struct Ranked {
    symbol: String,
    name: String,
    range: String,
    spread: String,
    segment: Segment,
    report: bool,
}

/// A stock that closed outside its range.
struct Left {
    symbol: String,
    name: String,
    change: String,
    range: String,
    report: bool,
}

struct Day {
    name: String,
    count: String,
    open: bool,
    reports: Vec<Due>,
}

struct Due {
    symbol: String,
    name: String,
    when: &'static str,
    range: String,
}

struct Sector {
    name: String,
    forecasts: String,
    spread: String,
    change: String,
    held: String,
    reports: String,
    widest: String,
    narrowest: String,
}

/// Rows of a ranking that are shown at first.
const FIRST: usize = 10;
/// The number of listed stocks that closed outside their range.
const MOST_LEFT: usize = 20;

/// Shows the page.
pub(crate) async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let snapshot = state.snapshot();
    match snapshot.as_ref().and_then(|snapshot| snapshot.market.as_ref()) {
        Some(market) => page(&headers, CachePolicy::Page, &build(&state, &headers, market)),
        None => no_record::show(&state, &headers, "/market"),
    }
}

/// Summarizes the newest forecasts in two sentences.
pub(crate) fn in_short(market: &MarketSummary) -> String {
    format!(
        "{} forecasts through {}. For half of the stocks, the 80% range is wider than {}.",
        format::count(market.forecasts),
        format::full_day(market.last_ahead),
        spread(market.median_width)
    )
}

/// Says how many closes stayed inside the range from the session before.
pub(crate) fn held_words(market: &MarketSummary) -> Option<String> {
    let held = market.held_today.value()?;
    Some(format!(
        "{} of {} closes stayed inside the 80% range from the evening before; {} fell below and {} rose above.",
        format::percent_with(held, 1),
        format::count(market.held_today.of),
        format::count(market.left_below),
        format::count(market.left_above)
    ))
}

fn build(state: &AppState, headers: &HeaderMap, market: &MarketSummary) -> MarketPage {
    let day = format::full_day(market.session);
    let title = format!("The market after {day} · Fortnight");
    let lead = in_short(market);
    let mut frame = Frame::new(state, headers, "/market", &title, &lead);
    frame.notice = notice(market.market);
    frame.alternates = vec![Alternate::feed("The market on Fortnight".to_owned(), "/feed.atom".to_owned())];
    let due = market.reports.iter().map(|day| day.reports.len() as u64).sum();
    MarketPage {
        frame,
        css: assets::address("record.css"),
        day,
        session: market.session.to_string(),
        lead,
        held: held_words(market),
        left: market.left_range.iter().take(MOST_LEFT).map(Left::of).collect(),
        rankings: [
            Ranking::of("widest", "Widest ranges", &market.widest),
            Ranking::of("narrowest", "Narrowest ranges", &market.narrowest),
        ],
        reports: market.reports.iter().enumerate().map(|(at, day)| Day::of(day, at == 0)).collect(),
        report_count: format::plural(due, "report"),
        sectors: market.sectors.iter().map(Sector::of).collect(),
    }
}

/// Writes half the width of a range, as on the other pages.
fn spread(width: f64) -> String {
    format!("±{}", format::percent_with(width / 2.0, 1))
}

impl Ranking {
    fn of(id: &'static str, title: &'static str, ranked: &[RankedRange]) -> Self {
        let scale = ReturnScale::of(ranked.iter().flat_map(|one| [one.low, one.high]));
        let mut first: Vec<Ranked> = ranked.iter().map(|one| Ranked::of(one, &scale)).collect();
        let more = first.split_off(first.len().min(FIRST));
        Self { id, title, zero: scale.zero(), first, more }
    }
}

/// Returns the short name of a stock; empty if only its symbol is known.
fn name(symbol: &Symbol, name: &str) -> String {
    if symbol.as_str() == name { String::new() } else { format::short_name(name).to_owned() }
}

impl Ranked {
    fn of(one: &RankedRange, scale: &ReturnScale) -> Self {
        Self {
            symbol: one.symbol.to_string(),
            name: name(&one.symbol, &one.name),
            range: range(one.low, one.high),
            spread: spread(one.width()),
            segment: scale.segment(one.low, one.high),
            report: one.report.is_some(),
        }
    }
}

impl Left {
    fn of(one: &LeftRange) -> Self {
        Self {
            symbol: one.symbol.to_string(),
            name: name(&one.symbol, &one.name),
            change: format::signed_percent(one.change),
            range: range(one.low, one.high),
            report: one.report,
        }
    }
}

impl Day {
    fn of(day: &ReportDay, open: bool) -> Self {
        Self {
            name: format::day(day.date),
            count: format::plural(day.reports.len() as u64, "report"),
            open,
            reports: day.reports.iter().map(Due::of).collect(),
        }
    }
}

impl Due {
    fn of(one: &ReportDue) -> Self {
        Self {
            symbol: one.symbol.to_string(),
            name: name(&one.symbol, &one.name),
            when: match (one.basis, one.when) {
                (ReportBasis::Estimated, _) => "estimated",
                (_, ReportTime::BeforeOpen) => "before open",
                (_, ReportTime::AfterClose) => "after close",
                (_, ReportTime::Unknown) => "",
            },
            range: range(one.low, one.high),
        }
    }
}

impl Sector {
    fn of(one: &SectorSummary) -> Self {
        Self {
            name: if one.sector.is_empty() { "No sector".to_owned() } else { one.sector.clone() },
            forecasts: format::count(one.forecasts),
            spread: spread(one.median_width),
            change: one.median_change.map_or_else(|| "–".to_owned(), format::signed_percent),
            held: share(one.held_today),
            reports: format::count(one.reports),
            widest: one.widest.symbol.to_string(),
            narrowest: one.narrowest.symbol.to_string(),
        }
    }
}
