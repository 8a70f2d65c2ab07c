//! What is shown, not used: counts of providers that the model was not trained on, by session.

use feature_sources::{CountSeries, Provided};
use forecast_model::{RawSeries, feature_days};
use forecast_types::{DailyBar, FeatureDay, SearchDay, SentimentDay, ShownDay, ShownSeries, Source};

use super::sources::{SourceAnswers, Timed};

/// Returns the data of the sources that the model does not read, for the sessions that it reads.
pub(super) fn shown_only(answers: &SourceAnswers, bars: &[DailyBar], origin: usize) -> Vec<ShownSeries> {
    let tweets = counts(Source::Tweets, answers.tweets.as_ref());
    let news = counts(Source::News, answers.news.as_ref());
    let searches = counts(Source::Searches, answers.searches.as_ref());
    [tweets, news, searches]
        .into_iter()
        .flatten()
        .map(|(named, counts)| in_sessions(named, counts, bars, origin))
        .collect()
}

fn counts<T>(source: Source, timed: Option<&Timed<Provided<T>>>) -> Option<(ShownSeries, &CountSeries)> {
    let answer = timed?.series()?;
    let named = ShownSeries {
        source,
        provider: answer.provider.to_string(),
        unit: answer.provider.unit().to_owned(),
        days: Vec::new(),
    };
    Some((named, answer.shown()?))
}

/// Assigns calendar days to sessions as those of the model's own sources: pageviews like search interest, the others
/// like posts.
fn in_sessions(named: ShownSeries, counts: &CountSeries, bars: &[DailyBar], origin: usize) -> ShownSeries {
    let posts: Vec<SentimentDay> = counts
        .days
        .iter()
        .map(|day| SentimentDay { date: day.date, count: day.count, sentiment: 0.0 })
        .collect();
    let interest: Vec<SearchDay> =
        counts.days.iter().map(|day| SearchDay { date: day.date, interest: day.count }).collect();
    let series =
        RawSeries { bars, tweets: None, news: Some(&posts), searches: Some(&interest), reports: None };
    let value = |day: &FeatureDay| match named.source {
        Source::Searches => day.search_interest,
        _ => day.news_count,
    };
    let days = feature_days(&series, origin)
        .iter()
        .filter_map(|day| Some(ShownDay { date: day.date, value: value(day)? }))
        .collect();
    ShownSeries { days, ..named }
}
