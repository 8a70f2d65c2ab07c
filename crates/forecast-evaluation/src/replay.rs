//! Fills a store from price files, as if the forecasts had been recorded at the time.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use exchange_calendar::{is_session, previous_session, sessions_back, sessions_between};
use forecast_model::Model;
use forecast_model::score::Returns;
use forecast_record::{LogName, Record};
use forecast_score::log_price;
use forecast_store::{
    ForecastRow, Manifest, ModelVersion, OutcomeRow, OutcomeState, RecordedSession, ReportAhead,
    SourceLetters, StockLookup, Store, publish,
};
use forecast_types::{DailyBar, Market, Source, SourceStatus, Symbol};
use jiff::Timestamp;
use jiff::civil::Date;
use price_history::PriceHistory;
use rayon::prelude::*;

use crate::past::{PastForecast, PastStock};
use crate::reports::{ReportHistory, read_reports};
use crate::sentiments::SentimentHistory;

/// Sessions whose forecasts are made at a time: few enough to fit in memory, enough to fill the network's batches.
const AT_ONCE: usize = 64;

/// Past prices and report dates, and the model to replay them with.
#[derive(Debug)]
pub struct Replay {
    model: Model,
    version: ModelVersion,
    base: Returns,
    prices: PriceHistory,
    reports: ReportHistory,
    sentiments: SentimentHistory,
}

impl Replay {
    /// Reads the files.
    ///
    /// # Errors
    /// When a file cannot be read, or the model's metadata is incomplete.
    pub fn read(model: Model, prices: &[PathBuf], reports: Option<&PathBuf>) -> anyhow::Result<Self> {
        let manifest = model.manifest();
        let version = ModelVersion::new(&manifest.name, &manifest.version)?;
        let base = manifest.blend.context("the model's metadata has no `blend` to compare with")?;
        Ok(Self {
            version,
            base,
            prices: price_history::read_all(prices)?,
            reports: reports.map(|path| read_reports(path)).transpose()?.unwrap_or_default(),
            sentiments: SentimentHistory::default(),
            model,
        })
    }

    /// Returns the model, as rows name it.
    #[must_use]
    pub fn version(&self) -> &ModelVersion {
        &self.version
    }

    /// Returns the pooled quantiles behind the model's baseline `blend`.
    #[must_use]
    pub fn base(&self) -> &Returns {
        &self.base
    }

    /// Returns warnings about the price files.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        self.prices.warnings()
    }

    /// Records the forecasts of the last `days` sessions and their outcomes in a store: files, logs, summaries and, last, the
    /// manifest. `progress` is called with the number of sealed sessions. Forecasts that are already in the store are not
    /// changed, so an interrupted replay can be continued. Uses all cores and blocks the async runtime.
    ///
    /// # Errors
    /// When a bar has no valid price, the network fails, different rows are already recorded, or the store does not answer.
    pub async fn backfill(
        &self,
        store: &Store,
        record: &Record,
        days: usize,
        now: Timestamp,
        listed: &StockLookup<'_>,
        mut progress: impl FnMut(usize),
    ) -> anyhow::Result<Manifest> {
        store.write_baseline(&self.version, &self.base).await?;
        let recorded = Manifest::read(store).await?.sessions;
        let sessions = self.sessions(days);
        let left: Vec<Date> =
            sessions.iter().copied().filter(|session| !recorded.contains_key(session)).collect();
        let mut sealed = BTreeMap::new();
        for part in left.chunks(AT_ONCE) {
            let mut forecasts = BTreeMap::new();
            for &session in part {
                if let Some(rows) = store.forecasts(session).await? {
                    forecasts.insert(session, rows);
                }
            }
            let missing: Vec<Date> =
                part.iter().copied().filter(|session| !forecasts.contains_key(session)).collect();
            let made = self.forecasts(&missing, now)?;
            forecasts.extend(made.into_iter().filter(|(session, _)| missing.contains(session)));
            for &session in part {
                let rows = forecasts.remove(&session).unwrap_or_default();
                let outcomes = self.outcomes(session);
                sealed.insert(session, seal(store, record, session, &rows, &outcomes, now).await?);
                progress(sessions.len() - left.len() + sealed.len());
            }
        }
        Ok(publish(store, sealed, now, listed).await?)
    }

    /// Returns the last `count` sessions of the prices, oldest first.
    #[must_use]
    pub fn sessions(&self, count: usize) -> Vec<Date> {
        let Some(last) = self.prices.last_day() else { return Vec::new() };
        let last = if is_session(last) { last } else { previous_session(last) };
        sessions_between(sessions_back(last, count.saturating_sub(1)), last)
    }

    /// Makes the forecasts from the first of these sessions to the last, as of `made_at`: stock by stock, on all cores.
    ///
    /// # Errors
    /// When a bar has no valid price or the network fails.
    pub fn forecasts(
        &self,
        sessions: &[Date],
        made_at: Timestamp,
    ) -> anyhow::Result<BTreeMap<Date, Vec<ForecastRow>>> {
        let (Some(&first), Some(&last)) = (sessions.first(), sessions.last()) else {
            return Ok(BTreeMap::new());
        };
        let stocks: Vec<(Symbol, &str, &[DailyBar])> = self.stocks().collect();
        let rows: Vec<Vec<ForecastRow>> = stocks
            .par_iter()
            .map(|(symbol, ticker, bars)| {
                let (sentiments, reports) = (&self.sentiments, self.reports.stock(ticker));
                let stock = PastStock { ticker, bars, sentiments, reports };
                let origins: Vec<usize> =
                    stock.origins(first, last).filter(|&origin| is_session(bars[origin].date)).collect();
                let forecasts = stock.forecasts(&self.model, &origins)?;
                Ok(forecasts.iter().map(|past| self.row(symbol, &stock, past, made_at)).collect())
            })
            .collect::<anyhow::Result<_>>()?;
        let mut by_session: BTreeMap<Date, Vec<ForecastRow>> = BTreeMap::new();
        for row in rows.into_iter().flatten() {
            by_session.entry(row.session).or_default().push(row);
        }
        by_session.values_mut().for_each(|rows| rows.sort_by(|a, b| a.symbol.cmp(&b.symbol)));
        Ok(by_session)
    }

    /// Returns the outcome of each stock on a session, in order of symbol. A stock counts as delisted on the first session
    /// after its last bar.
    #[must_use]
    pub fn outcomes(&self, session: Date) -> Vec<OutcomeRow> {
        let mut rows: Vec<OutcomeRow> = self
            .stocks()
            .filter_map(|(symbol, _, bars)| {
                let (log_return, state) = outcome(bars, session)?;
                Some(OutcomeRow { log_return, session, state, symbol })
            })
            .collect();
        rows.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        rows
    }

    /// Stocks whose ticker is a symbol.
    fn stocks(&self) -> impl Iterator<Item = (Symbol, &str, &[DailyBar])> {
        self.prices.iter().filter_map(|(ticker, bars)| Some((Symbol::parse(ticker).ok()?, ticker, bars)))
    }

    fn row(
        &self,
        symbol: &Symbol,
        stock: &PastStock<'_>,
        past: &PastForecast,
        made_at: Timestamp,
    ) -> ForecastRow {
        let session = stock.bars[past.origin].date;
        let known = stock.reports.is_some_and(|reports| reports.known_on(session).is_some());
        let report = past.report.and_then(|report| {
            Some(ReportAhead { session: report.session?, basis: report.basis, when: report.when })
        });
        ForecastRow {
            session,
            symbol: symbol.clone(),
            market: Market::Replay,
            model: self.version.clone(),
            made_at: made_at.as_second(),
            quantiles: past.recorded.quantiles,
            sigma: past.recorded.sigma,
            fast_sigma: past.recorded.fast_sigma,
            sources: SourceLetters::new(|source| match source {
                Source::Prices => SourceStatus::Ok,
                Source::Reports if known => SourceStatus::Ok,
                _ => SourceStatus::Missing,
            }),
            report,
            inputs: past.inputs,
        }
    }
}

/// Seals one session. It is not published before the manifest lists it.
async fn seal(
    store: &Store,
    record: &Record,
    session: Date,
    forecasts: &[ForecastRow],
    outcomes: &[OutcomeRow],
    now: Timestamp,
) -> anyhow::Result<RecordedSession> {
    let mut sealed = RecordedSession::default();
    if !forecasts.is_empty() {
        sealed.forecasts = Some(store.seal_forecasts(session, forecasts).await?);
        record.seal(LogName::Forecasts, session, now).await?;
    }
    if !outcomes.is_empty() {
        sealed.outcomes = Some(store.seal_outcomes(session, outcomes).await?);
        record.seal(LogName::Outcomes, session, now).await?;
    }
    Ok(sealed)
}

/// Returns the outcome of a stock on a session; `None` before its second bar and after it was delisted.
fn outcome(bars: &[DailyBar], session: Date) -> Option<(i32, OutcomeState)> {
    let after = bars.partition_point(|bar| bar.date <= session);
    let today = bars[..after].last()?;
    let before = previous_session(session);
    let earlier = bars[..bars.partition_point(|bar| bar.date <= before)].last()?;
    if after == bars.len() && today.date < session {
        return (today.date >= before).then_some((0, OutcomeState::Delisted));
    }
    let log_return = log_price(today.adjusted_close) - log_price(earlier.adjusted_close);
    let state = if today.date == session { OutcomeState::Traded } else { OutcomeState::Halted };
    Some((i32::try_from(log_return).ok()?, state))
}
