//! Groups of similar forecasts: by recent volatility, or by whether a report is ahead.

use forecast_store::{RecordSummary, ScoredForecast};
use problem_details::Problem;

use crate::error::bad_input;
use crate::format;

/// A group of forecasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    All,
    Calm,
    Middle,
    Wild,
    WithReport,
    WithoutReport,
}

impl Group {
    pub(super) const EVERY: [Self; 6] =
        [Self::All, Self::Calm, Self::Middle, Self::Wild, Self::WithReport, Self::WithoutReport];

    /// Parses the word used in addresses and summaries.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        Self::EVERY.into_iter().find(|group| group.word() == text).ok_or_else(|| {
            let shown: String = text.chars().filter(|c| !c.is_control()).take(20).collect();
            bad_input(
                "group",
                format!(
                    "unknown group \"{shown}\"; expected all, calm, middle, wild, with_report or without_report"
                ),
            )
        })
    }

    /// Returns the word used in addresses and summaries.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Calm => "calm",
            Self::Middle => "middle",
            Self::Wild => "wild",
            Self::WithReport => "with_report",
            Self::WithoutReport => "without_report",
        }
    }

    /// Returns the name shown on pages.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::All => "All forecasts",
            Self::Calm => "Calmest third",
            Self::Middle => "Middle third",
            Self::Wild => "Most volatile third",
            Self::WithReport => "Report ahead",
            Self::WithoutReport => "No report ahead",
        }
    }

    /// Describes which forecasts are in the group.
    pub(super) fn meaning(self, record: &RecordSummary) -> String {
        let [lower, upper] = record.volatility_edges.map(|edge| format::percent_with(edge, 1));
        match self {
            Self::All => String::new(),
            Self::Calm => format!("daily moves below {lower}"),
            Self::Middle => format!("{lower} to {upper}"),
            Self::Wild => format!("above {upper}"),
            Self::WithReport => "known within the 14 trading days".to_owned(),
            Self::WithoutReport => "none known".to_owned(),
        }
    }

    /// Returns whether a forecast is in the group.
    pub(super) fn contains(self, forecast: &ScoredForecast, record: &RecordSummary) -> bool {
        let [lower, upper] = record.volatility_edges;
        match self {
            Self::All => true,
            Self::Calm => forecast.volatility() <= lower,
            Self::Middle => forecast.volatility() > lower && forecast.volatility() <= upper,
            Self::Wild => forecast.volatility() > upper,
            Self::WithReport => forecast.report().is_some(),
            Self::WithoutReport => forecast.report().is_none(),
        }
    }
}
