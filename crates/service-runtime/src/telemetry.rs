//! Logs, metrics and traces, set up once for the whole process.
//!
//! Log lines are text for a terminal or JSON objects for a machine. Metrics are served if
//! `METRICS_PORT` is set. Traces are exported if `OTEL_EXPORTER_OTLP_ENDPOINT` is set and the build has the exporter
//! (cargo feature `otel`, on in the images).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use clap::{Args, ValueEnum};
use config_values::HttpUrl;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::log_filter::LogFilter;
use crate::log_json::JsonLines;
use crate::{metrics, tracing_export};

/// How a service logs and what it exports.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Logs, metrics, traces")]
pub struct TelemetryConfig {
    /// Format of log lines: `text` for people, `json` for Cloud Logging
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
    /// What to log: a level, or per-module settings such as `warn,predict_service=debug`
    #[arg(long, env = "LOG_LEVEL", default_value = "info")]
    pub log_level: LogFilter,
    /// Google Cloud project, which links log lines to their trace
    #[arg(long, env = "GOOGLE_CLOUD_PROJECT")]
    pub google_cloud_project: Option<String>,
    /// Port that serves Prometheus metrics at `/metrics`; no metrics without it
    #[arg(long, env = "METRICS_PORT")]
    pub metrics_port: Option<u16>,
    /// Address that serves the metrics; anyone who reaches it can read them
    #[arg(long, env = "METRICS_HOST", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub metrics_host: IpAddr,
    /// OpenTelemetry collector that receives traces over HTTP, such as `http://127.0.0.1:4318`; no traces without it
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otel_exporter_otlp_endpoint: Option<HttpUrl>,
    /// Name of this service in its traces; the program's name by default
    #[arg(long, env = "OTEL_SERVICE_NAME")]
    pub otel_service_name: Option<String>,
}

/// The format of a log line.
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
            log_level: LogFilter::default(),
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
    /// Logging was set up before in this process.
    #[error("logging was set up twice")]
    AlreadySet(#[from] TryInitError),
    /// The metrics cannot be served.
    #[error(transparent)]
    Metrics(#[from] metrics::MetricsError),
    /// The trace exporter cannot be built.
    #[error("cannot export traces to {endpoint}: {reason}")]
    Exporter {
        /// The collector's address.
        endpoint: String,
        /// The exporter's message.
        reason: String,
    },
}

/// Starts logging, metrics and traces for the whole process.
///
/// # Errors
/// When the metrics port is taken, or logging was set up before.
pub fn init(config: &TelemetryConfig) -> Result<(), TelemetryError> {
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
            tracing_export::layer(endpoint.as_str(), config.otel_service_name.as_deref().unwrap_or(&program))?
        }
        None => None,
    };
    let exports = export.is_some();
    tracing_subscriber::registry().with(config.log_level.targets()).with(layer).with(export).try_init()?;

    if let Some(endpoint) = &config.otel_exporter_otlp_endpoint {
        if exports {
            tracing::info!(%endpoint, "traces are exported");
        } else {
            tracing::warn!(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set, but this build has no exporter; build with --features \
                 service-runtime/otel, as the images are"
            );
        }
    }
    if let Some(port) = config.metrics_port {
        let address = metrics::start(SocketAddr::new(config.metrics_host, port), &program)?;
        tracing::info!(%address, "metrics are served");
    }
    Ok(())
}

/// The name of the running program, which is the name of the service.
fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(std::path::Path::file_name);
    name.map_or_else(|| "fortnight".to_owned(), |name| name.to_string_lossy().into_owned())
}
