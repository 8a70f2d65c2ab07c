use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Parser};
use exchange_calendar::last_settled;
use jiff::Timestamp;
use service_runtime::Clock;
use service_runtime::serve::ServeConfig;
use service_runtime::telemetry::TelemetryConfig;
use stock_list::StockList;

use crate::Exchange;
use crate::market::{Market, NewListing, Replay, Simulated};

/// The stand-in market as a service of its own.
#[derive(Debug, Parser)]
#[command(name = "market-sim", version, about = "Stands in for Yahoo, EODHD and Google Trends")]
pub struct Config {
    /// The market.
    #[command(flatten)]
    pub sim: SimConfig,
    /// Where to listen.
    #[command(flatten)]
    pub serve: ServeConfig,
    /// How to log.
    #[command(flatten)]
    pub telemetry: TelemetryConfig,
}

/// Which market to stand in with.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Market")]
pub struct SimConfig {
    /// The made-up market is the same for the same seed
    #[arg(long, env = "MARKET_SEED", default_value_t = 14)]
    pub seed: u64,
    /// Replay real daily bars from a .csv or .parquet file instead of making them up
    #[arg(long, env = "MARKET_REPLAY", value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// Stocks of the made-up market; without it those Fortnight ships with
    #[arg(long, env = "STOCKS_CSV", value_name = "FILE")]
    pub stocks_csv: Option<PathBuf>,
    /// A stock that came to the market some sessions ago, as in `ABNB=12`; may be given again
    #[arg(long = "new-listing", value_name = "SYMBOL=SESSIONS")]
    pub new_listings: Vec<NewListing>,
    /// Answer for tweets as EODHD did in 2026: with nothing
    #[arg(long, env = "MARKET_NO_TWEETS")]
    pub no_tweets: bool,
    /// The token EODHD's endpoints want; without it any will do
    #[arg(long, env = "MARKET_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Begin at this moment instead of now (a replay begins on the evening of its last day)
    #[arg(long, env = "NOW", value_name = "TIME")]
    pub now: Option<Timestamp>,
    /// Keep every request for `GET /requests`; tests want it, a long run does not
    #[arg(skip)]
    pub keep_requests: bool,
    /// A clock of the caller's own, before all others.
    #[arg(skip)]
    pub clock: Option<Clock>,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            seed: 14,
            replay: None,
            stocks_csv: None,
            new_listings: Vec::new(),
            no_tweets: false,
            token: None,
            now: None,
            keep_requests: false,
            clock: None,
        }
    }
}

/// The list shipped with Fortnight, for a market that is given none.
const SHIPPED_STOCKS: &str = include_str!("../../../data/stocks.csv");

impl SimConfig {
    /// Reads what there is to read and opens the market.
    ///
    /// # Errors
    /// When the list or the file to replay cannot be read.
    pub fn open(&self) -> anyhow::Result<Exchange> {
        let stocks = match &self.stocks_csv {
            Some(path) => StockList::load(path)?,
            None => StockList::read(SHIPPED_STOCKS.as_bytes()).context("the shipped stock list")?,
        };
        for new in &self.new_listings {
            anyhow::ensure!(
                stocks.get(&new.symbol).is_some(),
                "{} is to be a new listing but stands in no stock list",
                new.symbol
            );
        }
        let (market, replay_start) = match &self.replay {
            Some(path) => {
                let replay = Replay::read(path, stocks)?;
                let start = replay.starts_at();
                (Market::Replay(replay), Some(start))
            }
            None => (Market::Simulated(self.simulated(stocks)), None),
        };
        let clock = self.clock.unwrap_or_else(|| Clock::system_or_starting_at(self.now.or(replay_start)));
        Ok(Exchange::new(market, clock, self))
    }

    fn simulated(&self, stocks: StockList) -> Simulated {
        let clock = self.clock.unwrap_or_else(|| Clock::system_or_starting_at(self.now));
        Simulated::new(stocks, self.seed, &self.new_listings, last_settled(clock.now()))
    }
}
