//! What all requests share.

use std::ops::Deref;
use std::sync::Arc;

use anyhow::Context as _;
use service_runtime::Clock;
use stock_list::StockList;
use tokio_util::sync::CancellationToken;

use crate::clients::http_client;
use crate::clients::plot::PlotClient;
use crate::clients::predict::PredictClient;
use crate::config::Config;
use crate::forecast::cache::ForecastCache;
use crate::forecast::drawings::Drawings;
use crate::forecast::rendered::RenderedPages;
use crate::model_card::ModelCard;
use crate::store::{StoreReader, StoreSnapshot};

/// The service's state; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// The parts of the state.
pub struct Parts {
    pub(crate) config: Config,
    pub(crate) stocks: StockList,
    pub(crate) forecasts: ForecastCache,
    pub(crate) pages: RenderedPages,
    pub(crate) plot: PlotClient,
    pub(crate) drawings: Drawings,
    pub(crate) model_card: ModelCard,
    /// The store behind `/market` and `/record`, if configured.
    pub(crate) store: Option<StoreReader>,
}

impl AppState {
    /// Reads the list and the model card and builds the clients.
    ///
    /// # Errors
    /// When the stock list cannot be read or an outgoing client cannot be built; a missing model card is no error.
    pub fn build(config: Config) -> anyhow::Result<Self> {
        let stocks = StockList::load(&config.stocks_csv)
            .with_context(|| format!("reading the stock list {}", config.stocks_csv.display()))?;
        let model_card = ModelCard::load(&config.model_card);
        let http = http_client().context("building the outgoing HTTP client")?;
        let (to_predict, to_plot) = config.identity.tokens(&config.predict_url, &config.plot_url, &http);
        let predict = PredictClient::new(
            config.predict_url.clone().into(),
            http.clone(),
            to_predict,
            config.predict_deadline,
        );
        let cache_bytes = config.page_cache_mib * 1024 * 1024;
        let plot =
            PlotClient::new(config.plot_url.clone().into(), http, to_plot, config.plot_deadline, cache_bytes);
        let forecasts = ForecastCache::new(predict, Clock::system(), config.forecast_fresh);
        let pages = RenderedPages::new(cache_bytes);
        // A drawing's numbers take a tenth of the picture.
        let drawings = Drawings::new(cache_bytes / 8);
        let store = config.store_url.as_ref().map(StoreReader::open).transpose()?;
        Ok(Self(Arc::new(Parts { config, stocks, forecasts, pages, plot, drawings, model_card, store })))
    }

    /// Reads the summaries of the store, if there is one and they have changed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn refresh_store(&self) -> anyhow::Result<()> {
        if let Some(store) = &self.store {
            store.refresh().await?;
        }
        Ok(())
    }

    /// Returns the summaries that the pages show; `None` if nothing is recorded.
    pub(crate) fn snapshot(&self) -> Option<Arc<StoreSnapshot>> {
        self.store.as_ref().and_then(StoreReader::snapshot)
    }

    pub(crate) async fn follow_store(&self, shutdown: &CancellationToken) {
        if let Some(store) = &self.store {
            store.follow(self.config.store_refresh, shutdown).await;
        }
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
