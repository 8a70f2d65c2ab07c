//! Starts the forecasting service.

use predict_service::Config;
use service_runtime::{command_line, shutdown, telemetry};

/// A forecast allocates and frees about a thousand small pieces, many of them on different threads; the system's
/// allocator takes a fifth of the time of a request. Measured with `bench/run.py`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // Development only: images carry no .env, and a missing file is no error.
    let _ = dotenvy::dotenv();
    let config: Config = command_line::parse(Config::DEFAULT_PORT);
    telemetry::init(&config.telemetry)?;
    let listener = config.server.bind(Config::DEFAULT_PORT).await?;
    let stop = shutdown::on_signal()?;
    predict_service::run(listener, config, stop).await
}
