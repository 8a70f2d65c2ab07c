//! The five sources, asked at the same time.

mod answers;
mod cached;
mod freshness;

use std::collections::BTreeMap;
use std::sync::Arc;

use feature_sources::{
    Clients, ClientsError, Moment, PriceSeries, Prices, Provided, Providers, ReportSeries, Reports,
    SearchSeries, SentimentSeries, StockDays,
};
use forecast_types::Source;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;

pub(super) use answers::{Answer, KnownPrices, NoPrices, SourceAnswers};
use cached::{CachedSource, Settings};
pub(super) use cached::{Series, SourceRequest, Timed, Trained};

use super::request::ForecastRequest;
use crate::Config;
use crate::cache::store::Persistence;

/// The clients and their caches.
pub(crate) struct Sources {
    prices: (Arc<Prices>, CachedSource<PriceSeries>),
    tweets: Provision<SentimentSeries>,
    news: Provision<SentimentSeries>,
    searches: Provision<SearchSeries>,
    reports: (Arc<Reports>, CachedSource<ReportSeries>),
    names: Names,
}

/// The providers of one source, and their answers.
type Provision<T> = (Arc<Providers<T>>, CachedSource<Provided<T>>);

/// Who serves which source, for people; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(Arc<BTreeMap<Source, String>>);

impl Names {
    /// Returns who serves a source; empty if it is off.
    pub(super) fn of(&self, source: Source) -> &str {
        self.0.get(&source).map_or("", String::as_str)
    }
}

impl Sources {
    /// Makes the clients and their caches.
    ///
    /// # Errors
    /// When an address is not `http` or `https`, or TLS cannot start.
    pub(crate) fn build(config: &Config, persistence: Persistence) -> Result<Self, ClientsError> {
        let clients = Clients::build(&config.upstreams, persistence.ledger)?;
        let names = Source::ALL.map(|source| (source, config.upstreams.names(source)));
        let names = Names(Arc::new(names.into_iter().collect()));
        let settings = Arc::new(Settings {
            timeout: config.source_timeout(),
            cache_timeout: config.cache_timeout,
            store: persistence.store,
            market: format!("{}@{}", config.market, config.upstreams.yahoo_url.authority()),
            names: names.clone(),
        });
        Ok(Self {
            prices: (Arc::new(clients.prices), CachedSource::new(Source::Prices, &settings)),
            tweets: (Arc::new(clients.tweets), CachedSource::new(Source::Tweets, &settings)),
            news: (Arc::new(clients.news), CachedSource::new(Source::News, &settings)),
            searches: (Arc::new(clients.searches), CachedSource::new(Source::Searches, &settings)),
            reports: (Arc::new(clients.reports), CachedSource::new(Source::Reports, &settings)),
            names,
        })
    }

    /// Returns who serves which source.
    pub(super) fn names(&self) -> Names {
        self.names.clone()
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
            Box::pin(async move { Answer::Tweets(provided(&self.tweets, &for_tweets, cik, moment).await) }),
            Box::pin(async move { Answer::News(provided(&self.news, &for_news, cik, moment).await) }),
            Box::pin(
                async move { Answer::Searches(provided(&self.searches, &for_others, cik, moment).await) },
            ),
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

/// Returns the answer of a source with several providers, at the latest at the deadline.
async fn provided<T>(
    (providers, cached): &Provision<T>,
    request: &SourceRequest,
    cik: Option<u32>,
    moment: Moment,
) -> Timed<Provided<T>>
where
    T: Send + Sync + 'static,
    Provided<T>: Series,
{
    let providers = Arc::clone(providers);
    cached
        .ask(request, moment, |request, moment| async move {
            let SourceRequest { symbol, days } = request;
            providers.ask(&StockDays { symbol, cik, days }, moment).await
        })
        .await
}

#[cfg(test)]
mod tests;
