//! Logs: pretty on a terminal, one JSON object a line for a machine.

use clap::{Args, ValueEnum};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::log_json::JsonLines;

/// How a service logs.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Logs")]
pub struct TelemetryConfig {
    /// `text` for people, `json` for Cloud Logging
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
    /// What to log: `info`, or by part as in `warn,predict_service=debug`
    #[arg(long, env = "LOG_LEVEL", default_value = "info")]
    pub log_level: String,
    /// Google Cloud project; makes log lines point to their trace
    #[arg(long, env = "GOOGLE_CLOUD_PROJECT")]
    pub google_cloud_project: Option<String>,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self { log_format: LogFormat::Text, log_level: "info".to_owned(), google_cloud_project: None }
    }
}

/// Says why logging could not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter does not parse.
    #[error("LOG_LEVEL is `{given}`; expected a level such as info, or warn,predict_service=debug")]
    Filter {
        /// What was given.
        given: String,
        /// What the parser said.
        source: tracing_subscriber::filter::ParseError,
    },
    /// Something in this process logs already.
    #[error("logging has been set up before")]
    AlreadySet(#[from] TryInitError),
}

/// Starts logging for the whole process.
///
/// # Errors
/// When the filter does not parse or logging was started before.
pub fn init(config: &TelemetryConfig) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&config.log_level)
        .map_err(|source| TelemetryError::Filter { given: config.log_level.clone(), source })?;
    let layer = match config.log_format {
        LogFormat::Text => tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .with_target(false)
            .boxed(),
        LogFormat::Json => JsonLines::to_stdout(config.google_cloud_project.clone()).boxed(),
    };
    tracing_subscriber::registry().with(filter).with(layer).try_init()?;
    Ok(())
}
