//! Tweets: how many, and with what sentiment (EODHD `/api/tweets-sentiments`).
//!
//! Presumed dead upstream: since 2026 it was only seen to answer `[]`, which is missing, never zero tweets. A request
//! costs as much as one for news all the same, half the calls of a free day, so it has to be turned on.

use std::sync::Arc;

use forecast_types::Symbol;

use crate::{Account, Days, Moment, SentimentSeries, SourceError};

/// Asks EODHD for tweets.
#[derive(Clone, Debug)]
pub struct Tweets(Option<Arc<Account>>);

impl Tweets {
    /// Makes a client that uses an account; without one it sends no requests.
    #[must_use]
    pub fn new(account: Option<Arc<Account>>) -> Self {
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
        let off = SourceError::TurnedOff(
            "tweets are off, because EODHD has served none since 2026; EODHD_TWEETS=1 turns them on",
        );
        let account = self.0.as_ref().ok_or(off)?;
        account.sentiments("tweets-sentiments", symbol, days, moment).await
    }
}
