//! The data of the page `/record`: how often the ranges held, over all forecasts whose fourteen sessions are over.

use forecast_types::{HORIZON, Market, Symbol};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ModelVersion;

/// The summary of the whole record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordSummary {
    /// Whether the prices are real.
    pub market: Market,
    /// The models that made the forecasts, the latest last.
    pub models: Vec<ModelVersion>,
    /// When the last session was sealed.
    pub sealed_at: Timestamp,
    /// The first session that forecasts were recorded for.
    pub first_session: Date,
    /// The last one.
    pub last_session: Date,
    /// Sessions recorded.
    pub sessions: u64,
    /// Forecasts recorded.
    pub forecasts: u64,
    /// Outcomes recorded.
    pub outcomes: u64,
    /// Forecasts whose fourteen sessions are over and recorded. All figures below are about these.
    pub scored: u64,
    /// Forecasts whose fourteen sessions are not over.
    pub pending: u64,
    /// Forecasts that can never be scored.
    pub unscored: Unscored,
    /// How often the 50%, 80% and 90% ranges held, over all sessions ahead.
    pub coverage: [Coverage; 3],
    /// The same by sessions ahead, 1 to 14.
    pub by_horizon: Vec<HorizonCoverage>,
    /// The same by recent volatility: `calm`, `middle`, `wild`, a third of the forecasts each.
    pub by_volatility: Vec<GroupCoverage>,
    /// Recent daily volatility above which a forecast is `middle` and `wild`, as in
    /// [`ScoredForecast::volatility`](crate::ScoredForecast::volatility).
    pub volatility_edges: [f64; 2],
    /// The same by report: `with_report`, if the forecast knew of a report within its sessions, and
    /// `without_report`.
    pub by_report: Vec<GroupCoverage>,
    /// Shares of outcomes below the lowest quantile, between the first two, …, above the highest; 5, 5, 15, 25, 25, 15, 5
    /// and 5% are promised.
    pub between_levels: [f64; 8],
    /// Loss against the simple baselines; absent before the first forecast is scored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<Skill>,
    /// The worst misses first, at most one per stock.
    pub worst: Vec<Miss>,
    /// The sessions behind every figure, oldest first; the forecasts of one are a [`SessionRecord`](crate::SessionRecord).
    pub by_session: Vec<SessionCoverage>,
}

impl RecordSummary {
    /// Returns how often the 80% range held in the last scored sessions, at most this many.
    #[must_use]
    pub fn lately(&self, sessions: usize) -> Share {
        let scored = self.by_session.iter().rev().filter(|session| session.scored > 0).take(sessions);
        scored.fold(Share::default(), |share, session| Share {
            inside: share.inside + session.inside.iter().map(|[_, inside, _]| inside).sum::<u64>(),
            of: share.of + session.scored * HORIZON as u64,
        })
    }
}

/// Forecasts that can never be scored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unscored {
    /// The stock was delisted within the fourteen sessions.
    pub delisted: u64,
    /// The outcome of one of the fourteen sessions was not recorded.
    pub not_recorded: u64,
}

/// Outcomes inside a range, of all outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Outcomes inside.
    pub inside: u64,
    /// All of them.
    pub of: u64,
}

impl Share {
    /// Returns the share; `None` if there are no outcomes.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        (self.of > 0).then(|| self.inside as f64 / self.of as f64)
    }
}

/// How often one range held.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// The share it promises: 0.5, 0.8 or 0.9.
    pub level: f64,
    /// The share of outcomes that were inside.
    pub held: Share,
    /// Lower and upper end of the 95% interval of that share, from blocks of twenty origin dates; absent with fewer than
    /// sixty dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<(f64, f64)>,
}

/// How often the three ranges held at one number of sessions ahead.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HorizonCoverage {
    /// Sessions ahead, 1 to 14.
    pub sessions: u32,
    /// The 50%, 80% and 90% range.
    pub coverage: [Coverage; 3],
}

/// How often the three ranges held in one group of forecasts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupCoverage {
    /// `calm`, `middle`, `wild`, `with_report` or `without_report`.
    pub group: String,
    /// How many forecasts.
    pub forecasts: u64,
    /// The 50%, 80% and 90% range, over all sessions ahead.
    pub coverage: [Coverage; 3],
    /// Loss over that of `blend` in these forecasts; absent if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_blend: Option<f64>,
}

/// Mean pinball loss against the simple baselines.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Skill {
    /// Loss over that of `blend`, the strongest simple baseline; below 1 is better.
    pub over_blend: f64,
    /// Its 95% interval from blocks of twenty origin dates; absent with fewer than sixty dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_blend_between: Option<(f64, f64)>,
    /// Loss over that of `ewma`.
    pub over_ewma: f64,
    /// Its interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_ewma_between: Option<(f64, f64)>,
    /// Error of the median over that of "no change".
    pub median_over_no_change: f64,
    /// Its interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_over_no_change_between: Option<(f64, f64)>,
}

/// An outcome far outside its 90% range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Miss {
    /// The stock.
    pub symbol: Symbol,
    /// The session the forecast was made after.
    pub session: Date,
    /// Sessions ahead, 1 to 14.
    pub sessions: u32,
    /// The day of the outcome.
    pub date: Date,
    /// The outcome, as a simple return from the session of the forecast.
    pub outcome: f64,
    /// Lower edge of the 90% range, as a simple return.
    pub low: f64,
    /// Its upper edge.
    pub high: f64,
    /// How far outside, in widths of the range (as log returns).
    pub widths_outside: f64,
    /// Whether the forecast knew of a report before the outcome.
    pub report: bool,
}

/// The forecasts made after one session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionCoverage {
    /// The session.
    pub session: Date,
    /// Forecasts recorded.
    pub forecasts: u64,
    /// How many of them are scored: none before the fourteen sessions are over, then all except those that can never be.
    pub scored: u64,
    /// `inside[sessions ahead - 1]`: outcomes inside the 50%, 80% and 90% range.
    pub inside: [[u64; 3]; HORIZON],
    /// Loss over that of `blend`; absent before it is scored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_blend: Option<f64>,
}
