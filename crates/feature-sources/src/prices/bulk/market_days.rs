//! The newest days of the whole market, each downloaded once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::wire::{self, Bar};
use crate::{Account, Moment, SourceError};

/// Documented cost of a day of the market.
const CALLS_PER_REQUEST: u32 = 100;
/// A day is 10 MB and serves all stocks, so it may take longer than those who wait for it.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a failure holds: each try may cost a hundred calls.
const FAILURE_HOLDS: SignedDuration = SignedDuration::from_mins(5);

/// All stocks on one day.
#[derive(Debug)]
pub(super) struct MarketDay {
    bars: HashMap<String, Bar>,
    /// Stocks with a split or a dividend.
    with_event: HashSet<String>,
}

impl MarketDay {
    /// Returns the bar of a stock.
    pub(super) fn bar(&self, code: &str) -> Option<Bar> {
        self.bars.get(code).copied()
    }

    /// Says whether a split or a dividend changes the earlier bars of a stock.
    pub(super) fn has_event(&self, code: &str) -> bool {
        self.with_event.contains(code)
    }
}

/// The newest days that were asked for.
#[derive(Debug)]
pub(super) struct MarketDays {
    account: Arc<Account>,
    most: usize,
    held: Mutex<BTreeMap<Date, Held>>,
}

#[derive(Debug)]
struct Held {
    outcome: Result<Arc<MarketDay>, SourceError>,
    until: Timestamp,
}

impl MarketDays {
    /// Keeps at most `most` days.
    pub(super) fn new(account: Arc<Account>, most: usize) -> Self {
        Self { account, most, held: Mutex::default() }
    }

    /// Returns a day. The first who asks starts the download, the others wait for it.
    pub(super) async fn get(
        self: &Arc<Self>,
        date: Date,
        moment: Moment,
    ) -> Result<Arc<MarketDay>, SourceError> {
        let days = Arc::clone(self);
        // In a task of its own, because it goes on when those who wait for it have gone.
        let work = tokio::spawn(async move { days.held_or_downloaded(date, moment.now).await });
        match timeout_at(moment.deadline, work).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_panic)) => Err(SourceError::Unreachable { what: "internal error", cause: None }),
            Err(_late) => Err(SourceError::Late),
        }
    }

    async fn held_or_downloaded(&self, date: Date, now: Timestamp) -> Result<Arc<MarketDay>, SourceError> {
        // Locked during the download, so that there is only one.
        let mut held = self.held.lock().await;
        if let Some(day) = held.get(&date).filter(|day| now < day.until) {
            return day.outcome.clone();
        }
        let outcome = self.download(date, now).await.map(Arc::new);
        let until = match &outcome {
            Ok(_) => Timestamp::MAX,
            Err(_) => now.saturating_add(FAILURE_HOLDS).unwrap_or(Timestamp::MAX),
        };
        held.insert(date, Held { outcome: outcome.clone(), until });
        while held.len() > self.most {
            held.pop_first();
        }
        outcome
    }

    async fn download(&self, date: Date, now: Timestamp) -> Result<MarketDay, SourceError> {
        let moment = Moment { now, deadline: Instant::now() + DOWNLOAD_TIMEOUT, ahead: 0 };
        let day = date.to_string();
        let day = ("date", day.as_str());
        let bars = self.ask(&[day], moment, |body| wire::market_day(body, date)).await?;
        if bars.is_empty() {
            // Not published yet.
            return Err(SourceError::NoData);
        }
        let splits = [day, ("type", "splits")];
        let dividends = [day, ("type", "dividends")];
        let (splits, dividends) =
            try_join(self.ask(&splits, moment, wire::codes), self.ask(&dividends, moment, wire::codes))
                .await?;
        tracing::info!(%date, stocks = bars.len(), "downloaded the prices of the whole market");
        Ok(MarketDay { bars, with_event: splits.into_iter().chain(dividends).collect() })
    }

    async fn ask<T>(
        &self,
        parameters: &[(&str, &str)],
        moment: Moment,
        parse: impl Fn(&[u8]) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        self.account.fetch(&["eod-bulk-last-day", "US"], parameters, CALLS_PER_REQUEST, moment, parse).await
    }
}
