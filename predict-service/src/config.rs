//! Everything that can be set from outside, and the only place that reads the environment.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use config_values::{count, milliseconds};
use feature_sources::Upstreams;
use forecast_types::Market;
use jiff::Timestamp;
use secrecy::SecretString;
use service_runtime::client_rate::ClientRateConfig;
use service_runtime::program::ServiceConfig;
use service_runtime::serve::ServeConfig;
use service_runtime::telemetry::TelemetryConfig;

use crate::cache::redis::{AddressError, parse_address};

/// Today's series of about a hundred stocks.
const DEFAULT_CACHE_BYTES: u64 = 32 << 20;

/// Forecasts the next fourteen trading days of a listed US stock
#[derive(Clone, Debug, Parser)]
#[command(name = "predict-service", version)]
pub struct Config {
    /// The upstreams and their budgets.
    #[command(flatten)]
    pub upstreams: Upstreams,
    /// The network that makes the forecasts
    #[arg(long, env = "MODEL_PATH", default_value = "models/fortnight.onnx")]
    pub model_path: PathBuf,
    /// The stocks that have forecasts
    #[arg(long, env = "STOCKS_CSV", default_value = "data/stocks.csv")]
    pub stocks_csv: PathBuf,
    /// Where prices come from, `live`, `simulated` or `replay`; the label in every answer
    #[arg(long, env = "MARKET", default_value = "live")]
    pub market: Market,
    /// Milliseconds one request may take in all
    #[arg(long = "request-deadline-ms", env = "REQUEST_DEADLINE_MS", default_value = "8000", value_parser = milliseconds(1))]
    pub request_deadline: Duration,
    /// Milliseconds one source may take
    #[arg(long = "source-deadline-ms", env = "SOURCE_DEADLINE_MS", default_value = "5000", value_parser = milliseconds(1))]
    pub source_deadline: Duration,
    /// Folder in which fetched data and the day's EODHD call count survive a restart; none if unset
    #[arg(long, env = "CACHE_DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Bytes that the fetched data may take in that folder, at least 1 MiB; what was used longest ago goes first
    #[arg(long, env = "CACHE_MAX_BYTES", default_value_t = DEFAULT_CACHE_BYTES, value_parser = clap::value_parser!(u64).range(1 << 20..))]
    pub cache_max_bytes: u64,
    /// Redis server that several instances share, instead of a folder; such as `redis://10.0.0.3:6379`
    #[arg(long, env = "REDIS_URL", hide_env_values = true, value_parser = redis_url)]
    pub redis_url: Option<SecretString>,
    /// Milliseconds a request waits for the folder or Redis before it continues without
    #[arg(long = "cache-timeout-ms", env = "CACHE_TIMEOUT_MS", default_value = "50", value_parser = milliseconds(1))]
    pub cache_timeout: Duration,
    /// Starts the clock at this moment, such as `2024-03-08T22:00:00Z`, for replays of the past
    #[arg(long, env = "NOW")]
    pub now: Option<Timestamp>,
    /// Different forecasts in progress at once, as many as Cloud Run sends one instance; more are answered with 503
    #[arg(long, env = "MAX_FORECASTS_IN_PROGRESS", default_value = "80", value_parser = count(1))]
    pub max_forecasts_in_progress: usize,
    /// Requests in progress at once; more are answered with 503
    #[arg(long, env = "MAX_IN_FLIGHT", default_value = "2048", value_parser = count(1))]
    pub max_in_flight: usize,
    /// How often each client may ask.
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
    /// Returns how long the sources may take: never so long that no time is left to make the forecast.
    pub(crate) fn source_timeout(&self) -> Duration {
        self.source_deadline.min(self.request_deadline.mul_f64(0.9))
    }
}

impl ServiceConfig for Config {
    const DEFAULT_PORT: u16 = 8000;

    fn server(&self) -> &ServeConfig {
        &self.server
    }

    fn telemetry(&self) -> &TelemetryConfig {
        &self.telemetry
    }
}

/// Rejects an address that the start would reject.
fn redis_url(text: &str) -> Result<SecretString, AddressError> {
    parse_address(text).map(|_client| text.into())
}

impl Default for Config {
    /// The documented defaults, on loopback and a free port.
    fn default() -> Self {
        Self {
            upstreams: Upstreams::default(),
            model_path: PathBuf::from("models/fortnight.onnx"),
            stocks_csv: PathBuf::from("data/stocks.csv"),
            market: Market::Live,
            request_deadline: Duration::from_secs(8),
            source_deadline: Duration::from_secs(5),
            cache_dir: None,
            cache_max_bytes: DEFAULT_CACHE_BYTES,
            redis_url: None,
            cache_timeout: Duration::from_millis(50),
            now: None,
            max_forecasts_in_progress: 80,
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
    fn an_address_of_redis_is_checked_with_the_configuration() {
        for url in ["redis:6379", "rediss://:p4ssw0rd@host:6380"] {
            assert!(Config::try_parse_from(["predict-service", "--redis-url", url]).is_err(), "{url}");
        }
    }

    #[test]
    fn the_defaults_in_code_are_those_of_the_command_line() {
        Config::command().debug_assert();
        let parsed = Config::parse_from(["predict-service"]);
        let built = Config::default();
        assert_eq!(parsed.upstreams.prices, built.upstreams.prices);
        assert_eq!(parsed.upstreams.yahoo_url, built.upstreams.yahoo_url);
        assert_eq!(parsed.upstreams.eodhd_url, built.upstreams.eodhd_url);
        assert_eq!(parsed.upstreams.trends_url, built.upstreams.trends_url);
        assert_eq!((parsed.model_path, parsed.stocks_csv), (built.model_path, built.stocks_csv));
        assert_eq!(parsed.request_deadline, built.request_deadline);
        assert_eq!(parsed.source_deadline, built.source_deadline);
        assert_eq!(parsed.cache_max_bytes, built.cache_max_bytes);
        assert_eq!(parsed.cache_timeout, built.cache_timeout);
        assert_eq!(parsed.max_forecasts_in_progress, built.max_forecasts_in_progress);
        assert_eq!(parsed.max_in_flight, built.max_in_flight);
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
    fn the_sources_never_get_all_the_time_of_a_request() {
        let config = Config { request_deadline: Duration::from_secs(1), ..Config::default() };
        assert_eq!(config.source_timeout(), Duration::from_millis(900));
    }

    #[test]
    fn limits_of_zero_are_rejected() {
        for option in [
            "--request-deadline-ms",
            "--source-deadline-ms",
            "--cache-timeout-ms",
            "--max-forecasts-in-progress",
            "--max-in-flight",
        ] {
            let error = Config::try_parse_from(["predict-service", option, "0"]).unwrap_err().to_string();
            assert!(error.contains("expected a whole number from 1 to"), "{error}");
        }
    }
}
