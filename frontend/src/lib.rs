//! The web page: pick a stock and see the range of its next fourteen trading days.
//!
//! Everything is rendered here, on the server: a page is complete without JavaScript, and the little JavaScript
//! there is adds the picker's list, the progress and the theme. The service has no numbers of its own. It asks
//! predict-service for forecasts and plot-service for pictures, caches forecasts for some seconds so that a page, its
//! chart and its downloads agree, and turns every failure into a page that says what to do.
//!
//! There is deliberately no session, no cookie, no database and no asset from another host.

mod assets;
mod caching;
mod clients;
mod compare;
mod compression;
mod config;
mod embed;
mod error;
mod feeds;
mod forecast;
mod format;
mod model_card;
mod origin;
mod pages;
mod record;
mod routes;
mod security_headers;
mod sitemap;
mod state;
mod store;

pub use clients::identity::IdentityConfig;
pub use config::Config;
pub use routes::router;
pub use state::AppState;

use service_runtime::health::Readiness;
use service_runtime::serve::serve;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Builds the service and serves it until `shutdown` is cancelled.
///
/// # Errors
/// When the stock list cannot be read or an outgoing client cannot be built.
pub async fn run(listener: TcpListener, config: Config, shutdown: CancellationToken) -> anyhow::Result<()> {
    let server = config.server;
    let readiness = Readiness::ready();
    let state = AppState::build(config)?;
    // The first visitor need not wait for it, and neither need the start.
    let stocks = state.clone();
    tokio::task::spawn_blocking(move || stocks.stocks.prepare_search());
    let (follower, stop) = (state.clone(), shutdown.clone());
    tokio::spawn(async move { follower.follow_store(&stop).await });
    serve(listener, router(state, readiness.clone()), server, readiness, shutdown).await
}
