//! Rows to store: any number of forecasts, all different.

use forecast_store::{ForecastRow, ModelVersion, OutcomeRow, OutcomeState, ReportAhead, SourceLetters};
use forecast_types::{InputDigest, Market, ReportBasis, ReportTime, Source, SourceStatus, Symbol};
use jiff::civil::Date;

pub(crate) fn model() -> ModelVersion {
    ModelVersion::new("Fortnight LSTM", "2.0.0").unwrap()
}

fn symbol(place: usize) -> Symbol {
    let letter = |digit: usize| char::from(b'A' + (digit % 26) as u8);
    Symbol::parse(&[letter(place / 676), letter(place / 26), letter(place)].iter().collect::<String>())
        .unwrap()
}

pub(crate) fn forecasts(session: Date, count: usize) -> Vec<ForecastRow> {
    let row = |place: usize| ForecastRow {
        session,
        symbol: symbol(place),
        market: Market::Simulated,
        model: model(),
        made_at: 1_708_470_000 + place as i64,
        quantiles: std::array::from_fn(|level| {
            std::array::from_fn(|ahead| {
                let width = (700 + 13 * place as i32) * (level as i32 - 3);
                (f64::from(width) * (ahead as f64 + 1.0).sqrt()) as i32
            })
        }),
        sigma: 200_000 + 1_000 * place as i32,
        fast_sigma: 150_000 + 1_700 * (place as i32 % 40),
        sources: SourceLetters::new(|source| match source {
            Source::Prices => SourceStatus::Ok,
            Source::Searches => SourceStatus::Partial,
            _ => SourceStatus::Missing,
        }),
        report: place.is_multiple_of(3).then_some(ReportAhead {
            session: place as u8 % 14 + 1,
            basis: ReportBasis::Estimated,
            when: ReportTime::AfterClose,
        }),
        inputs: InputDigest(std::array::from_fn(|byte| (place + byte) as u8)),
    };
    (0..count).map(row).collect()
}

pub(crate) fn outcomes(session: Date, count: usize) -> Vec<OutcomeRow> {
    let row = |place: usize| {
        let state = if place % 10 == 9 { OutcomeState::Halted } else { OutcomeState::Traded };
        let log_return = if state == OutcomeState::Halted { 0 } else { 40_000 * (place as i32 % 7 - 3) };
        OutcomeRow { log_return, session, state, symbol: symbol(place) }
    };
    (0..count).map(row).collect()
}
