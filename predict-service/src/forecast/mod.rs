//! The use case: ask the sources at the same time, run the model on what they answer, report the status of each.

mod compute;
mod gather;
mod progress;
mod record;
mod request;
mod shown;
mod slots;
mod source_reports;
mod sources;

use std::sync::Arc;
use std::time::Duration;

use forecast_model::Model;
use forecast_types::{Market, ModelDescription};
use service_runtime::Clock;
use service_runtime::single_flight::SingleFlight;
use service_runtime::workers::Workers;
use stock_list::{SecurityKind, StockList};

pub(crate) use progress::{ForecastProgress, to_json};
use record::RecordAnswer;
pub(crate) use request::{ForecastQuery, ForecastRequest};
pub(crate) use slots::NoSlot;
use slots::Slots;
pub(crate) use sources::Sources;

use crate::Config;
use crate::error::ForecastError;

/// Forecasts in the cache. Each takes about 30 kB, and 90 kB with the longest history, so the service stays within
/// 64 MB.
const CACHED_FORECASTS: u64 = 100;
const CACHED_RECORDS: u64 = 100;

/// Makes forecasts and track records; shared by all requests.
pub(crate) struct Forecaster {
    clock: Clock,
    stocks: StockList,
    sources: Sources,
    model: Arc<Model>,
    /// For forecasts in progress: each holds its sources' answers until the network has read them.
    slots: Slots,
    record_slots: Slots,
    workers: Workers,
    market: Market,
    /// How long a request waits for its sources.
    timeout: Duration,
    forecasts: SingleFlight<ForecastRequest, ForecastProgress>,
    records: SingleFlight<ForecastRequest, Option<Arc<RecordAnswer>>>,
}

impl Forecaster {
    pub(crate) fn new(
        config: &Config,
        clock: Clock,
        stocks: StockList,
        model: Model,
        sources: Sources,
    ) -> Self {
        Self {
            clock,
            stocks,
            sources,
            model: Arc::new(model),
            slots: Slots::new(config.max_forecasts_in_progress),
            record_slots: Slots::new(config.max_forecasts_in_progress),
            workers: Workers::per_core(config.max_in_flight),
            market: config.market,
            timeout: config.source_timeout(),
            forecasts: SingleFlight::new(CACHED_FORECASTS),
            records: SingleFlight::new(CACHED_RECORDS),
        }
    }

    /// Checks a query before anything is fetched.
    ///
    /// # Errors
    /// One [`ForecastError`] for each way a query is wrong.
    pub(crate) fn check(&self, query: &ForecastQuery) -> Result<ForecastRequest, ForecastError> {
        ForecastRequest::check(query, &self.stocks, self.clock.now())
    }

    /// Returns the model and the baseline that its file carries.
    pub(crate) fn model(&self) -> ModelDescription {
        let manifest = self.model.manifest();
        ModelDescription { model: manifest.summary(), blend: manifest.blend }
    }

    /// Returns whether the list calls the security a fund.
    fn lists_fund(&self, request: &ForecastRequest) -> bool {
        self.stocks.get(&request.symbol).is_some_and(|listing| listing.kind() == SecurityKind::Fund)
    }

    /// Returns the name of a stock in the list.
    fn name_of(&self, request: &ForecastRequest) -> String {
        self.stocks.get(&request.symbol).map(|listing| listing.name.trim().to_owned()).unwrap_or_default()
    }
}
