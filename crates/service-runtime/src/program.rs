//! Runs a service's process: reads the configuration, starts logging, binds the port, serves, stops on a signal.

use std::process::ExitCode;

use clap::Parser;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::serve::ServeConfig;
use crate::telemetry::{LogFormat, TelemetryConfig};
use crate::{command_line, env_file, shutdown, telemetry};

/// What every service's configuration has.
pub trait ServiceConfig: Parser {
    /// The port if none is configured.
    const DEFAULT_PORT: u16;

    /// Where the service listens and how it stops.
    fn server(&self) -> &ServeConfig;

    /// How it logs.
    fn telemetry(&self) -> &TelemetryConfig;
}

/// Runs a service until a signal stops it. A failure ends it with one line on standard error and status 1.
pub fn run<C, F>(service: impl FnOnce(TcpListener, C, CancellationToken) -> F) -> ExitCode
where
    C: ServiceConfig,
    F: Future<Output = anyhow::Result<()>>,
{
    let name = C::command().get_name().to_owned();
    // Before any thread starts, as it changes the environment.
    if let Err(error) = env_file::load() {
        return fail(&name, &error.into());
    }
    let config: C = command_line::parse_service();
    let log_format = config.telemetry().log_format;
    let ended = start(config, service);
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if log_format == LogFormat::Json && tracing::dispatcher::has_been_set() => {
            tracing::error!("{name}: {error:#}");
            ExitCode::FAILURE
        }
        Err(error) => fail(&name, &error),
    }
}

#[tokio::main]
async fn start<C, F>(
    config: C,
    service: impl FnOnce(TcpListener, C, CancellationToken) -> F,
) -> anyhow::Result<()>
where
    C: ServiceConfig,
    F: Future<Output = anyhow::Result<()>>,
{
    telemetry::init(config.telemetry())?;
    let listener = config.server().bind(C::DEFAULT_PORT).await?;
    let stop = shutdown::on_signal()?;
    service(listener, config, stop).await
}

/// Prints why a program ends: one line, no backtrace.
pub fn fail(name: &str, error: &anyhow::Error) -> ExitCode {
    eprintln!("{name}: {error:#}");
    ExitCode::FAILURE
}
