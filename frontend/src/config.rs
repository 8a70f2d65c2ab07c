//! Everything that can be set from outside, and the only place that reads the environment.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use config_values::{HttpUrl, count, milliseconds, seconds};
use forecast_store::StoreUrl;
use forecast_types::Market;
use service_runtime::client_rate::ClientRateConfig;
use service_runtime::program::ServiceConfig;
use service_runtime::serve::ServeConfig;
use service_runtime::telemetry::TelemetryConfig;

use crate::clients::identity::IdentityConfig;

/// The web page: pick a stock and see the range of its next fourteen trading days
#[derive(Clone, Debug, Parser)]
#[command(name = "frontend", version)]
pub struct Config {
    /// Address of predict-service, such as `http://localhost:8000`
    #[arg(long, env = "PREDICT_URL", default_value = "http://127.0.0.1:8000")]
    pub predict_url: HttpUrl,
    /// Address of plot-service, such as `http://localhost:8079`
    #[arg(long, env = "PLOT_URL", default_value = "http://127.0.0.1:8079")]
    pub plot_url: HttpUrl,
    /// The stock list the picker searches
    #[arg(long, env = "STOCKS_CSV", default_value = "data/stocks.csv")]
    pub stocks_csv: PathBuf,
    /// The model card shown at /model; pictures it names are read from its own folder
    #[arg(long, env = "MODEL_CARD", default_value = "models/MODEL_CARD.md")]
    pub model_card: PathBuf,
    /// Folder or bucket with the nightly record, such as `record` or `gs://bucket/folder`; without it, /market and
    /// /record say that there is none
    #[arg(long, env = "STORE_URL")]
    pub store_url: Option<StoreUrl>,
    /// Seconds between two reads of the store
    #[arg(long = "store-refresh-seconds", env = "STORE_REFRESH_SECONDS", default_value = "60", value_parser = seconds(1))]
    pub store_refresh: Duration,
    /// Address the public sees, such as `https://fortnight.example`; links and shared pictures start with it
    #[arg(long, env = "PUBLIC_URL")]
    pub public_url: Option<HttpUrl>,
    /// Hosts, without port, whose requests may name the public address where `PUBLIC_URL` is not set
    #[arg(long, env = "ALLOWED_HOSTS", value_delimiter = ',', default_value = "localhost,127.0.0.1,[::1]")]
    pub allowed_hosts: Vec<String>,
    /// Where prices come from: live, simulated or replay; every page says so unless they are live
    #[arg(long, env = "MARKET", default_value = "live")]
    pub market: Market,
    /// Milliseconds predict-service gets for one forecast
    #[arg(long = "predict-deadline-ms", env = "PREDICT_DEADLINE_MS", default_value = "10000", value_parser = milliseconds(1))]
    pub predict_deadline: Duration,
    /// Milliseconds plot-service gets for one picture
    #[arg(long = "plot-deadline-ms", env = "PLOT_DEADLINE_MS", default_value = "5000", value_parser = milliseconds(1))]
    pub plot_deadline: Duration,
    /// Milliseconds a page waits for a forecast before it is sent with the progress of its sources instead
    #[arg(long = "first-byte-ms", env = "FIRST_BYTE_MS", default_value = "6", value_parser = milliseconds(0))]
    pub first_byte: Duration,
    /// Seconds before a forecast is requested again
    #[arg(long = "forecast-fresh-seconds", env = "FORECAST_FRESH_SECONDS", default_value = "30", value_parser = seconds(0))]
    pub forecast_fresh: Duration,
    /// Memory for finished pages, in MiB, and the same amount for pictures; 0 turns both caches off
    #[arg(long, env = "PAGE_CACHE_MIB", default_value_t = 8)]
    pub page_cache_mib: u64,
    /// Requests in progress at once; more are answered with 503
    #[arg(long, env = "MAX_IN_FLIGHT", default_value = "512", value_parser = count(1))]
    pub max_in_flight: usize,
    /// How it proves its identity to the two services behind it.
    #[command(flatten)]
    pub identity: IdentityConfig,
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

impl Default for Config {
    /// The documented defaults, on loopback and a free port.
    fn default() -> Self {
        let loopback =
            |port: u16| format!("http://127.0.0.1:{port}").parse().expect("a loopback address is an address");
        Self {
            predict_url: loopback(8000),
            plot_url: loopback(8079),
            stocks_csv: PathBuf::from("data/stocks.csv"),
            model_card: PathBuf::from("models/MODEL_CARD.md"),
            store_url: None,
            store_refresh: Duration::from_secs(60),
            public_url: None,
            allowed_hosts: ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).into(),
            market: Market::Live,
            predict_deadline: Duration::from_secs(10),
            plot_deadline: Duration::from_secs(5),
            first_byte: Duration::from_millis(6),
            forecast_fresh: Duration::from_secs(30),
            page_cache_mib: 8,
            max_in_flight: 512,
            identity: IdentityConfig::default(),
            clients: ClientRateConfig::default(),
            server: ServeConfig::default(),
            telemetry: TelemetryConfig::default(),
        }
    }
}

impl ServiceConfig for Config {
    const DEFAULT_PORT: u16 = 8501;

    fn server(&self) -> &ServeConfig {
        &self.server
    }

    fn telemetry(&self) -> &TelemetryConfig {
        &self.telemetry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_and_the_code_share_their_defaults() {
        let parsed = Config::parse_from(["frontend"]);
        let built = Config::default();
        assert_eq!(parsed.predict_url, built.predict_url);
        assert_eq!(parsed.plot_url, built.plot_url);
        assert_eq!(parsed.stocks_csv, built.stocks_csv);
        assert_eq!(parsed.model_card, built.model_card);
        assert_eq!(parsed.allowed_hosts, built.allowed_hosts);
        assert_eq!(parsed.predict_deadline, built.predict_deadline);
        assert_eq!(parsed.plot_deadline, built.plot_deadline);
        assert_eq!(parsed.first_byte, built.first_byte);
        assert_eq!(parsed.forecast_fresh, built.forecast_fresh);
        assert_eq!(parsed.page_cache_mib, built.page_cache_mib);
        assert_eq!(parsed.store_refresh, built.store_refresh);
        assert_eq!(parsed.max_in_flight, built.max_in_flight);
        assert_eq!(parsed.clients, built.clients);
    }

    fn rejection(option: &str, value: &str) -> String {
        Config::try_parse_from(["frontend", option, value]).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_market_is_rejected_with_the_choices() {
        let error = rejection("--market", "moon");
        assert!(error.contains("unknown market \"moon\"; expected live, simulated or replay"), "{error}");
        assert_eq!(Config::parse_from(["frontend", "--market", "replay"]).market, Market::Replay);
    }

    #[test]
    fn an_address_that_cannot_be_called_is_rejected() {
        for option in ["--predict-url", "--plot-url", "--public-url"] {
            for value in ["localhost:8000", "https://fortnight.example/?a=1"] {
                assert!(rejection(option, value).contains("expected an address with"), "{option} {value}");
            }
        }
        let path = Config::parse_from(["frontend", "--public-url", "https://example.org/fortnight"]);
        assert_eq!(path.public_url.unwrap().as_str(), "https://example.org/fortnight");
    }

    #[test]
    fn limits_that_let_nothing_through_are_rejected() {
        for option in ["--predict-deadline-ms", "--plot-deadline-ms", "--max-in-flight"] {
            assert!(!rejection(option, "0").is_empty(), "{option}");
        }
    }
}
