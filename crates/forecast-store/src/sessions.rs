//! The two files of a session.

use jiff::civil::Date;

use crate::parquet_file::{write_forecasts, write_outcomes};
use crate::{Digest, ForecastRow, OutcomeRow, Store, StoreError, StoredFile, paths};

impl Store {
    /// Writes the forecasts of a session permanently. Writing the same ones again changes nothing.
    ///
    /// # Errors
    /// When they are not in strict order of symbol, different ones are already recorded, or the store does not answer.
    pub async fn seal_forecasts(
        &self,
        session: Date,
        rows: &[ForecastRow],
    ) -> Result<StoredFile, StoreError> {
        let path = paths::forecasts(session);
        in_order(&path, rows.iter().map(|row| (&row.symbol, row.session == session)))?;
        let file =
            write_forecasts(session, rows).map_err(|error| StoreError::object("write", &path, error))?;
        self.seal(&path, file, rows.len()).await
    }

    /// Writes the returns of the stocks on a session permanently. Writing the same ones again changes nothing.
    ///
    /// # Errors
    /// Like [`Store::seal_forecasts`].
    pub async fn seal_outcomes(&self, session: Date, rows: &[OutcomeRow]) -> Result<StoredFile, StoreError> {
        let path = paths::outcomes(session);
        in_order(&path, rows.iter().map(|row| (&row.symbol, row.session == session)))?;
        let file =
            write_outcomes(session, rows).map_err(|error| StoreError::object("write", &path, error))?;
        self.seal(&path, file, rows.len()).await
    }

    /// Reads the forecasts made after a session, in order of symbol; `None` if none are recorded.
    ///
    /// # Errors
    /// When the store does not answer, or the file is damaged.
    pub async fn forecasts(&self, session: Date) -> Result<Option<Vec<ForecastRow>>, StoreError> {
        let path = paths::forecasts(session);
        let Some(bytes) = self.get(&path).await? else { return Ok(None) };
        decode(move || ForecastRow::read_file(session, bytes)).await.map(Some)
    }

    /// Reads the returns of the stocks on a session, in order of symbol; `None` if none are recorded.
    ///
    /// # Errors
    /// When the store does not answer, or the file is damaged.
    pub async fn outcomes(&self, session: Date) -> Result<Option<Vec<OutcomeRow>>, StoreError> {
        let path = paths::outcomes(session);
        let Some(bytes) = self.get(&path).await? else { return Ok(None) };
        decode(move || OutcomeRow::read_file(session, bytes)).await.map(Some)
    }

    async fn seal(&self, path: &str, file: Vec<u8>, rows: usize) -> Result<StoredFile, StoreError> {
        let stored = StoredFile { rows: rows as u64, bytes: file.len() as u64, digest: Digest::of(&file) };
        self.create_same(path, file).await?;
        Ok(stored)
    }
}

/// Decodes a file on a blocking thread, because it takes some milliseconds; files that are read together share the cores.
async fn decode<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(read)
        .await
        .unwrap_or_else(|stopped| std::panic::resume_unwind(stopped.into_panic()))
}

/// Refuses rows of another session, and rows that are not in strict order of symbol.
fn in_order<'a>(
    path: &str,
    mut rows: impl Iterator<Item = (&'a forecast_types::Symbol, bool)> + Clone,
) -> Result<(), StoreError> {
    let is_in_order = rows.clone().is_sorted_by(|(before, _), (after, _)| before < after);
    if is_in_order && rows.all(|(_, is_of_session)| is_of_session) {
        Ok(())
    } else {
        Err(StoreError::damaged(path, "its rows are not those of one session in order of symbol"))
    }
}
