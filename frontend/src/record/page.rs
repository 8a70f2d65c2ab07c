//! `GET /record`: how often the ranges of all recorded forecasts held.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use forecast_store::{GroupCoverage, HorizonCoverage, Miss, RecordSummary, Skill};
use forecast_types::Market;

use super::charts::{HorizonChart, Part, SessionChart, parts};
use super::coverage::{CoverageBar, gain, share};
use super::group::Group;
use super::{name, range};
use crate::assets;
use crate::caching::CachePolicy;
use crate::format;
use crate::origin::public_origin;
use crate::pages::frame::{Alternate, Frame, notice, page};
use crate::pages::no_record;
use crate::state::AppState;
use crate::store::StoreSnapshot;

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    frame: Frame,
    css: String,
    counted: String,
    waiting: Option<String>,
    unscored: Option<String>,
    verdict: String,
    ranges: Vec<CoverageBar>,
    skill: Vec<String>,
    by_horizon: Option<HorizonChart>,
    horizons: Vec<Row>,
    splits: [Split; 2],
    parts: Vec<Part>,
    by_session: Option<SessionChart>,
    worst: Vec<Missed>,
    sealed: String,
    /// The address at which the record can be verified.
    store: String,
    is_live: bool,
    is_replay: bool,
    checkpoint: Option<String>,
    key: Option<String>,
}

/// All forecasts, split into groups.
struct Split {
    id: &'static str,
    title: &'static str,
    lead: &'static str,
    rows: Vec<Row>,
}

/// One group of forecasts, and how often their ranges held.
struct Row {
    label: String,
    meaning: String,
    /// The sessions behind the figures.
    href: String,
    forecasts: Option<String>,
    held: [String; 3],
    gain: Option<String>,
}

/// A close far outside its range.
struct Missed {
    symbol: String,
    name: String,
    href: String,
    made: String,
    day: String,
    outcome: String,
    range: String,
    widths: String,
    report: bool,
}

/// The number of misses listed.
const MOST_MISSES: usize = 20;

/// Shows the page.
pub(crate) async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    match state.snapshot() {
        Some(snapshot) => page(&headers, CachePolicy::Page, &build(&state, &headers, &snapshot)),
        None => no_record::show(&state, &headers, "/record"),
    }
}

fn build(state: &AppState, headers: &HeaderMap, snapshot: &StoreSnapshot) -> RecordPage {
    let record = &snapshot.record;
    let verdict = verdict(record);
    let title = "The record of all forecasts · Fortnight";
    let mut frame =
        Frame::new(state, headers, "/record", title, &format!("{verdict} Not investment advice."));
    frame.notice = notice(record.market);
    frame.alternates = vec![Alternate::feed("The market on Fortnight".to_owned(), "/feed.atom".to_owned())];
    RecordPage {
        frame,
        css: assets::address("record.css"),
        counted: format!(
            "{} forecasts, made after {} from {} to {}. {} of them are complete and compared here with what happened.",
            format::count(record.forecasts),
            format::plural(record.sessions, "trading day"),
            format::full_day(record.first_session),
            format::full_day(record.last_session),
            format::count(record.scored)
        ),
        waiting: (record.pending > 0)
            .then(|| format!("{} more are not complete yet.", format::count(record.pending))),
        unscored: unscored(record),
        verdict,
        ranges: CoverageBar::all(&record.coverage),
        skill: record.skill.as_ref().map(skill_words).unwrap_or_default(),
        by_horizon: HorizonChart::of(&record.by_horizon),
        horizons: record.by_horizon.iter().map(horizon).collect(),
        splits: [
            Split {
                id: "volatility",
                title: "By recent volatility",
                lead: "Three groups of equal size, by the stock’s recent daily moves.",
                rows: groups(&record.by_volatility, record),
            },
            Split {
                id: "reports",
                title: "With and without a report ahead",
                lead: "Whether the forecast knew of a quarterly report within its 14 trading days.",
                rows: groups(&record.by_report, record),
            },
        ],
        parts: if record.scored > 0 { parts(&record.between_levels) } else { Vec::new() },
        by_session: SessionChart::of(&record.by_session),
        worst: record.worst.iter().take(MOST_MISSES).map(|miss| missed(state, miss)).collect(),
        sealed: record.sealed_at.strftime("%b %-d, %Y, %H:%M UTC").to_string(),
        store: public_origin(&state.config, headers)
            .map_or_else(|| "https://…/store".to_owned(), |origin| format!("{origin}/store")),
        is_live: record.market == Market::Live,
        is_replay: record.market == Market::Replay,
        checkpoint: snapshot.checkpoint.clone(),
        key: snapshot.key.clone(),
    }
}

fn verdict(record: &RecordSummary) -> String {
    let eighty = &record.coverage[1];
    let Some(held) = eighty.held.value() else {
        return "No forecast is complete yet, so there are no figures.".to_owned();
    };
    let held = format::percent_with(held, 1);
    match eighty.between {
        Some((_, high)) if high < eighty.level => {
            format!("The 80% range held {held} of the time: too narrow.")
        }
        Some((low, _)) if low > eighty.level => format!("The 80% range held {held} of the time: too wide."),
        Some(_) => format!("The 80% range held {held} of the time, as promised."),
        None => format!("The 80% range held {held} of the time so far."),
    }
}

fn unscored(record: &RecordSummary) -> Option<String> {
    let parts = [
        (record.unscored.delisted, "because the stock was delisted within the 14 trading days"),
        (record.unscored.not_recorded, "because a close was not recorded"),
    ];
    let parts = parts.into_iter().filter(|&(count, _)| count > 0);
    let parts: Vec<String> = parts.map(|(count, why)| format!("{} {why}", format::count(count))).collect();
    (!parts.is_empty()).then(|| format!("Not counted: {}.", parts.join(", ")))
}

/// Compares the forecasts with simple methods, with 95% intervals.
fn skill_words(skill: &Skill) -> Vec<String> {
    let sentence = |ratio: f64, between: Option<(f64, f64)>, what: &str, method: &str| {
        // An interval that rounds to 0.0% on both sides says nothing more.
        let margin = between.filter(|&(low, high)| low < 0.9995 || high > 1.0005);
        let margin = margin.map(|(low, high)| format!(" (95% interval {} to {})", gain(high), gain(low)));
        let margin = margin.unwrap_or_default();
        let within_margin = between.is_some_and(|(low, high)| low <= 1.0 && 1.0 <= high);
        match ratio {
            // A difference that rounds to 0.0% counts as none.
            _ if within_margin || (ratio - 1.0).abs() < 0.0005 => {
                format!("{what} about as good as {method}{margin}.")
            }
            _ if ratio < 1.0 => {
                format!("{what} {} better than {method}{margin}.", format::percent_with(1.0 - ratio, 1))
            }
            _ => format!("{what} {} worse than {method}{margin}.", format::percent_with(ratio - 1.0, 1)),
        }
    };
    vec![
        sentence(
            skill.over_blend,
            skill.over_blend_between,
            "The ranges were",
            "those of the best simple method, which only looks at how much the price has moved",
        ),
        sentence(
            skill.median_over_no_change,
            skill.median_over_no_change_between,
            "The midpoint was",
            "“no change”",
        ),
    ]
}

fn horizon(one: &HorizonCoverage) -> Row {
    Row {
        label: format::plural(u64::from(one.sessions), "trading day"),
        meaning: String::new(),
        href: format!("/record/sessions?ahead={}", one.sessions),
        forecasts: None,
        held: one.coverage.map(|coverage| share(coverage.held)),
        gain: None,
    }
}

fn groups(groups: &[GroupCoverage], record: &RecordSummary) -> Vec<Row> {
    let row = |one: &GroupCoverage| {
        let group = Group::parse(&one.group).ok()?;
        Some(Row {
            label: group.label().to_owned(),
            meaning: group.meaning(record),
            href: format!("/record/sessions?group={}", group.word()),
            forecasts: Some(format::count(one.forecasts)),
            held: one.coverage.map(|coverage| share(coverage.held)),
            gain: one.over_blend.map(gain),
        })
    };
    groups.iter().filter_map(row).collect()
}

fn missed(state: &AppState, miss: &Miss) -> Missed {
    Missed {
        symbol: miss.symbol.to_string(),
        name: name(state, &miss.symbol),
        href: format!("/record/{}/{}", miss.session, miss.symbol),
        made: format::full_day(miss.session),
        day: format!("{} ({})", format::day(miss.date), format::plural(u64::from(miss.sessions), "day")),
        outcome: format::signed_percent(miss.outcome),
        range: range(miss.low, miss.high),
        widths: format!("{:.1}×", miss.widths_outside),
        report: miss.report,
    }
}
