//! What the terminal shows of forecasts: for each stock a line about today, a table, and where the data came from;
//! below all of them, how often such ranges have held.

use anstyle::{AnsiColor, Style};
use forecast_types::{Forecast, Interval, Market, PooledSkill, Report, ReportBasis, SourceStatus, format};

use super::args::Limit;
use super::bars::LEGEND;
use super::table::Table;

const NAME: Style = Style::new().bold();
const WARNING: Style = AnsiColor::Yellow.on_default();
const ASIDE: Style = Style::new().dimmed();

/// Writes the report, in color.
pub(super) fn report(forecasts: &[Forecast], limit: Option<Limit>) -> String {
    let mut text = String::new();
    for forecast in forecasts {
        text.push_str(&heading(forecast));
        text.push('\n');
        text.push_str(&Table::of(forecast, limit).to_string());
        text.push('\n');
        text.push_str(&sources(forecast));
        text.push('\n');
    }
    let held = forecasts.iter().find_map(|forecast| held(forecast.pooled.as_ref()?));
    for line in [Some(LEGEND.to_owned()), held, Some(NOTICE.to_owned())].into_iter().flatten() {
        text.push_str(&format!("{ASIDE}{line}{ASIDE:#}\n"));
    }
    text
}

const NOTICE: &str = "Not investment advice: nobody can know tomorrow's price.";

fn heading(forecast: &Forecast) -> String {
    let (stock, currency) = (&forecast.stock, &forecast.stock.currency);
    let mut lines = format!("{NAME}{}{NAME:#} · {}\n", stock.symbol, stock.name);
    if let Some(last) = forecast.history.last() {
        let (close, day) = (format::price(last.close, currency), format::full_day(last.date));
        lines.push_str(&format!("Closed at {close} on {day}."));
    }
    if let Some(moving) = forecast.moving {
        lines.push_str(&format!(" Trades at {} now.", format::price(moving.price, currency)));
    }
    let notice = match forecast.market {
        Market::Live => None,
        Market::Simulated => Some("Simulated: these prices are made up."),
        Market::Replay => Some("Replay: these are real past prices."),
    };
    if let Some(notice) = notice {
        lines.push_str(&format!(" {WARNING}{notice}{WARNING:#}"));
    }
    lines.push('\n');
    lines.extend(forecast.report.as_ref().map(report_line));
    lines
}

/// When the company reports, as that day often moves the price most.
fn report_line(report: &Report) -> String {
    let day = format::day(report.date);
    match (report.basis, report.spread_sessions) {
        (ReportBasis::Announced, _) => format!("Reports its results on {day}.\n"),
        (ReportBasis::Estimated, None | Some(0)) => format!("Expected to report its results about {day}.\n"),
        (ReportBasis::Estimated, Some(days)) => {
            format!("Expected to report its results about {day}, give or take {days} trading days.\n")
        }
    }
}

/// One line for all sources, and one for each that is not complete.
fn sources(forecast: &Forecast) -> String {
    let word = |status: SourceStatus| match status {
        SourceStatus::Ok => "complete",
        SourceStatus::Partial => "partial",
        SourceStatus::Missing => "missing",
    };
    let states: Vec<String> =
        forecast.sources.iter().map(|report| format!("{} {}", report.source, word(report.status))).collect();
    let mut lines = format!("Sources: {}\n", states.join(", "));
    for report in &forecast.sources {
        if let Some(detail) = report.detail.as_deref().filter(|_| report.status != SourceStatus::Ok) {
            lines.push_str(&format!("  {}: {}\n", report.source, printable(detail)));
        }
    }
    lines
}

/// Text of other hosts cannot steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// How often ranges like those in the table held.
fn held(pooled: &PooledSkill) -> Option<String> {
    let coverage = pooled.coverage.iter().find(|coverage| Interval::P80.is_measured_by(coverage))?;
    Some(format!(
        "Measured: 80% ranges held {} of {} closes ({}).",
        format::percent_with(coverage.held, 1),
        format::count(coverage.outcomes),
        pooled.data
    ))
}
