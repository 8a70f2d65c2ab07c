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
const ORIGINS: [&str; 3] = ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"];

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
/// kept between them. `Host`, and `Origin` where a browser sends one, must name this machine, so that no page of another
/// site can ask.
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
        .with_allowed_origins(ORIGINS)
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
