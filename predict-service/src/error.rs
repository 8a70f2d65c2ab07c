//! Why there is no forecast, and the only table of statuses.

use axum::response::{IntoResponse, Response};
use feature_sources::{Provider, SourceError};
use forecast_types::{QuestionError, Symbol};
use jiff::Timestamp;
use jiff::civil::Date;
use problem_details::{Problem, ProblemKind};
use service_runtime::single_flight::NoOutcome;
use service_runtime::workers::WorkError;

use crate::forecast::NoSlot;

/// When a source failed without saying for how long.
const RETRY_SECONDS: u64 = 15;

/// Why there is no forecast.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum ForecastError {
    /// A part of the query is invalid.
    #[error("{field} {detail}")]
    BadInput { field: &'static str, detail: String },
    /// No listed stock has this symbol or name.
    #[error("no listed stock is called \"{given}\"")]
    UnknownStock { given: String, suggestions: Vec<String> },
    /// Several stocks have this name.
    #[error("\"{given}\" is the name of {} stocks", .candidates.len())]
    AmbiguousName { given: String, candidates: Vec<String> },
    /// The stock has not traded long enough, or had not by `as_of`.
    #[error("{symbol} has {have} settled sessions up to {as_of}; {need} are needed")]
    TooLittleHistory { symbol: String, have: usize, need: usize, as_of: Date },
    /// The prices ended long ago: the stock is delisted, renamed or suspended.
    #[error("{symbol} has had no prices since {last}, {sessions} sessions before {as_of}")]
    StalePrices { symbol: String, last: Date, sessions: usize, as_of: Date },
    /// There are too few past sessions to judge.
    #[error("no track record for {symbol}: {reason}")]
    NoTrackRecord { symbol: String, reason: String },
    /// No prices, no forecast.
    #[error("no prices for {symbol}")]
    Prices {
        symbol: String,
        #[source]
        error: SourceError,
        now: Timestamp,
    },
    /// One client has as many forecasts in progress as it may have.
    #[error("this client has too many forecasts in progress")]
    TooManyAtOnce,
    /// The service has no capacity left, or the work panicked.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The features or the network failed, which no input should cause.
    #[error("the model failed: {0}")]
    Model(String),
}

impl ForecastError {
    pub(crate) fn bad_input(field: &'static str, detail: &str) -> Self {
        Self::BadInput { field, detail: detail.to_owned() }
    }

    pub(crate) fn no_prices(symbol: &Symbol, error: SourceError, now: Timestamp) -> Self {
        Self::Prices { symbol: symbol.to_string(), error, now }
    }
}

impl From<NoSlot> for ForecastError {
    fn from(no_slot: NoSlot) -> Self {
        match no_slot {
            NoSlot::Overloaded => Self::Work(WorkError::Overloaded),
            NoSlot::OneClient => Self::TooManyAtOnce,
        }
    }
}

impl From<QuestionError> for ForecastError {
    fn from(error: QuestionError) -> Self {
        match error {
            QuestionError::NoRanges => Self::Model(error.to_string()),
            _ => Self::bad_input(error.field(), &error.to_string()),
        }
    }
}

impl From<NoOutcome> for ForecastError {
    fn from(_: NoOutcome) -> Self {
        Self::Work(WorkError::Panicked)
    }
}

impl From<ForecastError> for Problem {
    fn from(error: ForecastError) -> Self {
        let problem = match &error {
            ForecastError::BadInput { field, detail } => {
                Self::new(ProblemKind::BadInput).detail(error.to_string()).field(*field, detail.clone())
            }
            ForecastError::UnknownStock { suggestions, .. } => {
                let meant = match suggestions.as_slice() {
                    [] => "try its ticker symbol".to_owned(),
                    some => format!("did you mean {}?", some.join(", ")),
                };
                Self::new(ProblemKind::UnknownStock).detail(format!("{error}; {meant}"))
            }
            ForecastError::AmbiguousName { candidates, .. } => Self::new(ProblemKind::AmbiguousName)
                .detail(format!("{error}; ask by symbol: {}", candidates.join(", "))),
            ForecastError::TooLittleHistory { .. } => {
                Self::new(ProblemKind::TooLittleHistory).detail(error.to_string())
            }
            ForecastError::StalePrices { .. } => Self::new(ProblemKind::NoPrices).detail(error.to_string()),
            ForecastError::NoTrackRecord { .. } => {
                Self::new(ProblemKind::NoTrackRecord).detail(error.to_string())
            }
            ForecastError::Prices { symbol, error, now } => no_prices(symbol, error, *now),
            ForecastError::TooManyAtOnce => Self::new(ProblemKind::TooManyRequests)
                .detail("too many forecasts that are not cached yet were asked for at once from this address")
                .retry_after_seconds(1),
            ForecastError::Work(work) => (*work).into(),
            ForecastError::Model(_) => Self::new(ProblemKind::ForecastFailed)
                .detail("the model could not make a forecast of these prices"),
        };
        problem.caused_by(error)
    }
}

fn no_prices(symbol: &str, error: &SourceError, now: Timestamp) -> Problem {
    use SourceError as E;
    let reason = error.reason(&Provider::Yahoo.to_string());
    let error = error.of_last_provider();
    let kind = match error {
        E::UnknownSymbol | E::NotTraded { .. } | E::NoData => ProblemKind::NoPrices,
        E::OtherInstrument(_) => ProblemKind::NotAStock,
        E::BeforeListing => ProblemKind::BeforeListing,
        E::RateLimited { .. } | E::BudgetSpent { .. } => ProblemKind::PricesRateLimited,
        E::Blocked { .. } | E::CoolingDown { .. } | E::Refused { until: Some(_), .. } => {
            ProblemKind::PricesPaused
        }
        E::Late => ProblemKind::PricesLate,
        E::NoToken
        | E::TurnedOff(_)
        | E::NoProvider(_)
        | E::Refused { until: None, .. }
        | E::Unreachable { .. }
        | E::ServerError(_)
        | E::Malformed { .. }
        | E::ForeignFiler => ProblemKind::PricesUnavailable,
    };
    let problem = Problem::new(kind).detail(format!("no prices for {symbol}: {reason}"));
    match error.until() {
        Some(until) => {
            let seconds = until.duration_since(now).as_secs().max(1);
            problem.retry_after_seconds(u64::try_from(seconds).unwrap_or(RETRY_SECONDS))
        }
        None if kind.status().is_server_error() => problem.retry_after_seconds(RETRY_SECONDS),
        None => problem,
    }
}

impl IntoResponse for ForecastError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_prices_fail_has_its_status_and_says_when_to_come_back() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let until: Timestamp = "2026-11-23T12:01:30Z".parse().unwrap();
        for (error, status, slug, retry) in [
            (SourceError::UnknownSymbol, 404, "no-prices", None),
            (SourceError::NotTraded { since: jiff::civil::date(2026, 3, 2) }, 404, "no-prices", None),
            (SourceError::BeforeListing, 422, "before-listing", None),
            (SourceError::OtherInstrument("an index".to_owned()), 422, "not-a-stock", None),
            (SourceError::RateLimited { until }, 503, "prices-rate-limited", Some(90)),
            (SourceError::Blocked { until }, 503, "prices-unavailable", Some(90)),
            (
                SourceError::Refused { why: "status 401".to_owned(), until: Some(until) },
                503,
                "prices-unavailable",
                Some(90),
            ),
            (SourceError::Late, 504, "prices-late", Some(15)),
            (SourceError::ServerError(500), 502, "prices-unavailable", Some(15)),
        ] {
            let problem = Problem::from(ForecastError::Prices { symbol: "AAPL".to_owned(), error, now });
            let body = problem.body();
            assert_eq!((body.status, body.slug(), body.retry_after_seconds), (status, Some(slug), retry));
            assert!(body.detail.as_deref().unwrap().starts_with("no prices for AAPL: Yahoo Finance: "));
        }
    }
}
