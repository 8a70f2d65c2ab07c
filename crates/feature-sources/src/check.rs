//! What must be true of every series, whether it comes from the network or from a cache that others can write to.

use forecast_types::{DailyBar, Event, EventKind};
use jiff::civil::Date;

use crate::{CountSeries, Days, PriceSeries, ReportSeries, SearchSeries, SentimentSeries, SourceError};

/// Beyond these a ratio of two prices may overflow the model's 32-bit numbers.
pub(crate) fn is_price(price: f64) -> bool {
    (1e-6..1e9).contains(&price)
}

pub(crate) fn is_count(count: f64) -> bool {
    (0.0..1e9).contains(&count)
}

pub(crate) fn is_sentiment(sentiment: f64) -> bool {
    (-1.0..=1.0).contains(&sentiment)
}

impl PriceSeries {
    /// Says what is wrong with a series of these days.
    ///
    /// # Errors
    /// [`SourceError::Malformed`] for prices that cannot be, or days that were not asked for.
    pub fn check(&self, days: Days) -> Result<(), SourceError> {
        let moving_is_sound =
            self.moving.is_none_or(|moving| is_price(moving.price) && days.contains(moving.date));
        let events_are_sound = self.events.iter().all(|event| is_sound_event(event, days));
        let currency_is_sound =
            self.currency.len() == 3 && self.currency.bytes().all(|b| b.is_ascii_uppercase());
        let bars_are_sound = !self.bars.is_empty() && self.bars.iter().all(is_sound_bar);
        if !(bars_are_sound && moving_is_sound && events_are_sound && currency_is_sound) {
            return Err(SourceError::malformed("impossible prices"));
        }
        check_days(self.bars.iter().map(|bar| bar.date), days)
    }
}

impl SentimentSeries {
    /// Says what is wrong with a series of these days.
    ///
    /// # Errors
    /// [`SourceError::Malformed`] for values that cannot be, or days that were not asked for.
    pub fn check(&self, days: Days) -> Result<(), SourceError> {
        if !self.days.iter().all(|day| is_count(day.count) && is_sentiment(day.sentiment)) {
            return Err(SourceError::malformed("impossible counts or sentiments"));
        }
        check_days(self.days.iter().map(|day| day.date), days)
    }
}

impl SearchSeries {
    /// Says what is wrong with a series of these days.
    ///
    /// # Errors
    /// [`SourceError::Malformed`] for values that cannot be, or days that were not asked for.
    pub fn check(&self, days: Days) -> Result<(), SourceError> {
        if !self.days.iter().all(|day| (0.0..=100.0).contains(&day.interest)) {
            return Err(SourceError::malformed("impossible search interest"));
        }
        check_days(self.days.iter().map(|day| day.date), days)
    }
}

impl CountSeries {
    /// Says what is wrong with a series of these days.
    ///
    /// # Errors
    /// [`SourceError::Malformed`] for values that cannot be, or days that were not asked for.
    pub fn check(&self, days: Days) -> Result<(), SourceError> {
        if !self.days.iter().all(|day| is_count(day.count)) {
            return Err(SourceError::malformed("impossible counts"));
        }
        check_days(self.days.iter().map(|day| day.date), days)
    }
}

impl ReportSeries {
    /// Says what is wrong with a series of these days.
    ///
    /// # Errors
    /// [`SourceError::Malformed`] for days that were not asked for, or a next report that lies within them.
    pub fn check(&self, days: Days) -> Result<(), SourceError> {
        if self.announced.is_some_and(|report| report.date <= days.last) {
            return Err(SourceError::malformed("the next report is not after the days asked for"));
        }
        check_days(self.past.iter().map(|report| report.date), days)
    }
}

/// Each day once, the oldest first, and none beyond those asked for.
fn check_days(dates: impl Iterator<Item = Date>, days: Days) -> Result<(), SourceError> {
    let mut previous = None;
    for date in dates {
        if !days.contains(date) || previous >= Some(date) {
            return Err(SourceError::malformed("days out of order or beyond those asked for"));
        }
        previous = Some(date);
    }
    Ok(())
}

fn is_sound_bar(bar: &DailyBar) -> bool {
    let ends = [bar.open, bar.close];
    [bar.low, bar.high].into_iter().all(is_price)
        && ends.into_iter().all(|price| bar.low <= price && price <= bar.high)
        && bar.adjusted_close.is_finite()
        && bar.adjusted_close > 0.0
}

fn is_sound_event(event: &Event, days: Days) -> bool {
    days.contains(event.date)
        && match &event.kind {
            EventKind::Split { ratio } => ratio.len() <= 20,
            EventKind::Dividend { amount } => is_price(*amount),
        }
}

#[cfg(test)]
mod tests {
    use forecast_types::{MovingPrice, SearchDay, SentimentDay};
    use jiff::civil::date;

    use super::*;

    const DAYS: Days = Days { first: date(2026, 11, 2), last: date(2026, 11, 20) };

    fn prices() -> PriceSeries {
        let bar = |day| DailyBar {
            date: date(2026, 11, day),
            open: 10.0,
            high: 12.0,
            low: 9.0,
            close: 11.0,
            adjusted_close: 10.5,
            volume: 0,
        };
        PriceSeries {
            provider: crate::Provider::Yahoo,
            bars: vec![bar(18), bar(19)],
            moving: Some(MovingPrice { date: date(2026, 11, 20), price: 11.0 }),
            events: vec![Event { date: date(2026, 11, 19), kind: EventKind::Dividend { amount: 0.1 } }],
            currency: "USD".to_owned(),
            is_fund: false,
            partial_reason: None,
            newest_is_pending: false,
        }
    }

    #[test]
    fn prices_that_cannot_be_are_malformed() {
        prices().check(DAYS).unwrap();
        let spoils: [fn(&mut PriceSeries); 12] = [
            |series| series.bars.clear(),
            |series| series.bars[0].close = -11.0,
            |series| series.bars[0].close = 13.0,
            |series| series.bars[1].low = 0.0,
            |series| series.bars[1].high = f64::INFINITY,
            |series| series.bars[1].open = f64::NAN,
            |series| series.bars[1].adjusted_close = 0.0,
            |series| series.bars.swap(0, 1),
            |series| series.bars[1].date = date(2026, 11, 21),
            |series| series.moving = Some(MovingPrice { date: date(2026, 11, 20), price: -1.0 }),
            |series| series.events[0].date = date(2027, 1, 1),
            |series| series.currency = "dollars".to_owned(),
        ];
        for (number, spoil) in spoils.iter().enumerate() {
            let mut series = prices();
            spoil(&mut series);
            assert!(matches!(series.check(DAYS), Err(SourceError::Malformed { .. })), "{number}");
        }
    }

    #[test]
    fn counts_sentiments_and_interest_keep_to_their_ranges_and_days() {
        let day = |count, sentiment| SentimentDay { date: date(2026, 11, 18), count, sentiment };
        let check =
            |days: &[SentimentDay]| SentimentSeries { days: days.to_vec(), partial_reason: None }.check(DAYS);
        check(&[day(3.0, -1.0)]).unwrap();
        check(&[]).unwrap();
        for bad in [day(-1.0, 0.0), day(f64::NAN, 0.0), day(1.0, 1.5)] {
            assert!(check(&[bad]).is_err(), "{bad:?}");
        }
        assert!(check(&[day(1.0, 0.0), day(1.0, 0.0)]).is_err(), "one day twice");

        let interest = |interest| SearchDay { date: date(2026, 11, 18), interest };
        let check = |day| SearchSeries { days: vec![day], partial_reason: None }.check(DAYS);
        check(interest(100.0)).unwrap();
        assert!(check(interest(100.5)).is_err());
        assert!(check(SearchDay { date: date(2026, 12, 18), ..interest(1.0) }).is_err());
    }
}
