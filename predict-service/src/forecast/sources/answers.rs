//! What the sources have answered to one request so far.

use feature_sources::{
    Days, PriceSeries, Provided, ReportSeries, SearchSeries, SentimentSeries, SourceError,
};
use forecast_model::{RawSeries, Reports};
use forecast_types::{DailyBar, SentimentDay, Source, SourceReport};
use jiff::Timestamp;

use super::Names;
use super::cached::Timed;
use crate::forecast::source_reports;

/// The answer of one source.
pub(in crate::forecast) enum Answer {
    Prices(Timed<PriceSeries>),
    Tweets(Timed<Provided<SentimentSeries>>),
    News(Timed<Provided<SentimentSeries>>),
    Searches(Timed<Provided<SearchSeries>>),
    Reports(Timed<ReportSeries>),
}

/// The answers so far; cheap to clone.
#[derive(Clone, Default)]
pub(in crate::forecast) struct SourceAnswers {
    names: Names,
    prices: Option<Timed<PriceSeries>>,
    pub(in crate::forecast) tweets: Option<Timed<Provided<SentimentSeries>>>,
    pub(in crate::forecast) news: Option<Timed<Provided<SentimentSeries>>>,
    pub(in crate::forecast) searches: Option<Timed<Provided<SearchSeries>>>,
    reports: Option<Timed<ReportSeries>>,
    ended: Vec<SourceReport>,
}

/// Why there are no prices, and until when that holds.
pub(in crate::forecast) struct NoPrices {
    pub(in crate::forecast) error: SourceError,
    pub(in crate::forecast) fresh_until: Timestamp,
}

/// Prices that a forecast can be made from.
pub(in crate::forecast) struct KnownPrices<'a> {
    pub(in crate::forecast) series: &'a PriceSeries,
    pub(in crate::forecast) fetched_at: Timestamp,
    pub(in crate::forecast) fresh_until: Timestamp,
}

impl SourceAnswers {
    /// No answers yet from those who serve the sources.
    pub(in crate::forecast) fn none(names: Names) -> Self {
        Self { names, ..Self::default() }
    }

    /// Adds an answer and returns how its source ended.
    pub(in crate::forecast) fn add(&mut self, answer: Answer, window: Days) -> SourceReport {
        let report = match answer {
            Answer::Prices(prices) => {
                source_reports::prices(self.names.of(Source::Prices), self.prices.insert(prices), window)
            }
            Answer::Tweets(tweets) => {
                let names = self.names.of(Source::Tweets);
                source_reports::provided(Source::Tweets, names, self.tweets.insert(tweets), window)
            }
            Answer::News(news) => {
                let names = self.names.of(Source::News);
                source_reports::provided(Source::News, names, self.news.insert(news), window)
            }
            Answer::Searches(searches) => {
                let names = self.names.of(Source::Searches);
                source_reports::provided(Source::Searches, names, self.searches.insert(searches), window)
            }
            Answer::Reports(reports) => {
                let names = self.names.of(Source::Reports);
                source_reports::reports(names, self.reports.insert(reports), window.last)
            }
        };
        self.ended.push(report.clone());
        report
    }

    /// Says whether the price source has answered, with prices or without.
    pub(in crate::forecast) fn has_prices(&self) -> bool {
        self.prices.is_some()
    }

    /// Returns the prices, or why there are none.
    pub(in crate::forecast) fn prices(&self, now: Timestamp) -> Result<KnownPrices<'_>, NoPrices> {
        let late = NoPrices { error: SourceError::Late, fresh_until: now };
        let Timed { answer, fresh_until, .. } = self.prices.as_ref().ok_or(late)?;
        match &answer.outcome {
            Ok(series) => {
                Ok(KnownPrices { series, fetched_at: answer.fetched_at, fresh_until: *fresh_until })
            }
            Err(error) => Err(NoPrices { error: error.clone(), fresh_until: *fresh_until }),
        }
    }

    /// Returns what the model reads of bars and the other sources. What is announced now is no part of a forecast of
    /// the past.
    pub(in crate::forecast) fn raw_series<'a>(
        &'a self,
        bars: &'a [DailyBar],
        is_past: bool,
    ) -> RawSeries<'a> {
        RawSeries {
            bars,
            tweets: days(self.tweets.as_ref()),
            news: days(self.news.as_ref()),
            searches: self.searches.as_ref().and_then(trained).map(|series| series.days.as_slice()),
            reports: self.reports.as_ref().and_then(Timed::series).map(|series| Reports {
                past: &series.past,
                announced: series.announced.filter(|_| !is_past),
            }),
        }
    }

    /// Returns until when all answers so far hold.
    pub(in crate::forecast) fn fresh_until(&self) -> Timestamp {
        [
            self.prices.as_ref().map(|timed| timed.fresh_until),
            self.tweets.as_ref().map(|timed| timed.fresh_until),
            self.news.as_ref().map(|timed| timed.fresh_until),
            self.searches.as_ref().map(|timed| timed.fresh_until),
            self.reports.as_ref().map(|timed| timed.fresh_until),
        ]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(Timestamp::MIN)
    }

    /// Returns how all sources ended, in the order of [`Source::ALL`]; one that has not yet counts as missing.
    pub(in crate::forecast) fn reports(&self) -> Vec<SourceReport> {
        let report = |source| {
            let ended = self.ended.iter().find(|report| report.source == source).cloned();
            ended.unwrap_or_else(|| source_reports::pending(source, self.names.of(source)))
        };
        Source::ALL.map(report).to_vec()
    }
}

fn days(timed: Option<&Timed<Provided<SentimentSeries>>>) -> Option<&[SentimentDay]> {
    timed.and_then(trained).map(|series| series.days.as_slice())
}

/// What the model reads of an answer.
fn trained<T>(timed: &Timed<Provided<T>>) -> Option<&T> {
    timed.series().and_then(Provided::trained)
}
