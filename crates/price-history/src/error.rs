use std::path::PathBuf;

use jiff::civil::Date;

/// Says why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PriceFileError {
    /// The file cannot be opened or read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Neither CSV nor Parquet.
    #[error("{} is neither a CSV nor a Parquet file", .0.display())]
    UnknownKind(PathBuf),
    /// A folder without a file to read.
    #[error("{} is a folder without a CSV or Parquet file", .0.display())]
    EmptyFolder(PathBuf),
    /// A required column is missing.
    #[error(
        "{} has no column `{column}`; expected ticker,date,open,high,low,close,adj_close,volume \
         (only ticker, date and close are required)",
        path.display()
    )]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// A row of a CSV file does not fit.
    #[error("{}, line {line}: {reason}", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A column of a Parquet file holds values of another kind.
    #[error("{}: column `{column}` {reason}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// What it holds and what was expected.
        reason: String,
    },
    /// A Parquet file cannot be decoded.
    #[error("{} is damaged or not a Parquet file", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        source: parquet::errors::ParquetError,
    },
    /// Two bars of one stock on one day.
    #[error("{} has two bars of {ticker} on {date}{}", path.display(), spelled(spellings))]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The stock.
        ticker: String,
        /// The day.
        date: Date,
        /// How the file spells the stock, where there is more than one way.
        spellings: Vec<String>,
    },
}

fn spelled(spellings: &[String]) -> String {
    if spellings.len() < 2 {
        String::new()
    } else {
        format!("; it is spelled {} there", spellings.join(" and "))
    }
}
