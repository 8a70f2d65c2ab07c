//! Rows to store: any number of forecasts, all different.

use forecast_store::{ForecastRow, ModelVersion, OutcomeRow, OutcomeState, ReportAhead, SourceLetters};
use forecast_types::{InputDigest, Market, ReportBasis, ReportTime, Source, SourceStatus, Symbol};
use jiff::civil::Date;

pub(crate) fn model() -> ModelVersion {
    ModelVersion::new("Fortnight LSTM", "2.0.0").unwrap()
}

fn symbol(index: usize) -> Symbol {
    let letter = |digit: usize| char::from(b'A' + (digit % 26) as u8);
    Symbol::parse(&[letter(index / 676), letter(index / 26), letter(index)].iter().collect::<String>())
        .unwrap()
}

pub(crate) fn forecasts(session: Date, count: usize) -> Vec<ForecastRow> {
    let row = |index: usize| ForecastRow {
        session,
        symbol: symbol(index),
        market: Market::Simulated,
        model: model(),
        made_at: 1_708_470_000 + index as i64,
        quantiles: std::array::from_fn(|level| {
            std::array::from_fn(|ahead| {
                let width = (700 + 13 * index as i32) * (level as i32 - 3);
                (f64::from(width) * (ahead as f64 + 1.0).sqrt()) as i32
            })
        }),
        sigma: 200_000 + 1_000 * index as i32,
        fast_sigma: 150_000 + 1_700 * (index as i32 % 40),
        sources: SourceLetters::new(|source| match source {
            Source::Prices => SourceStatus::Ok,
            Source::Searches => SourceStatus::Partial,
            _ => SourceStatus::Missing,
        }),
        report: index.is_multiple_of(3).then_some(ReportAhead {
            session: index as u8 % 14 + 1,
            basis: ReportBasis::Estimated,
            when: ReportTime::AfterClose,
        }),
        inputs: InputDigest(std::array::from_fn(|byte| (index + byte) as u8)),
    };
    (0..count).map(row).collect()
}

pub(crate) fn outcomes(session: Date, count: usize) -> Vec<OutcomeRow> {
    let row = |index: usize| {
        let state = if index % 10 == 9 { OutcomeState::Halted } else { OutcomeState::Traded };
        let log_return = if state == OutcomeState::Halted { 0 } else { 40_000 * (index as i32 % 7 - 3) };
        OutcomeRow { log_return, session, state, symbol: symbol(index) }
    };
    (0..count).map(row).collect()
}
