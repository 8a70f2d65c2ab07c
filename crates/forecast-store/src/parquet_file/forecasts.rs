use bytes::Bytes;
use forecast_types::{HORIZON, InputDigest, Market, Symbol};
use jiff::civil::Date;
use parquet::basic::Encoding;
use parquet::data_type::{FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::RowGroupReader;

use super::column::{self, Columns, read, read_texts};
use super::{plain_column, properties, read_file, write_file};
use crate::row::{ForecastRow, ModelVersion, ReportAhead, SourceLetters};

const LEVELS: [&str; 7] = ["q05", "q10", "q25", "q50", "q75", "q90", "q95"];
const INPUTS: usize = 16;

fn schema() -> String {
    let list = |name: &str| {
        format!("required group {name} (LIST) {{ repeated group list {{ required int32 element; }} }}")
    };
    format!(
        "message forecasts {{
            required binary symbol (STRING);
            required binary market (STRING);
            required binary model (STRING);
            required int64 made_at;
            {}
            required int32 sigma;
            required int32 fast_sigma;
            required binary sources (STRING);
            required int32 report;
            required binary report_basis (STRING);
            required binary report_when (STRING);
            required fixed_len_byte_array({INPUTS}) inputs;
        }}",
        LEVELS.map(list).join("\n")
    )
}

/// Writes the forecasts of one session.
pub(crate) fn write_forecasts(session: Date, rows: &[ForecastRow]) -> Result<Vec<u8>, ParquetError> {
    let mut settings = properties(session);
    for level in LEVELS {
        settings = plain_column(settings, &format!("{level}.list.element"), Encoding::BYTE_STREAM_SPLIT);
    }
    for name in ["sigma", "fast_sigma"] {
        settings = plain_column(settings, name, Encoding::BYTE_STREAM_SPLIT);
    }
    settings = plain_column(settings, "symbol", Encoding::DELTA_BYTE_ARRAY);
    settings = plain_column(settings, "inputs", Encoding::PLAIN);
    write_file(&schema(), settings, |group| {
        let mut columns = Columns(group);
        let numbers = |value: fn(&ForecastRow) -> i32| rows.iter().map(value).collect::<Vec<i32>>();
        let reports: Vec<_> = rows.iter().map(|row| ReportAhead::recorded(row.report)).collect();
        columns.texts(rows.iter().map(|row| row.symbol.as_str()))?;
        columns.texts(rows.iter().map(|row| row.market.to_string()))?;
        columns.texts(rows.iter().map(|row| row.model.as_str()))?;
        columns.write::<Int64Type>(&rows.iter().map(|row| row.made_at).collect::<Vec<_>>())?;
        for level in 0..LEVELS.len() {
            let quantiles: Vec<i32> = rows.iter().flat_map(|row| row.quantiles[level]).collect();
            columns.lists::<Int32Type>(&quantiles, HORIZON)?;
        }
        columns.write::<Int32Type>(&numbers(|row| row.sigma))?;
        columns.write::<Int32Type>(&numbers(|row| row.fast_sigma))?;
        columns.texts(rows.iter().map(|row| row.sources.to_string()))?;
        columns
            .write::<Int32Type>(&reports.iter().map(|&(session, ..)| session.into()).collect::<Vec<_>>())?;
        columns.texts(reports.iter().map(|&(_, basis, _)| basis))?;
        columns.texts(reports.iter().map(|&(.., when)| when))?;
        let inputs: Vec<FixedLenByteArray> = rows.iter().map(|row| row.inputs.0.to_vec().into()).collect();
        columns.write::<FixedLenByteArrayType>(&inputs)
    })
}

/// Reads the forecasts of one session.
pub(crate) fn read_forecasts(session: Date, bytes: Bytes) -> Result<Vec<ForecastRow>, ParquetError> {
    let mut rows = Vec::new();
    read_file(bytes, |group| {
        rows.extend(read_group(session, group)?);
        Ok(())
    })?;
    Ok(rows)
}

fn read_group(session: Date, group: &dyn RowGroupReader) -> Result<Vec<ForecastRow>, ParquetError> {
    let symbols: Vec<Symbol> = read_texts(group, "symbol")?;
    let markets: Vec<Market> = read_texts(group, "market")?;
    let models: Vec<ModelVersion> = read_texts(group, "model")?;
    let made_at = read::<Int64Type>(group, "made_at")?;
    let quantiles: Vec<Vec<i32>> =
        LEVELS.iter().map(|level| read::<Int32Type>(group, level)).collect::<Result<_, _>>()?;
    if quantiles.iter().any(|values| values.len() != symbols.len() * HORIZON) {
        return Err(column::schema_error("a list of quantiles does not have fourteen values"));
    }
    let sigma = read::<Int32Type>(group, "sigma")?;
    let fast_sigma = read::<Int32Type>(group, "fast_sigma")?;
    let sources: Vec<SourceLetters> = read_texts(group, "sources")?;
    let reports = read::<Int32Type>(group, "report")?;
    let bases: Vec<String> = read_texts(group, "report_basis")?;
    let times: Vec<String> = read_texts(group, "report_when")?;
    let inputs = read::<FixedLenByteArrayType>(group, "inputs")?;

    let row = |(index, symbol): (usize, Symbol)| {
        let report = u8::try_from(reports[index]).unwrap_or(u8::MAX);
        let bytes = inputs[index].data();
        Ok(ForecastRow {
            session,
            symbol,
            market: markets[index],
            model: models[index].clone(),
            made_at: made_at[index],
            quantiles: std::array::from_fn(|level| {
                std::array::from_fn(|ahead| quantiles[level][index * HORIZON + ahead])
            }),
            sigma: sigma[index],
            fast_sigma: fast_sigma[index],
            sources: sources[index],
            report: ReportAhead::read(report, &bases[index], &times[index])
                .map_err(|error| column::schema_error(&error))?,
            inputs: InputDigest(
                bytes.try_into().map_err(|_| column::schema_error("`inputs` does not have sixteen bytes"))?,
            ),
        })
    };
    symbols.into_iter().enumerate().map(row).collect()
}
