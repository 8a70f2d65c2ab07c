//! Everything that can be set from outside, and the only place that reads the environment.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use forecast_types::Market;
use service_runtime::client_rate::ClientRateConfig;
use service_runtime::serve::ServeConfig;
use service_runtime::telemetry::TelemetryConfig;
use url::Url;

use crate::clients::identity::IdentityConfig;

/// The web page: pick a stock and see the range of its next fourteen trading days
#[derive(Clone, Debug, Parser)]
#[command(name = "frontend", version)]
pub struct Config {
    /// Address of predict-service, such as `http://localhost:8000`
    #[arg(long, env = "PREDICT_URL", default_value = "http://127.0.0.1:8000", value_parser = parse_address)]
    pub predict_url: Url,
    /// Address of plot-service, such as `http://localhost:8079`
    #[arg(long, env = "PLOT_URL", default_value = "http://127.0.0.1:8079", value_parser = parse_address)]
    pub plot_url: Url,
    /// The stock list the picker searches
    #[arg(long, env = "STOCKS_CSV", default_value = "data/stocks.csv")]
    pub stocks_csv: PathBuf,
    /// The model card shown at /model; pictures it names are read from its own folder
    #[arg(long, env = "MODEL_CARD", default_value = "models/MODEL_CARD.md")]
    pub model_card: PathBuf,
    /// Address the public sees, such as `https://fortnight.example`; links and shared pictures start with it
    #[arg(long, env = "PUBLIC_URL", value_parser = parse_address)]
    pub public_url: Option<Url>,
    /// Hosts, without port, whose requests may name the public address where `PUBLIC_URL` is not set
    #[arg(long, env = "ALLOWED_HOSTS", value_delimiter = ',', default_value = "localhost,127.0.0.1,[::1]")]
    pub allowed_hosts: Vec<String>,
    /// Where prices come from: live, simulated or replay; every page says so unless they are live
    #[arg(long, env = "MARKET", default_value = "live")]
    pub market: Market,
    /// Milliseconds predict-service gets for one forecast
    #[arg(long, env = "PREDICT_DEADLINE_MS", default_value = "10000")]
    pub predict_deadline_ms: NonZeroU64,
    /// Milliseconds plot-service gets for one picture
    #[arg(long, env = "PLOT_DEADLINE_MS", default_value = "5000")]
    pub plot_deadline_ms: NonZeroU64,
    /// Milliseconds a page waits for a forecast before it is sent with the progress of its sources instead
    #[arg(long, env = "FIRST_BYTE_MS", default_value_t = 6)]
    pub first_byte_ms: u64,
    /// Seconds before a forecast is requested again
    #[arg(long, env = "FORECAST_FRESH_SECONDS", default_value_t = 30)]
    pub forecast_fresh_seconds: u64,
    /// Memory for finished pages, in MiB; 0 renders every page each time
    #[arg(long, env = "PAGE_CACHE_MIB", default_value_t = 8)]
    pub page_cache_mib: u64,
    /// Requests worked on at once; more are answered with 503
    #[arg(long, env = "MAX_IN_FLIGHT", default_value = "512")]
    pub max_in_flight: NonZeroUsize,
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
        let loopback = |port: u16| {
            Url::parse(&format!("http://127.0.0.1:{port}")).expect("a loopback address is an address")
        };
        let ms = |number| NonZeroU64::new(number).expect("deadlines are not zero");
        Self {
            predict_url: loopback(8000),
            plot_url: loopback(8079),
            stocks_csv: PathBuf::from("data/stocks.csv"),
            model_card: PathBuf::from("models/MODEL_CARD.md"),
            public_url: None,
            allowed_hosts: ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).into(),
            market: Market::Live,
            predict_deadline_ms: ms(10_000),
            plot_deadline_ms: ms(5_000),
            first_byte_ms: 6,
            forecast_fresh_seconds: 30,
            page_cache_mib: 8,
            max_in_flight: NonZeroUsize::new(512).expect("512 is not zero"),
            identity: IdentityConfig::default(),
            clients: ClientRateConfig::default(),
            server: ServeConfig::default(),
            telemetry: TelemetryConfig::default(),
        }
    }
}

impl Config {
    /// Port to listen on by default.
    pub const DEFAULT_PORT: u16 = 8501;

    pub(crate) fn first_byte(&self) -> Duration {
        Duration::from_millis(self.first_byte_ms)
    }
}

/// Reads the base address of a service: http or https, a host, and nothing after the path.
fn parse_address(text: &str) -> Result<Url, String> {
    let wrong = |what| format!("{what}; for example http://localhost:8000");
    let url = Url::parse(text).map_err(|_| wrong("not an http or https address"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("not an http or https address"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("an address must not contain ? or #"));
    }
    Ok(url)
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
        assert_eq!(parsed.predict_deadline_ms, built.predict_deadline_ms);
        assert_eq!(parsed.plot_deadline_ms, built.plot_deadline_ms);
        assert_eq!(parsed.first_byte_ms, built.first_byte_ms);
        assert_eq!(parsed.forecast_fresh_seconds, built.forecast_fresh_seconds);
        assert_eq!(parsed.page_cache_mib, built.page_cache_mib);
        assert_eq!(parsed.max_in_flight, built.max_in_flight);
        assert_eq!(parsed.clients, built.clients);
    }

    fn refusal(option: &str, value: &str) -> String {
        Config::try_parse_from(["frontend", option, value]).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_market_is_refused_with_the_choice() {
        let error = refusal("--market", "moon");
        assert!(error.contains("unknown market \"moon\"; expected live, simulated or replay"), "{error}");
        assert_eq!(Config::parse_from(["frontend", "--market", "replay"]).market, Market::Replay);
    }

    #[test]
    fn an_address_that_cannot_be_called_is_refused_with_an_example() {
        for option in ["--predict-url", "--plot-url", "--public-url"] {
            for value in ["localhost:8000", "predict-service:8000", "ftp://127.0.0.1:8000", "8000", "http://"]
            {
                let error = refusal(option, value);
                let expected = "not an http or https address; for example http://localhost:8000";
                assert!(error.contains(expected), "{option} {value}: {error}");
            }
            let error = refusal(option, "https://fortnight.example/?a=1");
            assert!(error.contains("must not contain ? or #"), "{option}: {error}");
        }
        let path = Config::parse_from(["frontend", "--public-url", "https://example.org/fortnight"]);
        assert_eq!(path.public_url.unwrap().as_str(), "https://example.org/fortnight");
    }

    #[test]
    fn limits_that_let_nothing_through_are_refused() {
        for option in ["--predict-deadline-ms", "--plot-deadline-ms", "--max-in-flight"] {
            assert!(!refusal(option, "0").is_empty(), "{option}");
        }
    }
}
