//! The five sources, asked at the same time.

mod answers;
mod cached;
mod freshness;

use std::sync::Arc;

use feature_sources::{
    Clients, ClientsError, Moment, News, PriceSeries, Prices, ReportSeries, Reports, SearchSeries, Searches,
    SentimentSeries, Tweets,
};
use forecast_types::Source;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;

pub(super) use answers::{Answer, KnownPrices, NoPrices, SourceAnswers};
use cached::{CachedSource, Settings};
pub(super) use cached::{Series, SourceRequest, Timed};

use super::request::ForecastRequest;
use crate::Config;
use crate::cache::store::Persistence;

/// The clients and their caches.
pub(crate) struct Sources {
    prices: (Arc<Prices>, CachedSource<PriceSeries>),
    tweets: (Tweets, CachedSource<SentimentSeries>),
    news: (News, CachedSource<SentimentSeries>),
    searches: (Arc<Searches>, CachedSource<SearchSeries>),
    reports: (Arc<Reports>, CachedSource<ReportSeries>),
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
            reports: (Arc::new(clients.reports), CachedSource::new(Source::Reports, &settings)),
        })
    }

    /// Asks all five at the same time; the answers come as the sources end.
    pub(super) fn ask(
        &self,
        request: &ForecastRequest,
        moment: Moment,
    ) -> FuturesUnordered<BoxFuture<'_, Answer>> {
        let now = moment.now;
        let symbol = &request.symbol;
        let for_prices = SourceRequest { symbol: symbol.clone(), days: request.price_days(now) };
        let for_others = SourceRequest { symbol: symbol.clone(), days: request.other_days(now) };
        let settled = SourceRequest { symbol: symbol.clone(), days: request.settled_days(now) };
        let [for_tweets, for_news] = [for_others.clone(), for_others.clone()];
        let for_reports = SourceRequest { symbol: symbol.clone(), days: request.report_days(now) };
        let cik = request.cik;
        let asked: [BoxFuture<'_, Answer>; 5] = [
            Box::pin(async move {
                let prices = self.prices(&for_prices, moment).await;
                Answer::Prices(self.or_settled_prices(prices, &settled, now))
            }),
            Box::pin(async move { Answer::Tweets(self.tweets(&for_tweets, moment).await) }),
            Box::pin(async move { Answer::News(self.news(&for_news, moment).await) }),
            Box::pin(async move { Answer::Searches(self.searches(&for_others, moment).await) }),
            Box::pin(async move { Answer::Reports(self.reports(&for_reports, cik, moment).await) }),
        ];
        asked.into_iter().collect()
    }

    /// Returns cached prices that end with the last settled session in place of a failure of the upstream: all they
    /// lack is the moving price, which the model does not read.
    fn or_settled_prices(
        &self,
        prices: Timed<PriceSeries>,
        settled: &SourceRequest,
        now: Timestamp,
    ) -> Timed<PriceSeries> {
        if !prices.answer.outcome.as_ref().is_err_and(|error| !error.is_settled()) {
            return prices;
        }
        match self.prices.1.cached(settled, now) {
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

    /// Returns the dates of a company's reports; `cik` is its number at the SEC, where the list has it.
    pub(super) async fn reports(
        &self,
        request: &SourceRequest,
        cik: Option<u32>,
        moment: Moment,
    ) -> Timed<ReportSeries> {
        let (client, cached) = &self.reports;
        let client = Arc::clone(client);
        cached
            .ask(request, moment, |request, moment| async move {
                client.fetch(&request.symbol, cik, request.days, moment).await
            })
            .await
    }
}

#[cfg(test)]
mod tests;
