use bytes::Bytes;
use forecast_types::Symbol;
use jiff::civil::Date;
use parquet::basic::Encoding;
use parquet::data_type::Int32Type;
use parquet::errors::ParquetError;

use super::column::{Columns, read, read_texts};
use super::{plain_column, properties, read_file, write_file};
use crate::row::{OutcomeRow, OutcomeState};

const SCHEMA: &str = "message outcomes {
    required binary symbol (STRING);
    required int32 log_return;
    required binary state (STRING);
}";

/// Writes the returns of the stocks on one session.
pub(crate) fn write_outcomes(session: Date, rows: &[OutcomeRow]) -> Result<Vec<u8>, ParquetError> {
    let settings = plain_column(properties(session), "log_return", Encoding::BYTE_STREAM_SPLIT);
    let settings = plain_column(settings, "symbol", Encoding::DELTA_BYTE_ARRAY);
    write_file(SCHEMA, settings, |group| {
        let mut columns = Columns(group);
        columns.texts(rows.iter().map(|row| row.symbol.as_str()))?;
        columns.write::<Int32Type>(&rows.iter().map(|row| row.log_return).collect::<Vec<_>>())?;
        columns.texts(rows.iter().map(|row| row.state.as_str()))
    })
}

/// Reads the returns of the stocks on one session.
pub(crate) fn read_outcomes(session: Date, bytes: Bytes) -> Result<Vec<OutcomeRow>, ParquetError> {
    let mut rows = Vec::new();
    read_file(bytes, |group| {
        let symbols: Vec<Symbol> = read_texts(group, "symbol")?;
        let returns = read::<Int32Type>(group, "log_return")?;
        let states: Vec<OutcomeState> = read_texts(group, "state")?;
        let found = symbols.into_iter().zip(returns).zip(states);
        rows.extend(found.map(|((symbol, log_return), state)| OutcomeRow {
            log_return,
            session,
            state,
            symbol,
        }));
        Ok(())
    })?;
    Ok(rows)
}
