//! Bars as they look at a moment: stamped with their session's opening, the last one perhaps still moving.

use exchange_calendar::{date_in_new_york, session_hours};
use forecast_types::DailyBar;
use jiff::{Timestamp, ToSpan as _};

use crate::market::StockSeries;

/// A bar and the second it is stamped with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) stamp: i64,
    pub(super) bar: DailyBar,
}

/// All rows there are at a moment, oldest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    settled: &'a [DailyBar],
    stamps: &'a [i64],
    today: Option<Row>,
}

/// For this long after the closing bell the last row keeps the stamp of its last trade.
const STAMP_SETTLES_AFTER_HOURS: i64 = 4;

impl<'a> Rows<'a> {
    pub(super) fn of(stock: &'a StockSeries, now: Timestamp) -> Self {
        let today = date_in_new_york(now);
        let count = stock.bars.partition_point(|bar| bar.date < today);
        let of_today =
            stock.bars.get(count).zip(stock.stamps.get(count)).filter(|(bar, _)| bar.date == today);
        Self {
            settled: &stock.bars[..count],
            stamps: &stock.stamps[..count],
            today: of_today.and_then(|(&bar, &stamp)| at_moment(Row { stamp, bar }, now)),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.settled.len() + usize::from(self.today.is_some())
    }

    pub(super) fn get(&self, at: usize) -> Option<Row> {
        match self.settled.get(at) {
            Some(&bar) => Some(Row { stamp: self.stamps[at], bar }),
            None => self.today.filter(|_| at == self.settled.len()),
        }
    }

    pub(super) fn last(&self) -> Option<Row> {
        self.len().checked_sub(1).and_then(|at| self.get(at))
    }

    /// Returns how many rows, from the oldest on, are stamped before a second.
    pub(super) fn before(&self, second: i64) -> usize {
        let settled = self.stamps.partition_point(|&stamp| stamp < second);
        settled + usize::from(self.today.is_some_and(|row| row.stamp < second))
    }

    /// Returns the highest and lowest price of the newest `count` rows.
    pub(super) fn extremes(&self, count: usize) -> (f64, f64) {
        (self.len().saturating_sub(count)..self.len())
            .filter_map(|at| self.get(at))
            .fold((f64::MIN, f64::MAX), |(high, low), row| (high.max(row.bar.high), low.min(row.bar.low)))
    }
}

/// Today's row: none before the opening, then one that moves, then the whole of it.
fn at_moment(row: Row, now: Timestamp) -> Option<Row> {
    let bar = row.bar;
    let hours = session_hours(bar.date)?;
    if now < hours.open {
        return None;
    }
    if now >= hours.close {
        let quiet = hours.close.checked_add(STAMP_SETTLES_AFTER_HOURS.hours()).unwrap_or(Timestamp::MAX);
        let stamp = if now < quiet { hours.close.as_second() + 1 } else { row.stamp };
        return Some(Row { stamp, bar });
    }
    let opened = hours.open.as_second();
    let passed = (now.as_second() - opened) as f64 / (hours.close.as_second() - opened) as f64;
    // Straight from open to close, with waves that die out at both ends.
    let waves = (passed * 19.0).sin() * 0.6 + (passed * 47.0).sin() * 0.4;
    let room = (bar.high - bar.low) * 0.35 * (passed * (1.0 - passed) * 4.0);
    let price = (bar.open + (bar.close - bar.open) * passed + waves * room).clamp(bar.low, bar.high);
    let close = (price * 1e4).round() / 1e4;
    let (upper, lower) = (bar.open.max(close), bar.open.min(close));
    let moving = DailyBar {
        close,
        adjusted_close: close,
        high: upper + (bar.high - bar.open.max(bar.close)).max(0.0) * passed,
        low: lower - (bar.open.min(bar.close) - bar.low).max(0.0) * passed,
        volume: (bar.volume as f64 * passed) as u64,
        ..bar
    };
    Some(Row { stamp: now.as_second(), bar: moving })
}
