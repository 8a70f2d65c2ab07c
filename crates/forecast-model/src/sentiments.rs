//! The tensor `sentiments`: tweets, news and searches by session, each with a mask.

use forecast_types::{DailyBar, FeatureDay, SearchDay, SentimentDay};
use jiff::civil::Date;

use crate::window::RawSeries;
use crate::{SENTIMENT_FEATURES, WINDOW};

/// Returns what the optional sources said for each of the last [`WINDOW`] sessions up to `bars[origin]`, oldest
/// first. Calendar days without a session count toward the next one: counts add up, sentiments are weighted by count,
/// searches take their mean.
#[must_use]
pub fn feature_days(series: &RawSeries<'_>, origin: usize) -> Vec<FeatureDay> {
    let first = (origin + 1).saturating_sub(WINDOW);
    let tweets = Days::of(series.tweets.unwrap_or_default(), |day: &SentimentDay| day.date);
    let news = Days::of(series.news.unwrap_or_default(), |day: &SentimentDay| day.date);
    let searches = Days::of(series.searches.unwrap_or_default(), |day: &SearchDay| day.date);
    (first..=origin)
        .map(|session| {
            let date = series.bars[session].date;
            // The session before the first one bounds it; without one, a long weekend's worth of days does.
            let after = previous(series.bars, session);
            let (tweet_count, tweet_sentiment) = sentiment(tweets.between(after, date));
            let (news_count, news_sentiment) = sentiment(news.between(after, date));
            let interest = searches.between(after, date);
            let search_interest = (!interest.is_empty())
                .then(|| interest.iter().map(|day| day.interest).sum::<f64>() / interest.len() as f64);
            FeatureDay { date, tweet_count, tweet_sentiment, news_count, news_sentiment, search_interest }
        })
        .collect()
}

/// Writes the tensor `[WINDOW, SENTIMENT_FEATURES]`: for tweets and for news the logarithm of the count less its mean in
/// the window, the sentiment, and a mask; for searches the logarithm of the interest over its mean, and a mask.
pub(crate) fn tensor(days: &[FeatureDay]) -> Vec<f32> {
    let log = |value: Option<f64>| value.map(|value| value.max(0.0).ln_1p());
    let tweets = deviations(days.iter().map(|day| log(day.tweet_count)));
    let news = deviations(days.iter().map(|day| log(day.news_count)));
    let searches = deviations(days.iter().map(|day| log(day.search_interest)));
    let mut tensor = Vec::with_capacity(WINDOW * SENTIMENT_FEATURES);
    for (session, day) in days.iter().enumerate() {
        for (count, sentiment) in
            [(tweets[session], day.tweet_sentiment), (news[session], day.news_sentiment)]
        {
            tensor.push(bounded(count));
            tensor.push(bounded(sentiment));
            tensor.push(mask(count));
        }
        tensor.push(bounded(searches[session]));
        tensor.push(mask(searches[session]));
    }
    tensor
}

fn mask(value: Option<f64>) -> f32 {
    f32::from(u8::from(value.is_some()))
}

/// Zero stands for missing only together with its mask.
fn bounded(value: Option<f64>) -> f32 {
    value.map_or(0.0, |value| if value.is_finite() { value.clamp(-4.0, 4.0) as f32 } else { 0.0 })
}

fn deviations(values: impl Iterator<Item = Option<f64>>) -> Vec<Option<f64>> {
    let values: Vec<Option<f64>> = values.collect();
    let present: Vec<f64> = values.iter().flatten().copied().collect();
    let usual = crate::sessions::mean(&present);
    values.into_iter().map(|value| value.map(|value| value - usual)).collect()
}

fn sentiment(days: &[SentimentDay]) -> (Option<f64>, Option<f64>) {
    if days.is_empty() {
        return (None, None);
    }
    let count: f64 = days.iter().map(|day| day.count).sum();
    let weighted: f64 = days.iter().map(|day| day.count * day.sentiment).sum();
    let sentiment = (count > 0.0).then(|| weighted / count);
    (Some(count), sentiment)
}

fn previous(bars: &[DailyBar], session: usize) -> Date {
    if session > 0 {
        return bars[session - 1].date;
    }
    bars[0].date.saturating_sub(jiff::Span::new().days(4))
}

/// Days in ascending order, regardless of the input order.
struct Days<T> {
    days: Vec<T>,
    date: fn(&T) -> Date,
}

impl<T: Clone> Days<T> {
    fn of(days: &[T], date: fn(&T) -> Date) -> Self {
        let mut days = days.to_vec();
        days.sort_by_key(date);
        Self { days, date }
    }

    /// The days after `after`, up to and including `until`.
    fn between(&self, after: Date, until: Date) -> &[T] {
        let first = self.days.partition_point(|day| (self.date)(day) <= after);
        let end = self.days.partition_point(|day| (self.date)(day) <= until);
        &self.days[first..end]
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn bar(date: Date) -> DailyBar {
        DailyBar { date, open: 1.0, high: 1.0, low: 1.0, close: 1.0, adjusted_close: 1.0, volume: 1 }
    }

    #[test]
    fn a_weekend_counts_towards_monday_and_no_day_is_lost_or_doubled() {
        let bars = [bar(date(2024, 1, 4)), bar(date(2024, 1, 5)), bar(date(2024, 1, 8))];
        let news: Vec<SentimentDay> = (5..=9)
            .rev()
            .map(|day| SentimentDay {
                date: date(2024, 1, day),
                count: f64::from(day),
                sentiment: if day == 8 { 1.0 } else { 0.0 },
            })
            .collect();
        let series = RawSeries { news: Some(&news), ..RawSeries::of_bars(&bars) };

        let days = feature_days(&series, 2);

        assert_eq!(days.iter().map(|day| day.news_count).collect::<Vec<_>>(), [None, Some(5.0), Some(21.0)]);
        assert_eq!(days[2].news_sentiment, Some(8.0 / 21.0));
        assert_eq!(days[2].tweet_count, None);
    }
}
