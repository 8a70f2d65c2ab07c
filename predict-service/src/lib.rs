//! Symbol in, fourteen sessions of quantiles out.
//!
//! `GET /predict` finds the stock in the list, asks the five sources at the same time, hands what they know to the
//! model on a bounded pool, and answers with the history, the forecast, and the outcome of each source. Only prices
//! can fail a request. Everything fetched is cached until the next session settles, in memory and, where configured,
//! in a folder or in Redis; identical requests share one piece of work.
//!
//! The service knows nothing about pages and pictures, and has no formulas: features and network belong to
//! `forecast-model`.

mod cache;
mod config;
mod error;
mod forecast;
mod handlers;
mod routes;
mod state;

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
