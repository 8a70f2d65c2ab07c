//! Chart description in, PNG or SVG out.
//!
//! [`chart`] is the drawing: pure, and the only place that knows plotters. The rest is HTTP: one route that draws,
//! and the usual ones around it. [`run`] is the whole service on a listener the caller owns.
//!
//! There is deliberately no cache and no state: the same request gives the same bytes, so clients can cache them, and
//! the `ETag` says whether they are still current.

pub mod chart;

mod config;
mod error;
mod handlers;
mod json_error;
mod media_type;
mod request_body;
mod routes;

pub use config::Config;
pub use routes::router;

use service_runtime::health::Readiness;
use service_runtime::serve::serve;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Runs the service on a listener until the token is cancelled.
///
/// # Errors
/// When the listener fails for good.
pub async fn run(listener: TcpListener, config: Config, shutdown: CancellationToken) -> anyhow::Result<()> {
    chart::warm_up();
    let server = config.server;
    let readiness = Readiness::ready();
    serve(listener, router(&config, readiness.clone()), server, readiness, shutdown).await
}
