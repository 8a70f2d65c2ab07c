//! What all requests share.

use std::ops::Deref;
use std::sync::Arc;

use anyhow::Context as _;
use service_runtime::Clock;
use stock_list::StockList;

use crate::clients::http_client;
use crate::clients::identity::{IdentityTokens, TokenOrigin};
use crate::clients::plot::PlotClient;
use crate::clients::predict::PredictClient;
use crate::config::Config;
use crate::forecast::cache::ForecastCache;
use crate::forecast::rendered::RenderedPages;
use crate::model_card::ModelCard;

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
    pub(crate) model_card: ModelCard,
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
        let identity = &config.identity;
        let to_predict = TokenOrigin::choose(
            &config.predict_url,
            identity.predict_id_token.clone(),
            identity.predict_id_token_file.clone(),
            identity.predict_audience.clone(),
            identity,
            &http,
        );
        let to_plot = TokenOrigin::choose(
            &config.plot_url,
            identity.plot_id_token.clone(),
            identity.plot_id_token_file.clone(),
            identity.plot_audience.clone(),
            identity,
            &http,
        );
        tracing::info!(predict = to_predict.as_str(), plot = to_plot.as_str(), "identity tokens come from");
        let predict = PredictClient::new(
            config.predict_url.clone().into(),
            http.clone(),
            IdentityTokens::new(to_predict, Clock::system()),
            config.predict_deadline,
        );
        let plot = PlotClient::new(
            config.plot_url.clone().into(),
            http,
            IdentityTokens::new(to_plot, Clock::system()),
            config.plot_deadline,
        );
        let forecasts = ForecastCache::new(predict, Clock::system(), config.forecast_fresh);
        let pages = RenderedPages::new(config.page_cache_mib * 1024 * 1024);
        Ok(Self(Arc::new(Parts { config, stocks, forecasts, pages, plot, model_card })))
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
