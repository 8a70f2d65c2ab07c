//! What is kept of one stock, and the series it makes.

use exchange_calendar::session_hours;
use forecast_types::{Event, EventKind};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use yahoo_finance_api::Quote;

use super::wire::{Bar, DividendRow, SplitRow};
use crate::check::is_price;
use crate::prices::PriceSeries;
use crate::prices::bars::sort_out;
use crate::prices::finish::finish;
use crate::prices::losses::Losses;
use crate::prices::scale::Split;
use crate::prices::sessions::Sessions;
use crate::{Days, Provider, SourceError};

/// The bars of a stock as EODHD has them, oldest first, with the events that put them on one scale.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct History {
    /// The first day that was asked for.
    pub(super) from: Date,
    pub(super) bars: Vec<Bar>,
    splits: Vec<SplitRow>,
    dividends: Vec<DividendRow>,
}

impl History {
    /// Makes a history that ends no later than `newest`.
    pub(super) fn new(
        from: Date,
        newest: Date,
        mut bars: Vec<Bar>,
        splits: Vec<SplitRow>,
        dividends: Vec<DividendRow>,
    ) -> Result<Self, SourceError> {
        bars.retain(|bar| (from..=newest).contains(&bar.date));
        bars.sort_by_key(|bar| bar.date);
        if bars.is_empty() {
            return Err(SourceError::NoData);
        }
        Ok(Self { from, bars, splits, dividends })
    }

    /// Returns the date of the newest bar.
    pub(super) fn last(&self) -> Option<Date> {
        self.bars.last().map(|bar| bar.date)
    }

    /// Returns the series of some days, by the same steps as from Yahoo's answer.
    pub(super) fn series(&self, days: Days, now: Timestamp) -> Result<PriceSeries, SourceError> {
        let sessions = Sessions::by_calendar(days, now);
        let quotes: Vec<Quote> = self.bars.iter().filter_map(|bar| self.quote(bar)).collect();
        let mut losses = Losses::default();
        let (bars, moving) = sort_out(&quotes, &sessions, 1.0, &mut losses);
        if bars.is_empty() {
            return Err(SourceError::NoData);
        }
        sessions.count_missing(quotes.iter().map(|quote| &quote.timestamp), &bars, &mut losses);
        let splits: Vec<Split> = self.splits().map(|(date, factor)| Split { date, factor }).collect();
        let events = self.events(days, sessions.settled);
        let finished = finish(bars, &splits, &events, losses)?;
        Ok(PriceSeries {
            provider: Provider::EodhdBulk,
            bars: finished.bars,
            moving,
            events,
            currency: "USD".to_owned(),
            is_fund: false,
            partial_reason: finished.partial_reason,
            newest_is_pending: finished.newest_is_pending,
        })
    }

    /// The splits in effect, by what they multiply earlier prices with.
    fn splits(&self) -> impl Iterator<Item = (Date, f64)> {
        let last = self.last().unwrap_or(Date::MIN);
        self.splits
            .iter()
            .filter(move |split| split.date <= last)
            .map(|split| (split.date, split.old / split.new))
    }

    /// A bar on the scale after all splits, as Yahoo would word it.
    fn quote(&self, bar: &Bar) -> Option<Quote> {
        let factor: f64 =
            self.splits().filter(|(date, _)| *date > bar.date).map(|(_, factor)| factor).product();
        let price = |price: Option<f64>| price.map_or(0.0, |price| price * factor);
        Some(Quote {
            timestamp: session_hours(bar.date)?.open.as_second(),
            open: price(bar.open),
            high: price(bar.high),
            low: price(bar.low),
            close: price(bar.close),
            adjclose: bar.adjusted_close.unwrap_or(0.0),
            volume: bar.volume.unwrap_or(0.0) as u64,
        })
    }

    fn events(&self, days: Days, settled: Date) -> Vec<Event> {
        let known = |date: Date| days.contains(date) && date <= settled;
        let splits = self.splits.iter().map(|split| {
            let ratio = format!("{}:{}", split.new, split.old);
            Event { date: split.date, kind: EventKind::Split { ratio } }
        });
        let paid = self.dividends.iter().filter(|dividend| is_price(dividend.value));
        let dividends = paid.map(|dividend| {
            let kind = EventKind::Dividend { amount: dividend.value };
            Event { date: dividend.date, kind }
        });
        let mut all: Vec<Event> = splits.chain(dividends).filter(|event| known(event.date)).collect();
        all.sort_by_key(|event| event.date);
        all
    }
}
