use std::path::PathBuf;

use clap::Args;
use stock_list::import::{self, ImportOptions};

/// What to import, and into which list.
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// Files as downloaded: the CSV of the nasdaq.com screener, `nasdaqlisted.txt`, `otherlisted.txt`, and
    /// the SEC's `company_tickers_exchange.json`
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The list to replace
    #[arg(long, env = "STOCKS_CSV", default_value = "data/stocks.csv", value_name = "FILE")]
    out: PathBuf,
    /// Also preferred stock, notes, warrants, units and rights
    #[arg(long)]
    all: bool,
    /// Also the stocks of the present list that are in no file
    #[arg(long)]
    keep: bool,
}

/// Replaces the stock list; on failure it stays as it was.
///
/// # Errors
/// When a file is no listing or was cut off, or the list cannot be written.
pub fn import(args: &ImportArgs) -> anyhow::Result<()> {
    let options = ImportOptions { all: args.all, keep: args.keep };
    let (listings, summary) = import::read(&args.files, Some(&args.out), options)?;
    import::write(&args.out, &listings)?;
    println!("{}: {summary}", args.out.display());
    if summary.gone > 0 && !args.keep {
        println!("(--keep keeps those that are in no file)");
    }
    Ok(())
}
