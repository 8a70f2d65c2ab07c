//! The stand-in market in the process of a test.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{Exchange, Fault, Faults, ReceivedLog, SimConfig, Upstream};

/// A running stand-in market on a free loopback port; it stops when dropped.
#[derive(Debug)]
pub struct StandInMarket {
    address: SocketAddr,
    exchange: Exchange,
    shutdown: CancellationToken,
    service: JoinHandle<anyhow::Result<()>>,
}

impl StandInMarket {
    /// Starts the simulated market with its defaults, recording every request.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        Self::start_with(SimConfig { record_requests: true, ..SimConfig::default() }).await
    }

    /// Starts any market.
    ///
    /// # Panics
    /// When no port is free or the market cannot be opened; a test has no use for either.
    pub async fn start_with(config: SimConfig) -> Self {
        let exchange = config.open().expect("the market opens");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shutdown = CancellationToken::new();
        let service = tokio::spawn(exchange.clone().serve(listener, shutdown.clone()));
        Self { address, exchange, shutdown, service }
    }

    /// Returns where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the base address of all its upstreams: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the handle that sets faults.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        self.exchange.faults()
    }

    /// Returns the requests so far.
    #[must_use]
    pub fn received(&self) -> &ReceivedLog {
        self.exchange.received()
    }

    /// Returns the market, clock and handles behind it.
    #[must_use]
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Makes an upstream fail until it recovers.
    pub fn fail(&self, upstream: impl Into<Upstream>, fault: Fault) {
        self.faults().set(upstream, fault);
    }

    /// Makes an upstream work again.
    pub fn recover(&self, upstream: impl Into<Upstream>) {
        self.faults().clear(upstream);
    }

    /// Stops and waits until the port is free again.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        let _ = (&mut self.service).await;
    }
}

impl Drop for StandInMarket {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// A loopback port that is taken but refuses every connection, for as long as it is held.
#[derive(Debug)]
pub struct RefusingPort {
    address: SocketAddr,
    _socket: TcpSocket,
}

impl RefusingPort {
    /// Takes a free port without listening on it.
    ///
    /// # Errors
    /// When no port is free.
    pub fn take() -> std::io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Self { address: socket.local_addr()?, _socket: socket })
    }

    /// Returns the base address: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
