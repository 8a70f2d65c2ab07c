//! The settings of the service, and the only place that reads the environment.

use clap::Parser;
use service_runtime::client_rate::ClientRateConfig;
use service_runtime::serve::ServeConfig;
use service_runtime::telemetry::TelemetryConfig;

/// The chart service: a description in, a picture out
#[derive(Clone, Debug, Parser)]
#[command(name = "plot-service", version)]
pub struct Config {
    /// Milliseconds that one picture may take, including the wait for a worker
    #[arg(long, env = "REQUEST_DEADLINE_MS", default_value_t = 4_000)]
    pub request_deadline_ms: u64,
    /// Largest request body, in bytes; a chart of 250 sessions needs about 40,000
    #[arg(long, env = "BODY_LIMIT_BYTES", default_value_t = 512 * 1024)]
    pub body_limit_bytes: usize,
    /// Pictures that may wait for a free core; further ones get 503
    #[arg(long, env = "QUEUE_LENGTH", default_value_t = 32)]
    pub queue_length: usize,
    /// Requests in progress at the same time; further ones get 503
    #[arg(long, env = "MAX_IN_FLIGHT", default_value_t = 256)]
    pub max_in_flight: usize,
    /// Limits for each client.
    #[command(flatten)]
    pub clients: ClientRateConfig,
    /// Where the service listens and how it stops.
    #[command(flatten)]
    pub server: ServeConfig,
    /// How the service logs.
    #[command(flatten)]
    pub telemetry: TelemetryConfig,
}

impl Config {
    /// The port if none is set.
    pub const DEFAULT_PORT: u16 = 8079;
}

impl Default for Config {
    /// Loopback and any free port: right for tests and the launcher.
    fn default() -> Self {
        Self {
            request_deadline_ms: 4_000,
            body_limit_bytes: 512 * 1024,
            queue_length: 32,
            max_in_flight: 256,
            clients: ClientRateConfig::default(),
            server: ServeConfig::default(),
            telemetry: TelemetryConfig::default(),
        }
    }
}
