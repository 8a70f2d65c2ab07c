//! How many look at a company's article and mention it: the more it trades, the more. Made up in a replay, too.

use exchange_calendar::date_in_new_york;
use forecast_types::Symbol;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use stock_list::Listing;

use super::{Market, StockSeries};

/// Stocks that are mentioned at all: the best-known.
const MENTIONED: usize = 150;
/// Of a trading day's views, this share is left on a day without trade.
const WEEKEND: f64 = 0.7;

/// One stock's mentions within a day, and within the day before.
pub(crate) struct Mentions<'a> {
    pub(crate) listing: &'a Listing,
    pub(crate) now: u32,
    pub(crate) a_day_ago: u32,
}

impl Market {
    /// Returns the title of a company's article: `Apple_Inc.` for `Apple Inc. Common Stock`.
    pub(crate) fn article(listing: &Listing) -> String {
        let name = ["Class ", "Common ", "Ordinary ", "American ", "Registry "]
            .iter()
            .filter_map(|word| listing.name.find(word))
            .min()
            .map_or(&*listing.name, |end| &listing.name[..end]);
        name.trim().replace(' ', "_")
    }

    /// Returns the company an article is about.
    pub(crate) fn company_of(&self, article: &str) -> Option<&Listing> {
        self.companies().map(|(_, listing)| listing).find(|listing| Self::article(listing) == article)
    }

    /// Returns the views of the days from `first` to `last`, oldest first.
    pub(crate) fn views(&self, symbol: &Symbol, first: Date, last: Date) -> Vec<(Date, u32)> {
        let Some(stock) = self.stock(symbol, last) else { return Vec::new() };
        let views = |date| Some((date, interest(&stock, date, 2.0)?));
        first.series(1.day()).take_while(|&date| date <= last).filter_map(views).collect()
    }

    /// Returns the stocks that are mentioned, the most mentioned first.
    pub(crate) fn mentions(&self, now: Timestamp) -> Vec<Mentions<'_>> {
        let today = date_in_new_york(now);
        let mut mentions: Vec<Mentions<'_>> = self
            .companies()
            .take(MENTIONED)
            .filter_map(|(_, listing)| {
                let stock = self.stock(&listing.symbol, today)?;
                let on = |date| interest(&stock, date, 0.02);
                Some(Mentions { listing, now: on(today)?, a_day_ago: on(today.yesterday().ok()?)? })
            })
            .collect();
        mentions.sort_by_key(|mentions| std::cmp::Reverse(mentions.now));
        mentions
    }
}

/// Grows with the square root of the volume of the day or of the last session before it; `None` before the first.
fn interest(stock: &StockSeries, date: Date, scale: f64) -> Option<u32> {
    let after = stock.bars.partition_point(|bar| bar.date <= date);
    let bar = stock.bars.get(after.checked_sub(1)?)?;
    let share = if bar.date == date { 1.0 } else { WEEKEND };
    Some((scale * share * (bar.volume as f64).sqrt()).round() as u32)
}
