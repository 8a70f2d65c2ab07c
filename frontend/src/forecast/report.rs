//! The company's next quarterly report, in words.

use forecast_types::{Forecast, ForecastSession, Interval, Report, ReportBasis, ReportTime};

use crate::format;

/// Says when the company reports and what that does to the ranges.
pub(crate) fn report_line(forecast: &Forecast) -> Option<String> {
    let report = forecast.report.as_ref()?;
    let day = format::day(report.date);
    let Some(session) = report.session.map(usize::from) else {
        let when = match report.basis {
            ReportBasis::Announced => format!("Next report: {day}"),
            ReportBasis::Estimated => format!("Next report expected about {day}"),
        };
        return Some(format!("{when}, after these {} trading days.", forecast.forecast.len()));
    };
    let when = match report.basis {
        ReportBasis::Announced => format!("Reports {day}{}", time_of_day(report.when)),
        ReportBasis::Estimated => {
            let spread = report.spread_sessions.filter(|&sessions| sessions > 0);
            let margin = spread.map_or_else(String::new, |sessions| {
                format!(", give or take {}", format::plural(u64::from(sessions), "trading day"))
            });
            format!("Report expected about {day}{margin}, going by earlier reports")
        }
    };
    Some(match step(forecast, session) {
        Some(step) if report.basis == ReportBasis::Announced => format!("{when}: {step}."),
        _ => format!("{when}."),
    })
}

/// What the table says beside the day of the report.
pub(super) fn tag(report: &Report) -> String {
    match report.basis {
        ReportBasis::Announced => format!("reports{}", time_of_day(report.when).replace(',', "")),
        ReportBasis::Estimated => "report expected".to_owned(),
    }
}

fn time_of_day(when: ReportTime) -> &'static str {
    match when {
        ReportTime::BeforeOpen => ", before open",
        ReportTime::AfterClose => ", after close",
        ReportTime::Unknown => "",
    }
}

/// Says how the 80% range widens on the session that reacts.
fn step(forecast: &Forecast, session: usize) -> Option<String> {
    let last = forecast.history.last()?.close;
    let spread = |session: &ForecastSession| {
        let (low, high) = Interval::P80.prices(&session.quantiles)?;
        Some(format!("±{}", format::percent_with((high - low) / 2.0 / last, 1)))
    };
    let reacting = forecast.forecast.get(session.checked_sub(1)?)?;
    let (day, after) = (format::day(reacting.date), spread(reacting)?);
    Some(match session.checked_sub(2).and_then(|before| forecast.forecast.get(before)) {
        Some(before) => format!("the 80% range goes from {} to {after} on {day}", spread(before)?),
        None => format!("the 80% range is {after} on {day}"),
    })
}
