use std::collections::BTreeMap;

use exchange_calendar::next_sessions;
use forecast_score::Outcome;
use forecast_types::{HORIZON, Symbol};
use jiff::civil::Date;

use crate::row::{OutcomeRow, OutcomeState};

/// The outcomes of all stocks, by session and in order of symbol.
#[derive(Debug, Default)]
pub(crate) struct Outcomes(BTreeMap<Date, Vec<OutcomeRow>>);

/// The recorded outcomes of the fourteen sessions after a forecast.
#[derive(Debug)]
pub(crate) struct HorizonOutcomes<'a> {
    pub(crate) dates: Vec<Date>,
    rows: Vec<Option<&'a [OutcomeRow]>>,
    /// The last session with outcomes.
    last: Option<Date>,
}

/// Whether a forecast can be scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ForecastState {
    /// All of its outcomes are known.
    Complete(Outcome),
    /// Some of its sessions are not over.
    Pending,
    /// Its stock was delisted within the fourteen sessions.
    Delisted,
    /// The outcome of one of its sessions was not recorded.
    NotRecorded,
}

impl Outcomes {
    pub(crate) fn insert(&mut self, session: Date, rows: Vec<OutcomeRow>) {
        self.0.insert(session, rows);
    }

    /// Returns the outcomes of the fourteen sessions after one.
    pub(crate) fn horizon(&self, session: Date) -> HorizonOutcomes<'_> {
        let dates = next_sessions(session, HORIZON);
        let rows = dates.iter().map(|date| self.0.get(date).map(Vec::as_slice)).collect();
        HorizonOutcomes { dates, rows, last: self.0.keys().next_back().copied() }
    }
}

/// Returns the row of a stock among those of a session.
pub(crate) fn find<'a>(rows: &'a [OutcomeRow], symbol: &Symbol) -> Option<&'a OutcomeRow> {
    rows.binary_search_by(|row| row.symbol.cmp(symbol)).ok().map(|index| &rows[index])
}

/// Like [`find`], but first looks at the index that the stock had in another session, which rarely changes.
fn find_near<'a>(rows: &'a [OutcomeRow], symbol: &Symbol, index: &mut usize) -> Option<&'a OutcomeRow> {
    if rows.get(*index).is_none_or(|row| row.symbol != *symbol) {
        *index = rows.binary_search_by(|row| row.symbol.cmp(symbol)).ok()?;
    }
    rows.get(*index)
}

impl HorizonOutcomes<'_> {
    /// Returns whether the forecast of a stock can be scored.
    pub(crate) fn state(&self, symbol: &Symbol) -> ForecastState {
        let (realized, end) = self.realized(symbol);
        realized.try_into().map_or(end, ForecastState::Complete)
    }

    /// Returns the log returns of a stock since the forecast, as far as they are known, and why they end there.
    pub(crate) fn realized(&self, symbol: &Symbol) -> (Vec<i64>, ForecastState) {
        let (mut sum, mut index) = (0, 0);
        let mut realized = Vec::with_capacity(HORIZON);
        for (rows, &date) in self.rows.iter().zip(&self.dates) {
            let row = rows.and_then(|rows| find_near(rows, symbol, &mut index));
            match row.map(|row| row.state) {
                Some(OutcomeState::Delisted) => return (realized, ForecastState::Delisted),
                None if rows.is_none() && self.last.is_none_or(|last| last < date) => {
                    return (realized, ForecastState::Pending);
                }
                None => return (realized, ForecastState::NotRecorded),
                Some(OutcomeState::Traded | OutcomeState::Halted) => {}
            }
            sum += row.map_or(0, |row| i64::from(row.log_return));
            realized.push(sum);
        }
        (realized, ForecastState::Pending)
    }
}
