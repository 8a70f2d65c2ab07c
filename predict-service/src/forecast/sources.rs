//! The four sources, asked at the same time.

mod cached;
mod freshness;

use std::sync::Arc;

use feature_sources::{
    Clients, ClientsError, Moment, News, PriceSeries, Prices, SearchSeries, Searches, SentimentSeries,
    SourceError, Tweets,
};
use forecast_types::{Source, SourceReport};
use jiff::Timestamp;

use cached::{CachedSource, Settings};
pub(super) use cached::{Series, SourceRequest, Timed};

use super::reports;
use super::request::ForecastRequest;
use crate::Config;
use crate::cache::store::Persistence;

/// The clients and their caches.
pub(crate) struct Sources {
    prices: (Arc<Prices>, CachedSource<PriceSeries>),
    tweets: (Tweets, CachedSource<SentimentSeries>),
    news: (News, CachedSource<SentimentSeries>),
    searches: (Arc<Searches>, CachedSource<SearchSeries>),
}

/// What the sources answered to one request.
pub(super) struct SourceAnswers {
    pub(super) prices: Timed<PriceSeries>,
    pub(super) tweets: Timed<SentimentSeries>,
    pub(super) news: Timed<SentimentSeries>,
    pub(super) searches: Timed<SearchSeries>,
    /// In the order of [`Source::ALL`].
    pub(super) reports: Vec<SourceReport>,
}

/// Why there are no prices, and until when that holds.
pub(super) struct NoPrices {
    pub(super) error: SourceError,
    pub(super) fresh_until: Timestamp,
}

impl Sources {
    /// Makes the clients and their caches.
    ///
    /// # Errors
    /// When an address is not `http` or `https`, or TLS cannot start.
    pub(crate) fn build(config: &Config, persistence: Persistence) -> Result<Self, ClientsError> {
        let clients = Clients::build(&config.upstreams, persistence.ledger)?;
        let settings = Arc::new(Settings {
            timeout: config.source_timeout(),
            cache_timeout: config.cache_timeout,
            store: persistence.store,
            market: format!("{}@{}", config.market, config.upstreams.yahoo_url.authority()),
        });
        Ok(Self {
            prices: (Arc::new(clients.prices), CachedSource::new(Source::Prices, &settings)),
            tweets: (clients.tweets, CachedSource::new(Source::Tweets, &settings)),
            news: (clients.news, CachedSource::new(Source::News, &settings)),
            searches: (Arc::new(clients.searches), CachedSource::new(Source::Searches, &settings)),
        })
    }

    /// Asks all four at the same time and reports each as it ends. Only missing prices end it early.
    pub(super) async fn ask_all(
        &self,
        request: &ForecastRequest,
        moment: Moment,
        on_report: &(dyn Fn(&SourceReport) + Send + Sync),
    ) -> Result<SourceAnswers, NoPrices> {
        let now = moment.now;
        let window = request.window(now);
        let symbol = &request.symbol;
        let for_prices = SourceRequest { symbol: symbol.clone(), days: request.price_days(now) };
        let for_others = SourceRequest { symbol: symbol.clone(), days: request.other_days(now) };
        let reported = |report: SourceReport| {
            on_report(&report);
            report
        };
        let prices = async {
            let prices = self.prices(&for_prices, moment).await;
            let prices = self.or_settled_prices(prices, request, now);
            let report = reported(reports::prices(&prices, window));
            match &prices.answer.outcome {
                Ok(_) => Ok((prices, report)),
                Err(error) => Err(NoPrices { error: error.clone(), fresh_until: prices.fresh_until }),
            }
        };
        let tweets = async {
            let tweets = self.tweets(&for_others, moment).await;
            let report = reported(reports::sentiments(Source::Tweets, &tweets, window));
            Ok((tweets, report))
        };
        let news = async {
            let news = self.news(&for_others, moment).await;
            let report = reported(reports::sentiments(Source::News, &news, window));
            Ok((news, report))
        };
        let searches = async {
            let searches = self.searches(&for_others, moment).await;
            let report = reported(reports::searches(&searches, window));
            Ok((searches, report))
        };
        let (prices, tweets, news, searches) = tokio::try_join!(prices, tweets, news, searches)?;
        Ok(SourceAnswers {
            prices: prices.0,
            tweets: tweets.0,
            news: news.0,
            searches: searches.0,
            reports: vec![prices.1, tweets.1, news.1, searches.1],
        })
    }

    /// Returns cached prices that end with the last settled session in place of a failure of the upstream: all they
    /// lack is the moving price, which the model does not read.
    fn or_settled_prices(
        &self,
        prices: Timed<PriceSeries>,
        request: &ForecastRequest,
        now: Timestamp,
    ) -> Timed<PriceSeries> {
        if !prices.answer.outcome.as_ref().is_err_and(|error| !error.is_settled()) {
            return prices;
        }
        let settled = SourceRequest { symbol: request.symbol.clone(), days: request.settled_days(now) };
        match self.prices.1.cached(&settled, now) {
            Some(answer) => Timed { answer, ..prices },
            None => prices,
        }
    }

    /// Returns the prices, at the latest at the deadline.
    pub(super) async fn prices(&self, request: &SourceRequest, moment: Moment) -> Timed<PriceSeries> {
        let (client, cached) = &self.prices;
        let client = Arc::clone(client);
        cached
            .ask(request, moment, |request, moment| async move {
                client.fetch(&request.symbol, request.days, moment).await
            })
            .await
    }

    async fn tweets(&self, request: &SourceRequest, moment: Moment) -> Timed<SentimentSeries> {
        let (client, cached) = &self.tweets;
        let client = client.clone();
        cached
            .ask(request, moment, |request, moment| async move {
                client.fetch(&request.symbol, request.days, moment).await
            })
            .await
    }

    async fn news(&self, request: &SourceRequest, moment: Moment) -> Timed<SentimentSeries> {
        let (client, cached) = &self.news;
        let client = client.clone();
        cached
            .ask(request, moment, |request, moment| async move {
                client.fetch(&request.symbol, request.days, moment).await
            })
            .await
    }

    async fn searches(&self, request: &SourceRequest, moment: Moment) -> Timed<SearchSeries> {
        let (client, cached) = &self.searches;
        let client = Arc::clone(client);
        cached
            .ask(request, moment, |request, moment| async move {
                client.fetch(&request.symbol, request.days, moment).await
            })
            .await
    }
}

impl SourceAnswers {
    /// Returns until when all four answers hold.
    pub(super) fn fresh_until(&self) -> Timestamp {
        self.prices
            .fresh_until
            .min(self.tweets.fresh_until)
            .min(self.news.fresh_until)
            .min(self.searches.fresh_until)
    }
}

#[cfg(test)]
mod tests;
