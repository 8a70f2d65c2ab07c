use std::net::SocketAddr;

use anyhow::Context as _;
use clap::Args;
use mcp_server::ForecastServer;
use stock_list::StockList;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::services::{ServiceArgs, Services};

/// How assistants reach the tools.
#[derive(Clone, Debug, Args)]
pub struct McpArgs {
    /// Serve streamable HTTP at this loopback address, as in `127.0.0.1:8600`, instead of standard input and output
    #[arg(long, value_name = "ADDRESS", value_parser = loopback)]
    http: Option<SocketAddr>,
    #[command(flatten)]
    services: ServiceArgs,
}

/// Serves the tools until the assistant closes its end, or a signal comes.
///
/// # Errors
/// When the services cannot be started, the stock list cannot be read, or the port is taken.
pub async fn run(args: &McpArgs, shutdown: CancellationToken) -> anyhow::Result<()> {
    // Before anything is started, so that a port in use is reported immediately.
    let listener = match args.http {
        Some(address) => {
            Some(TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?)
        }
        None => None,
    };
    let stocks = StockList::load(&args.services.start.stocks_csv)?;
    let services = tokio::select! {
        services = args.services.open() => services?,
        () = shutdown.cancelled() => return Ok(()),
    };
    let served = serve(listener, stocks, &services, shutdown).await;
    services.close().await?;
    served
}

async fn serve(
    listener: Option<TcpListener>,
    stocks: StockList,
    services: &Services,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let server = ForecastServer::new(services.client.clone(), stocks);
    match listener {
        Some(listener) => {
            eprintln!("Fortnight's tools are at http://{}/mcp", listener.local_addr()?);
            Ok(mcp_server::serve_http(listener, server, shutdown).await?)
        }
        None => Ok(mcp_server::serve_stdio(server, shutdown).await?),
    }
}

/// The tools have no sign-in, so only programs on this machine may reach them.
fn loopback(text: &str) -> Result<SocketAddr, &'static str> {
    let address = text.parse().ok().filter(|address: &SocketAddr| address.ip().is_loopback());
    address.ok_or("expected an address of this machine with a port, such as 127.0.0.1:8600")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine_are_accepted() {
        assert!(loopback("127.0.0.1:8600").is_ok());
        assert!(loopback("[::1]:0").is_ok());
        for text in ["0.0.0.0:8600", "192.0.2.1:8600", "localhost", "8600"] {
            assert!(loopback(text).is_err(), "{text}");
        }
    }
}
