//! The list of sources: which responded, what they had, and what is missing.

use forecast_types::{Source, SourceReport, SourceStatus};

use crate::format;

/// One source as its row in the list shows it.
#[derive(Clone, Debug)]
pub(crate) struct SourceRow {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) provider: String,
    /// Class of the row: `waiting`, `ok`, `partial` or `missing`.
    pub(crate) status: &'static str,
    pub(crate) status_word: &'static str,
    pub(crate) detail: String,
}

impl SourceRow {
    /// A source that has not responded yet.
    fn waiting(source: Source) -> Self {
        Self {
            id: source.as_str(),
            name: name(source),
            provider: String::new(),
            status: "waiting",
            status_word: "loading",
            detail: String::new(),
        }
    }

    /// A source that has responded, or failed to.
    pub(super) fn of(report: &SourceReport) -> Self {
        let (status, status_word) = match report.status {
            SourceStatus::Ok => ("ok", "complete"),
            SourceStatus::Partial => ("partial", "partial"),
            SourceStatus::Missing => ("missing", "missing"),
        };
        let mut detail = Vec::new();
        if report.is_shown_only() {
            detail.push("shown, not used".to_owned());
        }
        if report.days > 0 {
            let through = report.last.map(|day| format!(" through {}", format::day(day)));
            let counted = match report.source {
                Source::Reports => "earlier report",
                // Counted on weekends, too.
                _ if report.is_shown_only() => "day",
                _ => "trading day",
            };
            let days = format::plural(u64::from(report.days), counted);
            detail.push(format!("{days}{}", through.unwrap_or_default()));
        }
        detail.extend(report.detail.clone());
        if report.elapsed_ms > 0 {
            detail.push(format!("{} ms", format::count(report.elapsed_ms)));
        }
        Self {
            id: report.source.as_str(),
            name: name(report.source),
            provider: report.provider.clone(),
            status,
            status_word,
            detail: detail.join(" · "),
        }
    }
}

fn name(source: Source) -> &'static str {
    match source {
        Source::Prices => "Prices",
        Source::Tweets => "Tweets",
        Source::News => "News",
        Source::Searches => "Searches",
        Source::Reports => "Reports",
    }
}

/// Says in a few words what the forecast was made without.
pub(super) fn missing_sources(sources: &[SourceReport]) -> Option<String> {
    let missing: Vec<&str> = sources
        .iter()
        .filter(|report| report.as_read() == SourceStatus::Missing)
        .map(|report| report.source.as_str())
        .collect();
    let listed = listed(&missing)?;
    Some(format!(
        "Made without {listed}. The model knows that this data is missing and does not count it as zero. See \
         Sources for the reason."
    ))
}

/// Joins names as people do: `tweets, news and searches`.
pub(super) fn listed(names: &[&str]) -> Option<String> {
    Some(match names {
        [] => return None,
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    })
}

/// Returns the sources that have not responded yet.
pub(super) fn not_ended(ended: &[SourceReport]) -> impl Iterator<Item = Source> {
    Source::ALL.into_iter().filter(|&source| ended.iter().all(|report| report.source != source))
}

/// Returns a row for every source: those that have responded, and those that are still loading.
pub(super) fn rows_so_far(ended: &[SourceReport]) -> Vec<SourceRow> {
    let row = |source| {
        let report = ended.iter().find(|report| report.source == source);
        report.map_or_else(|| SourceRow::waiting(source), SourceRow::of)
    };
    Source::ALL.map(row).to_vec()
}
