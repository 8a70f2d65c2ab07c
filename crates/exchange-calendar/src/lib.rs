//! Sessions, holidays and closing times of the New York exchanges (NYSE and Nasdaq keep the same calendar).
//!
//! The calendar is computed from the exchanges' published rules (NYSE Rule 7.2 and the yearly holiday notices),
//! plus the list of one-off closures, for 1998 to the distant future. It is pure: no clock, no I/O. Outside its
//! scope are late openings, trading halts and closures not yet announced.
//!
//! ```
//! use exchange_calendar::{next_sessions, session_hours};
//! use jiff::civil::date;
//!
//! // Thanksgiving 2026 is no session, the Friday after it is one that closes early.
//! let coming = next_sessions(date(2026, 11, 25), 2);
//! assert_eq!(coming, [date(2026, 11, 27), date(2026, 11, 30)]);
//! assert!(session_hours(date(2026, 11, 27)).unwrap().early);
//! ```

mod holidays;

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday, time};
use jiff::tz::TimeZone;

pub use holidays::{closes_early, holiday};

/// The time zone of the exchanges.
pub static NEW_YORK: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("America/New_York").expect("the time zone database is compiled in"));

/// When a session opens and closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionHours {
    /// The opening bell, 9:30 in New York.
    pub open: Timestamp,
    /// The closing bell: 16:00, or 13:00 where the exchanges close early.
    pub close: Timestamp,
    /// Whether the session closes early.
    pub early: bool,
}

/// Whether the exchanges trade at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarketState {
    /// A session is under way.
    Open {
        /// The session.
        session: Date,
        /// Its closing bell.
        closes: Timestamp,
    },
    /// No session is under way.
    Closed {
        /// The next session.
        session: Date,
        /// Its opening bell.
        opens: Timestamp,
    },
}

/// Says whether the exchanges trade on a day; an early close is a session.
#[must_use]
pub fn is_session(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && holiday(day).is_none()
}

/// Returns the hours of a session, or `None` for a day that is none.
#[must_use]
pub fn session_hours(day: Date) -> Option<SessionHours> {
    if !is_session(day) {
        return None;
    }
    let early = closes_early(day);
    let closing_hour = if early { 13 } else { 16 };
    let open = moment(day, 9, 30);
    let close = moment(day, closing_hour, 0);
    Some(SessionHours { open, close, early })
}

/// Returns the `count` sessions after a day, nearest first.
#[must_use]
pub fn next_sessions(after: Date, count: usize) -> Vec<Date> {
    days_from(after).skip(1).filter(|&day| is_session(day)).take(count).collect()
}

/// Returns the last session before a day.
#[must_use]
pub fn previous_session(before: Date) -> Date {
    days_before(before)
        .find(|&day| is_session(day))
        .expect("a session stands within a fortnight before any day")
}

/// Returns the sessions from `first` to `last`, both included, oldest first.
#[must_use]
pub fn sessions_between(first: Date, last: Date) -> Vec<Date> {
    days_from(first).take_while(|&day| day <= last).filter(|&day| is_session(day)).collect()
}

/// Returns the day that lies `count` sessions before a day, for example where a window must begin.
#[must_use]
pub fn sessions_back(from: Date, count: usize) -> Date {
    if count == 0 {
        return from;
    }
    days_before(from)
        .filter(|&day| is_session(day))
        .nth(count - 1)
        .expect("the calendar reaches far enough back")
}

/// Returns the last session that had closed at a moment: the newest day whose bar may be trusted.
#[must_use]
pub fn last_settled(now: Timestamp) -> Date {
    let today = date_in_new_york(now);
    match session_hours(today) {
        Some(hours) if hours.close <= now => today,
        _ => previous_session(today),
    }
}

/// Returns whether the exchanges trade at a moment, and when that changes.
#[must_use]
pub fn market_state(now: Timestamp) -> MarketState {
    let today = date_in_new_york(now);
    if let Some(hours) = session_hours(today) {
        if now < hours.open {
            return MarketState::Closed { session: today, opens: hours.open };
        }
        if now < hours.close {
            return MarketState::Open { session: today, closes: hours.close };
        }
    }
    let session = days_from(today)
        .skip(1)
        .find(|&day| is_session(day))
        .expect("a session stands within a fortnight after any day");
    MarketState::Closed { session, opens: moment(session, 9, 30) }
}

/// Returns the day it is in New York at a moment.
#[must_use]
pub fn date_in_new_york(now: Timestamp) -> Date {
    NEW_YORK.to_datetime(now).date()
}

fn moment(day: Date, hour: i8, minute: i8) -> Timestamp {
    day.to_datetime(time(hour, minute, 0, 0))
        .to_zoned(NEW_YORK.clone())
        .expect("New York's clocks never skip trading hours")
        .timestamp()
}

/// The day itself and all after it.
fn days_from(start: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(start), |day| day.tomorrow().ok())
}

/// The days before a day, nearest first.
fn days_before(end: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(end.yesterday().ok(), |day| day.yesterday().ok())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_year_has_the_sessions_the_exchange_counted() {
        // NYSE statistics: trading days per calendar year.
        for (year, sessions) in [
            (2001, 248),
            (2012, 250),
            (2018, 251),
            (2020, 253),
            (2021, 252),
            (2022, 251),
            (2023, 250),
            (2024, 252),
            (2025, 250),
        ] {
            assert_eq!(sessions_between(date(year, 1, 1), date(year, 12, 31)).len(), sessions, "{year}");
        }
    }

    #[test]
    fn a_session_settles_at_its_own_closing_bell() {
        assert_eq!(last_settled(at("2026-11-20T20:59:59Z")), date(2026, 11, 19));
        assert_eq!(last_settled(at("2026-11-20T21:00:00Z")), date(2026, 11, 20));
        // The day after Thanksgiving closes at 13:00, which is 18:00 in UTC.
        assert_eq!(last_settled(at("2026-11-27T18:00:00Z")), date(2026, 11, 27));
        assert_eq!(last_settled(at("2026-11-29T12:00:00Z")), date(2026, 11, 27));
    }

    #[test]
    fn hours_follow_daylight_saving() {
        assert_eq!(session_hours(date(2026, 7, 1)).unwrap().open, at("2026-07-01T13:30:00Z"));
        assert_eq!(session_hours(date(2026, 1, 5)).unwrap().open, at("2026-01-05T14:30:00Z"));
    }

    #[test]
    fn the_market_opens_closes_and_rests() {
        assert_eq!(
            market_state(at("2026-11-20T15:00:00Z")),
            MarketState::Open { session: date(2026, 11, 20), closes: at("2026-11-20T21:00:00Z") }
        );
        let monday = MarketState::Closed { session: date(2026, 11, 23), opens: at("2026-11-23T14:30:00Z") };
        assert_eq!(market_state(at("2026-11-21T15:00:00Z")), monday);
        assert_eq!(market_state(at("2026-11-23T05:00:00Z")), monday);
    }

    #[test]
    fn counting_back_and_forth_meets() {
        let origin = date(2026, 11, 20);
        let back = sessions_back(origin, 30);
        assert_eq!(next_sessions(back, 30).last(), Some(&origin));
        assert_eq!(sessions_back(origin, 0), origin);
        assert_eq!(previous_session(date(2026, 11, 27)), date(2026, 11, 25));
    }
}
