//! Which sessions an answer should hold, and which session a row belongs to.

use exchange_calendar::{
    NEW_YORK, date_in_new_york, is_session, last_settled, previous_session, session_hours, sessions_between,
};
use forecast_types::DailyBar;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use yahoo_finance_api::PeriodInfo;

use super::losses::Losses;
use crate::Days;

/// For this long after the close a bar may still lack the last trades: quotations are delayed by a quarter of an hour
/// on some exchanges. A stock that did not trade near the close keeps a bar with an early time stamp.
const AFTERMATH: SignedDuration = SignedDuration::from_mins(20);
/// More than any session and its aftermath.
const DAY_SECONDS: i64 = 86_400;
const EASTERN_SUMMER: Offset = Offset::constant(-4);

/// Which days count, and how the time of a row becomes a day.
pub(super) struct Sessions {
    zone: TimeZone,
    is_new_york: bool,
    pub(super) days: Days,
    pub(super) now: Timestamp,
    /// The last settled session.
    pub(super) settled: Date,
}

impl Sessions {
    pub(super) fn new(zone: TimeZone, days: Days, now: Timestamp, running: &PeriodInfo) -> Self {
        let is_new_york = zone == *NEW_YORK;
        Self { zone, is_new_york, days, now, settled: settled(running, now) }
    }

    /// Sessions as the calendar has them.
    pub(super) fn by_calendar(days: Days, now: Timestamp) -> Self {
        Self { zone: NEW_YORK.clone(), is_new_york: true, days, now, settled: last_settled(now) }
    }

    pub(super) fn date(&self, second: i64) -> Option<Date> {
        let stamp = Timestamp::from_second(second).ok()?;
        if !self.is_new_york {
            return Some(self.zone.to_datetime(stamp).date());
        }
        // Whether the clocks are four or five hours behind matters for an hour of the night only; nothing trades then.
        let [summer, winter] = [4, 5].map(|hours| (second - hours * 3_600).div_euclid(DAY_SECONDS));
        let local =
            if summer == winter { EASTERN_SUMMER.to_datetime(stamp) } else { self.zone.to_datetime(stamp) };
        Some(local.date())
    }

    /// Says whether a bar is stamped with a trade before its session's close, which has only just been.
    pub(super) fn is_unfinished(&self, second: i64, date: Date) -> bool {
        // Only the newest can be; the hours of all the others need not be worked out.
        if self.now.as_second() - second > DAY_SECONDS {
            return false;
        }
        session_hours(date).is_some_and(|hours| {
            let within = hours.open.as_second() < second && second < hours.close.as_second();
            within && self.now.duration_since(hours.close) < AFTERMATH
        })
    }

    fn newest_due(&self) -> Date {
        let last = self.days.last.min(self.settled);
        if is_session(last) { last } else { previous_session(last) }
    }

    /// Counts the sessions from the first of the `rows` on that have no bar; before it, a stock may not have been listed.
    pub(super) fn count_missing<'a>(
        &self,
        rows: impl Iterator<Item = &'a i64>,
        bars: &[DailyBar],
        losses: &mut Losses,
    ) {
        let dates = rows.filter_map(|&second| self.date(second)).filter(|&date| self.days.contains(date));
        let Some(first) = dates.chain(bars.first().map(|bar| bar.date)).min() else { return };
        let newest_due = self.newest_due();
        let mut present = bars.iter().map(|bar| bar.date).peekable();
        for date in sessions_between(first, newest_due) {
            if present.next_if_eq(&date).is_some() {
                continue;
            }
            // The session that settled last may still come; earlier ones would have come by now.
            if date == self.settled {
                losses.newest = Some(date);
            } else {
                losses.missing += 1;
                losses.last_missing = Some(date);
            }
        }
    }
}

/// The last settled session: by the calendar, unless Yahoo says that this very session still runs.
fn settled(running: &PeriodInfo, now: Timestamp) -> Date {
    let by_calendar = last_settled(now);
    let at = |second: u32| Timestamp::from_second(i64::from(second)).unwrap_or(Timestamp::UNIX_EPOCH);
    let (start, end) = (at(running.start), at(running.end));
    let runs = start <= now && now < end && date_in_new_york(start) == by_calendar;
    if runs { previous_session(by_calendar) } else { by_calendar }
}
