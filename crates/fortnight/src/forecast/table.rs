use std::fmt;

use forecast_types::{Chance, Forecast, ForecastSession, Interval, Outlook, asked_price, format};

use super::args::Limit;
use super::bars::Axis;

/// Columns of a line, as every terminal has them.
const WIDTH: usize = 80;
/// Narrower bars show nothing.
const NARROWEST_BAR: usize = 20;
const GAP: &str = "  ";

/// The coming trading days of one stock: the 80% range in numbers, all ranges as bars, and the chance of a close beyond
/// a price where one was asked for.
pub(super) struct Table {
    /// Title and cells of each column; the first is aligned to the left.
    columns: Vec<Column>,
    bars: Vec<String>,
    /// The ends of the axis above the bars.
    ends: String,
    /// What the column of chances leaves out.
    at_least_once: Option<String>,
}

struct Column {
    title: String,
    cells: Vec<String>,
}

impl Table {
    pub(super) fn of(forecast: &Forecast, limit: Option<Limit>) -> Self {
        let (sessions, currency) = (forecast.forecast.as_slice(), forecast.stock.currency.as_str());
        let outlook = limit.and_then(|limit| {
            let outlook = Outlook::of(sessions.iter().map(|session| &session.quantiles))?;
            Some((limit, outlook))
        });
        let mut columns = vec![
            Column::new("Day", sessions, |session| format::day(session.date)),
            Column::new("80% range", sessions, |session| range(session, currency)),
        ];
        columns.extend(outlook.as_ref().map(|(limit, outlook)| chances(*limit, outlook, sessions, currency)));
        let used: usize = columns.iter().map(|column| column.width() + GAP.len()).sum();
        let axis = Axis::of(sessions, WIDTH.saturating_sub(used).max(NARROWEST_BAR));
        let (low, high) = (format::price(axis.low, currency), format::price(axis.high, currency));
        let high_width = axis.columns.saturating_sub(low.chars().count());
        Self {
            columns,
            bars: sessions.iter().map(|session| axis.bar(&session.quantiles)).collect(),
            ends: format!("{low}{high:>high_width$}"),
            at_least_once: outlook.and_then(|(limit, outlook)| {
                let (index, last) = (sessions.len().checked_sub(1)?, sessions.last()?);
                let chance = Chance::of(outlook.at_least_once(index, limit.side, limit.price));
                let (side, price) = (limit.side, asked_price(limit.price, currency));
                Some(format!("At least one close {side} {price} by {}: {chance}", format::day(last.date)))
            }),
        }
    }
}

impl Column {
    fn new(title: &str, sessions: &[ForecastSession], cell: impl FnMut(&ForecastSession) -> String) -> Self {
        Self { title: title.to_owned(), cells: sessions.iter().map(cell).collect() }
    }

    fn width(&self) -> usize {
        let cells = self.cells.iter().chain([&self.title]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    }
}

fn range(session: &ForecastSession, currency: &str) -> String {
    let (low, high) = Interval::P80.prices(&session.quantiles).unwrap_or_default();
    format!("{} – {}", format::price(low, currency), format::price(high, currency))
}

fn chances(limit: Limit, outlook: &Outlook, sessions: &[ForecastSession], currency: &str) -> Column {
    let chance = |index| Chance::of(outlook.on_day(index, limit.side, limit.price)).to_string();
    let title = format!("{} {}", limit.side, asked_price(limit.price, currency));
    Column { title, cells: (0..sessions.len()).map(chance).collect() }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<usize> = self.columns.iter().map(Column::width).collect();
        let mut line = |cell: &dyn Fn(&Column) -> String, bar: &str| {
            for (index, (column, width)) in self.columns.iter().zip(&widths).enumerate() {
                let cell = cell(column);
                match index {
                    0 => write!(f, "{cell:<width$}{GAP}")?,
                    _ => write!(f, "{cell:>width$}{GAP}")?,
                }
            }
            writeln!(f, "{bar}")
        };
        line(&|column| column.title.clone(), &self.ends)?;
        for (row, bar) in self.bars.iter().enumerate() {
            line(&|column| column.cells[row].clone(), bar)?;
        }
        self.at_least_once.iter().try_for_each(|sentence| writeln!(f, "{sentence}"))
    }
}
