use bytes::Bytes;
use forecast_store::{ForecastRow, OutcomeRow};
use forecast_types::Symbol;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::{FileDigest, LogName, RecordError};

/// The leaves of one session, in order of symbol, and the file they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionLeaves {
    /// The session.
    pub(crate) session: Date,
    /// `2024-02-20 AAPL BASE64`, one for each row.
    pub(crate) entries: Vec<String>,
    /// The file with the rows.
    pub(crate) rows: FileDigest,
    /// When the newest row was made; `None` for outcomes.
    pub(crate) made_at: Option<Timestamp>,
}

impl SessionLeaves {
    /// Computes the leaves of a file, whose rows must be in order.
    pub(crate) fn of_file(log: LogName, session: Date, file: Bytes) -> Result<Self, RecordError> {
        let rows = FileDigest::of(&file);
        let (leaves, made_at): (Vec<(Date, Symbol, String)>, _) = match log {
            LogName::Forecasts => {
                let rows = ForecastRow::read_file(session, file)?;
                let made_at = rows.iter().map(|row| row.made_at).max();
                let leaf = |row: &ForecastRow| (row.session, row.symbol.clone(), row.log_entry());
                (rows.iter().map(leaf).collect(), made_at)
            }
            LogName::Outcomes => {
                let rows = OutcomeRow::read_file(session, file)?;
                let leaf = |row: &OutcomeRow| (row.session, row.symbol.clone(), row.log_entry());
                (rows.iter().map(leaf).collect(), None)
            }
        };
        let fail = |reason: &str| Err(RecordError::Leaves { session, reason: reason.to_owned() });
        if leaves.is_empty() {
            return fail("there are no rows");
        }
        if leaves.iter().any(|(of, ..)| *of != session) {
            return fail("some rows belong to another session");
        }
        if !leaves.is_sorted_by(|(_, a, _), (_, b, _)| a < b) {
            return fail("they are not in order of symbol, or a symbol occurs twice");
        }
        let made_at = match made_at.map(Timestamp::from_second) {
            None => None,
            Some(Ok(made_at)) => Some(made_at),
            Some(Err(_)) => return fail("the time of a row is out of range"),
        };
        let entries = leaves.into_iter().map(|(_, _, entry)| entry).collect();
        Ok(Self { session, entries, rows, made_at })
    }
}
