//! `fortnight tensors`: writes the training set as `.npy` files, one row a window.
//!
//! The files, all of the same number of rows N: `series [N,30,6]`, `sentiments [N,30,8]`, `statics [N,S]` (float16, what the
//! network reads), `targets [N,14]` (float32, `adj_close[t+h]/adj_close[t] − 1`), `sigma [N]` (float32, the window's own
//! daily volatility), `about [N,5]` (int32: stock, origin day and last label day since 1970, sessions known, whether it is scored), and
//! `names.json` with the order of the statics and the tickers.

mod npy;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use forecast_model::{
    CONTEXT, FeatureWindow, HORIZON, RawSeries, SENTIMENT_FEATURES, SERIES_FEATURES, SESSIONS, WINDOW,
    static_names,
};
use forecast_types::DailyBar;
use half::f16;
use jiff::civil::{Date, date};
use rayon::prelude::*;

use crate::sentiments::{SentimentHistory, one_scale, read_searches, read_sentiments};
use npy::NpyWriter;

/// Writes the training set from price history
#[derive(Debug, Args)]
pub struct TensorsArgs {
    /// Daily bars (CSV or Parquet)
    #[arg(long)]
    prices: PathBuf,
    /// Tweets by day (CSV or CSV.gz)
    #[arg(long)]
    tweets: Option<PathBuf>,
    /// News by day (CSV or CSV.gz)
    #[arg(long)]
    news: Option<PathBuf>,
    /// Searches by day (CSV or CSV.gz)
    #[arg(long)]
    searches: Option<PathBuf>,
    /// Folder to write to
    #[arg(long)]
    out: PathBuf,
    /// Beside every 5th session, which is scored, take every n-th for training
    #[arg(long, default_value_t = 3)]
    every: usize,
}

/// Sessions between two scored origins. Source: the score of the model card.
const SCORED_EVERY: usize = 5;
/// One in this many training windows gets a shortened history, so that the network also learns from new listings.
const SHORTENED_EVERY: u64 = 8;
/// Stocks worked on between two writes; bounds memory.
const STOCKS_AT_ONCE: usize = 64;

struct Row {
    window: FeatureWindow,
    targets: [f32; HORIZON],
    about: [i32; 5],
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read or written.
pub fn run(args: &TensorsArgs) -> anyhow::Result<()> {
    ensure!(args.every > 0, "--every is 0, expected 1 or more");
    let history = price_history::read(&args.prices)?;
    let sentiments = SentimentHistory {
        tweets: args.tweets.as_deref().map(read_sentiments).transpose()?.unwrap_or_default(),
        news: args.news.as_deref().map(read_sentiments).transpose()?.unwrap_or_default(),
        searches: args.searches.as_deref().map(read_searches).transpose()?.unwrap_or_default(),
    };
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    let mut files = Files::create(&args.out)?;

    let stocks: Vec<(&str, &[DailyBar])> = history.iter().collect();
    for (chunk, some) in stocks.chunks(STOCKS_AT_ONCE).enumerate() {
        let rows: Vec<Vec<Row>> = some
            .par_iter()
            .enumerate()
            .map(|(place, (ticker, bars))| {
                rows_of(chunk * STOCKS_AT_ONCE + place, ticker, bars, &sentiments, args.every)
            })
            .collect();
        for row in rows.iter().flatten() {
            files.write(row)?;
        }
    }
    let windows = files.finish()?;
    let tickers: Vec<&str> = stocks.iter().map(|&(ticker, _)| ticker).collect();
    let names = serde_json::json!({ "statics": static_names(), "tickers": tickers });
    std::fs::write(args.out.join("names.json"), serde_json::to_vec(&names)?)?;
    println!("{windows} windows of {} stocks in {}", stocks.len(), args.out.display());
    Ok(())
}

fn rows_of(
    stock: usize,
    ticker: &str,
    bars: &[DailyBar],
    sentiments: &SentimentHistory,
    every: usize,
) -> Vec<Row> {
    let last_origin = bars.len().saturating_sub(HORIZON);
    let origins = (CONTEXT..last_origin)
        .filter(|origin| (origin - CONTEXT).is_multiple_of(SCORED_EVERY) || origin.is_multiple_of(every));
    origins
        .filter_map(|origin| {
            let scored = (origin - CONTEXT).is_multiple_of(SCORED_EVERY);
            let known = if scored { SESSIONS } else { known_sessions(stock, origin) };
            let first = (origin + 1).saturating_sub(known);
            let searches = sentiments.searches.get(ticker).map(|days| one_scale(days, bars[origin].date));
            let series = RawSeries {
                bars: &bars[first..=origin],
                tweets: sentiments.tweets.get(ticker).map(Vec::as_slice),
                news: sentiments.news.get(ticker).map(Vec::as_slice),
                searches: searches.as_deref(),
                reports: None,
            };
            // Bars were checked when they were read, so a window that fails has no usable past: it is not scored.
            let window = FeatureWindow::build(&series, origin - first).ok()?;
            let today = bars[origin].adjusted_close;
            let targets =
                std::array::from_fn(|ahead| (bars[origin + ahead + 1].adjusted_close / today - 1.0) as f32);
            let label_day = days_since_1970(bars[origin + HORIZON].date);
            let known = (origin - first + 1) as i32;
            let about =
                [stock as i32, days_since_1970(bars[origin].date), label_day, known, i32::from(scored)];
            Some(Row { window, targets, about })
        })
        .collect()
}

/// Shortens the past of some windows, the same ones each time.
fn known_sessions(stock: usize, origin: usize) -> usize {
    let mut mixed = (stock as u64) << 32 | origin as u64;
    // SplitMix64 (Steele et al. 2014): a few multiplications make a fair die of an index.
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    if mixed.is_multiple_of(SHORTENED_EVERY) {
        WINDOW + (mixed / SHORTENED_EVERY) as usize % (SESSIONS - WINDOW)
    } else {
        SESSIONS
    }
}

fn days_since_1970(day: Date) -> i32 {
    day.since(date(1970, 1, 1)).map_or(0, |span| span.get_days())
}

struct Files {
    series: NpyWriter,
    sentiments: NpyWriter,
    statics: NpyWriter,
    targets: NpyWriter,
    sigma: NpyWriter,
    about: NpyWriter,
    rows: usize,
}

impl Files {
    fn create(folder: &Path) -> anyhow::Result<Self> {
        let file = |name: &str, kind, shape: &[usize]| NpyWriter::create(&folder.join(name), kind, shape);
        Ok(Self {
            series: file("series.npy", "<f2", &[WINDOW, SERIES_FEATURES])?,
            sentiments: file("sentiments.npy", "<f2", &[WINDOW, SENTIMENT_FEATURES])?,
            statics: file("statics.npy", "<f2", &[static_names().len()])?,
            targets: file("targets.npy", "<f4", &[HORIZON])?,
            sigma: file("sigma.npy", "<f4", &[])?,
            about: file("about.npy", "<i4", &[5])?,
            rows: 0,
        })
    }

    fn write(&mut self, row: &Row) -> anyhow::Result<()> {
        let halves = |values: &[f32]| -> Vec<u8> {
            values.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect()
        };
        self.series.write(&halves(row.window.series()))?;
        self.sentiments.write(&halves(row.window.sentiments()))?;
        self.statics.write(&halves(row.window.statics()))?;
        self.targets.write(&row.targets.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())?;
        self.sigma.write(&(row.window.sigma() as f32).to_le_bytes())?;
        self.about.write(&row.about.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())?;
        self.rows += 1;
        Ok(())
    }

    fn finish(self) -> anyhow::Result<usize> {
        for file in [self.series, self.sentiments, self.statics, self.targets, self.sigma, self.about] {
            file.finish(self.rows)?;
        }
        Ok(self.rows)
    }
}
