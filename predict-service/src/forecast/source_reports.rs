//! The outcome of each source, in words for people.

use feature_sources::{Days, PriceSeries, ReportSeries, SearchSeries, SentimentSeries, provider};
use forecast_types::{Source, SourceReport, SourceStatus};
use jiff::civil::Date;

use super::sources::{Series, Timed};

pub(super) fn prices(timed: &Timed<PriceSeries>, window: Days) -> SourceReport {
    let mut report =
        report(Source::Prices, timed, window, |series| series.bars.iter().map(|bar| bar.date).collect());
    if timed.series().is_some_and(|series| series.is_fund) {
        let note = "an exchange-traded fund; the model was trained on stocks only";
        report.detail = Some(match report.detail {
            Some(detail) => format!("{detail}; {note}"),
            None => note.to_owned(),
        });
    }
    report
}

pub(super) fn sentiments(source: Source, timed: &Timed<SentimentSeries>, window: Days) -> SourceReport {
    report(source, timed, window, |series| series.days.iter().map(|day| day.date).collect())
}

pub(super) fn searches(timed: &Timed<SearchSeries>, window: Days) -> SourceReport {
    report(Source::Searches, timed, window, |series| series.days.iter().map(|day| day.date).collect())
}

/// Reports so far; one that is announced only counts as data, too.
pub(super) fn reports(timed: &Timed<ReportSeries>, origin: Date) -> SourceReport {
    let up_to_origin = Days { first: Date::MIN, last: origin };
    let mut report = report(Source::Reports, timed, up_to_origin, |series| {
        series.past.iter().map(|report| report.date).filter(|&date| date <= origin).collect()
    });
    if timed.series().is_some_and(|_| report.days == 0) {
        report.detail = Some(format!("{}: no report up to {origin}", report.provider));
    }
    report
}

/// A source that has not ended yet; the forecast made meanwhile does without it.
pub(super) fn pending(source: Source) -> SourceReport {
    let provider = provider(source);
    SourceReport {
        source,
        provider: provider.to_owned(),
        status: SourceStatus::Missing,
        detail: Some(format!("{provider}: no answer yet")),
        days: 0,
        last: None,
        elapsed_ms: 0,
    }
}

fn report<T: Series>(
    source: Source,
    timed: &Timed<T>,
    window: Days,
    dates: impl FnOnce(&T) -> Vec<Date>,
) -> SourceReport {
    let elapsed_ms = u64::try_from(timed.elapsed.as_millis()).unwrap_or(u64::MAX);
    let provider = provider(source);
    let (status, detail, dates) = match &timed.answer.outcome {
        Ok(series) => {
            let dates = dates(series);
            match series.partial_reason() {
                Some(reason) => (SourceStatus::Partial, Some(format!("{provider}: {reason}")), dates),
                None => (SourceStatus::Ok, None, dates),
            }
        }
        Err(error) => (SourceStatus::Missing, Some(error.reason(source)), Vec::new()),
    };
    let days = u32::try_from(dates.iter().filter(|&&date| window.contains(date)).count()).unwrap_or(u32::MAX);
    let last = dates.last().copied();
    if status == SourceStatus::Ok && days == 0 {
        // The answer is sound, but the model has nothing of it to read.
        let detail = format!("{provider}: nothing since {}", window.first);
        return SourceReport {
            source,
            provider: provider.to_owned(),
            status: SourceStatus::Partial,
            detail: Some(detail),
            days,
            last,
            elapsed_ms,
        };
    }
    SourceReport { source, provider: provider.to_owned(), status, detail, days, last, elapsed_ms }
}
