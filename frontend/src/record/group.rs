//! Forecasts that are alike: by the volatility before them, or by a report ahead.

use forecast_store::{RecordSummary, ScoredForecast};
use problem_details::Problem;

use crate::error::bad_input;
use crate::format;

/// Some of the forecasts.
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

    /// Reads the word that addresses and summaries use.
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

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::All => "All forecasts",
            Self::Calm => "Calm third",
            Self::Middle => "Middle third",
            Self::Wild => "Wild third",
            Self::WithReport => "Report ahead",
            Self::WithoutReport => "No report ahead",
        }
    }

    /// Says which forecasts are in it.
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

    pub(super) fn holds(self, forecast: &ScoredForecast, record: &RecordSummary) -> bool {
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
