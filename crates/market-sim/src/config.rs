use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser};
use exchange_calendar::last_settled;
use jiff::Timestamp;
use service_runtime::Clock;
use service_runtime::program::ServiceConfig;
use service_runtime::serve::ServeConfig;
use service_runtime::telemetry::TelemetryConfig;
use stock_list::StockList;

use crate::Exchange;
use crate::market::{Market, NewListing, Replay, Simulated};

/// The stand-in market as a service of its own.
#[derive(Debug, Parser)]
#[command(
    name = "market-sim",
    version,
    about = "Stands in for Yahoo, EODHD, Google Trends, Wikimedia, ApeWisdom, the SEC and Nasdaq"
)]
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

impl ServiceConfig for Config {
    const DEFAULT_PORT: u16 = 8600;

    fn server(&self) -> &ServeConfig {
        &self.serve
    }

    fn telemetry(&self) -> &TelemetryConfig {
        &self.telemetry
    }
}

/// Which market to stand in with.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Market")]
pub struct SimConfig {
    /// Seed of the simulated market; the same seed makes the same market
    #[arg(long, env = "MARKET_SEED", default_value_t = 14)]
    pub seed: u64,
    /// Replay real daily bars from a .csv or .parquet file instead of making them up
    #[arg(long, env = "MARKET_REPLAY", value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// Dates of real quarterly reports for the replay, from a .csv or .csv.gz file (`ticker,date,when`)
    #[arg(long, env = "MARKET_REPORTS", value_name = "FILE", requires = "replay")]
    pub reports: Option<PathBuf>,
    /// Stocks of the simulated market; by default those Fortnight ships with
    #[arg(long, env = "STOCKS_CSV", value_name = "FILE")]
    pub stocks_csv: Option<PathBuf>,
    /// A stock that was listed this many sessions ago, such as `ABNB=12`; may be repeated
    #[arg(long = "new-listing", value_name = "SYMBOL=SESSIONS")]
    pub new_listings: Vec<NewListing>,
    /// Answer requests for tweets as EODHD has since 2026: with nothing
    #[arg(long, env = "MARKET_NO_TWEETS", value_parser = BoolishValueParser::new())]
    pub no_tweets: bool,
    /// Answer requests for EODHD's earnings calendar, which its free plan does not include
    #[arg(long, env = "MARKET_EODHD_CALENDAR", value_parser = BoolishValueParser::new())]
    pub eodhd_calendar: bool,
    /// The token EODHD's endpoints require; without it they take any
    #[arg(long, env = "MARKET_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Start the clock at this time instead of now (a replay starts on the evening of its last day)
    #[arg(long, env = "NOW", value_name = "TIME")]
    pub now: Option<Timestamp>,
    /// Record every request for `GET /requests`; meant for tests and measurements
    #[arg(long, env = "MARKET_RECORD_REQUESTS", value_parser = BoolishValueParser::new())]
    pub record_requests: bool,
    /// A clock that takes precedence over all others.
    #[arg(skip)]
    pub clock: Option<Clock>,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            seed: 14,
            replay: None,
            reports: None,
            stocks_csv: None,
            new_listings: Vec::new(),
            no_tweets: false,
            eodhd_calendar: false,
            token: None,
            now: None,
            record_requests: false,
            clock: None,
        }
    }
}

impl SimConfig {
    /// Reads the stock list or the file to replay and opens the market.
    ///
    /// # Errors
    /// When the list or the file to replay cannot be read.
    pub fn open(&self) -> anyhow::Result<Exchange> {
        let stocks = match &self.stocks_csv {
            Some(path) => StockList::load(path)?,
            None => StockList::built_in()?,
        };
        for new in &self.new_listings {
            anyhow::ensure!(
                stocks.get(&new.symbol).is_some(),
                "--new-listing {}: no such stock in the list",
                new.symbol
            );
        }
        let (market, replay_start) = match &self.replay {
            Some(path) => {
                let mut replay = Replay::read(path, stocks)?;
                if let Some(reports) = &self.reports {
                    replay = replay.with_reports(reports)?;
                }
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
