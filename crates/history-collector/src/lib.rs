//! `fortnight collect`: gathers history from the five sources into the training format.
//!
//! It can be stopped at any moment and started again: nothing is asked for twice, and half-written rows are removed.
//! It keeps to the same budgets as the service, waits where waiting helps, and prints at the end what is missing and
//! why.

mod calls;
mod files;
mod summary;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use feature_sources::{Clients, Days, Moment, Providers, SourceError, StockDays, Upstreams};
use forecast_types::{Source, Symbol};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::ToSpan as _;
use jiff::civil::Date;
use service_runtime::Clock;
use stock_list::StockList;
use tokio::time::{Instant, sleep};

use crate::calls::FileLedger;
use crate::files::{Files, Rows};

pub use summary::Summary;

/// One request may wait this long for its turn.
const TIMEOUT: Duration = Duration::from_secs(120);
/// The longest pause that is waited for; beyond it the source is left for the next run.
const LONGEST_PAUSE: Duration = Duration::from_secs(20 * 60);
/// Search interest is by day for windows of up to 269 days, and each window has a scale of its own.
const SEARCH_BLOCK_DAYS: i64 = 180;
const SHORTEST_SEARCH_BLOCK_DAYS: i64 = 8;

/// What to collect, and where to put it.
#[derive(Clone, Debug, Args)]
pub struct CollectConfig {
    /// Symbols with commas between them (`AAPL,BRK.B`), or a stock list such as data/stocks.csv
    #[arg(long)]
    pub stocks: String,
    /// First day
    #[arg(long)]
    pub from: Date,
    /// Last day
    #[arg(long)]
    pub to: Date,
    /// File for the prices; tweets, news, searches and reports go beside it (FILE.tweets.csv and so on)
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The upstreams and what they grant.
    #[command(flatten)]
    pub upstreams: Upstreams,
}

/// Collects what is not there yet, and returns a summary.
///
/// # Errors
/// When the stocks or days are invalid, or a file cannot be written. A source that fails is no error: it is in the
/// summary, and the next run asks it again.
pub async fn collect(config: &CollectConfig, clock: Clock) -> anyhow::Result<Summary> {
    anyhow::ensure!(config.from <= config.to, "--from {} lies after --to {}", config.from, config.to);
    anyhow::ensure!(
        config.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")),
        "--out {}: the files are CSV; expected a name that ends in .csv, such as history.csv",
        config.out.display()
    );
    let symbols = symbols(&config.stocks)?;
    let mut files = Files::open(&config.out)?;
    let ledger = Arc::new(FileLedger::open(&config.out)?);
    // What the model is not trained on is not collected.
    let upstreams = config.upstreams.clone().trained_on();
    let clients = Clients::build(&upstreams, ledger)?;
    let mut summary = Summary::default();
    let mut left_out = Vec::new();

    let bar = ProgressBar::new(u64::try_from(symbols.len() * Source::ALL.len())?);
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} ({eta} left)")?);
    for symbol in &symbols {
        for source in Source::ALL {
            bar.set_message(format!("{symbol} {source}"));
            if files.is_done(source, symbol) {
                summary.kept(source);
            } else if left_out.contains(&source) {
                summary.left(source);
            } else {
                match gather(&clients, clock, source, symbol, config).await {
                    Ok(rows) => {
                        summary.collected(source, rows.len());
                        files.append(source, symbol, &rows)?;
                    }
                    Err(error) => {
                        if error.is_settled() {
                            files.append(source, symbol, &Rows::new())?;
                        } else if error.until().is_some() || error.is_not_configured() {
                            left_out.push(source);
                        }
                        summary.failed(source, &upstreams.names(source), &error);
                    }
                }
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(summary)
}

fn symbols(text: &str) -> anyhow::Result<Vec<Symbol>> {
    let path = PathBuf::from(text);
    if path.is_file() {
        let list = StockList::load(&path)?;
        return Ok(list.iter().map(|listing| listing.symbol.clone()).collect());
    }
    text.split(',')
        .map(|symbol| {
            Symbol::parse(symbol).with_context(|| format!("--stocks {text}: neither a file nor symbols"))
        })
        .collect()
}

/// Asks one source about one stock.
async fn gather(
    clients: &Clients,
    clock: Clock,
    source: Source,
    symbol: &Symbol,
    config: &CollectConfig,
) -> Result<Rows, SourceError> {
    let days = Days { first: config.from, last: config.to };
    let mut rows = Rows::new();
    let blocks = if source == Source::Searches { search_blocks(days) } else { vec![days] };
    for block in blocks {
        match ask_until_answered(clients, clock, source, symbol, block).await {
            Ok(more) => rows.extend(more),
            // Half a year without searches does not mean that the next has none.
            Err(SourceError::NoData) if source == Source::Searches => {}
            Err(error) => return Err(error),
        }
    }
    if rows.is_empty() { Err(SourceError::NoData) } else { Ok(rows) }
}

async fn ask_until_answered(
    clients: &Clients,
    clock: Clock,
    source: Source,
    symbol: &Symbol,
    days: Days,
) -> Result<Rows, SourceError> {
    loop {
        let moment = Moment { now: clock.now(), deadline: Instant::now() + TIMEOUT, ahead: 0 };
        let result = ask(clients, source, symbol, days, moment).await;
        let pause = match &result {
            Err(error) => error.until().map(|until| until.duration_since(clock.now())),
            Ok(_) => None,
        };
        match pause.and_then(|pause| Duration::try_from(pause).ok()) {
            Some(pause) if pause <= LONGEST_PAUSE => sleep(pause + Duration::from_secs(1)).await,
            _ => return result,
        }
    }
}

async fn ask(
    clients: &Clients,
    source: Source,
    symbol: &Symbol,
    days: Days,
    moment: Moment,
) -> Result<Rows, SourceError> {
    Ok(match source {
        Source::Prices => files::price_rows(symbol, &clients.prices.fetch(symbol, days, moment).await?),
        Source::Tweets => {
            files::sentiment_rows(symbol, &trained(&clients.tweets, symbol, days, moment).await?)
        }
        Source::News => files::sentiment_rows(symbol, &trained(&clients.news, symbol, days, moment).await?),
        Source::Searches => {
            files::search_rows(symbol, days.first, &trained(&clients.searches, symbol, days, moment).await?)
        }
        Source::Reports => {
            files::report_rows(symbol, &clients.reports.fetch(symbol, None, days, moment).await?)
        }
    })
}

/// Asks for what the model is trained on.
async fn trained<T: Clone>(
    providers: &Providers<T>,
    symbol: &Symbol,
    days: Days,
    moment: Moment,
) -> Result<T, SourceError> {
    let wanted = StockDays { symbol: symbol.clone(), cik: None, days };
    providers.ask(&wanted, moment).await?.trained().cloned().ok_or(SourceError::NoData)
}

/// Half years from the first day on; a short remainder joins the block before it.
fn search_blocks(days: Days) -> Vec<Days> {
    let mut blocks: Vec<Days> = Vec::new();
    let mut first = days.first;
    while first <= days.last {
        let last = first.saturating_add((SEARCH_BLOCK_DAYS - 1).days()).min(days.last);
        let is_short = first.saturating_add((SHORTEST_SEARCH_BLOCK_DAYS - 1).days()) > last;
        match blocks.last_mut() {
            Some(before) if is_short => before.last = last,
            _ => blocks.push(Days { first, last }),
        }
        first = last.saturating_add(1.day());
    }
    blocks
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn searches_are_asked_for_by_the_half_year_without_gap_or_overlap() {
        let days = Days { first: date(2020, 1, 1), last: date(2022, 1, 3) };
        let blocks = search_blocks(days);
        assert_eq!((blocks[0].first, blocks.last().unwrap().last), (days.first, days.last));
        assert!(blocks.windows(2).all(|pair| pair[0].last.tomorrow().unwrap() == pair[1].first));
        for block in &blocks {
            let length = block.first.until(block.last).unwrap().get_days() + 1;
            assert!((8..=269).contains(&length), "{length}");
        }
    }

    #[test]
    fn symbols_are_given_as_a_list_and_refused_by_name() {
        assert_eq!(symbols("aapl,brk-b").unwrap()[1].as_str(), "BRK.B");
        assert!(symbols("AAPL,../x").unwrap_err().to_string().contains("../x"));
    }
}
