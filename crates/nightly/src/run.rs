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

use crate::ask::Asker;
use crate::plan::{Plan, Task};
use crate::progress::Progress;
use crate::rows::version;
use crate::walk::Walk;
use crate::{Night, NightlyConfig, NightlyError, ranges, seal};

/// A night that is ready to run.
#[derive(Debug)]
pub struct Nightly {
    client: ForecastClient,
    store: Store,
    record: Record,
    symbols: Vec<Symbol>,
    /// Where the list has names and sectors.
    stocks: Option<StockList>,
    task: Task,
    at_once: usize,
    clock: Clock,
}

/// How one task ended.
#[derive(Clone, Debug)]
pub enum Ended {
    /// It sealed the session.
    Sealed(Night),
    /// Its own chunks are staged; the last of the other tasks seals the session.
    Staged {
        /// The session.
        session: Date,
    },
    /// The session was sealed before.
    Before {
        /// The session.
        session: Date,
    },
}

impl Nightly {
    /// Reads the list and opens the store; nothing is asked or written yet.
    ///
    /// # Errors
    /// When the list cannot be read, the store cannot be opened, or a setting does not fit.
    pub fn open(
        config: &NightlyConfig,
        client: ForecastClient,
        key: SigningKey,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let store = Store::open(&config.store)?;
        let (symbols, stocks) = config.stocks().context("the list of the night")?;
        anyhow::ensure!(!symbols.is_empty(), "the list of the night is empty");
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

    /// Asks for what is not staged yet, and seals the session once all of it is.
    ///
    /// # Errors
    /// When the store fails, or no stock can be asked about now. What is staged stays for the next start.
    pub async fn run(self) -> Result<Ended, NightlyError> {
        let session = last_settled(self.clock.now());
        self.finish_earlier(session).await?;
        let manifest = Manifest::read(&self.store).await?;
        let recorded = manifest.sessions.keys().next_back().copied();
        if recorded.is_some_and(|recorded| recorded >= session) {
            Plan::clear(&self.store, session).await?;
            return Ok(Ended::Before { session });
        }
        self.keep_baseline().await?;
        let plan = Plan::begin(&self.store, session, recorded, self.symbols.clone()).await?;
        let walk = Walk {
            plan: &plan,
            task: self.task,
            store: &self.store,
            asker: Asker::new(&self.client, session),
            at_once: self.at_once,
            clock: self.clock,
        };
        let mut progress = Progress::of(walk.stocks(), "stocks");
        walk.stage_all(&mut progress).await?;
        drop(progress);
        Ok(self.seal(&plan).await?.map_or(Ended::Staged { session }, Ended::Sealed))
    }

    /// Seals the nights before this one that were killed while they were sealed: the record accepts no other session
    /// until then. What was not complete is dropped.
    async fn finish_earlier(&self, session: Date) -> Result<(), NightlyError> {
        for earlier in Plan::left_behind(&self.store, session).await? {
            let sealed = Manifest::read(&self.store).await?.sessions.contains_key(&earlier.session);
            if sealed {
                Plan::clear(&self.store, earlier.session).await?;
            } else if self.seal(&earlier).await?.is_none() {
                tracing::warn!(session = %earlier.session, "an earlier night was never complete; it is dropped");
                Plan::clear(&self.store, earlier.session).await?;
            }
        }
        Ok(())
    }

    /// Seals a night; `None` while some of it is missing.
    async fn seal(&self, plan: &Plan) -> Result<Option<Night>, NightlyError> {
        let Some((rows, night)) = seal::collect(&self.store, plan).await? else { return Ok(None) };
        // Before the session counts: whoever finds it sealed does not look for the report.
        night.write(&self.store).await?;
        let listed = |symbol: &Symbol| self.stocks.as_ref().and_then(|stocks| listed(stocks, symbol));
        seal::seal(&self.store, &self.record, plan.session, &rows, self.clock.now(), &listed).await?;
        Plan::clear(&self.store, plan.session).await?;
        ranges::check(&self.store).await?;
        Ok(Some(night))
    }

    /// Keeps what the model's forecasts are compared with.
    async fn keep_baseline(&self) -> Result<(), NightlyError> {
        let ModelDescription { model, blend } = self.client.model().await?;
        let blend = blend.ok_or(NightlyError::NoBaseline)?;
        Ok(self.store.keep_baseline(&version(&model)?, &blend).await?)
    }
}

/// Finds what the summaries say about a stock beside its figures.
#[must_use]
pub fn listed(stocks: &StockList, symbol: &Symbol) -> Option<ListedStock> {
    let listing = stocks.get(symbol)?;
    Some(ListedStock { name: listing.name.clone(), sector: listing.sector.clone() })
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sealed(night) => write!(f, "{night}"),
            Self::Staged { session } => write!(f, "{session}: staged; the last task to finish seals it"),
            Self::Before { session } => write!(f, "{session}: sealed before"),
        }
    }
}
