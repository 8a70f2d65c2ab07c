//! Serves an open market on a socket.

use std::time::Duration;

use anyhow::Context as _;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use service_runtime::health::Readiness;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::faults::ConnectionReset;
use crate::{Exchange, SimConfig, routes};

/// Answers that are delayed on purpose are not waited for any longer.
const GRACE: Duration = Duration::from_millis(500);

/// Opens the market and serves it on a socket until `shutdown`.
///
/// # Errors
/// When the stock list or the file to replay cannot be read.
pub async fn run(
    listener: TcpListener,
    config: SimConfig,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let exchange =
        tokio::task::spawn_blocking(move || config.open()).await.context("opening the market")??;
    exchange.serve(listener, shutdown).await
}

impl Exchange {
    /// Serves on a socket until `shutdown`.
    ///
    /// # Errors
    /// Never at present.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
        let readiness = Readiness::ready();
        let router = routes::router(&self, readiness.clone());
        // A fault may want the connection dropped, which a router cannot say: its error type is empty.
        let service = tower::service_fn(move |request: Request<hyper::body::Incoming>| {
            let answer = router.clone().oneshot(request);
            async {
                let Ok(response) = answer.await;
                match response.extensions().get::<ConnectionReset>() {
                    Some(reset) => Err(*reset),
                    None => Ok(response),
                }
            }
        });
        let graceful = GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted.inspect_err(|error| tracing::warn!(%error, "cannot accept"))
            else {
                tokio::task::yield_now().await;
                continue;
            };
            let _ = stream.set_nodelay(true);
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service.clone()));
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "connection ended early");
                }
            });
        }
        readiness.withdraw();
        drop(listener);
        let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
        Ok(())
    }
}
