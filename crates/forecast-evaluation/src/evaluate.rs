//! `fortnight evaluate`: scores a model on a price file, beside the baselines.

mod by_report;
mod chances;
mod report;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use forecast_model::score::{Returns, ewma, ewma_sigma};
use forecast_model::{CONTEXT, FeatureWindow, HORIZON, Model, RawSeries, SESSIONS};
use forecast_types::DailyBar;
use jiff::civil::Date;
use rayon::prelude::*;

use crate::baselines;
use crate::reports::{StockReports, read_reports};
use crate::score::Tally;
use crate::sentiments::{SentimentHistory, one_scale, read_searches, read_sentiments};
use by_report::ByReport;
use chances::Chances;
pub use report::Report;

/// Scores a model on real prices, beside the baselines
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// Daily bars (CSV or Parquet); several files are read as one
    #[arg(long, required = true)]
    pub prices: Vec<PathBuf>,
    /// First origin
    #[arg(long)]
    pub from: Date,
    /// Last day of an outcome
    #[arg(long)]
    pub to: Date,
    /// The model
    #[arg(long, default_value = "models/fortnight.onnx")]
    pub model: PathBuf,
    /// Tweets by day (CSV or CSV.gz)
    #[arg(long)]
    pub tweets: Option<PathBuf>,
    /// News by day (CSV or CSV.gz)
    #[arg(long)]
    pub news: Option<PathBuf>,
    /// Searches by day (CSV or CSV.gz)
    #[arg(long)]
    pub searches: Option<PathBuf>,
    /// Dates of quarterly reports (CSV or CSV.gz), to see how the ranges held around them
    #[arg(long)]
    pub reports: Option<PathBuf>,
    /// Score stocks with tweets, news or searches only (for ablations)
    #[arg(long)]
    pub only_with_sentiments: bool,
    /// See how often chances of a price came true (doubles the time)
    #[arg(long)]
    pub chances: bool,
    /// Where to write the figures as JSON
    #[arg(long)]
    pub json: Option<PathBuf>,
}

/// Sessions between two scored origins. Source: the score of the model card.
const SCORED_EVERY: usize = 5;

struct Scored {
    date: Date,
    /// The volatility in which the model answers.
    sigma: f64,
    /// The recent volatility that sorts windows into terciles.
    fast_sigma: f64,
    model: Returns,
    baselines: [Returns; 2],
    outcome: [f64; HORIZON],
    /// Probability that each session reacted to a report, where that is known.
    reacted: Option<[f64; HORIZON]>,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read, the model does not fit, or nothing lies within the dates.
pub fn run(args: &EvaluateArgs) -> anyhow::Result<()> {
    let report = evaluate(args)?;
    println!("{report}");
    if let Some(path) = &args.json {
        let json = serde_json::to_vec_pretty(&report)?;
        std::fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Scores the model and returns all figures.
///
/// # Errors
/// As [`run`].
pub fn evaluate(args: &EvaluateArgs) -> anyhow::Result<Report> {
    let model = Model::load(&args.model)?;
    let base = model.manifest().blend.context("the model's metadata has no `blend` to compare with")?;
    let history = price_history::read_all(&args.prices)?;
    let sentiments = SentimentHistory {
        tweets: optional(args.tweets.as_deref(), read_sentiments)?,
        news: optional(args.news.as_deref(), read_sentiments)?,
        searches: optional(args.searches.as_deref(), read_searches)?,
    };
    let reports = optional(args.reports.as_deref(), read_reports)?;
    let stocks: Vec<(&str, &[DailyBar])> =
        history.iter().filter(|(ticker, _)| !args.only_with_sentiments || sentiments.knows(ticker)).collect();
    let scored: Vec<Vec<Scored>> = stocks
        .par_iter()
        .map(|(ticker, bars)| {
            let reports = reports.stock(ticker);
            score_stock(&model, &base, ticker, bars, &sentiments, reports, (args.from, args.to))
        })
        .collect::<anyhow::Result<_>>()?;
    let counted = scored.iter().filter(|windows| !windows.is_empty()).count();
    let windows: Vec<Scored> = scored.into_iter().flatten().collect();
    ensure!(
        !windows.is_empty(),
        "no origin with {CONTEXT} sessions before and {HORIZON} after lies in the dates given"
    );

    let mut sigmas: Vec<f64> = windows.iter().map(|window| window.fast_sigma).collect();
    sigmas.sort_by(f64::total_cmp);
    let thirds = [sigmas[sigmas.len() / 3], sigmas[sigmas.len() * 2 / 3]];
    let mut by_date: BTreeMap<Date, Tally> = BTreeMap::new();
    let mut by_report = ByReport::default();
    let mut terciles: [Tally; 3] = Default::default();
    for window in &windows {
        let mut tally = Tally::default();
        tally.count(&window.model, [&window.baselines[0], &window.baselines[1]], &window.outcome);
        terciles[thirds.partition_point(|&edge| edge <= window.fast_sigma)].add(&tally);
        by_date.entry(window.date).or_default().add(&tally);
        if let Some(reacted) = &window.reacted {
            by_report.count(&window.model, &window.outcome, reacted);
        }
    }
    let by_report = args.reports.is_some().then_some(by_report);
    let chances = args.chances.then(|| Chances::of(&windows));
    Ok(Report::new(model.manifest(), counted, &by_date, &terciles, by_report).with_chances(chances))
}

fn optional<T: Default>(path: Option<&Path>, read: impl Fn(&Path) -> anyhow::Result<T>) -> anyhow::Result<T> {
    path.map(read).transpose().map(Option::unwrap_or_default)
}

fn score_stock(
    model: &Model,
    base: &Returns,
    ticker: &str,
    bars: &[DailyBar],
    sentiments: &SentimentHistory,
    reports: Option<&StockReports>,
    (from, to): (Date, Date),
) -> anyhow::Result<Vec<Scored>> {
    let mut about = Vec::new();
    let mut windows = Vec::new();
    for origin in (CONTEXT..bars.len().saturating_sub(HORIZON)).step_by(SCORED_EVERY) {
        if bars[origin].date < from || bars[origin + HORIZON].date > to {
            continue;
        }
        let first = (origin + 1).saturating_sub(SESSIONS);
        let searches = sentiments.searches.get(ticker).map(|days| one_scale(days, bars[origin].date));
        let series = RawSeries {
            bars: &bars[first..=origin],
            tweets: sentiments.tweets.get(ticker).map(Vec::as_slice),
            news: sentiments.news.get(ticker).map(Vec::as_slice),
            searches: searches.as_deref(),
            reports: reports.and_then(|reports| reports.known_on(bars[origin].date)),
        };
        windows.push(FeatureWindow::build(&series, origin - first)?);
        let fast = ewma_sigma(series.bars.iter().map(|bar| bar.adjusted_close));
        let today = bars[origin].adjusted_close;
        let outcome = std::array::from_fn(|ahead| bars[origin + ahead + 1].adjusted_close / today - 1.0);
        let reacted = reports.and_then(|reports| reports.happened(bars[origin].date));
        about.push((bars[origin].date, fast, outcome, reacted));
    }
    let forecasts = model.forecast(&windows)?;
    let scored = about.into_iter().zip(&windows).zip(forecasts);
    Ok(scored
        .map(|(((date, fast_sigma, outcome, reacted), window), forecast)| Scored {
            date,
            sigma: window.sigma(),
            fast_sigma,
            model: *forecast.values(),
            baselines: [ewma(fast_sigma), baselines::blend(window.sigma(), base)],
            outcome,
            reacted,
        })
        .collect())
}
