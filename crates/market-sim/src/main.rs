//! Starts the stand-in market as a service of its own.

use market_sim::Config;
use service_runtime::{command_line, shutdown, telemetry};

/// The port where none is given.
const DEFAULT_PORT: u16 = 8600;

/// An answer is made of many short texts; they should cost the machine less than the client's work on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config: Config = command_line::parse(DEFAULT_PORT);
    telemetry::init(&config.telemetry)?;
    let listener = config.serve.bind(DEFAULT_PORT).await?;
    tracing::info!(address = %listener.local_addr()?, "the stand-in market is open");
    market_sim::run(listener, config.sim, shutdown::on_signal()?).await
}
