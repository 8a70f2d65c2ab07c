//! What all requests share.

use std::sync::Arc;

use anyhow::Context as _;
use feature_sources::Provider;
use forecast_model::Model;
use secrecy::ExposeSecret as _;
use service_runtime::Clock;
use stock_list::StockList;

use crate::Config;
use crate::cache::disk::Disk;
use crate::cache::redis::Redis;
use crate::cache::store::Persistence;
use crate::forecast::{Forecaster, Sources};

/// The service's state; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub(crate) forecaster: Arc<Forecaster>,
}

impl AppState {
    /// Loads the model and the stock list and makes the clients. Must run inside a Tokio runtime.
    ///
    /// # Errors
    /// When one of them cannot be used; the message says which and why.
    pub fn build(config: &Config) -> anyhow::Result<Self> {
        Self::build_at(config, Clock::system_or_starting_at(config.now))
    }

    /// Like [`AppState::build`], with the caller's clock.
    ///
    /// # Errors
    /// Like [`AppState::build`].
    pub fn build_at(config: &Config, clock: Clock) -> anyhow::Result<Self> {
        let model = Model::load(&config.model_path)
            .with_context(|| format!("loading the model {}", config.model_path.display()))?;
        let stocks = StockList::load(&config.stocks_csv)
            .with_context(|| format!("loading the stock list {}", config.stocks_csv.display()))?;
        let token = config.upstreams.eodhd_api_token.as_ref();
        let asks_eodhd = config.upstreams.news.iter().any(|provider| provider == Provider::Eodhd);
        if asks_eodhd && token.is_none_or(|token| token.expose_secret().is_empty()) {
            tracing::warn!("EODHD_API_TOKEN is not set: EODHD will serve no news");
        }
        let asks_bulk = config.upstreams.prices.iter().any(|provider| provider == Provider::EodhdBulk);
        if asks_bulk && token.is_none_or(|token| token.expose_secret().is_empty()) {
            tracing::warn!("EODHD_API_TOKEN is not set: eodhd-bulk will serve no prices");
        }
        let sources = Sources::build(config, persistence(config)?)?;
        let forecaster = Forecaster::new(config, clock, stocks, model, sources);
        Ok(Self { forecaster: Arc::new(forecaster) })
    }
}

/// Redis if it is configured, else the folder, else nothing. Only an address that cannot work is an error: a cache
/// that fails must not keep the service from starting.
fn persistence(config: &Config) -> anyhow::Result<Persistence> {
    if let Some(url) = &config.redis_url {
        let redis = Redis::new(url, config.cache_timeout)
            .map_err(|error| anyhow::anyhow!("REDIS_URL cannot be used: {error}"))?;
        let redis = Arc::new(redis);
        return Ok(Persistence { store: Some(Arc::clone(&redis) as _), ledger: redis });
    }
    let Some(folder) = &config.cache_dir else { return Ok(Persistence::none()) };
    match Disk::open(folder, config.cache_max_bytes) {
        Ok(disk) => {
            let disk = Arc::new(disk);
            Ok(Persistence { store: Some(Arc::clone(&disk) as _), ledger: disk })
        }
        Err(error) => {
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::warn!(error, "continuing without a cache on disk");
            Ok(Persistence::none())
        }
    }
}
