use std::collections::BTreeMap;

use exchange_calendar::next_sessions;
use forecast_score::Outcome;
use forecast_types::{HORIZON, Symbol};
use jiff::civil::Date;

use crate::row::{OutcomeRow, OutcomeState};

/// What the stocks did, by session and in order of symbol.
#[derive(Debug, Default)]
pub(crate) struct Outcomes(BTreeMap<Date, Vec<OutcomeRow>>);

/// The fourteen sessions of a forecast, as far as they are recorded.
#[derive(Debug)]
pub(crate) struct Ahead<'a> {
    pub(crate) dates: Vec<Date>,
    rows: Vec<Option<&'a [OutcomeRow]>>,
    /// The last session with outcomes.
    last: Option<Date>,
}

/// What came of one forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// All of it.
    Over(Outcome),
    /// Some of its sessions are still to come.
    Pending,
    /// Its stock was delisted on the way.
    Delisted,
    /// A session on the way was not recorded.
    NotRecorded,
}

impl Outcomes {
    pub(crate) fn insert(&mut self, session: Date, rows: Vec<OutcomeRow>) {
        self.0.insert(session, rows);
    }

    /// Returns the sessions after one.
    pub(crate) fn ahead(&self, session: Date) -> Ahead<'_> {
        let dates = next_sessions(session, HORIZON);
        let rows = dates.iter().map(|date| self.0.get(date).map(Vec::as_slice)).collect();
        Ahead { dates, rows, last: self.0.keys().next_back().copied() }
    }
}

/// Returns the row of a stock among those of a session.
pub(crate) fn find<'a>(rows: &'a [OutcomeRow], symbol: &Symbol) -> Option<&'a OutcomeRow> {
    rows.binary_search_by(|row| row.symbol.cmp(symbol)).ok().map(|place| &rows[place])
}

/// As [`find`], but looks first where the stock was in another session: mostly it is there again.
fn find_near<'a>(rows: &'a [OutcomeRow], symbol: &Symbol, place: &mut usize) -> Option<&'a OutcomeRow> {
    if rows.get(*place).is_none_or(|row| row.symbol != *symbol) {
        *place = rows.binary_search_by(|row| row.symbol.cmp(symbol)).ok()?;
    }
    rows.get(*place)
}

impl Ahead<'_> {
    /// Returns what came of the forecast of a stock.
    pub(crate) fn course(&self, symbol: &Symbol) -> Course {
        let (known, end) = self.known(symbol);
        known.try_into().map_or(end, Course::Over)
    }

    /// Returns the log returns of a stock since the forecast, as far as they are known, and why they end.
    pub(crate) fn known(&self, symbol: &Symbol) -> (Vec<i64>, Course) {
        let (mut sum, mut place) = (0, 0);
        let mut known = Vec::with_capacity(HORIZON);
        for (rows, &date) in self.rows.iter().zip(&self.dates) {
            let row = rows.and_then(|rows| find_near(rows, symbol, &mut place));
            match row.map(|row| row.state) {
                Some(OutcomeState::Delisted) => return (known, Course::Delisted),
                None if rows.is_none() && self.last.is_none_or(|last| last < date) => {
                    return (known, Course::Pending);
                }
                None => return (known, Course::NotRecorded),
                Some(OutcomeState::Traded | OutcomeState::Halted) => {}
            }
            sum += row.map_or(0, |row| i64::from(row.log_return));
            known.push(sum);
        }
        (known, Course::Pending)
    }
}
