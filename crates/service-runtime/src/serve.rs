//! Accepts connections until the service stops, then finishes the requests in progress.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use clap::Args;
use config_values::{count, milliseconds};
use futures_util::FutureExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connection;
use crate::health::Readiness;

/// Where a service listens and how it stops.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Server")]
pub struct ServeConfig {
    /// Address to listen on
    #[arg(long, env = "HOST", default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED))]
    pub host: IpAddr,
    /// Port to listen on; 0 picks a free one
    #[arg(long, env = "PORT")]
    pub port: Option<u16>,
    /// Milliseconds between `/ready` turning 503 and the last accepted connection, for load balancers that poll it
    #[arg(long = "shutdown-delay-ms", env = "SHUTDOWN_DELAY_MS", default_value = "0", value_parser = milliseconds(0))]
    pub shutdown_delay: Duration,
    /// Milliseconds that requests in progress may take after that; Cloud Run kills after 10 s
    #[arg(long = "shutdown-grace-ms", env = "SHUTDOWN_GRACE_MS", default_value = "9000", value_parser = milliseconds(0))]
    pub shutdown_grace: Duration,
    /// Connections open at once
    #[arg(long, env = "MAX_CONNECTIONS", default_value = "4096", value_parser = count(1))]
    pub max_connections: usize,
}

impl Default for ServeConfig {
    /// Loopback and a free port, for tests and the launcher.
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: Some(0),
            shutdown_delay: Duration::ZERO,
            shutdown_grace: Duration::from_secs(9),
            max_connections: 4_096,
        }
    }
}

impl ServeConfig {
    /// Binds the address, with the service's default port if none is configured.
    ///
    /// # Errors
    /// When the address cannot be bound; the message names it.
    pub async fn bind(&self, default_port: u16) -> anyhow::Result<TcpListener> {
        let address = SocketAddr::new(self.host, self.port.unwrap_or(default_port));
        TcpListener::bind(address).await.map_err(|error| {
            anyhow::anyhow!("cannot listen on {address}: {error}; set HOST and PORT to a free address")
        })
    }
}

/// Serves a router until `shutdown` is cancelled, then finishes the requests in progress.
///
/// # Errors
/// Never at present; the signature allows for listeners that can fail permanently.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    config: ServeConfig,
    readiness: Readiness,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let free = Arc::new(Semaphore::new(config.max_connections));
    let stop_accepting = CancellationToken::new();
    tokio::spawn({
        let stop_accepting = stop_accepting.clone();
        async move {
            shutdown.cancelled().await;
            readiness.withdraw();
            tokio::time::sleep(config.shutdown_delay).await;
            stop_accepting.cancel();
        }
    });

    let connections = TaskTracker::new();
    let attend = |stream: TcpStream, peer: SocketAddr, permit: Option<OwnedSemaphorePermit>| {
        let connection = connection::serve(stream, peer.ip(), router.clone(), stop_accepting.clone());
        connections.spawn(async move {
            connection.await;
            drop(permit);
        });
    };
    while let Some(((stream, peer), permit)) = accept(&listener, &free, &stop_accepting).await {
        attend(stream, peer, Some(permit));
    }
    // Closing the socket would reset the connections that the kernel has already made, so they are served too.
    while let Some(Ok((stream, peer))) = listener.accept().now_or_never() {
        attend(stream, peer, None);
    }
    drop(listener);

    connections.close();
    if tokio::time::timeout(config.shutdown_grace, connections.wait()).await.is_err() {
        let grace_ms = config.shutdown_grace.as_millis();
        tracing::warn!(grace_ms, "requests in progress were cut off");
    }
    crate::tracing_export::flush().await;
    Ok(())
}

/// Waits for a free slot and a connection; `None` once the service stops.
async fn accept(
    listener: &TcpListener,
    free: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<((TcpStream, SocketAddr), OwnedSemaphorePermit)> {
    loop {
        let permit = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            permit = Arc::clone(free).acquire_owned() => permit.expect("the semaphore is never closed"),
        };
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(accepted) => return Some((accepted, permit)),
            Err(error) => {
                // Most likely the process is out of file descriptors; some will be free after a pause.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn a_request_in_progress_is_finished_before_the_service_ends() {
        let entered = Arc::new(Notify::new());
        let release = Arc::new(Notify::new());
        let slow = {
            let (entered, release) = (Arc::clone(&entered), Arc::clone(&release));
            move || async move {
                entered.notify_one();
                release.notified().await;
                "finished"
            }
        };
        let config = ServeConfig::default();
        let listener = config.bind(0).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let readiness = Readiness::ready();
        let router = Router::new().route("/slow", get(slow));
        let service = tokio::spawn(serve(listener, router, config, readiness.clone(), shutdown.clone()));
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET /slow HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
        entered.notified().await;

        shutdown.cancel();
        release.notify_one();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();

        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("finished"), "{answer}");
        service.await.unwrap().unwrap();
        assert!(!readiness.is_ready());
        assert!(TcpStream::connect(address).await.is_err(), "the port is free again");
    }

    /// Serves one quick answer, at most `max_connections` clients at once.
    async fn quick(max_connections: usize) -> SocketAddr {
        let config = ServeConfig { max_connections, ..ServeConfig::default() };
        let listener = config.bind(0).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || "quick"));
        tokio::spawn(serve(listener, router, config, Readiness::ready(), CancellationToken::new()));
        address
    }

    async fn send(address: SocketAddr, bytes: &[u8]) -> TcpStream {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(bytes).await.unwrap();
        client
    }

    async fn answer(mut client: TcpStream) -> String {
        let mut answer = Vec::new();
        // A rejection can come with a reset, because not everything that was sent was read.
        let _ = client.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn clients_that_never_finish_their_head_do_not_delay_others() {
        let address = quick(64).await;
        let mut slow = Vec::new();
        for start in [&b"GET / HTTP/1.1\r\nhost: te"[..], b"G", b""] {
            for _ in 0..20 {
                slow.push(send(address, start).await);
            }
        }

        let answer = answer(send(address, REQUEST).await).await;

        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("quick"), "{answer}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_finishes_its_head_is_disconnected() {
        let address = quick(1).await;
        let slow = send(address, b"GET / HTTP/1.1\r\nhost: te").await;
        let waiting = send(address, REQUEST).await;

        let answered = answer(waiting).await;

        assert!(answered.starts_with("HTTP/1.1 200"), "{answered}");
        assert!(!answer(slow).await.starts_with("HTTP/1.1 200"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_nothing_of_its_response_is_disconnected() {
        let config = ServeConfig { max_connections: 1, ..ServeConfig::default() };
        let listener = config.bind(0).await.unwrap();
        let address = listener.local_addr().unwrap();
        // More than the system buffers for a connection.
        let router = Router::new()
            .route("/", get(async || "quick"))
            .route("/long", get(async || vec![0_u8; 64 * 1024 * 1024]));
        tokio::spawn(serve(listener, router, config, Readiness::ready(), CancellationToken::new()));
        let not_reading = send(address, b"GET /long HTTP/1.1\r\nhost: test\r\n\r\n").await;

        let answered = answer(send(address, REQUEST).await).await;

        assert!(answered.starts_with("HTTP/1.1 200"), "{answered}");
        assert!(answer(not_reading).await.len() < 64 * 1024 * 1024, "the long response was cut off");
    }

    #[tokio::test]
    async fn a_head_beyond_the_limit_is_rejected() {
        let address = quick(1).await;
        let head =
            format!("GET / HTTP/1.1\r\nx-long: {}\r\n\r\n", "a".repeat(2 * connection::HEAD_LIMIT_BYTES));

        let rejected = answer(send(address, head.as_bytes()).await).await;

        assert!(rejected.is_empty() || rejected.starts_with("HTTP/1.1 431"), "{rejected:.200}");
        let next = answer(send(address, REQUEST).await).await;
        assert!(next.starts_with("HTTP/1.1 200"), "the next one is served: {next}");
    }

    /// Serves until the returned token is cancelled; the task ends when the service has.
    async fn stoppable(router: Router) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
        let config = ServeConfig::default();
        let listener = config.bind(0).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let service = serve(listener, router, config, Readiness::ready(), shutdown.clone());
        let ended = tokio::spawn(async { service.await.unwrap() });
        (address, shutdown, ended)
    }

    #[tokio::test(start_paused = true)]
    async fn half_sent_heads_do_not_delay_the_stop() {
        let (address, shutdown, ended) = stoppable(Router::new().route("/", get(async || "quick"))).await;
        let mut open = Vec::new();
        for start in [&b"GET / HTTP/1.1\r\nhost: te"[..], b"G", b""] {
            open.push(send(address, start).await);
        }
        let served = answer(send(address, REQUEST).await).await;
        assert!(served.starts_with("HTTP/1.1 200"), "all connections before it are accepted: {served}");

        let before = tokio::time::Instant::now();
        shutdown.cancel();
        ended.await.unwrap();

        assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
    }

    #[tokio::test]
    async fn requests_that_break_the_rules_for_host_are_rejected() {
        let limits = crate::http_stack::HttpLimits {
            deadline: Duration::from_secs(5),
            body_limit_bytes: 1024,
            in_flight: 8,
            clients: crate::client_rate::ClientRateConfig::default(),
            faces_visitors: false,
        };
        let routes = Router::new().route("/", get(async || "quick"));
        let (address, _shutdown, _ended) =
            stoppable(crate::http_stack::with_http_stack(routes, limits)).await;
        for (head, status) in [
            ("GET / HTTP/1.1\r\nconnection: close\r\n\r\n", "HTTP/1.1 400"),
            ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n", "HTTP/1.1 400"),
            ("GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200"),
        ] {
            let answered = answer(send(address, head.as_bytes()).await).await;
            assert!(answered.starts_with(status), "{head:?}: {answered}");
            assert_eq!(answered.contains("/problems/bad-request\""), status.ends_with("400"), "{answered}");
        }
    }
}
