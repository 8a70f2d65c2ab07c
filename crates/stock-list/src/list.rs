use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use forecast_types::Symbol;

use crate::Listing;
use crate::aliases::DELISTED;
use crate::search::Index;
use crate::text::query_words;

/// All listings, in the order of the file, with what it takes to look them up and search them.
#[derive(Debug)]
pub struct StockList {
    listings: Vec<Listing>,
    by_symbol: HashMap<Symbol, usize>,
    /// Symbols with a suffix as people run them together: `BRKB`, `BACPRB`.
    by_run_together: HashMap<String, usize>,
    /// Made by the first question that needs it, so that a service that only looks symbols up starts at once.
    by_name: OnceLock<HashMap<String, Vec<usize>>>,
    index: OnceLock<Index>,
}

/// Which stock a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution<'a> {
    /// Exactly one stock.
    Found(&'a Listing),
    /// Several stocks carry this name.
    Ambiguous(Vec<&'a Listing>),
    /// No stock.
    Unknown,
}

/// The stocks before and after one in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbours<'a> {
    /// The one before; `None` for the first.
    pub previous: Option<&'a Listing>,
    /// The one after; `None` for the last.
    pub next: Option<&'a Listing>,
}

/// Why a list could not be read.
#[derive(Debug, thiserror::Error)]
pub enum StockListError {
    /// The file cannot be opened.
    #[error("cannot read the stock list {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file's first line is not the one expected.
    #[error("the stock list starts with `{0}`; expected the columns symbol,name,exchange,sector")]
    Header(String),
    /// A line cannot be read as CSV or lacks a column.
    #[error("the stock list cannot be read")]
    Csv(#[from] csv::Error),
    /// A line has no symbol or no name.
    #[error("line {line} of the stock list: {reason}")]
    Line {
        /// Counted from 1, the header included.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// Two lines carry one symbol.
    #[error("line {line} of the stock list names {symbol} a second time")]
    Duplicate {
        /// Counted from 1, the header included.
        line: u64,
        /// The symbol.
        symbol: Symbol,
    },
    /// The file has no line but the header.
    #[error("the stock list is empty")]
    Empty,
}

/// The columns of `stocks.csv`.
pub(crate) const COLUMNS: [&str; 5] = ["symbol", "name", "exchange", "sector", "cik"];

impl StockList {
    /// The file that a list is read from unless another is configured.
    pub const DEFAULT_PATH: &str = "data/stocks.csv";

    /// Reads a list in the format of `data/stocks.csv`. If that very file does not exist, the list built into the
    /// program is used, so that it starts from any folder.
    ///
    /// # Errors
    /// When the file cannot be read, has no such columns, has a line without symbol or name, or has no stock.
    pub fn load(path: &Path) -> Result<Self, StockListError> {
        if path == Path::new(Self::DEFAULT_PATH) && !path.exists() {
            return Self::built_in();
        }
        let file = std::fs::File::open(path)
            .map_err(|source| StockListError::Open { path: path.to_owned(), source })?;
        Self::read(std::io::BufReader::new(file))
    }

    /// Reads the list built into the program.
    ///
    /// # Errors
    /// Never, as a test reads it too.
    pub fn built_in() -> Result<Self, StockListError> {
        Self::read(include_bytes!("../../../data/stocks.csv").as_slice())
    }

    /// Reads a list from anything that delivers bytes.
    ///
    /// # Errors
    /// As [`StockList::load`].
    pub fn read(reader: impl Read) -> Result<Self, StockListError> {
        Self::from_listings(read_listings(reader)?)
    }

    /// Makes a list from its listings.
    ///
    /// # Errors
    /// When there is none, or two carry one symbol.
    pub fn from_listings(listings: Vec<Listing>) -> Result<Self, StockListError> {
        if listings.is_empty() {
            return Err(StockListError::Empty);
        }
        let mut by_symbol = HashMap::with_capacity(listings.len());
        let mut by_run_together = HashMap::new();
        for (at, listing) in listings.iter().enumerate() {
            if by_symbol.insert(listing.symbol.clone(), at).is_some() {
                return Err(StockListError::Duplicate {
                    line: at as u64 + 2,
                    symbol: listing.symbol.clone(),
                });
            }
            if let Some((root, series)) = listing.symbol.preferred() {
                by_run_together.insert(format!("{root}P{series}"), at);
                by_run_together.insert(format!("{root}PR{series}"), at);
            } else if let Some((root, suffix)) = listing.symbol.dotted() {
                by_run_together.insert(format!("{root}{suffix}"), at);
            }
        }
        Ok(Self { listings, by_symbol, by_run_together, by_name: OnceLock::new(), index: OnceLock::new() })
    }

    /// Prepares what a search needs, so that the first one is as fast as the others.
    pub fn prepare_search(&self) {
        self.index();
        self.by_name();
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.listings))
    }

    fn by_name(&self) -> &HashMap<String, Vec<usize>> {
        self.by_name.get_or_init(|| {
            let mut by_name: HashMap<String, Vec<usize>> = HashMap::with_capacity(self.listings.len());
            for (at, listing) in self.listings.iter().enumerate() {
                by_name.entry(name_key(&listing.name)).or_default().push(at);
            }
            by_name
        })
    }

    /// Returns the listing of a symbol.
    #[must_use]
    pub fn get(&self, symbol: &Symbol) -> Option<&Listing> {
        self.by_symbol.get(symbol).map(|&at| &self.listings[at])
    }

    /// Returns the stock of a symbol in any spelling; `brkb` is BRK.B unless another stock has that symbol.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<&Listing> {
        let symbol = Symbol::parse(text).ok()?;
        let run_together = || self.by_run_together.get(symbol.as_str());
        self.by_symbol.get(&symbol).or_else(run_together).map(|&at| &self.listings[at])
    }

    /// Returns the stock a text names: a symbol in any spelling, else an exact listed name, in any case.
    #[must_use]
    pub fn resolve(&self, text: &str) -> Resolution<'_> {
        if let Some(listing) = self.find(text) {
            return Resolution::Found(listing);
        }
        match self.by_name().get(&name_key(text)).map(Vec::as_slice) {
            None | Some([]) => Resolution::Unknown,
            Some(&[at]) => Resolution::Found(&self.listings[at]),
            Some(several) => Resolution::Ambiguous(several.iter().map(|&at| &self.listings[at]).collect()),
        }
    }

    /// Returns the stocks that match a query, best first, at most `limit`; an empty query finds nothing.
    ///
    /// Symbol and name count, in any case and without regard to punctuation; one wrong, missing, doubled or swapped
    /// letter in a word of four or more is forgiven where little else matches.
    #[must_use]
    pub fn search(&self, query: &str, limit: usize) -> Vec<&Listing> {
        self.index().search(query, limit).into_iter().map(|at| &self.listings[at]).collect()
    }

    /// Returns the stock that a query clearly means: by its symbol, the beginning of its name or a name in daily use.
    /// `None` where several companies come close or only a part of a word fits, so that a reader should choose.
    #[must_use]
    pub fn clearly_meant(&self, query: &str) -> Option<&Listing> {
        self.find(query).or_else(|| self.index().clearly_meant(query).map(|at| &self.listings[at]))
    }

    /// Returns a sentence about a company that people still look for although it is not listed any more.
    #[must_use]
    pub fn delisted(&self, query: &str) -> Option<&'static str> {
        let words = query_words(query);
        DELISTED.iter().find(|(names, _)| names.contains(&words.trim_start())).map(|&(_, sentence)| sentence)
    }

    /// Returns all listings, in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Listing> {
        self.listings.iter()
    }

    /// Returns how many stocks the list holds; never 0.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a list is never empty")]
    pub fn len(&self) -> usize {
        self.listings.len()
    }

    /// Returns the stocks before and after one in the list; `None` for a symbol that is not in it.
    #[must_use]
    pub fn neighbours(&self, symbol: &Symbol) -> Option<Neighbours<'_>> {
        let at = *self.by_symbol.get(symbol)?;
        let previous = at.checked_sub(1).map(|before| &self.listings[before]);
        Some(Neighbours { previous, next: self.listings.get(at + 1) })
    }
}

impl<'a> IntoIterator for &'a StockList {
    type Item = &'a Listing;
    type IntoIter = std::slice::Iter<'a, Listing>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Reads the lines of a list; duplicates are left to the caller.
pub(crate) fn read_listings(reader: impl Read) -> Result<Vec<Listing>, StockListError> {
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(reader);
    let header = csv.headers()?.clone();
    let names: Vec<&str> = header.iter().map(|name| name.trim_start_matches('\u{feff}')).collect();
    if !["symbol", "name"].iter().all(|column| names.contains(column)) {
        return Err(StockListError::Header(names.join(",").chars().take(100).collect()));
    }
    let column = |name: &str| names.iter().position(|column| *column == name);
    let [symbol, name, exchange, sector, cik] = COLUMNS.map(column);
    let mut listings = Vec::new();
    let mut row = csv::StringRecord::new();
    while csv.read_record(&mut row)? {
        let line = listings.len() as u64 + 2;
        let refused = |reason: String| StockListError::Line { line, reason };
        let text = |column: Option<usize>| column.and_then(|at| row.get(at)).unwrap_or_default();
        let symbol = Symbol::parse(text(symbol)).map_err(|error| refused(error.to_string()))?;
        if text(name).is_empty() {
            return Err(refused(format!("{symbol} has no name")));
        }
        let cik = match text(cik) {
            "" => None,
            digits => Some(digits.parse().map_err(|_| refused(format!("`{digits}` is not a CIK")))?),
        };
        let [name, exchange, sector] = [name, exchange, sector].map(|column| text(column).to_owned());
        listings.push(Listing { symbol, name, exchange, sector, cik });
    }
    Ok(listings)
}

/// Names are compared without regard to case and doubled spaces.
fn name_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len().min(256));
    for word in name.split_whitespace() {
        if key.len() > 256 {
            break;
        }
        if !key.is_empty() {
            key.push(' ');
        }
        key.extend(word.chars().take(256).flat_map(char::to_lowercase));
    }
    key
}

#[cfg(test)]
mod tests;
