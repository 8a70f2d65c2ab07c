//! The two services behind the page. Nothing outside this folder names reqwest.

pub(crate) mod identity;
pub(crate) mod plot;
pub(crate) mod predict;
mod sse;
mod upstream;

pub(crate) use upstream::{Service, UpstreamError};

use std::time::Duration;

/// Builds the one outgoing client all calls share.
pub(crate) fn http_client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .user_agent(concat!("fortnight-frontend/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(2))
        .pool_idle_timeout(Duration::from_secs(60))
        .redirect(reqwest::redirect::Policy::none())
        .tcp_nodelay(true)
        // Both services are ours; a proxy for outside traffic must not see the calls or their tokens.
        .no_proxy()
        .build()
}
