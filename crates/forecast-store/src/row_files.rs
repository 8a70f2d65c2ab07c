//! Reads the files of a session from bytes, for callers that did not get them from a store, such as a verifier of a website.

use bytes::Bytes;
use jiff::civil::Date;

use crate::parquet_file::{read_forecasts, read_outcomes};
use crate::{ForecastRow, OutcomeRow, StoreError, paths};

impl ForecastRow {
    /// Reads the file with the forecasts made after a session.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn read_file(session: Date, file: Bytes) -> Result<Vec<Self>, StoreError> {
        read_forecasts(session, file).map_err(|error| StoreError::damaged(&paths::forecasts(session), error))
    }
}

impl OutcomeRow {
    /// Reads the file with the returns of the stocks on a session.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn read_file(session: Date, file: Bytes) -> Result<Vec<Self>, StoreError> {
        read_outcomes(session, file).map_err(|error| StoreError::damaged(&paths::outcomes(session), error))
    }
}
