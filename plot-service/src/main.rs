//! Starts the chart service.

use plot_service::Config;
use service_runtime::{command_line, shutdown, telemetry};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // For development only: container images have no .env, and a missing file is not an error.
    let _ = dotenvy::dotenv();
    let config: Config = command_line::parse(Config::DEFAULT_PORT);
    telemetry::init(&config.telemetry)?;
    let listener = config.server.bind(Config::DEFAULT_PORT).await?;
    let stop = shutdown::on_signal()?;
    plot_service::run(listener, config, stop).await
}
