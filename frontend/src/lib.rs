//! The web page: pick a stock, see its next fourteen sessions and how sure anyone can be.
//!
//! Everything is rendered here, on the server: a page is complete without JavaScript, and the little JavaScript
//! there is adds the picker's list, the progress and the theme. The service holds no numbers of its own; it asks
//! predict-service for forecasts and plot-service for pictures, keeps what it got for some seconds so that a page,
//! its chart and its downloads agree, and turns every failure into a page that says what can be done.
//!
//! There is deliberately no session, no cookie, no database and no asset from another host.

mod assets;
mod caching;
mod clients;
mod config;
mod downloads;
mod error;
mod forecasts;
mod headers;
mod in_flight;
mod origin;
mod pages;
mod progress;
mod routes;
mod sitemap;
mod state;
mod words;

pub use clients::identity::IdentityConfig;
pub use config::Config;
pub use routes::router;
pub use state::App;

use service_runtime::health::Readiness;
use service_runtime::serve::serve;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Runs the service on a listener until the token is cancelled.
///
/// # Errors
/// When the stock list cannot be read or an outgoing client cannot be built.
pub async fn run(listener: TcpListener, config: Config, shutdown: CancellationToken) -> anyhow::Result<()> {
    let server = config.server;
    let readiness = Readiness::ready();
    let app = App::from_config(config)?;
    serve(listener, router(app, readiness.clone()), server, readiness, shutdown).await
}
