//! What the terminal shows of forecasts: for each stock a line about today, a table, and where the data came from;
//! below all of them, how often such ranges have held.

use anstyle::{AnsiColor, Style};
use forecast_types::{
    Forecast, Interval, Market, PooledSkill, Report, ReportBasis, SourceReport, SourceStatus, format,
};

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
    let word = |report: &SourceReport| match report.status {
        SourceStatus::Missing => "missing",
        _ if !report.used => "shown, not used",
        SourceStatus::Ok => "complete",
        SourceStatus::Partial => "partial",
    };
    let states: Vec<String> =
        forecast.sources.iter().map(|report| format!("{} {}", report.source, word(report))).collect();
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

#[cfg(test)]
mod tests {
    use forecast_types::Side;
    use serde_json::{Value, json};

    use super::*;

    fn forecast() -> Forecast {
        let sessions: Vec<Value> = (1..=14)
            .map(|day| {
                let half = f64::from(day).sqrt();
                let levels = ["0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95"];
                let prices = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0].map(|step| 100.0 + step * half);
                let quantiles: serde_json::Map<String, Value> =
                    levels.into_iter().map(str::to_owned).zip(prices.map(Value::from)).collect();
                json!({"date": format!("2026-12-{day:02}"), "quantiles": quantiles})
            })
            .collect();
        let source = |name: &str, status: &str, detail: Value| {
            json!({"source": name, "provider": "test", "status": status, "detail": detail, "days": 30,
                "last": "2026-11-30", "elapsed_ms": 0})
        };
        let forecast = json!({
            "stock": {"symbol": "KO", "name": "Coca-Cola Company (The) Common Stock", "currency": "USD"},
            "market": "simulated",
            "as_of": "2026-11-30",
            "generated_at": "2026-12-01T02:00:00Z",
            "history": [{"date": "2026-11-30", "open": 99.0, "high": 101.0, "low": 98.0, "close": 100.0, "volume": 1}],
            "forecast": sessions,
            "sources": [source("prices", "ok", Value::Null), source("news", "missing", json!("off\u{1b}[2J"))],
            "features": [],
            "model": {"name": "test", "version": "1", "trained_through": "2024-01-01"},
            "report": {"date": "2026-12-09", "when": "after_close", "basis": "estimated", "spread_sessions": 2},
            "pooled": {"data": "10 stocks", "score_ratio": 0.9, "score_between": [0.8, 0.95], "median_ratio": 1.0,
                "coverage": [{"level": 0.8, "held": 0.791, "outcomes": 12345}]},
        });
        serde_json::from_value(forecast).unwrap()
    }

    fn plain(limit: Option<Limit>) -> String {
        anstream::adapter::strip_str(&report(&[forecast()], limit)).to_string()
    }

    #[test]
    fn a_forecast_fits_a_terminal_of_80_columns() {
        let text = plain(None);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_chance_is_a_column_of_its_own() {
        let text = plain(Some(Limit { side: Side::Above, price: 104.0 }));
        // The 90% quantile of this day is the price itself.
        assert!(text.contains("\nFri, Dec 4   $96.00 – $104.00         10%  "), "{text}");
        assert!(text.contains("\nAt least one close above $104 by Mon, Dec 14: "), "{text}");
    }
}
