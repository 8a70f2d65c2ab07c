//! Logs, metrics and traces, set up once for the whole process.
//!
//! Logs are pretty on a terminal and one JSON object a line for a machine. Metrics are offered where
//! `METRICS_PORT` is set. Traces are exported where `OTEL_EXPORTER_OTLP_ENDPOINT` is set and the build carries the
//! exporter (cargo feature `otel`, which the images are built with).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use clap::{Args, ValueEnum};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::log_json::JsonLines;
use crate::{metrics, tracing_export};

/// How a service logs and lets itself be observed.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Logs, metrics, traces")]
pub struct TelemetryConfig {
    /// `text` for people, `json` for Cloud Logging
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
    /// What to log: `info`, or by part, such as `warn,predict_service=debug`
    #[arg(long, env = "LOG_LEVEL", default_value = "info", value_parser = parse_log_level)]
    pub log_level: String,
    /// Google Cloud project; makes log lines point to their trace
    #[arg(long, env = "GOOGLE_CLOUD_PROJECT")]
    pub google_cloud_project: Option<String>,
    /// Port that offers Prometheus metrics at `/metrics`; none where absent
    #[arg(long, env = "METRICS_PORT")]
    pub metrics_port: Option<u16>,
    /// Address the metrics are offered on; anyone who reaches it may read them
    #[arg(long, env = "METRICS_HOST", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub metrics_host: IpAddr,
    /// OpenTelemetry collector that is sent traces over HTTP, such as `http://127.0.0.1:4318`; none where absent
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_parser = parse_collector)]
    pub otel_exporter_otlp_endpoint: Option<String>,
    /// Name of this service in its traces; the program's name where absent
    #[arg(long, env = "OTEL_SERVICE_NAME")]
    pub otel_service_name: Option<String>,
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
        Self {
            log_format: LogFormat::Text,
            log_level: "info".to_owned(),
            google_cloud_project: None,
            metrics_port: None,
            metrics_host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            otel_exporter_otlp_endpoint: None,
            otel_service_name: None,
        }
    }
}

/// Says why telemetry could not start.
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
    /// The metrics cannot be offered.
    #[error(transparent)]
    Metrics(#[from] metrics::MetricsError),
    /// The exporter of traces cannot be built.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT is `{given}`, and no exporter can be built for it: {reason}")]
    Exporter {
        /// What was given.
        given: String,
        /// What the exporter said.
        reason: String,
    },
}

/// Starts logging, metrics and traces for the whole process.
///
/// # Errors
/// When the filter does not parse, the metrics port is taken, or logging was started before.
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
    let program = program();
    let export = match &config.otel_exporter_otlp_endpoint {
        Some(endpoint) => {
            tracing_export::layer(endpoint, config.otel_service_name.as_deref().unwrap_or(&program))?
        }
        None => None,
    };
    let exports = export.is_some();
    tracing_subscriber::registry().with(filter).with(layer).with(export).try_init()?;

    if let Some(endpoint) = &config.otel_exporter_otlp_endpoint {
        if exports {
            tracing::info!(endpoint, "traces are exported");
        } else {
            tracing::warn!(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set, but this build has no exporter; build with --features \
                 service-runtime/otel, as the images are"
            );
        }
    }
    if let Some(port) = config.metrics_port {
        let address = metrics::start(SocketAddr::new(config.metrics_host, port), &program)?;
        tracing::info!(%address, "metrics are offered");
    }
    Ok(())
}

fn parse_log_level(text: &str) -> Result<String, String> {
    match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("`{text}` is no filter for logs: {error}")),
    }
}

fn parse_collector(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() => Ok(text.to_owned()),
        _ => Err(format!("`{text}` is no address; expected http:// or https:// and a host")),
    }
}

/// The name of the running program, which is the name of the service.
fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(std::path::Path::file_name);
    name.map_or_else(|| "fortnight".to_owned(), |name| name.to_string_lossy().into_owned())
}
