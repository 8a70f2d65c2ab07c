//! News articles: how many, and in which mood (EODHD `/api/sentiments`).

use std::sync::Arc;

use forecast_types::Symbol;

use crate::{Account, Days, Moment, MoodSeries, SourceError};

/// Asks EODHD for news articles.
#[derive(Clone, Debug)]
pub struct News(Arc<Account>);

impl News {
    /// Makes a client that draws on an account.
    #[must_use]
    pub fn new(account: Arc<Account>) -> Self {
        Self(account)
    }

    /// Returns count and mood by calendar day.
    ///
    /// # Errors
    /// One variant of [`SourceError`] for each way EODHD fails; no day at all is [`SourceError::NoData`].
    pub async fn fetch(
        &self,
        symbol: &Symbol,
        days: Days,
        moment: Moment,
    ) -> Result<MoodSeries, SourceError> {
        self.0.moods("sentiments", symbol, days, moment).await
    }
}
