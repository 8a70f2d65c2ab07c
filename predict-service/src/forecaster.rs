//! The use case: ask the sources at the same time, hand what they know to the model, say what came of it.

mod record;
mod reports;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use exchange_calendar::{next_sessions, sessions_between};
use feature_sources::{PriceSeries, SearchSeries, SentimentSeries, SourceError};
use forecast_model::{FeatureError, FeatureWindow, HORIZON, Model, RawSeries, feature_days};
use forecast_types::{
    Bar, DailyBar, Forecast, ForecastSession, Market, MovingPrice, Source, SourceReport, Stock, TrackRecord,
};
use jiff::{SignedDuration, Timestamp};
use service_runtime::Clock;
use service_runtime::workers::{WorkError, Workers};
use stock_list::StockList;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::cache::flights::{Crashed, Flights, Perishable};
use crate::error::ForecastError;
use crate::question::{Ask, ForecastQuestion};
use crate::sources::{Heard, Question, Sources};

/// Forecasts held ready. Each is some 30 kB, and 90 kB with all its history, so that the whole service stays within
/// 64 MB. Source: DESIGN.md section 6.
const FORECASTS: u64 = 100;
const TRACK_RECORDS: u64 = 100;
/// Prices that ended so many sessions ago say nothing about the next fourteen.
const STALE_SESSIONS: usize = 10;
/// A moving price older than this is not shown any more.
const MOVING_SHOWN: SignedDuration = SignedDuration::from_mins(5);

/// Makes forecasts. Shared by all requests.
pub(crate) struct Forecaster {
    pub(crate) clock: Clock,
    pub(crate) stocks: StockList,
    pub(crate) sources: Sources,
    pub(crate) model: Arc<Model>,
    /// For forecasts in the making: each holds what its sources said until the network has read it.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) workers: Workers,
    pub(crate) market: Market,
    /// How long a request waits for its sources.
    pub(crate) patience: Duration,
    pub(crate) forecasts: Flights<ForecastQuestion, Arc<Made<Forecast>>>,
    pub(crate) track_records: Flights<ForecastQuestion, Arc<Made<TrackRecord>>>,
}

/// A forecast or the reason why there is none, ready to be sent more than once.
pub(crate) struct Made<T> {
    outcome: Result<T, ForecastError>,
    fresh_until: Timestamp,
    /// As sent to those who found it ready. Those who waited for it are few, and it is written anew for each.
    sent_again: OnceLock<Bytes>,
}

impl<T> Perishable for Arc<Made<T>> {
    fn fresh_until(&self) -> Timestamp {
        self.fresh_until
    }
}

/// What the sources said to one question.
pub(crate) struct Gathered {
    _place: OwnedSemaphorePermit,
    prices: Heard<PriceSeries>,
    tweets: Heard<SentimentSeries>,
    news: Heard<SentimentSeries>,
    searches: Heard<SearchSeries>,
    reports: Vec<SourceReport>,
}

impl Forecaster {
    /// Returns the cache of forecasts, empty.
    pub(crate) fn no_forecasts() -> Flights<ForecastQuestion, Arc<Made<Forecast>>> {
        Flights::new(FORECASTS)
    }

    /// Returns the cache of track records, empty.
    pub(crate) fn no_track_records() -> Flights<ForecastQuestion, Arc<Made<TrackRecord>>> {
        Flights::new(TRACK_RECORDS)
    }

    pub(crate) fn check(&self, ask: &Ask) -> Result<ForecastQuestion, ForecastError> {
        ForecastQuestion::check(ask, &self.stocks, self.clock.now())
    }

    /// Returns the JSON of a forecast: the one at hand, or one made now.
    pub(crate) async fn forecast_json(
        self: &Arc<Self>,
        question: &ForecastQuestion,
    ) -> Result<Bytes, ForecastError> {
        let now = self.clock.now();
        let make = || {
            let (forecaster, question) = (Arc::clone(self), question.clone());
            async move { forecaster.make(&question, now).await }
        };
        let landed = self.forecasts.get(question, now, make).await.map_err(crashed)?;
        landed.answer.json(landed.was_ready, |forecast| {
            let mut again = forecast.clone();
            again.sources.iter_mut().for_each(|report| report.elapsed_ms = 0);
            again
        })
    }

    async fn make(&self, question: &ForecastQuestion, now: Timestamp) -> Arc<Made<Forecast>> {
        match self.gather(question, now, &|_| {}).await {
            Ok(gathered) => {
                let fresh_until = gathered.fresh_until(now);
                Made::until(fresh_until, self.forecast(question, gathered, now).await)
            }
            Err((error, fresh_until)) => Made::until(fresh_until, Err(error)),
        }
    }

    /// Asks the four sources at the same time and tells as each ends. Only prices, or too many forecasts in the making,
    /// can end it early, with the reason and the moment until which it holds.
    pub(crate) async fn gather(
        &self,
        question: &ForecastQuestion,
        now: Timestamp,
        tell: &(dyn Fn(&SourceReport) + Send + Sync),
    ) -> Result<Gathered, (ForecastError, Timestamp)> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| (ForecastError::Work(WorkError::Overloaded), now))?;
        let deadline = Instant::now() + self.patience;
        let window = question.window(now);
        let symbol = &question.symbol;
        let about_prices = Question { symbol: symbol.clone(), days: question.price_days(now) };
        let about_others = Question { symbol: symbol.clone(), days: question.other_days(now) };
        let told = |report: SourceReport| {
            tell(&report);
            report
        };
        let prices = async {
            let heard = self.sources.prices(&about_prices, deadline).await;
            let report = told(reports::prices(&heard, window));
            match &heard.said.outcome {
                Ok(_) => Ok((heard, report)),
                Err(error) => Err((no_prices(question, error, now), heard.fresh_until())),
            }
        };
        let tweets = async {
            let heard = self.sources.tweets(&about_others, deadline).await;
            let report = told(reports::sentiments(Source::Tweets, &heard, window));
            Ok((heard, report))
        };
        let news = async {
            let heard = self.sources.news(&about_others, deadline).await;
            let report = told(reports::sentiments(Source::News, &heard, window));
            Ok((heard, report))
        };
        let searches = async {
            let heard = self.sources.searches(&about_others, deadline).await;
            let report = told(reports::searches(&heard, window));
            Ok((heard, report))
        };
        let (prices, tweets, news, searches) = tokio::try_join!(prices, tweets, news, searches)?;
        Ok(Gathered {
            _place: place,
            prices: prices.0,
            tweets: tweets.0,
            news: news.0,
            searches: searches.0,
            reports: vec![prices.1, tweets.1, news.1, searches.1],
        })
    }

    /// Makes the forecast of what was gathered, on the bounded pool.
    pub(crate) async fn forecast(
        &self,
        question: &ForecastQuestion,
        gathered: Gathered,
        now: Timestamp,
    ) -> Result<Forecast, ForecastError> {
        let (model, question, market) = (Arc::clone(&self.model), question.clone(), self.market);
        let name = self.stocks.get(&question.symbol).map(|listing| listing.name.trim().to_owned());
        let work = move || compute(&model, &question, gathered, market, name.unwrap_or_default(), now);
        let made = self.workers.run(work).await?;
        let ended = if made.is_ok() { "ok" } else { "failed" };
        metrics::counter!("forecasts_total", "market" => market.to_string(), "ended" => ended).increment(1);
        made
    }
}

/// Features, network, and the answer's words.
fn compute(
    model: &Model,
    question: &ForecastQuestion,
    gathered: Gathered,
    market: Market,
    name: String,
    now: Timestamp,
) -> Result<Forecast, ForecastError> {
    let prices = gathered.prices.said.outcome.as_ref().map_err(|error| no_prices(question, error, now))?;
    let series = RawSeries {
        bars: &prices.bars,
        tweets: gathered.tweets.said.outcome.as_ref().ok().map(|series| series.days.as_slice()),
        news: gathered.news.said.outcome.as_ref().ok().map(|series| series.days.as_slice()),
        searches: gathered.searches.said.outcome.as_ref().ok().map(|series| series.days.as_slice()),
    };
    let origin = prices.bars.len().saturating_sub(1);
    let window = FeatureWindow::build(&series, origin).map_err(|error| unfit(question, &error, now))?;
    let last = prices.bars.last().ok_or_else(|| ForecastError::Model("no bars".to_owned()))?;
    refuse_stale(question, last, now)?;
    let returns = model.forecast(&[window]).map_err(|error| ForecastError::Model(error.to_string()))?;
    let quantiles = returns
        .first()
        .ok_or_else(|| ForecastError::Model("no forecast for the window".to_owned()))?
        .prices(last.close);
    let sessions = next_sessions(last.date, HORIZON);
    let history: Vec<Bar> =
        prices.bars[prices.bars.len().saturating_sub(question.history)..].iter().map(shown).collect();
    let first_shown = history.first().map_or(last.date, |bar| bar.date);
    Ok(Forecast {
        stock: Stock { symbol: question.symbol.clone(), name, currency: prices.currency.clone() },
        market,
        as_of: last.date,
        generated_at: now,
        history,
        forecast: sessions
            .into_iter()
            .zip(quantiles)
            .map(|(date, quantiles)| ForecastSession { date, quantiles })
            .collect(),
        features: feature_days(&series, origin),
        model: model.manifest().summary(),
        moving: moving(prices, gathered.prices.said.fetched_at, now),
        events: prices.events.iter().filter(|event| event.date >= first_shown).cloned().collect(),
        pooled: model.manifest().pooled.clone(),
        sources: gathered.reports,
    })
}

fn shown(bar: &DailyBar) -> Bar {
    Bar { date: bar.date, open: bar.open, high: bar.high, low: bar.low, close: bar.close, volume: bar.volume }
}

/// The moving price, as long as it is about now.
fn moving(prices: &PriceSeries, fetched_at: Timestamp, now: Timestamp) -> Option<MovingPrice> {
    prices.moving.filter(|_| now.duration_since(fetched_at) < MOVING_SHOWN)
}

fn no_prices(question: &ForecastQuestion, error: &SourceError, now: Timestamp) -> ForecastError {
    ForecastError::Prices { symbol: question.symbol.to_string(), error: error.clone(), now }
}

fn refuse_stale(question: &ForecastQuestion, last: &DailyBar, now: Timestamp) -> Result<(), ForecastError> {
    let as_of = question.origin(now);
    // The newest session itself is among them.
    let sessions = sessions_between(last.date, as_of).len().saturating_sub(1);
    if sessions < STALE_SESSIONS {
        return Ok(());
    }
    Err(ForecastError::StalePrices { symbol: question.symbol.to_string(), last: last.date, sessions, as_of })
}

fn unfit(question: &ForecastQuestion, error: &FeatureError, now: Timestamp) -> ForecastError {
    match error {
        FeatureError::TooLittleHistory { have, need } => ForecastError::TooLittleHistory {
            symbol: question.symbol.to_string(),
            have: *have,
            need: *need,
            as_of: question.origin(now),
        },
        FeatureError::NoSuchSession { .. } | FeatureError::Shape { .. } | FeatureError::NotAPrice { .. } => {
            ForecastError::Model(error.to_string())
        }
    }
}

pub(crate) fn crashed(_: Crashed) -> ForecastError {
    ForecastError::Model("a panic while the forecast was made".to_owned())
}

impl Gathered {
    /// The forecast holds as long as all it was made from.
    fn fresh_until(&self, now: Timestamp) -> Timestamp {
        let sources = self
            .prices
            .fresh_until()
            .min(self.tweets.fresh_until())
            .min(self.news.fresh_until())
            .min(self.searches.fresh_until());
        let shows_moving = self
            .prices
            .said
            .outcome
            .as_ref()
            .is_ok_and(|prices| moving(prices, self.prices.said.fetched_at, now).is_some());
        let moving_ends = self.prices.said.fetched_at.saturating_add(MOVING_SHOWN).unwrap_or(Timestamp::MAX);
        if shows_moving { sources.min(moving_ends) } else { sources }
    }
}

impl<T: serde::Serialize> Made<T> {
    pub(crate) fn until(fresh_until: Timestamp, outcome: Result<T, ForecastError>) -> Arc<Self> {
        Arc::new(Self { outcome, fresh_until, sent_again: OnceLock::new() })
    }

    /// Returns the JSON; those who find it ready get what `again` makes of it.
    pub(crate) fn json(&self, was_ready: bool, again: impl FnOnce(&T) -> T) -> Result<Bytes, ForecastError> {
        let made = self.outcome.as_ref().map_err(Clone::clone)?;
        if was_ready {
            return Ok(self.sent_again.get_or_init(|| to_json(&again(made))).clone());
        }
        Ok(to_json(made))
    }
}

/// Serialises one of our own answers.
pub(crate) fn to_json<T: serde::Serialize>(answer: &T) -> Bytes {
    serde_json::to_vec(answer).expect("our answers hold only text, dates and finite numbers").into()
}
