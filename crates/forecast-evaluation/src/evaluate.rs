//! `fortnight evaluate`: scores a model on a price file, beside the baselines.

mod by_report;
mod chances;
mod report;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use forecast_model::{CONTEXT, HORIZON, Model};
use forecast_score::{Outcome, RecordedForecast, Tally, Thirds};
use forecast_types::DailyBar;
use jiff::civil::Date;
use rayon::prelude::*;

use crate::past::PastStock;
use crate::reports::read_reports;
use crate::sentiments::{SentimentHistory, read_searches, read_sentiments};
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
    /// Sessions between two origins of a stock; 1 scores every session, as the record does
    #[arg(long, default_value_t = SCORED_EVERY)]
    pub every: NonZeroUsize,
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

/// Source: the score of the model card.
const SCORED_EVERY: NonZeroUsize = NonZeroUsize::new(5).expect("five is not zero");

struct Scored {
    date: Date,
    forecast: RecordedForecast,
    outcome: Outcome,
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
        .map(|&(ticker, bars)| {
            let stock = PastStock { ticker, bars, sentiments: &sentiments, reports: reports.stock(ticker) };
            score_stock(&model, &stock, args)
        })
        .collect::<anyhow::Result<_>>()?;
    let counted = scored.iter().filter(|windows| !windows.is_empty()).count();
    let windows: Vec<Scored> = scored.into_iter().flatten().collect();
    let thirds = Thirds::of(windows.iter().map(|window| window.forecast.fast_sigma).collect());
    let thirds = thirds.with_context(|| {
        format!("no origin with {CONTEXT} sessions before and {HORIZON} after lies in the dates given")
    })?;

    let mut by_date: BTreeMap<Date, Tally> = BTreeMap::new();
    let mut by_report = ByReport::default();
    let mut terciles: [Tally; 3] = Default::default();
    for window in &windows {
        let mut tally = Tally::default();
        tally.count(&window.forecast, &base, &window.outcome);
        terciles[thirds.third(window.forecast.fast_sigma)].add(&tally);
        by_date.entry(window.date).or_default().add(&tally);
        by_report.count(&tally, &window.forecast, &window.outcome, window.reacted.as_ref());
    }
    let by_report = args.reports.is_some().then_some(by_report);
    let chances = args.chances.then(|| Chances::of(&windows, &base));
    Ok(Report::new(model.manifest(), counted, &by_date, &terciles, by_report).with_chances(chances))
}

fn optional<T: Default>(path: Option<&Path>, read: impl Fn(&Path) -> anyhow::Result<T>) -> anyhow::Result<T> {
    path.map(read).transpose().map(Option::unwrap_or_default)
}

fn score_stock(model: &Model, stock: &PastStock<'_>, args: &EvaluateArgs) -> anyhow::Result<Vec<Scored>> {
    let mut origins = Vec::new();
    let mut outcomes = Vec::new();
    for origin in (CONTEXT..stock.bars.len()).step_by(args.every.get()) {
        if stock.bars[origin].date < args.from {
            continue;
        }
        match stock.outcome(origin) {
            Some((outcome, last)) if last <= args.to => {
                origins.push(origin);
                outcomes.push(outcome);
            }
            _ => break,
        }
    }
    let forecasts = stock.forecasts(model, &origins)?;
    let scored = forecasts.into_iter().zip(outcomes).map(|(past, outcome)| {
        let date = stock.bars[past.origin].date;
        let reacted = stock.reports.and_then(|reports| reports.happened(date));
        Scored { date, forecast: past.recorded, outcome, reacted }
    });
    Ok(scored.collect())
}
