use forecast_client::ClientError;
use forecast_record::RecordError;
use forecast_store::{ModelVersionError, StoreError};
use jiff::civil::Date;

/// Why a nightly run cannot continue. Staged chunks are kept, and the next start continues from there.
#[derive(Debug, thiserror::Error)]
pub enum NightlyError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The record cannot be extended.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// No request to predict-service can succeed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The model cannot be named in a row.
    #[error(transparent)]
    Model(#[from] ModelVersionError),
    /// The model file has no baseline to compare forecasts with.
    #[error("the model of predict-service has no baseline, so its forecasts cannot be scored")]
    NoBaseline,
    /// predict-service asks for a long pause.
    #[error("predict-service asks to wait for {wait_minutes} minutes: {reason}; start again then")]
    Paused {
        /// How long.
        wait_minutes: u64,
        /// Its explanation.
        reason: String,
    },
    /// The price source does not have the session yet.
    #[error("there are no prices for {session} yet, only for {last}; start again later")]
    NotSettled {
        /// The session.
        session: Date,
        /// The last session with prices.
        last: Date,
    },
    /// With real prices, forecasts must be made before the next session opens.
    #[error("the next session has opened; forecasts made after {session} can only be recorded before that")]
    TooLate {
        /// The session.
        session: Date,
    },
    /// The run was started with a different list.
    #[error(
        "the run for {session} was started with a different list of stocks ({first} then, {now} now); finish it with \
         the original list"
    )]
    OtherList {
        /// The session.
        session: Date,
        /// Stocks in the original list.
        first: usize,
        /// Stocks in this list.
        now: usize,
    },
}
