use std::sync::Arc;

use rmcp::ServiceExt as _;
use rmcp::service::ServerInitializeError;
use rmcp::transport::stdio_pipes;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{ForecastServer, ServeError};

/// A question is some hundred bytes.
const LONGEST_BODY_BYTES: usize = 64 * 1024;

/// Serves over standard input and output until the assistant closes its end or `stop` is cancelled.
///
/// # Errors
/// When the assistant does not speak the protocol.
pub async fn serve_stdio(server: ForecastServer, stop: CancellationToken) -> Result<(), ServeError> {
    match server.serve_with_ct(stdio_pipes(), stop).await {
        Ok(running) => {
            running.waiting().await?;
            Ok(())
        }
        Err(ServerInitializeError::Cancelled | ServerInitializeError::ConnectionClosed(_)) => Ok(()),
        Err(error) => Err(Box::new(error).into()),
    }
}

/// Serves streamable HTTP at `/mcp` until `stop` is cancelled. Requests are independent of each other, so nothing is
/// kept between them. Pages in a browser are refused: an assistant sends no `Origin`, and `Host` must name this
/// machine.
///
/// # Errors
/// When the socket fails.
pub async fn serve_http(
    listener: TcpListener,
    server: ForecastServer,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(LONGEST_BODY_BYTES)
        .enforce_origin_validation()
        .with_cancellation_token(stop.clone());
    let service = StreamableHttpService::new(
        move || Ok(server.clone()),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    let router = axum::Router::new().route_service("/mcp", service);
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await?;
    Ok(())
}
