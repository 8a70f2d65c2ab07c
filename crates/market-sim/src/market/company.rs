//! The companies behind the stocks, by the number the SEC knows them by.

use forecast_types::Symbol;
use jiff::ToSpan as _;
use jiff::civil::Date;
use stock_list::{Listing, SecurityKind, StockList};

use super::Market;
use super::reports::{PlannedReport, Schedule};
use super::simulated::FIRST_SESSION;

/// Numbers of companies whose real one the list does not have, beyond all that the SEC has given out.
const FIRST_MADE_UP: u32 = 9_000_001;
/// How far ahead calendars look.
const DAYS_AHEAD: i64 = 55;

impl Market {
    /// Iterates over the companies with their numbers. Funds are not among them: most are parts of a trust.
    pub(crate) fn companies(&self) -> impl Iterator<Item = (u32, &Listing)> {
        let numbered = self.stocks().iter().zip(FIRST_MADE_UP..);
        let companies = numbered.filter(|(listing, _)| listing.kind() != SecurityKind::Fund);
        companies
            .filter(|(listing, _)| self.knows(&listing.symbol))
            .map(|(listing, made_up)| (listing.cik.unwrap_or(made_up), listing))
    }

    /// Iterates over all stocks and funds.
    pub(crate) fn listings(&self) -> impl Iterator<Item = &Listing> {
        self.stocks().iter().filter(|listing| self.knows(&listing.symbol))
    }

    fn stocks(&self) -> &StockList {
        match self {
            Self::Simulated(simulated) => simulated.stocks(),
            Self::Replay(replay) => replay.stocks(),
        }
    }

    /// Returns the company with a number; of several share classes the best-known.
    pub(crate) fn company(&self, cik: u32) -> Option<&Listing> {
        self.companies().find(|&(number, _)| number == cik).map(|(_, listing)| listing)
    }

    /// Returns the reports of a company up to as far as calendars look, oldest first.
    pub(crate) fn reports(&self, listing: &Listing, today: Date) -> Vec<PlannedReport> {
        self.reports_between(listing, Date::MIN, today.saturating_add(DAYS_AHEAD.days()))
    }

    /// Iterates over the companies that report on a day, the best-known first.
    pub(crate) fn reporting_on(&self, day: Date) -> impl Iterator<Item = (&Listing, PlannedReport)> {
        self.companies().filter_map(move |(_, listing)| {
            Some((listing, self.reports_between(listing, day, day).first().copied()?))
        })
    }

    fn reports_between(&self, listing: &Listing, first: Date, last: Date) -> Vec<PlannedReport> {
        match self {
            Self::Simulated(simulated) => {
                let listed = simulated.first_day(listing).unwrap_or(FIRST_SESSION);
                let schedule = Schedule::of(listing, simulated.seed());
                schedule.map(|schedule| schedule.between(first.max(listed), last)).unwrap_or_default()
            }
            Self::Replay(replay) => {
                let within = |planned: &&PlannedReport| (first..=last).contains(&planned.report.date);
                replay.reports(&listing.symbol).iter().filter(within).copied().collect()
            }
        }
    }

    fn knows(&self, symbol: &Symbol) -> bool {
        match self {
            Self::Simulated(_) => true,
            Self::Replay(replay) => replay.holds(symbol),
        }
    }
}
