//! Accepts connections until told to stop, then lets what has begun come to its end.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use clap::Args;
use futures_util::FutureExt as _;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;

use crate::client_rate::with_peer;
use crate::health::Readiness;

/// Where a service listens and how it stops.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Server")]
pub struct ServeConfig {
    /// Address to listen on
    #[arg(long, env = "HOST", default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED))]
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one
    #[arg(long, env = "PORT")]
    pub port: Option<u16>,
    /// Milliseconds between withdrawing `/ready` and refusing connections, for balancers that poll it
    #[arg(long, env = "SHUTDOWN_DELAY_MS", default_value_t = 0)]
    pub shutdown_delay_ms: u64,
    /// Milliseconds granted to requests in flight after that; Cloud Run kills after 10 s
    #[arg(long, env = "SHUTDOWN_GRACE_MS", default_value_t = 9_000)]
    pub shutdown_grace_ms: u64,
    /// Connections held at once
    #[arg(long, env = "MAX_CONNECTIONS", default_value_t = 4_096)]
    pub max_connections: usize,
}

impl Default for ServeConfig {
    /// Loopback, any free port: what tests and the launcher want.
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: Some(0),
            shutdown_delay_ms: 0,
            shutdown_grace_ms: 9_000,
            max_connections: 4_096,
        }
    }
}

impl ServeConfig {
    /// Binds the address, with the service's own port where none was given.
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

/// A client has this long to send a request's head; slower ones are cut off.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// A client has this long to take some of its answer; one that reads nothing is cut off.
const STALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest request head accepted.
const HEAD_LIMIT_BYTES: usize = 16 * 1024;

/// Serves a router until `shutdown` is cancelled, then drains.
///
/// # Errors
/// Never at present; the signature leaves room for listeners that can fail for good.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    config: ServeConfig,
    readiness: Readiness,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let graceful = GracefulShutdown::new();
    let free = Arc::new(Semaphore::new(config.max_connections));
    let stop_accepting = CancellationToken::new();
    tokio::spawn({
        let stop_accepting = stop_accepting.clone();
        async move {
            shutdown.cancelled().await;
            readiness.withdraw();
            tokio::time::sleep(Duration::from_millis(config.shutdown_delay_ms)).await;
            stop_accepting.cancel();
        }
    });

    let attend = |stream: TcpStream, peer: SocketAddr, permit: Option<OwnedSemaphorePermit>| {
        // Small answers must not wait for a full segment.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(STALL_TIMEOUT));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(HEAD_LIMIT_BYTES)
            .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(router.clone()));
        let connection = with_peer(peer.ip(), graceful.watch(connection));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended early");
            }
            drop(permit);
        });
    };
    while let Some(((stream, peer), permit)) = accept(&listener, &free, &stop_accepting).await {
        attend(stream, peer, Some(permit));
    }
    // Connections the kernel had made by then would be reset with the socket; they are answered too.
    while let Some(Ok((stream, peer))) = listener.accept().now_or_never() {
        attend(stream, peer, None);
    }
    drop(listener);

    let grace = Duration::from_millis(config.shutdown_grace_ms);
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!(grace_ms = config.shutdown_grace_ms, "requests still in flight were cut off");
    }
    crate::tracing_export::flush().await;
    Ok(())
}

/// Waits for a free place and a connection; `None` once it is time to stop.
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
                // Out of file descriptors, most likely: a pause lets some come back.
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
    async fn a_request_in_flight_is_finished_before_the_service_ends() {
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

    async fn say(address: SocketAddr, words: &[u8]) -> TcpStream {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(words).await.unwrap();
        client
    }

    async fn answer(mut client: TcpStream) -> String {
        let mut answer = Vec::new();
        // A refusal may come with a reset, as not all that was sent was read.
        let _ = client.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn clients_that_never_finish_their_head_keep_nobody_waiting() {
        let address = quick(64).await;
        let mut slow = Vec::new();
        for begun in [&b"GET / HTTP/1.1\r\nhost: te"[..], b"G", b""] {
            for _ in 0..20 {
                slow.push(say(address, begun).await);
            }
        }

        let answer = answer(say(address, REQUEST).await).await;

        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("quick"), "{answer}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_finishes_its_head_loses_its_place() {
        let address = quick(1).await;
        let slow = say(address, b"GET / HTTP/1.1\r\nhost: te").await;
        let waiting = say(address, REQUEST).await;

        let answered = answer(waiting).await;

        assert!(answered.starts_with("HTTP/1.1 200"), "{answered}");
        assert!(!answer(slow).await.starts_with("HTTP/1.1 200"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_nothing_of_its_answer_loses_its_place() {
        let config = ServeConfig { max_connections: 1, ..ServeConfig::default() };
        let listener = config.bind(0).await.unwrap();
        let address = listener.local_addr().unwrap();
        // More than the system keeps for a connection.
        let router = Router::new()
            .route("/", get(async || "quick"))
            .route("/long", get(async || vec![0_u8; 64 * 1024 * 1024]));
        tokio::spawn(serve(listener, router, config, Readiness::ready(), CancellationToken::new()));
        let deaf = say(address, b"GET /long HTTP/1.1\r\nhost: test\r\n\r\n").await;

        let answered = answer(say(address, REQUEST).await).await;

        assert!(answered.starts_with("HTTP/1.1 200"), "{answered}");
        assert!(answer(deaf).await.len() < 64 * 1024 * 1024, "the long answer was broken off");
    }

    #[tokio::test]
    async fn a_head_beyond_the_limit_is_refused() {
        let address = quick(1).await;
        let head = format!("GET / HTTP/1.1\r\nx-long: {}\r\n\r\n", "a".repeat(2 * HEAD_LIMIT_BYTES));

        let refused = answer(say(address, head.as_bytes()).await).await;

        assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 431"), "{refused:.200}");
        let next = answer(say(address, REQUEST).await).await;
        assert!(next.starts_with("HTTP/1.1 200"), "the next one is served: {next}");
    }
}
