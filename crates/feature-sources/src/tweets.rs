//! Tweets: how many, and with what sentiment (EODHD `/api/tweets-sentiments`).
//!
//! Presumed dead upstream: since 2026 it was only seen to answer `[]`, which is missing, never zero tweets. A request
//! costs as much as one for news all the same, half the calls of a free day, so it has to be turned on.

use std::sync::Arc;

use forecast_types::Symbol;
use futures_util::future::BoxFuture;

use crate::{Account, Days, Moment, Provide, Provider, SentimentSeries, SourceError, StockDays, Values};

/// Asks EODHD for tweets.
#[derive(Clone, Debug)]
pub struct Tweets(Arc<Account>);

impl Tweets {
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
        self.0.sentiments("tweets-sentiments", symbol, days, moment).await
    }
}

impl Provide<SentimentSeries> for Tweets {
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
