//! Everything that can be set from outside, and the only place that reads the environment.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use feature_sources::Upstreams;
use forecast_types::Market;
use jiff::Timestamp;
use secrecy::SecretString;
use service_runtime::client_rate::ClientRateConfig;
use service_runtime::serve::ServeConfig;
use service_runtime::telemetry::TelemetryConfig;

/// Forecasts the next fourteen sessions of a listed US stock
#[derive(Clone, Debug, Parser)]
#[command(name = "predict-service", version)]
pub struct Config {
    /// The upstreams and what they grant.
    #[command(flatten)]
    pub upstreams: Upstreams,
    /// The network that makes the forecasts
    #[arg(long, env = "MODEL_PATH", default_value = "models/fortnight.onnx")]
    pub model_path: PathBuf,
    /// The stocks that can be asked for
    #[arg(long, env = "STOCKS_CSV", default_value = "data/stocks.csv")]
    pub stocks_csv: PathBuf,
    /// Where prices come from, `live`, `simulated` or `replay`; the label in every answer
    #[arg(long, env = "MARKET", default_value = "live")]
    pub market: Market,
    /// Milliseconds one request may take in all
    #[arg(long, env = "REQUEST_DEADLINE_MS", default_value_t = 8_000)]
    pub request_deadline_ms: u64,
    /// Milliseconds one source may take
    #[arg(long, env = "SOURCE_DEADLINE_MS", default_value_t = 5_000)]
    pub source_deadline_ms: u64,
    /// Folder in which fetched data and the count of spent calls outlive a restart; none where absent
    #[arg(long, env = "CACHE_DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Redis server that several instances share instead of a folder, such as `redis://10.0.0.3:6379`
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<SecretString>,
    /// Milliseconds a request waits for what the cache may hold, before it asks the upstream instead
    #[arg(long, env = "CACHE_PATIENCE_MS", default_value_t = 5)]
    pub cache_patience_ms: u64,
    /// Starts the clock at this moment, such as `2024-03-08T22:00:00Z`, for replays of the past
    #[arg(long, env = "NOW")]
    pub now: Option<Timestamp>,
    /// Different forecasts in the making at once, as many as Cloud Run sends one instance; more are answered with 503
    #[arg(long, env = "MAX_IN_THE_MAKING", default_value_t = 80)]
    pub max_in_the_making: usize,
    /// Requests worked on at once; more are answered with 503
    #[arg(long, env = "MAX_IN_FLIGHT", default_value_t = 2_048)]
    pub max_in_flight: usize,
    /// What each client may ask.
    #[command(flatten)]
    pub clients: ClientRateConfig,
    /// Where it listens and how it stops.
    #[command(flatten)]
    pub server: ServeConfig,
    /// How it logs.
    #[command(flatten)]
    pub telemetry: TelemetryConfig,
}

impl Config {
    /// The port where none is given.
    pub const DEFAULT_PORT: u16 = 8000;

    pub(crate) fn request_deadline(&self) -> Duration {
        Duration::from_millis(self.request_deadline_ms)
    }

    pub(crate) fn cache_patience(&self) -> Duration {
        Duration::from_millis(self.cache_patience_ms)
    }

    /// What the sources get: never so much that nothing is left to make the forecast with.
    pub(crate) fn source_deadline(&self) -> Duration {
        Duration::from_millis(self.source_deadline_ms.min(self.request_deadline_ms * 9 / 10))
    }
}

impl Default for Config {
    /// The documented defaults, on loopback and a free port.
    fn default() -> Self {
        Self {
            upstreams: Upstreams::default(),
            model_path: PathBuf::from("models/fortnight.onnx"),
            stocks_csv: PathBuf::from("data/stocks.csv"),
            market: Market::Live,
            request_deadline_ms: 8_000,
            source_deadline_ms: 5_000,
            cache_dir: None,
            redis_url: None,
            cache_patience_ms: 5,
            now: None,
            max_in_the_making: 80,
            max_in_flight: 2_048,
            clients: ClientRateConfig::default(),
            server: ServeConfig::default(),
            telemetry: TelemetryConfig::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_defaults_in_code_are_those_of_the_command_line() {
        Config::command().debug_assert();
        let parsed = Config::parse_from(["predict-service"]);
        let built = Config::default();
        assert_eq!(parsed.upstreams.yahoo_url, built.upstreams.yahoo_url);
        assert_eq!(parsed.upstreams.eodhd_url, built.upstreams.eodhd_url);
        assert_eq!(parsed.upstreams.trends_url, built.upstreams.trends_url);
        assert_eq!((parsed.model_path, parsed.stocks_csv), (built.model_path, built.stocks_csv));
        assert_eq!(parsed.request_deadline_ms, built.request_deadline_ms);
        assert_eq!(parsed.source_deadline_ms, built.source_deadline_ms);
        assert_eq!(parsed.cache_patience_ms, built.cache_patience_ms);
        assert_eq!(parsed.upstreams.eodhd_calls_per_day, built.upstreams.eodhd_calls_per_day);
        assert_eq!(parsed.clients, built.clients);
    }

    #[test]
    fn no_debug_output_shows_a_secret() {
        let config = Config::parse_from([
            "predict-service",
            "--eodhd-api-token",
            "s3cr3t-t0k3n",
            "--redis-url",
            "redis://:p4ssw0rd@127.0.0.1",
        ]);
        let shown = format!("{config:?}");
        assert!(!shown.contains("s3cr3t-t0k3n") && !shown.contains("p4ssw0rd"), "{shown}");
    }

    #[test]
    fn the_sources_never_get_the_whole_of_a_request() {
        let config = Config { request_deadline_ms: 1_000, source_deadline_ms: 5_000, ..Config::default() };
        assert_eq!(config.source_deadline(), Duration::from_millis(900));
    }
}
