//! The settings of the service, and the only place that reads the environment.

use std::time::Duration;

use clap::Parser;
use config_values::{count, milliseconds};
use service_runtime::client_rate::ClientRateConfig;
use service_runtime::program::ServiceConfig;
use service_runtime::serve::ServeConfig;
use service_runtime::telemetry::TelemetryConfig;

const REQUEST_DEADLINE: Duration = Duration::from_secs(4);
const BODY_LIMIT_BYTES: usize = 256 * 1024;
/// Every request in progress may wait for a worker: refusing one whose body has been read would waste that work. Two
/// cores draw 512 pictures in less than a second, well within the deadline.
const MAX_IN_FLIGHT: usize = 512;

/// The chart service: a description in, a picture out
#[derive(Clone, Debug, Parser)]
#[command(name = "plot-service", version)]
pub struct Config {
    /// Milliseconds that one picture may take, including the wait for a worker
    #[arg(long = "request-deadline-ms", env = "REQUEST_DEADLINE_MS", default_value = "4000", value_parser = milliseconds(1))]
    pub request_deadline: Duration,
    /// Largest request body, in bytes; a chart of 250 sessions needs about 40,000, the largest one 200,000
    #[arg(long, env = "BODY_LIMIT_BYTES", default_value_t = BODY_LIMIT_BYTES, value_parser = count(1))]
    pub body_limit_bytes: usize,
    /// Pictures that may wait for a free core; further ones get 503
    #[arg(long, env = "QUEUE_LENGTH", default_value_t = MAX_IN_FLIGHT, value_parser = count(0))]
    pub queue_length: usize,
    /// Requests in progress at the same time; further ones get 503
    #[arg(long, env = "MAX_IN_FLIGHT", default_value_t = MAX_IN_FLIGHT, value_parser = count(1))]
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

impl ServiceConfig for Config {
    const DEFAULT_PORT: u16 = 8079;

    fn server(&self) -> &ServeConfig {
        &self.server
    }

    fn telemetry(&self) -> &TelemetryConfig {
        &self.telemetry
    }
}

impl Default for Config {
    /// Loopback and any free port: right for tests and the launcher.
    fn default() -> Self {
        Self {
            request_deadline: REQUEST_DEADLINE,
            body_limit_bytes: BODY_LIMIT_BYTES,
            queue_length: MAX_IN_FLIGHT,
            max_in_flight: MAX_IN_FLIGHT,
            clients: ClientRateConfig::default(),
            server: ServeConfig::default(),
            telemetry: TelemetryConfig::default(),
        }
    }
}
