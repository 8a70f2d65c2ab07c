//! EODHD's daily bars: the history of a stock once, then one answer a day for the whole market.

mod history;
mod history_cache;
mod market_days;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;

use exchange_calendar::{last_settled, sessions_between};
use forecast_types::Symbol;
use futures_util::future::{BoxFuture, try_join3};
use jiff::ToSpan as _;
use jiff::civil::Date;

use self::history::History;
use self::history_cache::HistoryCache;
use self::market_days::{MarketDay, MarketDays};
use super::PriceSeries;
use crate::{Account, Moment, Provide, Provider, SourceError, StockDays, Values, symbols};

/// All US rows of a day take about 10 MB.
const BODY_LIMIT_BYTES: usize = 32 << 20;
/// A history that lacks more sessions is fetched anew: a day of the market costs as much as a hundred histories.
const LONGEST_GAP: usize = 5;

/// Asks EODHD for the histories of stocks, and keeps them up to date with the days of the whole market.
#[derive(Debug)]
pub struct BulkPrices {
    account: Arc<Account>,
    days: Arc<MarketDays>,
    histories: HistoryCache,
}

impl BulkPrices {
    /// Makes a client that keeps the histories in a folder, or else in memory.
    #[must_use]
    pub fn new(account: Account, folder: Option<PathBuf>) -> Self {
        let account = Arc::new(account.with_body_limit(BODY_LIMIT_BYTES));
        let days = Arc::new(MarketDays::new(Arc::clone(&account), LONGEST_GAP));
        Self { account, days, histories: HistoryCache::new(folder) }
    }

    async fn fetch(&self, wanted: &StockDays, moment: Moment) -> Result<PriceSeries, SourceError> {
        let StockDays { symbol, days, .. } = wanted;
        let settled = last_settled(moment.now);
        let newest = settled.min(days.last);
        let name = symbols::eodhd(symbol);
        let kept = self.histories.read(&name).await.filter(|history| history.from <= days.first);
        let first = kept.as_ref().map_or(days.first, |history| history.from);
        let up_to_date = match kept {
            Some(history) => self.continued(history, symbol, newest, moment).await?,
            None => None,
        };
        let history = match up_to_date {
            Some(history) => history,
            None => {
                // Up to now, even for a day in the past: later splits are part of its scale.
                let seeded = self.seed(&name, first, settled, moment).await?;
                // Events that the history may not know yet leave it to the next provider.
                self.continued(seeded, symbol, newest, moment).await?.ok_or(SourceError::NoData)?
            }
        };
        history.series(*days, moment.now)
    }

    /// Adds the sessions since the newest bar; `None` if the history must be fetched anew.
    async fn continued(
        &self,
        mut history: History,
        symbol: &Symbol,
        newest: Date,
        moment: Moment,
    ) -> Result<Option<History>, SourceError> {
        let Some(last) = history.last() else { return Ok(None) };
        let due = sessions_between(last.saturating_add(1.day()), newest);
        if due.is_empty() {
            return Ok(Some(history));
        }
        if due.len() > LONGEST_GAP {
            return Ok(None);
        }
        let code = symbols::eodhd_code(symbol);
        let mut days: Vec<Arc<MarketDay>> = Vec::with_capacity(due.len());
        for date in due {
            days.push(self.days.get(date, moment).await?);
        }
        if days.iter().any(|day| day.has_event(&code)) {
            return Ok(None);
        }
        if days.last().is_none_or(|day| day.bar(&code).is_none()) {
            return Err(SourceError::NoData);
        }
        history.bars.extend(days.iter().filter_map(|day| day.bar(&code)));
        self.histories.write(&symbols::eodhd(symbol), &history).await;
        Ok(Some(history))
    }

    /// Fetches the history of a stock, with its splits and dividends.
    async fn seed(
        &self,
        name: &str,
        first: Date,
        newest: Date,
        moment: Moment,
    ) -> Result<History, SourceError> {
        let (from, to) = (first.to_string(), newest.to_string());
        let days = [("from", from.as_str()), ("to", to.as_str())];
        let daily = [days[0], days[1], ("period", "d"), ("order", "a")];
        let (bars, splits, dividends) = try_join3(
            self.account.fetch(&["eod", name], &daily, 1, moment, wire::bars),
            self.account.fetch(&["splits", name], &days, 1, moment, wire::splits),
            self.account.fetch(&["div", name], &days, 1, moment, wire::dividends),
        )
        .await?;
        let history = History::new(first, newest, bars, splits, dividends)?;
        self.histories.write(name, &history).await;
        Ok(history)
    }
}

impl Provide<PriceSeries> for BulkPrices {
    fn provider(&self) -> Provider {
        Provider::EodhdBulk
    }

    fn ask<'a>(
        &'a self,
        wanted: &'a StockDays,
        moment: Moment,
    ) -> BoxFuture<'a, Result<Values<PriceSeries>, SourceError>> {
        Box::pin(async move { self.fetch(wanted, moment).await.map(Values::Trained) })
    }
}
