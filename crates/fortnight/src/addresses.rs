use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use url::Url;

/// The sockets of all parts, bound before anything is loaded, so that a taken port is known at once.
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
    pub frontend: Url,
    /// The forecasts.
    pub predict: Url,
    /// The charts.
    pub plot: Url,
    /// The stand-in market; without use where the sources are real.
    pub market: Url,
}

/// The ports of the three services and the market; 0 is any free one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports {
    frontend: u16,
    predict: u16,
    plot: u16,
    market: u16,
}

impl Ports {
    /// The usual ones, or four in a row from a given one on; 0 asks for any that are free.
    pub(crate) fn from_base(base: Option<u16>) -> Self {
        match base {
            // The market's is nobody's business but predict-service's.
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
    /// When a port is taken; the message names it and the way out.
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
            "port {port}, meant for {part}, cannot be had: {error}; \
             stop what uses it, or move all ports with --port-base, for example --port-base 9500"
        )
    })
}

fn url(listener: &TcpListener) -> anyhow::Result<Url> {
    Ok(Url::parse(&format!("http://{}", listener.local_addr()?))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_named_with_the_way_out() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = taken.local_addr().unwrap().port();

        let error = bind("the page", port).await.unwrap_err().to_string();

        assert!(error.contains(&format!("port {port}, meant for the page")), "{error}");
        assert!(error.contains("--port-base"), "{error}");
    }

    #[test]
    fn the_usual_ports_are_the_documented_ones() {
        assert_eq!(Ports::from_base(None), Ports { frontend: 8501, predict: 8000, plot: 8079, market: 0 });
        assert_eq!(Ports::from_base(Some(9500)).market, 9503);
    }
}
