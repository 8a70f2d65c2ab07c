//! The sentences of a chart: footer, description for screen readers, notes in the file.

use forecast_types::{Market, Report, ReportBasis, ReportTime, format};

use crate::chart::request::Chart;

/// The disclaimer below every chart.
pub(crate) const NOT_ADVICE: &str = "A forecast is a range of outcomes, not advice.";

/// Counts the closes since the forecast that its main range contains, at length and in short: `12 of 14 inside the 80%
/// range`, `12 of 14 inside`.
pub(crate) fn score(chart: &Chart) -> Option<[String; 2]> {
    let inside = chart.hits().filter(|&hit| hit).count() as u64;
    let closes = chart.outcome.len() as u64;
    let level = format::level(chart.forecast.main_range().share);
    let short = format!("{} of {} inside", format::count(inside), format::count(closes));
    (closes > 0).then(|| [format!("{short} the {level} range"), short])
}

/// Says when a report comes: `reports Feb 21, after close`, `report expected about Feb 20`.
pub(crate) fn report(report: &Report) -> String {
    let day = format::month_day(report.date);
    let when = match report.when {
        ReportTime::BeforeOpen => ", before open",
        ReportTime::AfterClose => ", after close",
        ReportTime::Unknown => "",
    };
    match report.basis {
        ReportBasis::Announced => format!("reports {day}{when}"),
        ReportBasis::Estimated => format!("report expected about {day}"),
    }
}

/// Returns the footer: how often such ranges have held, where it has been measured, and what a forecast is.
pub(crate) fn footer(chart: &Chart) -> String {
    match chart.coverage {
        Some(coverage) => format!(
            "Across all stocks, {} of {} past closes fell in the {} range. {NOT_ADVICE}",
            format::percent_with(coverage.held, 1),
            format::count(coverage.outcomes),
            format::level(coverage.level),
        ),
        None => NOT_ADVICE.to_owned(),
    }
}

/// Returns the chart in words.
pub(crate) fn description(chart: &Chart) -> String {
    let price = |amount: f64| format::price(amount, &chart.currency);
    let (first, _) = chart.history[0];
    let (last, close) = chart.last_close();
    let end = chart.forecast.dates.len() - 1;
    let mut words = format!(
        "Daily closes from {} to {}, the last one {}. Forecast for {}, in {}:",
        format::full_day(first),
        format::full_day(last),
        price(close),
        format::full_day(chart.forecast.dates[end]),
        trading_days(chart.forecast.dates.len()),
    );
    for (i, band) in chart.forecast.bands.iter().rev().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        let (low, high) = (price(band.low[end]), price(band.high[end]));
        words.push_str(&format!("{comma} {} range {low} to {high}", format::level(band.share)));
    }
    words.push_str(". ");
    if let Some((date, moving)) = chart.moving {
        words.push_str(&format!("Price on {}, still moving: {}. ", format::full_day(date), price(moving)));
    }
    if let Some([score, _]) = score(chart) {
        words.push_str(&format!("Closes since then: {score}. "));
    }
    for coming in &chart.reports {
        words.push_str(&format!(
            "The company {}. ",
            report(coming).replace("report expected", "should report")
        ));
    }
    match chart.market {
        Some(Market::Simulated) => words.push_str("The market is simulated. "),
        Some(Market::Replay) => words.push_str("Past prices, replayed. "),
        Some(Market::Live) | None => {}
    }
    words.push_str(&footer(chart));
    words
}

/// Writes a number of trading days: `30 trading days`, `1 trading day`.
pub(crate) fn trading_days(days: usize) -> String {
    match days {
        1 => "1 trading day".to_owned(),
        _ => format!("{} trading days", format::count(days as u64)),
    }
}

/// Returns the notes that a PNG carries.
pub(crate) fn notes(chart: &Chart) -> Vec<(&'static str, String)> {
    let mut notes = vec![("Title", chart.title.clone()), ("Description", description(chart))];
    notes.extend(chart.symbol.clone().map(|symbol| ("symbol", symbol)));
    notes.extend(chart.as_of.map(|day| ("as_of", day.to_string())));
    notes.extend(chart.model.clone().map(|model| ("model", model)));
    notes.extend(chart.market.map(|market| ("market", market.to_string())));
    notes.push(("Software", concat!("Fortnight plot-service ", env!("CARGO_PKG_VERSION")).to_owned()));
    notes
}
