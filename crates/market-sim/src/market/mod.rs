//! What the upstreams would know: bars, events, sentiments, searches and reports of each stock.

mod company;
mod profile;
mod random;
mod replay;
mod report_file;
mod reports;
mod sentiments;
mod simulated;
mod views;
mod walk;

use std::sync::Arc;

use forecast_types::{DailyBar, Symbol};
use jiff::civil::Date;

pub use replay::{Replay, ReplayError};
pub use report_file::{ReportFile, ReportFileError};
pub use reports::PlannedReport;
pub use simulated::{NewListing, NewListingError, Simulated};

/// Either of the two markets.
#[derive(Debug)]
pub enum Market {
    /// Generated from a seed.
    Simulated(Simulated),
    /// Read from a file.
    Replay(Replay),
}

/// One stock up to a day; that day's own bar is whole even while its session is under way.
#[derive(Clone, Debug, Default)]
pub struct StockSeries {
    /// The listed name.
    pub name: String,
    /// The exchange as the stock list spells it.
    pub exchange: String,
    /// Whether it is an exchange-traded fund.
    pub is_fund: bool,
    /// Oldest first; adjusted for the splits up to that day.
    pub bars: Vec<DailyBar>,
    /// The second each bar's session opened.
    pub stamps: Vec<i64>,
    /// Cash dividends, oldest first, on the scale of the bars.
    pub dividends: Vec<(Date, f64)>,
    /// Splits, oldest first.
    pub splits: Vec<Split>,
    /// News, tweets and searches; `None` if no one covers the stock.
    pub attention: Option<Attention>,
}

/// A split: `numerator` new shares for `denominator` old ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// The first session on the new scale.
    pub date: Date,
    /// New shares.
    pub numerator: u32,
    /// Old shares.
    pub denominator: u32,
}

/// News, tweets and searches of a stock, by calendar day without gaps.
#[derive(Clone, Debug, Default)]
pub struct Attention {
    /// The day of the first element.
    pub first: Option<Date>,
    /// One element a calendar day.
    pub days: Vec<AttentionDay>,
}

/// One calendar day of attention.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AttentionDay {
    /// News articles.
    pub news: u32,
    /// Their sentiment, −1..=1.
    pub news_sentiment: f32,
    /// Tweets.
    pub tweets: u32,
    /// Their sentiment, −1..=1.
    pub tweet_sentiment: f32,
    /// Searches on a scale of the stock's own.
    pub searches: f32,
}

impl Market {
    /// Returns a stock up to a day, or `None` where the market does not know it.
    #[must_use]
    pub fn stock(&self, symbol: &Symbol, today: Date) -> Option<Arc<StockSeries>> {
        match self {
            Self::Simulated(simulated) => simulated.stock(symbol, today),
            Self::Replay(replay) => replay.stock(symbol),
        }
    }
}

impl Attention {
    /// Iterates over the days from `first` to `last`, oldest first.
    pub fn between(&self, first: Date, last: Date) -> impl Iterator<Item = (Date, AttentionDay)> {
        let start = self.first.unwrap_or(Date::MAX);
        let skipped = start.until(first).map_or(0, |span| usize::try_from(span.get_days()).unwrap_or(0));
        std::iter::successors(Some(first.max(start)), |day| day.tomorrow().ok())
            .zip(self.days.iter().copied().skip(skipped))
            .take_while(move |(day, _)| *day <= last)
    }
}

/// Returns the second a bar of a day is stamped with.
fn stamp(day: Date) -> i64 {
    // A replayed file may hold a day that is no session; noon in New York keeps it on its day.
    exchange_calendar::session_hours(day)
        .map_or_else(|| crate::wire::utc_midnight(day) + 14 * 3_600, |hours| hours.open.as_second())
}
