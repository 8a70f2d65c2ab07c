//! Everything that can be set from outside, and the only place that reads the environment.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use forecast_types::Market;
use service_runtime::client_rate::ClientRateConfig;
use service_runtime::serve::ServeConfig;
use service_runtime::telemetry::TelemetryConfig;
use url::Url;

use crate::clients::identity::IdentityConfig;

/// The web page: pick a stock, see its next fourteen sessions
#[derive(Clone, Debug, Parser)]
#[command(name = "frontend", version)]
pub struct Config {
    /// Address of predict-service
    #[arg(long, env = "PREDICT_URL", default_value = "http://127.0.0.1:8000")]
    pub predict_url: Url,
    /// Address of plot-service
    #[arg(long, env = "PLOT_URL", default_value = "http://127.0.0.1:8079")]
    pub plot_url: Url,
    /// The stock list the picker searches
    #[arg(long, env = "STOCKS_CSV", default_value = "data/stocks.csv")]
    pub stocks_csv: PathBuf,
    /// The model card shown at /model; pictures it names are read from its own folder
    #[arg(long, env = "MODEL_CARD", default_value = "models/MODEL_CARD.md")]
    pub model_card: PathBuf,
    /// Address the public sees, such as `https://fortnight.example`; taken from each request where absent
    #[arg(long, env = "PUBLIC_URL")]
    pub public_url: Option<Url>,
    /// Where prices come from, `live`, `simulated` or `replay`; anything but live is said on every page
    #[arg(long, env = "MARKET", default_value = "live")]
    pub market: Market,
    /// Milliseconds predict-service gets for one forecast
    #[arg(long, env = "PREDICT_DEADLINE_MS", default_value_t = 10_000)]
    pub predict_deadline_ms: u64,
    /// Milliseconds plot-service gets for one picture
    #[arg(long, env = "PLOT_DEADLINE_MS", default_value_t = 5_000)]
    pub plot_deadline_ms: u64,
    /// Milliseconds a page waits for a warm forecast before it is sent with a progress list instead
    #[arg(long, env = "FIRST_BYTE_MS", default_value_t = 6)]
    pub first_byte_ms: u64,
    /// Seconds a forecast is shown again before a new one is asked for
    #[arg(long, env = "FORECAST_FRESH_SECONDS", default_value_t = 30)]
    pub forecast_fresh_seconds: u64,
    /// Requests worked on at once; more are answered with 503
    #[arg(long, env = "MAX_IN_FLIGHT", default_value_t = 512)]
    pub max_in_flight: usize,
    /// How it proves who it is to the two services behind it.
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
        Self {
            predict_url: loopback(8000),
            plot_url: loopback(8079),
            stocks_csv: PathBuf::from("data/stocks.csv"),
            model_card: PathBuf::from("models/MODEL_CARD.md"),
            public_url: None,
            market: Market::Live,
            predict_deadline_ms: 10_000,
            plot_deadline_ms: 5_000,
            first_byte_ms: 6,
            forecast_fresh_seconds: 30,
            max_in_flight: 512,
            identity: IdentityConfig::default(),
            clients: ClientRateConfig::default(),
            server: ServeConfig::default(),
            telemetry: TelemetryConfig::default(),
        }
    }
}

impl Config {
    /// Port listened on where none is given; the one people know from the original.
    pub const DEFAULT_PORT: u16 = 8501;

    pub(crate) fn first_byte(&self) -> Duration {
        Duration::from_millis(self.first_byte_ms)
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
        assert_eq!(parsed.predict_deadline_ms, built.predict_deadline_ms);
        assert_eq!(parsed.plot_deadline_ms, built.plot_deadline_ms);
        assert_eq!(parsed.first_byte_ms, built.first_byte_ms);
        assert_eq!(parsed.forecast_fresh_seconds, built.forecast_fresh_seconds);
        assert_eq!(parsed.max_in_flight, built.max_in_flight);
        assert_eq!(parsed.clients, built.clients);
    }

    #[test]
    fn an_unknown_market_is_refused_with_the_choice() {
        let error = Config::try_parse_from(["frontend", "--market", "moon"]).unwrap_err().to_string();
        assert!(error.contains("expected live, simulated or replay"), "{error}");
        assert_eq!(Config::parse_from(["frontend", "--market", "replay"]).market, Market::Replay);
    }
}
