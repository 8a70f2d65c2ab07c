use std::fmt;

use anyhow::Context as _;
use exchange_calendar::last_settled;
use forecast_client::ForecastClient;
use forecast_record::{Record, SigningKey};
use forecast_store::{ListedStock, Manifest, Store};
use forecast_types::{ModelDescription, Symbol};
use jiff::civil::Date;
use service_runtime::Clock;
use stock_list::StockList;

use crate::plan::{Plan, Task};
use crate::progress::Progress;
use crate::request::Requester;
use crate::rows::version;
use crate::worker::Worker;
use crate::{NightlyConfig, NightlyError, RunReport, coverage_check, seal};

/// A nightly run that is ready to start.
#[derive(Debug)]
pub struct Nightly {
    client: ForecastClient,
    store: Store,
    record: Record,
    symbols: Vec<Symbol>,
    /// Names and sectors, if the list has them.
    stocks: Option<StockList>,
    task: Task,
    at_once: usize,
    clock: Clock,
}

/// The outcome of one task.
#[derive(Clone, Debug)]
pub enum RunOutcome {
    /// It sealed the session.
    Sealed(RunReport),
    /// Its own chunks are staged; the last of the other tasks seals the session.
    Staged {
        /// The session.
        session: Date,
    },
    /// The session had already been sealed.
    AlreadySealed {
        /// The session.
        session: Date,
    },
}

impl Nightly {
    /// Reads the list and opens the store; nothing is requested or written yet.
    ///
    /// # Errors
    /// When the list cannot be read, the store cannot be opened, or a setting is invalid.
    pub fn open(
        config: &NightlyConfig,
        client: ForecastClient,
        key: SigningKey,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let store = Store::open(&config.store)?;
        let (symbols, stocks) = config.stocks().context("reading the stock list")?;
        anyhow::ensure!(!symbols.is_empty(), "the stock list is empty");
        let record = Record::new(store.clone(), key);
        Ok(Self {
            client,
            store,
            record,
            symbols,
            stocks,
            task: config.task()?,
            at_once: config.at_once,
            clock,
        })
    }

    /// Requests the forecasts that are not staged yet, and seals the session once all are.
    ///
    /// # Errors
    /// When the store fails, or no stock can be requested now. The next start continues with what is staged.
    pub async fn run(self) -> Result<RunOutcome, NightlyError> {
        let session = last_settled(self.clock.now());
        self.finish_earlier(session).await?;
        let manifest = Manifest::read(&self.store).await?;
        let recorded = manifest.sessions.keys().next_back().copied();
        if recorded.is_some_and(|recorded| recorded >= session) {
            Plan::clear(&self.store, session).await?;
            return Ok(RunOutcome::AlreadySealed { session });
        }
        self.write_baseline().await?;
        let plan = Plan::begin(&self.store, session, recorded, self.symbols.clone()).await?;
        let worker = Worker {
            plan: &plan,
            task: self.task,
            store: &self.store,
            requester: Requester::new(&self.client, session),
            at_once: self.at_once,
            clock: self.clock,
        };
        let mut progress = Progress::of(worker.stocks(), "stocks");
        worker.stage_all(&mut progress).await?;
        drop(progress);
        Ok(self.seal(&plan).await?.map_or(RunOutcome::Staged { session }, RunOutcome::Sealed))
    }

    /// Seals earlier runs that were killed while sealing, because the record accepts no other session before that. Drops
    /// incomplete ones.
    async fn finish_earlier(&self, session: Date) -> Result<(), NightlyError> {
        for earlier in Plan::unfinished(&self.store, session).await? {
            let sealed = Manifest::read(&self.store).await?.sessions.contains_key(&earlier.session);
            if sealed {
                Plan::clear(&self.store, earlier.session).await?;
            } else if self.seal(&earlier).await?.is_none() {
                tracing::warn!(session = %earlier.session, "dropping an earlier run that was never completed");
                Plan::clear(&self.store, earlier.session).await?;
            }
        }
        Ok(())
    }

    /// Seals a run; `None` while chunks are missing.
    async fn seal(&self, plan: &Plan) -> Result<Option<RunReport>, NightlyError> {
        let Some((rows, report)) = seal::collect(&self.store, plan).await? else { return Ok(None) };
        // Before sealing, because a restart after sealing does not write the report.
        report.write(&self.store).await?;
        let listed = |symbol: &Symbol| self.stocks.as_ref().and_then(|stocks| listed(stocks, symbol));
        seal::seal(&self.store, &self.record, plan.session, &rows, self.clock.now(), &listed).await?;
        Plan::clear(&self.store, plan.session).await?;
        coverage_check::check(&self.store).await?;
        Ok(Some(report))
    }

    /// Writes the baseline that the model's forecasts are compared with.
    async fn write_baseline(&self) -> Result<(), NightlyError> {
        let ModelDescription { model, blend } = self.client.model().await?;
        let blend = blend.ok_or(NightlyError::NoBaseline)?;
        Ok(self.store.write_baseline(&version(&model)?, &blend).await?)
    }
}

/// Looks up the name and sector of a stock for the summaries.
#[must_use]
pub fn listed(stocks: &StockList, symbol: &Symbol) -> Option<ListedStock> {
    let listing = stocks.get(symbol)?;
    Some(ListedStock { name: listing.name.clone(), sector: listing.sector.clone() })
}

impl fmt::Display for RunOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sealed(report) => write!(f, "{report}"),
            Self::Staged { session } => write!(f, "{session}: staged; the last task to finish seals it"),
            Self::AlreadySealed { session } => write!(f, "{session}: already sealed"),
        }
    }
}
