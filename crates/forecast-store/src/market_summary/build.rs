use std::collections::BTreeMap;

use exchange_calendar::{next_sessions, previous_session};
use forecast_score::simple_return;
use forecast_types::{HORIZON, Interval, ReportTime, Symbol};
use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::{LeftRange, MarketSummary, RankedRange, ReportDay, ReportDue, SectorSummary};
use crate::row::{ForecastRow, ModelVersion, OutcomeRow, OutcomeState};
use crate::scoring::find;
use crate::{Manifest, Share, Store, StoreError};

/// Stocks in each list.
const LISTED: usize = 50;
/// Calendar days that reports are listed for.
const REPORT_DAYS: i64 = 14;
const MEDIAN: usize = 3;
/// The index of the last session.
const LAST: usize = HORIZON - 1;

/// Looks up a stock in the stock list.
pub type StockLookup<'a> = dyn Fn(&Symbol) -> Option<ListedStock> + Send + Sync + 'a;

/// The name and the sector of a stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedStock {
    /// Its name.
    pub name: String,
    /// Its sector; perhaps empty.
    pub sector: String,
}

/// What the summary needs of one stock.
struct Entry {
    range: RankedRange,
    /// Its return on the session, and the range that was forecast for it after the session before.
    today: Option<(f64, Range)>,
    report: Option<(Date, ReportDue)>,
}

struct Range {
    low: f64,
    high: f64,
    knew_of_report: bool,
}

/// Summarizes the last session with forecasts; `None` if there is none.
pub(crate) async fn market_summary(
    store: &Store,
    manifest: &Manifest,
    sealed_at: Timestamp,
    listed: &StockLookup<'_>,
) -> Result<Option<MarketSummary>, StoreError> {
    let last = manifest.sessions.iter().rev().find(|(_, files)| files.forecasts.is_some());
    let Some((&session, files)) = last else { return Ok(None) };
    let Some(rows) = store.forecasts(session).await? else { return Ok(None) };
    let earlier = manifest.sessions.get(&previous_session(session));
    let earlier = match earlier.is_some_and(|files| files.forecasts.is_some()) {
        true => store.forecasts(previous_session(session)).await?.unwrap_or_default(),
        false => Vec::new(),
    };
    let outcomes = match files.outcomes {
        Some(_) => store.outcomes(session).await?.unwrap_or_default(),
        None => Vec::new(),
    };
    Ok(summarize(session, sealed_at, &rows, &earlier, &outcomes, listed))
}

fn summarize(
    session: Date,
    sealed_at: Timestamp,
    rows: &[ForecastRow],
    earlier: &[ForecastRow],
    outcomes: &[OutcomeRow],
    listed: &StockLookup<'_>,
) -> Option<MarketSummary> {
    let market = rows.first()?.market;
    let dates = next_sessions(session, HORIZON);
    let entries: Vec<Entry> = rows
        .iter()
        .map(|row| {
            let stock = listed(&row.symbol)
                .unwrap_or_else(|| ListedStock { name: row.symbol.to_string(), sector: String::new() });
            Entry {
                today: today(&row.symbol, earlier, outcomes),
                report: report(row, &stock.name, session, &dates),
                range: ranked(row, stock),
            }
        })
        .collect();
    let all: Vec<&Entry> = entries.iter().collect();
    let held_today = held_today(&all);
    let left: Vec<LeftRange> = entries.iter().filter_map(left_range).collect();
    let mut by_sector: BTreeMap<(bool, &str), Vec<&Entry>> = BTreeMap::new();
    for entry in &entries {
        let sector = entry.range.sector.as_str();
        by_sector.entry((sector.is_empty(), sector)).or_default().push(entry);
    }
    Some(MarketSummary {
        market,
        session,
        last_ahead: *dates.last()?,
        sealed_at,
        model: usual_model(rows)?,
        forecasts: rows.len() as u64,
        median_width: median(entries.iter().map(|entry| entry.range.width()))?,
        widest: first(&all, |range| -range.width()),
        narrowest: first(&all, RankedRange::width),
        held_today,
        left_below: left.iter().filter(|left| left.change < left.low).count() as u64,
        left_above: left.iter().filter(|left| left.change > left.high).count() as u64,
        left_range: farthest(left),
        reports: report_days(&entries),
        sectors: by_sector
            .iter()
            .filter_map(|((_, sector), entries)| summarize_sector(sector, entries))
            .collect(),
    })
}

fn summarize_sector(sector: &str, entries: &[&Entry]) -> Option<SectorSummary> {
    Some(SectorSummary {
        sector: sector.to_owned(),
        forecasts: entries.len() as u64,
        median_width: median(entries.iter().map(|entry| entry.range.width()))?,
        median_change: median(
            entries.iter().filter_map(|entry| entry.today.as_ref()).map(|(change, _)| *change),
        ),
        held_today: held_today(entries),
        reports: entries.iter().filter(|entry| entry.report.is_some()).count() as u64,
        widest: first(entries, |range| -range.width()).into_iter().next()?,
        narrowest: first(entries, RankedRange::width).into_iter().next()?,
    })
}

/// Returns the 80% range, `ahead` from 0.
fn range(row: &ForecastRow, ahead: usize) -> (f64, f64) {
    let recorded = row.recorded();
    let (low, high) = Interval::P80.positions();
    (simple_return(recorded.edge(low, ahead)), simple_return(recorded.edge(high, ahead)))
}

fn ranked(row: &ForecastRow, stock: ListedStock) -> RankedRange {
    let (low, high) = range(row, LAST);
    RankedRange {
        symbol: row.symbol.clone(),
        name: stock.name,
        sector: stock.sector,
        low,
        median: simple_return(row.recorded().edge(MEDIAN, LAST)),
        high,
        report: row.report.map(|report| report.session),
    }
}

fn today(symbol: &Symbol, earlier: &[ForecastRow], outcomes: &[OutcomeRow]) -> Option<(f64, Range)> {
    let outcome = find(outcomes, symbol).filter(|row| row.state == OutcomeState::Traded)?;
    let index = earlier.binary_search_by(|row| row.symbol.cmp(symbol)).ok()?;
    let (low, high) = range(&earlier[index], 0);
    let knew_of_report = earlier[index].report.is_some_and(|report| report.session == 1);
    Some((simple_return(outcome.log_return.into()), Range { low, high, knew_of_report }))
}

fn held_today(entries: &[&Entry]) -> Share {
    let mut share = Share::default();
    for (change, range) in entries.iter().filter_map(|entry| entry.today.as_ref()) {
        share.of += 1;
        share.inside += u64::from(range.low <= *change && *change <= range.high);
    }
    share
}

fn left_range(entry: &Entry) -> Option<LeftRange> {
    let (change, range) = entry.today.as_ref()?;
    if range.low <= *change && *change <= range.high {
        return None;
    }
    Some(LeftRange {
        symbol: entry.range.symbol.clone(),
        name: entry.range.name.clone(),
        sector: entry.range.sector.clone(),
        change: *change,
        low: range.low,
        high: range.high,
        report: range.knew_of_report,
    })
}

fn farthest(mut left: Vec<LeftRange>) -> Vec<LeftRange> {
    let widths = |left: &LeftRange| {
        let outside = (left.low - left.change).max(left.change - left.high);
        outside / (left.high - left.low).max(f64::MIN_POSITIVE)
    };
    left.sort_by(|one, other| widths(other).total_cmp(&widths(one)));
    left.truncate(LISTED);
    left
}

/// Returns the report that the forecast knew of, if it is due soon, and its day: the session that reacts to it, or the one
/// before if the report comes after the close.
fn report(row: &ForecastRow, name: &str, session: Date, dates: &[Date]) -> Option<(Date, ReportDue)> {
    let report = row.report?;
    let ahead = usize::from(report.session).checked_sub(1)?;
    let reacting = *dates.get(ahead)?;
    let date = if report.when == ReportTime::AfterClose { previous_session(reacting) } else { reacting };
    let is_soon = date <= session.saturating_add(Span::new().days(REPORT_DAYS));
    let (low, high) = range(row, ahead);
    let due = ReportDue {
        symbol: row.symbol.clone(),
        name: name.to_owned(),
        when: report.when,
        basis: report.basis,
        session: report.session,
        low,
        high,
    };
    is_soon.then_some((date, due))
}

fn report_days(entries: &[Entry]) -> Vec<ReportDay> {
    let mut days: BTreeMap<Date, Vec<ReportDue>> = BTreeMap::new();
    for (date, due) in entries.iter().filter_map(|entry| entry.report.as_ref()) {
        days.entry(*date).or_default().push(due.clone());
    }
    days.into_iter().map(|(date, reports)| ReportDay { date, reports }).collect()
}

/// Returns the ranges with the lowest measure; ties are in order of symbol.
fn first(entries: &[&Entry], measure: impl Fn(&RankedRange) -> f64) -> Vec<RankedRange> {
    let mut entries = entries.to_vec();
    entries.sort_by(|one, other| measure(&one.range).total_cmp(&measure(&other.range)));
    entries.iter().take(LISTED).map(|entry| entry.range.clone()).collect()
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn usual_model(rows: &[ForecastRow]) -> Option<ModelVersion> {
    let mut counts: BTreeMap<&ModelVersion, usize> = BTreeMap::new();
    rows.iter().for_each(|row| *counts.entry(&row.model).or_default() += 1);
    counts.into_iter().max_by_key(|&(_, count)| count).map(|(model, _)| model.clone())
}
