//! The simulated market: every stock of a list, identical for the same seed, regardless of what is requested
//! and when.
//!
//! A series depends on seed, symbol and day alone. It is walked from one fixed first day, so two windows that overlap
//! agree, and tomorrow's market continues today's.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use exchange_calendar::{sessions_back, sessions_between};
use forecast_types::Symbol;
use jiff::civil::{Date, date};
use stock_list::{Listing, SecurityKind, StockList};

use super::profile::{self, Profile, QUARTER};
use super::reports::{Schedule, reaction};
use super::walk::{Step, market_returns, walk};
use super::{StockSeries, sentiments};

/// The first session of the simulated market.
pub(crate) const FIRST_SESSION: Date = date(2020, 1, 2);
/// The most stocks in memory; about 150 kB each.
const MOST_CACHED: usize = 640;

/// A simulated market.
#[derive(Debug)]
pub struct Simulated {
    stocks: StockList,
    ranks: HashMap<Symbol, usize>,
    seed: u64,
    new_listings: HashMap<Symbol, Date>,
    cached: Mutex<Cached>,
}

/// What has been walked so far, all up to the same day.
#[derive(Debug, Default)]
struct Cached {
    calendar: Arc<Calendar>,
    stocks: HashMap<Symbol, Arc<StockSeries>>,
}

#[derive(Debug)]
struct Calendar {
    today: Date,
    sessions: Vec<Date>,
    stamps: Vec<i64>,
    market: Vec<f64>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { today: Date::MIN, sessions: Vec::new(), stamps: Vec::new(), market: Vec::new() }
    }
}

/// A stock that was listed only some sessions ago, written `SYMBOL=SESSIONS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewListing {
    /// The stock.
    pub symbol: Symbol,
    /// Settled sessions it has when the market starts.
    pub sessions: usize,
}

/// A new listing that cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid new listing `{0}`; expected a symbol and 1 to 1,000 sessions, such as ABNB=12")]
pub struct NewListingError(String);

impl FromStr for NewListing {
    type Err = NewListingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (symbol, sessions) = text.split_once('=')?;
            let sessions = sessions.trim().parse().ok().filter(|sessions| (1..=1_000).contains(sessions))?;
            Some(Self { symbol: Symbol::parse(symbol).ok()?, sessions })
        };
        parse().ok_or_else(|| NewListingError(text.chars().take(40).collect()))
    }
}

impl Simulated {
    /// Makes the market of a list; `last_settled` is the day the new listings are counted back from.
    #[must_use]
    pub fn new(stocks: StockList, seed: u64, new_listings: &[NewListing], last_settled: Date) -> Self {
        let ranks = stocks.iter().enumerate().map(|(rank, listing)| (listing.symbol.clone(), rank)).collect();
        let new_listings = new_listings
            .iter()
            .map(|new| (new.symbol.clone(), sessions_back(last_settled, new.sessions - 1)))
            .collect();
        Self { stocks, ranks, seed, new_listings, cached: Mutex::default() }
    }

    pub(super) fn stocks(&self) -> &StockList {
        &self.stocks
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// Returns the first day of a stock that was listed after the market begins.
    pub(super) fn first_day(&self, listing: &Listing) -> Option<Date> {
        self.new_listings.get(&listing.symbol).copied().or_else(|| profile::first_day(&listing.symbol))
    }

    /// Returns a stock up to a day.
    pub(super) fn stock(&self, symbol: &Symbol, today: Date) -> Option<Arc<StockSeries>> {
        let rank = *self.ranks.get(symbol)?;
        let calendar = {
            let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
            if cached.calendar.today != today {
                *cached = Cached { calendar: Arc::new(self.calendar(today)), stocks: HashMap::new() };
            }
            if let Some(series) = cached.stocks.get(symbol) {
                return Some(Arc::clone(series));
            }
            Arc::clone(&cached.calendar)
        };
        // Walked without the lock, so that others need not wait; at worst two requests do the same work.
        let series = Arc::new(self.walk(symbol, rank, &calendar)?);
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.calendar.today == today {
            if cached.stocks.len() >= MOST_CACHED {
                cached.stocks.clear();
            }
            cached.stocks.insert(symbol.clone(), Arc::clone(&series));
        }
        Some(series)
    }

    fn calendar(&self, today: Date) -> Calendar {
        let sessions = sessions_between(FIRST_SESSION, today);
        let market = market_returns(self.seed, sessions.len());
        let stamps = sessions.iter().copied().map(super::stamp).collect();
        Calendar { today, sessions, stamps, market }
    }

    fn walk(&self, symbol: &Symbol, rank: usize, calendar: &Calendar) -> Option<StockSeries> {
        let listing = self.stocks.get(symbol)?;
        let mut profile = Profile::of(listing, rank, self.seed);
        if self.new_listings.contains_key(symbol) {
            profile.split = None;
        }
        let first_day = self.first_day(listing).unwrap_or(FIRST_SESSION);
        let first = calendar.sessions.partition_point(|&session| session < first_day);
        let reports = Schedule::of(listing, self.seed)
            .map_or_else(Vec::new, |schedule| schedule.between(first_day, calendar.today));
        let reactions: HashSet<Date> = reports.iter().map(|planned| reaction(planned.report)).collect();
        let steps = walk(&profile, self.seed, &calendar.sessions, &calendar.market, first, &reactions);
        let attention = sentiments::attention(&profile, self.seed, &steps, calendar.today);
        let mut series = StockSeries {
            name: listing.name.clone(),
            exchange: listing.exchange.clone(),
            is_fund: listing.kind() == SecurityKind::Fund,
            bars: steps.iter().map(|step| step.bar).collect(),
            stamps: calendar.stamps[first..].to_vec(),
            attention,
            ..StockSeries::default()
        };
        split(&mut series, &profile, calendar.today);
        pay(&mut series, &profile, &steps, first);
        Some(series)
    }
}

/// The walk is on the scale after the split; before the day of the split, prices are on the old one.
fn split(series: &mut StockSeries, profile: &Profile, today: Date) {
    let Some(split) = profile.split else { return };
    if split.date > today {
        let ratio = f64::from(split.numerator) / f64::from(split.denominator);
        for bar in &mut series.bars {
            for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close, &mut bar.adjusted_close]
            {
                *price *= ratio;
            }
            bar.volume = (bar.volume as f64 / ratio) as u64;
        }
    } else if series.bars.first().is_some_and(|bar| bar.date < split.date) {
        series.splits.push(split);
    }
}

/// Pays a quarterly dividend and adjusts the closes before it.
fn pay(series: &mut StockSeries, profile: &Profile, steps: &[Step], first: usize) {
    if profile.dividend_yield <= 0.0 {
        return;
    }
    let is_payday = |at: usize| (first + at + profile.dividend_phase + QUARTER / 2).is_multiple_of(QUARTER);
    let mut factor = 1.0;
    for at in (0..steps.len()).rev() {
        series.bars[at].adjusted_close = series.bars[at].close * factor;
        if at > 0 && is_payday(at) {
            let before = series.bars[at - 1].close;
            let amount = (before * profile.dividend_yield / 4.0 * 1_000.0).round() / 1_000.0;
            if amount > 0.0 {
                factor *= 1.0 - amount / before;
                series.dividends.push((series.bars[at].date, amount));
            }
        }
    }
    series.dividends.reverse();
}
