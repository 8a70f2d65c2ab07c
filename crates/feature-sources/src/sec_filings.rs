//! How much a company and its insiders filed with the SEC, by day: news of a kind, without a sentiment.
//!
//! Taken from the answer that the dates of reports come from. The model was trained on news articles, so it is only
//! shown.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::reports::Edgar;
use crate::{Moment, Provide, Provider, SentimentSeries, SourceError, StockDays, Values};

/// Counts filings.
#[derive(Clone, Debug)]
pub struct SecFilings(Arc<Edgar>);

impl SecFilings {
    /// Makes a client that shares its answers with the source of reports.
    #[must_use]
    pub fn new(edgar: Arc<Edgar>) -> Self {
        Self(edgar)
    }
}

impl Provide<SentimentSeries> for SecFilings {
    fn provider(&self) -> Provider {
        Provider::SecFilings
    }

    fn ask<'a>(
        &'a self,
        wanted: &'a StockDays,
        moment: Moment,
    ) -> BoxFuture<'a, Result<Values<SentimentSeries>, SourceError>> {
        Box::pin(async move {
            let StockDays { symbol, cik, days } = wanted;
            let number = self.0.number(symbol, *cik, moment).await?;
            let company = self.0.company(number, Some(days.last), moment).await?;
            company.filings_by_day(*days).map(Values::Shown)
        })
    }
}
