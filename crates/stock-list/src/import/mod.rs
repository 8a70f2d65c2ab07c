//! Imports the full listings that anyone can download: the nasdaq.com screener's CSV, `nasdaqlisted.txt` and
//! `otherlisted.txt` of nasdaqtrader.com, alone or together.
//!
//! Together they complete each other: nasdaqtrader.com has exchange and fund, the screener sector and size.
//! The SEC's `company_tickers_exchange.json` adds the numbers of the companies, also to the present list alone.
//! The list that was there before gives the order (the best known first) and what the files do not have.

mod merge;
mod names;
mod numbers;
mod parse;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::{Listing, SecurityKind, StockListError};

use self::numbers::Numbers;
use self::parse::Contents;

pub use parse::FileKind;
pub use write::write;

/// What to import.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions {
    /// Also preferred stock, notes, warrants, units and rights.
    pub all: bool,
    /// Also the stocks of the present list that are in no file.
    pub keep: bool,
}

/// What was imported and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Listings in the new list.
    pub kept: usize,
    /// Funds among them.
    pub funds: usize,
    /// Listings whose company's number at the SEC is known.
    pub numbered: usize,
    /// Securities left out, by kind.
    pub left_out: BTreeMap<SecurityKind, usize>,
    /// The exchanges' own test symbols, always left out.
    pub test_issues: usize,
    /// Lines that repeat a symbol; the first line counts.
    pub repeated: usize,
    /// Names that several symbols share.
    pub shared_names: usize,
    /// Symbols in no known spelling, and lines without a name.
    pub unreadable: Vec<String>,
    /// Stocks of the former list that are in no file.
    pub gone: usize,
}

/// Why an import failed; the present list is untouched.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is none of the listings.
    #[error(
        "{} is no listing: {found}; expected the nasdaq.com screener's CSV (Symbol,Name,Last Sale,…), \
         nasdaqlisted.txt (Symbol|Security Name|…), otherlisted.txt (ACT Symbol|Security Name|…) or the SEC's \
         company_tickers_exchange.json",
        path.display()
    )]
    NotAListing {
        /// The file.
        path: PathBuf,
        /// What its beginning is.
        found: String,
    },
    /// The last line is missing, so others may be too.
    #[error(
        "{} was cut off: its last line is `{last}`, expected `File Creation Time: …`; download it again",
        path.display()
    )]
    CutOff {
        /// The file.
        path: PathBuf,
        /// Its last line.
        last: String,
    },
    /// A line has too few columns.
    #[error("line {line} of {} has {found} columns, expected {expected}", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// Counted from 1, the header included.
        line: u64,
        /// How many it has.
        found: usize,
        /// How many the header has.
        expected: usize,
    },
    /// The files have nothing to import.
    #[error("{files}: no stock to import; {summary}")]
    Nothing {
        /// The files.
        files: String,
        /// What was left out.
        summary: Box<Summary>,
    },
    /// The list that was there before cannot be read.
    #[error("the current list {} cannot be read; move it elsewhere to start without it", path.display())]
    Former {
        /// The list.
        path: PathBuf,
        /// Why.
        source: StockListError,
    },
    /// The new list cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The list.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Reads the files and returns the new list; `former` is the present one, if any.
///
/// # Errors
/// When a file cannot be read, is none of these, or was cut off, and when nothing is left.
pub fn read(
    files: &[PathBuf],
    former: Option<&Path>,
    options: ImportOptions,
) -> Result<(Vec<Listing>, Summary), ImportError> {
    let (mut records, mut numbers) = (Vec::new(), Numbers::new());
    for path in files {
        match parse::read(path)? {
            Contents::Listing(more) => records.extend(more),
            Contents::Numbers(more) => numbers.extend(more),
        }
    }
    let former = match former {
        Some(path) if path.exists() => {
            let file = std::fs::File::open(path)
                .map_err(|source| ImportError::Read { path: path.to_owned(), source })?;
            crate::list::read_listings(file)
                .map_err(|source| ImportError::Former { path: path.to_owned(), source })?
        }
        _ => Vec::new(),
    };
    // Numbers alone complete the present list.
    let keep = options.keep || (records.is_empty() && !numbers.is_empty());
    let (mut listings, mut summary) = merge::merge(records, former, ImportOptions { keep, ..options });
    for listing in &mut listings {
        listing.cik = numbers.get(&listing.symbol).copied().or(listing.cik);
    }
    summary.numbered = listings.iter().filter(|listing| listing.cik.is_some()).count();
    if listings.is_empty() {
        let files = files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        return Err(ImportError::Nothing { files, summary: Box::new(summary) });
    }
    Ok((listings, summary))
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} listings, {} of them funds", self.kept, self.funds)?;
        if self.numbered > 0 {
            write!(f, ", {} with a number at the SEC", self.numbered)?;
        }
        let mut left_out: Vec<String> = self
            .left_out
            .iter()
            .map(|(kind, count)| {
                let words = match kind {
                    SecurityKind::Common => "common stocks",
                    SecurityKind::Fund => "funds",
                    SecurityKind::Preferred => "preferred stocks",
                    SecurityKind::Debt => "notes",
                    SecurityKind::Warrant => "warrants",
                    SecurityKind::Unit => "units",
                    SecurityKind::Right => "rights",
                };
                format!("{count} {words}")
            })
            .collect();
        if self.test_issues > 0 {
            left_out.push(format!("{} test issues", self.test_issues));
        }
        if !left_out.is_empty() {
            write!(f, "; left out {}", left_out.join(", "))?;
        }
        if self.repeated > 0 {
            write!(f, "; {} lines repeat a symbol", self.repeated)?;
        }
        if self.shared_names > 0 {
            write!(f, "; {} names belong to several symbols", self.shared_names)?;
        }
        if let Some(first) = self.unreadable.first() {
            write!(f, "; {} symbols cannot be read, the first `{first}`", self.unreadable.len())?;
        }
        if self.gone > 0 {
            write!(f, "; {} stocks of the former list are in no file", self.gone)?;
        }
        Ok(())
    }
}
