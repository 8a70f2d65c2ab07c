use forecast_client::ClientError;
use forecast_record::RecordError;
use forecast_store::{ModelVersionError, StoreError};
use jiff::civil::Date;

/// Why a night cannot go on. What is staged stays, and the next start continues there.
#[derive(Debug, thiserror::Error)]
pub enum NightlyError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The record cannot be extended.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// predict-service cannot be asked at all.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The model cannot be named in a row.
    #[error(transparent)]
    Model(#[from] ModelVersionError),
    /// The model's file has no baseline to compare forecasts with.
    #[error("the model of predict-service has no baseline, so its forecasts cannot be scored")]
    NoBaseline,
    /// predict-service asks to come back much later.
    #[error("predict-service asks to wait for {wait_minutes} minutes: {reason}; start again then")]
    Paused {
        /// How long.
        wait_minutes: u64,
        /// Why, in its words.
        reason: String,
    },
    /// The price source does not have the session yet.
    #[error("there are no prices of {session} yet, only of {last}; start again later")]
    NotSettled {
        /// The session.
        session: Date,
        /// What there is.
        last: Date,
    },
    /// With real prices, a forecast must be recorded before the session it is about.
    #[error("the exchanges are open; forecasts made after {session} are recorded before the next open only")]
    TooLate {
        /// The session.
        session: Date,
    },
    /// The night was begun with other stocks.
    #[error(
        "the night of {session} was begun with a list of {first} stocks, and this one has {now} or others; finish it \
         with the list it was begun with"
    )]
    OtherList {
        /// The session.
        session: Date,
        /// Stocks in the list it was begun with.
        first: usize,
        /// Stocks in this one.
        now: usize,
    },
}
