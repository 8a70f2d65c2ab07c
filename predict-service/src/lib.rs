//! Symbol in, fourteen sessions of quantiles out.
//!
//! `GET /predict` finds the stock in the list, asks the four sources at the same time, hands what they know to the
//! model on a bounded pool, and answers with the history, the forecast, and what became of each source. Only prices
//! can fail a request. Everything fetched is kept until the next session settles, in memory and, where configured,
//! in a file or in Redis; however many people ask for one stock at once, each source is asked once.
//!
//! The service knows nothing of pages and pictures, and holds no formula of its own: features and network are
//! `forecast-model`'s.

mod cache;
mod config;
mod error;
mod forecaster;
mod handlers;
mod question;
mod routes;
mod sources;
mod state;
mod track_record;

pub use config::Config;
pub use feature_sources::Upstreams;
pub use routes::router;
pub use state::AppState;

use service_runtime::health::Readiness;
use service_runtime::serve::serve;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Builds the service and serves it until `shutdown` is cancelled.
///
/// # Errors
/// When the model, the stock list or an address in the configuration cannot be used.
pub async fn run(listener: TcpListener, config: Config, shutdown: CancellationToken) -> anyhow::Result<()> {
    let server = config.server;
    let readiness = Readiness::ready();
    let state = AppState::build(&config)?;
    tracing::info!(address = %listener.local_addr()?, market = %config.market, "predict-service is ready");
    serve(listener, router(state, &config, readiness.clone()), server, readiness, shutdown).await
}
