//! Starts the stand-in market as its own service.

use std::process::ExitCode;

use market_sim::Config;

/// An answer is made of many short texts, which should cost less than the client's work on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    service_runtime::program::run(async |listener: tokio::net::TcpListener, config: Config, stop| {
        tracing::info!(address = %listener.local_addr()?, "the stand-in market is ready");
        market_sim::run(listener, config.sim, stop).await
    })
}
