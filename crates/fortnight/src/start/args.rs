use std::path::PathBuf;

use clap::Args;
use forecast_store::StoreUrl;
use forecast_types::Market;
use jiff::Timestamp;
use market_sim::SimConfig;
use market_sim::market::NewListing;
use predict_service::{Config as PredictConfig, Upstreams};
use service_runtime::command_line;
use service_runtime::serve::ServeConfig;

use crate::{Addresses, Running};

/// How to start everything.
#[derive(Clone, Debug, Args)]
pub struct StartArgs {
    /// Use the real sources (`EODHD_API_TOKEN` and `EDGAR_CONTACT` from the environment or `.env`)
    #[arg(long, conflicts_with_all = ["replay", "seed", "new_listings", "now"])]
    pub live: bool,
    /// Replay real daily bars from a .csv or .parquet file (`ticker,date,open,high,low,close,adj_close,volume`)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "new_listings"])]
    pub replay: Option<PathBuf>,
    /// Dates of real quarterly reports for the replay, from a .csv or .csv.gz file (`ticker,date,when`)
    #[arg(long, value_name = "FILE", requires = "replay")]
    pub reports: Option<PathBuf>,
    /// Seed of the simulated market
    #[arg(long, default_value_t = 14)]
    pub seed: u64,
    /// Ports from this one on: page, predict-service, plot-service, market; 0 takes free ones
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(..=65_532))]
    pub port_base: Option<u16>,
    /// In the simulated market, a stock that was listed some sessions ago, as in `ABNB=12`; may be given again
    #[arg(long = "new-listing", value_name = "SYMBOL=SESSIONS")]
    pub new_listings: Vec<NewListing>,
    /// Start the clock at this moment, as in `2026-11-20T22:00:00Z`
    #[arg(long, value_name = "TIME")]
    pub now: Option<Timestamp>,
    /// The stock list
    #[arg(long, env = "STOCKS_CSV", default_value = "data/stocks.csv", value_name = "FILE")]
    pub stocks_csv: PathBuf,
    /// The network that makes the forecasts
    #[arg(long, env = "MODEL_PATH", default_value = "models/fortnight.onnx", value_name = "FILE")]
    pub model_path: PathBuf,
    /// The model card, which the page shows
    #[arg(long, env = "MODEL_CARD", default_value = "models/MODEL_CARD.md", value_name = "FILE")]
    pub model_card: PathBuf,
    /// The store behind /market and /record. Commands that write or read one have their own `--store`.
    #[arg(skip)]
    pub store: Option<StoreUrl>,
}

impl Default for StartArgs {
    /// The defaults of the command line, but on free ports, for tests.
    fn default() -> Self {
        Self {
            live: false,
            replay: None,
            reports: None,
            seed: 14,
            port_base: Some(0),
            new_listings: Vec::new(),
            now: None,
            stocks_csv: PathBuf::from("data/stocks.csv"),
            model_path: PathBuf::from("models/fortnight.onnx"),
            model_card: PathBuf::from("models/MODEL_CARD.md"),
            store: None,
        }
    }
}

impl StartArgs {
    pub(super) fn market(&self) -> Market {
        if self.live {
            Market::Live
        } else if self.replay.is_some() {
            Market::Replay
        } else {
            Market::Simulated
        }
    }

    /// The stand-in market, unless the sources are real.
    pub(super) fn sim_config(&self) -> Option<SimConfig> {
        (!self.live).then(|| SimConfig {
            seed: self.seed,
            replay: self.replay.clone(),
            reports: self.reports.clone(),
            stocks_csv: Some(self.stocks_csv.clone()),
            new_listings: self.new_listings.clone(),
            now: self.now,
            ..SimConfig::default()
        })
    }

    pub(super) fn predict_config(
        &self,
        addresses: &Addresses,
        now: Option<Timestamp>,
        server: ServeConfig,
    ) -> anyhow::Result<PredictConfig> {
        // With real sources the variables of predict-service apply: token, budgets, cache.
        let base = if self.live { command_line::from_environment()? } else { PredictConfig::default() };
        let upstreams =
            if self.live { base.upstreams.clone() } else { Upstreams::stand_in(&addresses.market) };
        Ok(PredictConfig {
            upstreams,
            model_path: self.model_path.clone(),
            stocks_csv: self.stocks_csv.clone(),
            market: self.market(),
            now,
            server,
            ..base
        })
    }

    /// What the terminal shows once everything runs.
    pub(super) fn banner(&self, running: &Running) -> String {
        let market = match running.market() {
            Market::Live => {
                "real sources: Yahoo Finance, EODHD, Google Trends, Wikipedia, SEC, Nasdaq".to_owned()
            }
            Market::Simulated => "SIMULATED: made-up prices, the same for the same --seed".to_owned(),
            Market::Replay => format!(
                "replay of real past prices from {}; pageviews and most filings are made up",
                self.replay.as_deref().unwrap_or_else(|| std::path::Path::new("a file")).display()
            ),
        };
        let addresses = &running.addresses;
        let plain = |url: &url::Url| url.as_str().trim_end_matches('/').to_owned();
        format!(
            "\nFortnight is running. Open  {}\n\n  market   {market}\n  predict  {}/docs\n  plot     {}\n\n\
             Not investment advice. Ctrl-C stops everything.",
            plain(&addresses.frontend),
            plain(&addresses.predict),
            plain(&addresses.plot),
        )
    }
}
