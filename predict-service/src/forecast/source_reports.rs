//! The outcome of each source, in words for people.

use feature_sources::{Days, PriceSeries, Provided, ReportSeries, Values};
use forecast_types::{Source, SourceReport, SourceStatus};
use jiff::civil::Date;

use super::sources::{Series, Timed, Trained};

pub(super) fn prices(names: &str, timed: &Timed<PriceSeries>, window: Days) -> SourceReport {
    let dates = |series: &PriceSeries| series.bars.iter().map(|bar| bar.date).collect();
    let mut report = report(Source::Prices, names, timed, window, dates);
    if timed.series().is_some_and(|series| series.is_fund) {
        let note = "an exchange-traded fund; the model was trained on stocks only";
        report.detail = Some(match report.detail {
            Some(detail) => format!("{detail}; {note}"),
            None => note.to_owned(),
        });
    }
    report
}

/// A source with several providers; `names` are all of them.
pub(super) fn provided<T: Trained>(
    source: Source,
    names: &str,
    timed: &Timed<Provided<T>>,
    window: Days,
) -> SourceReport
where
    Provided<T>: Series,
{
    report(source, names, timed, window, |answer| match &answer.values {
        Values::Trained(series) => series.dates(),
        Values::Shown(counts) => counts.days.iter().map(|day| day.date).collect(),
    })
}

/// Reports so far; one that is announced only counts as data, too.
pub(super) fn reports(names: &str, timed: &Timed<ReportSeries>, origin: Date) -> SourceReport {
    let up_to_origin = Days { first: Date::MIN, last: origin };
    let mut report = report(Source::Reports, names, timed, up_to_origin, |series| {
        series.past.iter().map(|report| report.date).filter(|&date| date <= origin).collect()
    });
    if timed.series().is_some_and(|_| report.days == 0) {
        report.detail = Some(format!("{}: no report up to {origin}", report.provider));
    }
    report
}

/// A source that has not ended yet; the forecast made meanwhile does without it.
pub(super) fn pending(source: Source, names: &str) -> SourceReport {
    SourceReport {
        source,
        provider: names.to_owned(),
        status: SourceStatus::Missing,
        used: false,
        detail: Some(if names.is_empty() {
            "no answer yet".to_owned()
        } else {
            format!("{names}: no answer yet")
        }),
        days: 0,
        last: None,
        elapsed_ms: 0,
    }
}

fn report<T: Series>(
    source: Source,
    names: &str,
    timed: &Timed<T>,
    window: Days,
    dates: impl FnOnce(&T) -> Vec<Date>,
) -> SourceReport {
    let elapsed_ms = u64::try_from(timed.elapsed.as_millis()).unwrap_or(u64::MAX);
    let series = timed.series();
    let provider = series.and_then(Series::provider).unwrap_or_else(|| names.to_owned());
    let used = series.is_some_and(Series::is_trained_on);
    let (mut status, mut detail, dates) = match &timed.answer.outcome {
        Ok(series) => {
            let dates = dates(series);
            match series.partial_reason() {
                Some(reason) => (SourceStatus::Partial, Some(format!("{provider}: {reason}")), dates),
                None => (SourceStatus::Ok, None, dates),
            }
        }
        Err(error) => (SourceStatus::Missing, Some(error.reason(names)), Vec::new()),
    };
    let days = u32::try_from(dates.iter().filter(|&&date| window.contains(date)).count()).unwrap_or(u32::MAX);
    if status == SourceStatus::Ok && days == 0 {
        // The answer is sound, but the model has nothing of it to read.
        status = SourceStatus::Partial;
        detail = Some(format!("{provider}: nothing since {}", window.first));
    }
    SourceReport { source, provider, status, used, detail, days, last: dates.last().copied(), elapsed_ms }
}
