//! Reads tweets, news and searches of many stocks, by calendar day, from CSV files (plain or gzip).

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, bail};
use flate2::read::GzDecoder;
use forecast_types::{SearchDay, SentimentDay, Symbol};
use jiff::civil::Date;
use serde::Deserialize;

/// What is known of each stock beside its prices; empty where no file was given.
#[derive(Debug, Default)]
pub struct SentimentHistory {
    /// Tweets by ticker.
    pub tweets: HashMap<String, Vec<SentimentDay>>,
    /// News by ticker.
    pub news: HashMap<String, Vec<SentimentDay>>,
    /// Searches by ticker; values are comparable within one block only.
    pub searches: HashMap<String, Vec<(String, SearchDay)>>,
}

impl SentimentHistory {
    /// Says whether anything is known of a stock beside its prices.
    #[must_use]
    pub fn knows(&self, ticker: &str) -> bool {
        self.tweets.contains_key(ticker)
            || self.news.contains_key(ticker)
            || self.searches.contains_key(ticker)
    }
}

#[derive(Deserialize)]
struct SentimentRow {
    ticker: String,
    date: Date,
    #[serde(alias = "tweet_count", alias = "news_count")]
    count: f64,
    #[serde(alias = "tweet_sentiment", alias = "news_sentiment")]
    sentiment: f64,
}

#[derive(Deserialize)]
struct SearchRow {
    ticker: String,
    date: Date,
    search_interest: f64,
    scale_block: String,
}

/// Reads a file with the columns `ticker,date,tweet_count,tweet_sentiment` (or `news_…`).
///
/// # Errors
/// When the file cannot be read or a row does not fit; the message names file and line.
pub fn read_sentiments(path: &Path) -> anyhow::Result<HashMap<String, Vec<SentimentDay>>> {
    let mut days: HashMap<String, Vec<SentimentDay>> = HashMap::new();
    for row in rows::<SentimentRow>(path)? {
        let SentimentRow { ticker, date, count, sentiment } = row?;
        days.entry(canonical(ticker)).or_default().push(SentimentDay { date, count, sentiment });
    }
    days.values_mut().for_each(|days| days.sort_by_key(|day| day.date));
    Ok(days)
}

/// Reads a file with the columns `ticker,date,search_interest,scale_block`.
///
/// # Errors
/// When the file cannot be read or a row does not fit; the message names file and line.
pub fn read_searches(path: &Path) -> anyhow::Result<HashMap<String, Vec<(String, SearchDay)>>> {
    let mut days: HashMap<String, Vec<(String, SearchDay)>> = HashMap::new();
    for row in rows::<SearchRow>(path)? {
        let SearchRow { ticker, date, search_interest, scale_block } = row?;
        days.entry(canonical(ticker))
            .or_default()
            .push((scale_block, SearchDay { date, interest: search_interest }));
    }
    days.values_mut().for_each(|days| days.sort_by_key(|(_, day)| day.date));
    Ok(days)
}

/// The spelling of a ticker that price files are read with.
fn canonical(ticker: String) -> String {
    Symbol::parse(&ticker).map_or(ticker, String::from)
}

/// Returns the searches up to a day that share that day's scale: the only ones that may be compared.
#[must_use]
pub fn one_scale(days: &[(String, SearchDay)], until: Date) -> Vec<SearchDay> {
    let known = &days[..days.partition_point(|(_, day)| day.date <= until)];
    let Some((block, _)) = known.last() else { return Vec::new() };
    known.iter().filter(|(other, _)| other == block).map(|&(_, day)| day).collect()
}

/// Reads the rows of a CSV file, plain or gzip.
pub(crate) fn rows<T: for<'de> Deserialize<'de>>(
    path: &Path,
) -> anyhow::Result<impl Iterator<Item = anyhow::Result<T>> + use<T>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let has_ending =
        |wanted: &str| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(wanted));
    let text: Box<dyn Read> = if has_ending("gz") {
        Box::new(GzDecoder::new(file))
    } else if has_ending("csv") {
        Box::new(file)
    } else {
        bail!("{} is neither a .csv nor a .csv.gz file", path.display());
    };
    let name = path.display().to_string();
    let rows = csv::Reader::from_reader(text).into_deserialize();
    Ok(rows.map(move |row| row.with_context(|| format!("a row of {name} does not fit"))))
}
