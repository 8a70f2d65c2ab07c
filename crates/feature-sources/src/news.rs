//! News articles: how many, and with what sentiment (EODHD `/api/sentiments`).

use std::sync::Arc;

use forecast_types::Symbol;
use futures_util::future::BoxFuture;

use crate::{Account, Days, Moment, Provide, Provider, SentimentSeries, SourceError, StockDays, Values};

/// Asks EODHD for news articles.
#[derive(Clone, Debug)]
pub struct News(Arc<Account>);

impl News {
    /// Makes a client that draws on an account.
    #[must_use]
    pub fn new(account: Arc<Account>) -> Self {
        Self(account)
    }

    /// Returns count and sentiment by calendar day.
    ///
    /// # Errors
    /// One variant of [`SourceError`] for each way EODHD fails; no day at all is [`SourceError::NoData`].
    pub async fn fetch(
        &self,
        symbol: &Symbol,
        days: Days,
        moment: Moment,
    ) -> Result<SentimentSeries, SourceError> {
        self.0.sentiments("sentiments", symbol, days, moment).await
    }
}

impl Provide<SentimentSeries> for News {
    fn provider(&self) -> Provider {
        Provider::Eodhd
    }

    fn ask<'a>(
        &'a self,
        wanted: &'a StockDays,
        moment: Moment,
    ) -> BoxFuture<'a, Result<Values<SentimentSeries>, SourceError>> {
        Box::pin(async move { self.fetch(&wanted.symbol, wanted.days, moment).await.map(Values::Trained) })
    }
}
