//! Starts the whole of Fortnight on one machine, and holds the commands that work on its data.

use clap::Parser as _;
use fortnight::{Cli, Command};
use service_runtime::{Clock, shutdown, telemetry};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // A missing file is no error: nothing in it is needed but for the real sources.
    let _ = dotenvy::dotenv();
    let cli = Cli::parse();
    telemetry::init(&cli.telemetry())?;
    match cli.command {
        None => fortnight::start(cli.start, shutdown::on_signal()?).await,
        Some(Command::Import(args)) => fortnight::import(&args),
        Some(Command::Collect(config)) => {
            println!("{}", history_collector::collect(&config, Clock::system()).await?);
            Ok(())
        }
        Some(Command::Evaluate(args)) => forecast_evaluation::evaluate::run(&args),
        Some(Command::Tensors(args)) => forecast_evaluation::tensors::run(&args),
    }
}
