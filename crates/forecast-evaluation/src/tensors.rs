//! `fortnight tensors`: writes the training set as `.npy` files, one row for each window.
//!
//! The files all have the same number of rows N:
//!
//! - `series [N,30,6]`, `sentiments [N,30,8]`, `statics [N,S]`, `ahead [N,14,12]` (float16): what the network reads;
//! - `reports [N,14,2]` (float16): the probability that the session reacts to a report if the next one is only
//!   estimated, and whether it did react to one; 2 where that is not known;
//! - `targets [N,14]` (float32): `adj_close[t+h]/adj_close[t] − 1`;
//! - `sigma [N]` (float32): the window's own daily volatility;
//! - `about [N,5]` (int32): stock, origin day and last label day since 1970, sessions known, kind of window: 1 is
//!   scored, 2 is a stock in its first 250 sessions, 0 is for training only;
//! - `names.json`: the order of the statics and the tickers.

mod npy;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use forecast_model::{
    AHEAD_FEATURES, CONTEXT, FeatureWindow, HORIZON, RawSeries, ReportInput, Reports, SENTIMENT_FEATURES,
    SERIES_FEATURES, SESSIONS, WINDOW, static_names,
};
use forecast_types::DailyBar;
use half::f16;
use jiff::civil::{Date, date};
use rayon::prelude::*;

use crate::reports::{ReportHistory, read_reports};
use crate::sentiments::{SentimentHistory, one_scale, read_searches, read_sentiments};
use npy::NpyWriter;

/// Writes the training set from price history
#[derive(Debug, Args)]
pub struct TensorsArgs {
    /// Daily bars (CSV or Parquet); several files are read as one
    #[arg(long, required = true)]
    prices: Vec<PathBuf>,
    /// Tweets by day (CSV or CSV.gz)
    #[arg(long)]
    tweets: Option<PathBuf>,
    /// News by day (CSV or CSV.gz)
    #[arg(long)]
    news: Option<PathBuf>,
    /// Searches by day (CSV or CSV.gz)
    #[arg(long)]
    searches: Option<PathBuf>,
    /// Dates of quarterly reports (CSV or CSV.gz)
    #[arg(long)]
    reports: Option<PathBuf>,
    /// Folder to write to
    #[arg(long)]
    out: PathBuf,
}

/// Sessions between two scored origins. Source: the score of the model card.
const SCORED_EVERY: usize = 5;
/// One session in this many is learned.
const LEARNED_EVERY: u64 = 5;
/// One of these windows in this many has a shortened past, which shows the network more young stocks.
const SHORTENED_EVERY: u64 = 16;
/// A stock whose bars begin this many days after the first bar of all was listed then.
const LISTED_AFTER_DAYS: i32 = 40;
/// Stocks worked on between two writes; bounds memory.
const STOCKS_AT_ONCE: usize = 64;

/// The value in `reports` for a probability that is not known.
const NOT_KNOWN: f64 = 2.0;

struct Row {
    window: FeatureWindow,
    reports: [[f32; 2]; HORIZON],
    targets: [f32; HORIZON],
    about: [i32; 5],
}

/// What a window is for; the number stands in `about`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Learned = 0,
    Scored = 1,
    Young = 2,
}

struct Sources {
    sentiments: SentimentHistory,
    reports: ReportHistory,
    /// The first day of any stock.
    first_day: Date,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read or written.
pub fn run(args: &TensorsArgs) -> anyhow::Result<()> {
    let history = price_history::read_all(&args.prices)?;
    let first_day = history.iter().filter_map(|(_, bars)| bars.first()).map(|bar| bar.date).min();
    let sources = Sources {
        sentiments: SentimentHistory {
            tweets: args.tweets.as_deref().map(read_sentiments).transpose()?.unwrap_or_default(),
            news: args.news.as_deref().map(read_sentiments).transpose()?.unwrap_or_default(),
            searches: args.searches.as_deref().map(read_searches).transpose()?.unwrap_or_default(),
        },
        reports: args.reports.as_deref().map(read_reports).transpose()?.unwrap_or_default(),
        first_day: first_day.context("the price files hold no bar")?,
    };
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    let mut files = Files::create(&args.out)?;

    let stocks: Vec<(&str, &[DailyBar])> = history.iter().collect();
    for (chunk, some) in stocks.chunks(STOCKS_AT_ONCE).enumerate() {
        let rows: Vec<Vec<Row>> = some
            .par_iter()
            .enumerate()
            .map(|(place, (ticker, bars))| rows_of(chunk * STOCKS_AT_ONCE + place, ticker, bars, &sources))
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

fn rows_of(stock: usize, ticker: &str, bars: &[DailyBar], sources: &Sources) -> Vec<Row> {
    let listed = days_since_1970(bars[0].date) - days_since_1970(sources.first_day) > LISTED_AFTER_DAYS;
    let Sources { sentiments, reports, .. } = sources;
    let reports = reports.stock(ticker);
    (WINDOW - 1..bars.len().saturating_sub(HORIZON))
        .flat_map(|origin| {
            let on_grid = origin % SCORED_EVERY == CONTEXT % SCORED_EVERY;
            let scored = match (origin >= CONTEXT, on_grid) {
                (true, true) => Some((Kind::Scored, SESSIONS)),
                (false, true) if listed => Some((Kind::Young, SESSIONS)),
                _ => None,
            };
            let learned = learned(stock, origin).filter(|_| origin >= CONTEXT);
            let learned = learned.map(|sessions| (Kind::Learned, sessions));
            scored.into_iter().chain(learned).map(move |(kind, known)| (origin, kind, known))
        })
        .filter_map(|(origin, kind, known)| {
            let first = (origin + 1).saturating_sub(known);
            let today = bars[origin].date;
            let searches = sentiments.searches.get(ticker).map(|days| one_scale(days, today));
            let known_reports = reports.and_then(|reports| reports.known_on(today));
            let series = RawSeries {
                bars: &bars[first..=origin],
                tweets: sentiments.tweets.get(ticker).map(Vec::as_slice),
                news: sentiments.news.get(ticker).map(Vec::as_slice),
                searches: searches.as_deref(),
                reports: known_reports,
            };
            // Bars were checked when they were read, so a window that fails has no usable past: it is not scored.
            let window = FeatureWindow::build(&series, origin - first).ok()?;
            let unannounced = known_reports.map(|known| Reports { announced: None, ..known });
            let estimated = match ReportInput::of(unannounced.as_ref(), today) {
                ReportInput::Unknown => [NOT_KNOWN; HORIZON],
                input => input.reactions(today),
            };
            let happened =
                reports.and_then(|reports| reports.happened(today)).unwrap_or([NOT_KNOWN; HORIZON]);
            let price = bars[origin].adjusted_close;
            let about = [
                stock as i32,
                days_since_1970(today),
                days_since_1970(bars[origin + HORIZON].date),
                (origin - first + 1) as i32,
                kind as i32,
            ];
            Some(Row {
                window,
                reports: std::array::from_fn(|ahead| [estimated[ahead] as f32, happened[ahead] as f32]),
                targets: std::array::from_fn(|ahead| {
                    (bars[origin + ahead + 1].adjusted_close / price - 1.0) as f32
                }),
                about,
            })
        })
        .collect()
}

/// Returns how much of its past a window for training keeps, for one session in [`LEARNED_EVERY`], chosen at random but
/// the same each time. A regular grid would put most stocks on the same fifth of all days, and each year on one weekday.
fn learned(stock: usize, origin: usize) -> Option<usize> {
    let mut mixed = (stock as u64) << 32 | origin as u64;
    // SplitMix64 (Steele et al. 2014): a few multiplications turn an index into a random number.
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let (draw, rest) = (mixed % LEARNED_EVERY, mixed / LEARNED_EVERY);
    let shortened = WINDOW + (rest / SHORTENED_EVERY) as usize % (CONTEXT - WINDOW);
    (draw == 0).then_some(if rest.is_multiple_of(SHORTENED_EVERY) { shortened } else { SESSIONS })
}

fn days_since_1970(day: Date) -> i32 {
    day.since(date(1970, 1, 1)).map_or(0, |span| span.get_days())
}

struct Files {
    series: NpyWriter,
    sentiments: NpyWriter,
    statics: NpyWriter,
    ahead: NpyWriter,
    reports: NpyWriter,
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
            ahead: file("ahead.npy", "<f2", &[HORIZON, AHEAD_FEATURES])?,
            reports: file("reports.npy", "<f2", &[HORIZON, 2])?,
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
        self.ahead.write(&halves(row.window.ahead()))?;
        self.reports.write(&halves(row.reports.as_flattened()))?;
        self.targets.write(&row.targets.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())?;
        self.sigma.write(&(row.window.sigma() as f32).to_le_bytes())?;
        self.about.write(&row.about.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())?;
        self.rows += 1;
        Ok(())
    }

    fn finish(self) -> anyhow::Result<usize> {
        let inputs = [self.series, self.sentiments, self.statics, self.ahead];
        for file in inputs.into_iter().chain([self.reports, self.targets, self.sigma, self.about]) {
            file.finish(self.rows)?;
        }
        Ok(self.rows)
    }
}
