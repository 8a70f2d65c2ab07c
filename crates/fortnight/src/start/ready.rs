//! Waits until services can do their work.

use anyhow::Context as _;
use config_values::HttpUrl;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Asks each service `GET /ready` until it agrees. The sockets are bound, so a service that is still loading answers
/// as soon as it serves.
pub(super) async fn wait(services: &[HttpUrl]) -> anyhow::Result<()> {
    for service in services {
        let address = service.socket_addrs(|| None)?.first().copied().context("a bound address")?;
        let mut stream = TcpStream::connect(address).await?;
        stream
            .write_all(
                format!("GET /ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes(),
            )
            .await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        anyhow::ensure!(
            answer.starts_with(b"HTTP/1.1 200"),
            "{service} is not ready: {}",
            String::from_utf8_lossy(&answer)
        );
    }
    Ok(())
}
