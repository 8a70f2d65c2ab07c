use std::net::{Ipv4Addr, SocketAddr};

use config_values::HttpUrl;
use tokio::net::TcpListener;

/// The sockets of all parts, bound before anything is loaded so that a port in use is reported immediately.
#[derive(Debug)]
pub(crate) struct Sockets {
    pub(crate) frontend: TcpListener,
    pub(crate) predict: TcpListener,
    pub(crate) plot: TcpListener,
    pub(crate) market: TcpListener,
}

/// Where the parts listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The page.
    pub frontend: HttpUrl,
    /// The forecasts.
    pub predict: HttpUrl,
    /// The charts.
    pub plot: HttpUrl,
    /// The stand-in market; unused with real sources.
    pub market: HttpUrl,
}

/// The ports of the three services and the market; 0 stands for a free one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports {
    frontend: u16,
    predict: u16,
    plot: u16,
    market: u16,
}

impl Ports {
    /// The usual ports, or four consecutive ones from `base`; 0 picks free ones.
    pub(crate) fn from_base(base: Option<u16>) -> Self {
        match base {
            // Only predict-service needs to know the market's port.
            None => Self { frontend: 8501, predict: 8000, plot: 8079, market: 0 },
            Some(0) => Self { frontend: 0, predict: 0, plot: 0, market: 0 },
            Some(base) => Self { frontend: base, predict: base + 1, plot: base + 2, market: base + 3 },
        }
    }
}

impl Sockets {
    /// Binds all of them on loopback.
    ///
    /// # Errors
    /// When a port is in use; the message names it and what to do.
    pub(crate) async fn bind(ports: Ports) -> anyhow::Result<Self> {
        Ok(Self {
            frontend: bind("the page", ports.frontend).await?,
            predict: bind("predict-service", ports.predict).await?,
            plot: bind("plot-service", ports.plot).await?,
            market: bind("the stand-in market", ports.market).await?,
        })
    }

    pub(crate) fn addresses(&self) -> anyhow::Result<Addresses> {
        Ok(Addresses {
            frontend: url(&self.frontend)?,
            predict: url(&self.predict)?,
            plot: url(&self.plot)?,
            market: url(&self.market)?,
        })
    }
}

async fn bind(part: &str, port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(|error| {
        anyhow::anyhow!(
            "port {port} for {part} is not free: {error}; stop the program that uses it, or choose other ports with \
             --port-base, for example --port-base 9500"
        )
    })
}

fn url(listener: &TcpListener) -> anyhow::Result<HttpUrl> {
    Ok(format!("http://{}", listener.local_addr()?).parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_reported_with_the_remedy() {
        let in_use = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = in_use.local_addr().unwrap().port();

        let error = bind("the page", port).await.unwrap_err().to_string();

        assert!(error.contains(&format!("port {port} for the page is not free")), "{error}");
        assert!(error.contains("--port-base"), "{error}");
    }

    #[test]
    fn the_default_ports_are_the_documented_ones() {
        assert_eq!(Ports::from_base(None), Ports { frontend: 8501, predict: 8000, plot: 8079, market: 0 });
        assert_eq!(Ports::from_base(Some(9500)).market, 9503);
    }
}
