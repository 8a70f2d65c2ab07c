//! Starts the whole of Fortnight on one machine, and runs the other commands.

use std::process::ExitCode;

use fortnight::{Cli, Command};
use service_runtime::program::fail;
use service_runtime::{Clock, command_line, env_file, shutdown, telemetry};
use tokio::runtime::Builder;

fn main() -> ExitCode {
    // Before any thread starts, as it changes the environment.
    let result = match env_file::load() {
        Ok(()) => run(command_line::parse()),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail("fortnight", &error),
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    // One question to a running service is answered before other threads would have started.
    let mut runtime =
        if cli.only_asks() { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    let runtime = runtime.enable_all().build()?;
    let result = runtime.block_on(execute(cli));
    // A read from a terminal's standard input cannot be cancelled, so nothing waits for it.
    runtime.shutdown_background();
    result
}

async fn execute(cli: Cli) -> anyhow::Result<()> {
    telemetry::init(&cli.telemetry())?;
    match cli.command {
        None => fortnight::start(cli.start(), shutdown::on_signal()?).await,
        Some(Command::Forecast(args)) => fortnight::forecast(&args).await,
        Some(Command::Mcp(args)) => fortnight::mcp(&args, shutdown::on_signal()?).await,
        Some(Command::Nightly(args)) => fortnight::nightly(&args, shutdown::on_signal()?).await,
        Some(Command::Import(args)) => fortnight::import(&args),
        Some(Command::Collect(config)) => {
            println!("{}", history_collector::collect(&config, Clock::system()).await?);
            Ok(())
        }
        Some(Command::Evaluate(args)) => forecast_evaluation::evaluate::run(&args),
        Some(Command::Verify(args)) => fortnight::verify(&args).await,
        Some(Command::Tensors(args)) => forecast_evaluation::tensors::run(&args),
    }
}
