//! The five files of the training format, and a note of what is done.
//!
//! A note is written after its rows, with the length of the file at that moment. A run that stops in the middle of its
//! rows leaves no note; the next run truncates the file to the last length noted.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use feature_sources::{PriceSeries, ReportSeries, SearchSeries, SentimentSeries};
use forecast_types::{ReportTime, Source, Symbol};
use jiff::civil::Date;

/// Rows of one of the files.
pub(crate) type Rows = Vec<Vec<String>>;

const HEADERS: [(Source, &str); 5] = [
    (Source::Prices, "ticker,date,open,high,low,close,adj_close,volume\n"),
    (Source::Tweets, "ticker,date,tweet_count,tweet_sentiment,source\n"),
    (Source::News, "ticker,date,news_count,news_sentiment,source\n"),
    (Source::Searches, "ticker,date,search_interest,source,scale_block\n"),
    (Source::Reports, "ticker,date,when,source\n"),
];

pub(crate) struct Files {
    files: HashMap<Source, File>,
    notes: File,
    done: HashSet<(Source, String)>,
}

impl Files {
    /// Opens the files beside `out`, new or as an earlier run left them.
    pub(crate) fn open(out: &Path) -> anyhow::Result<Self> {
        let notes_path = beside(out, "done");
        let mut notes = open(&notes_path)?;
        let (done, lengths) = read_notes(&notes)?;
        notes.seek(SeekFrom::End(0))?;
        let mut files = HashMap::new();
        for (source, header) in HEADERS {
            let path =
                if source == Source::Prices { out.to_owned() } else { beside(out, &format!("{source}.csv")) };
            let mut file = open(&path)?;
            match lengths.get(&source) {
                Some(&length) => file.set_len(length)?,
                None => {
                    anyhow::ensure!(
                        file.metadata()?.len() <= header.len() as u64 || !done.is_empty(),
                        "{} is there already and was not written by this command; name another --out",
                        path.display()
                    );
                    file.set_len(0)?;
                    file.write_all(header.as_bytes())?;
                }
            }
            file.seek(SeekFrom::End(0))?;
            files.insert(source, file);
        }
        Ok(Self { files, notes, done })
    }

    pub(crate) fn is_done(&self, source: Source, symbol: &Symbol) -> bool {
        self.done.contains(&(source, symbol.to_string()))
    }

    /// Writes rows, then the note that they are written.
    pub(crate) fn append(&mut self, source: Source, symbol: &Symbol, rows: &Rows) -> anyhow::Result<()> {
        let mut text = csv::Writer::from_writer(Vec::new());
        for row in rows {
            text.write_record(row)?;
        }
        let file = self.files.get_mut(&source).context("all five files are open")?;
        file.write_all(&text.into_inner()?)?;
        file.sync_data()?;
        let length = file.stream_position()?;
        writeln!(self.notes, "{source},{symbol},{length}")?;
        self.notes.sync_data()?;
        self.done.insert((source, symbol.to_string()));
        Ok(())
    }
}

/// `history.csv` and `done` make `history.csv.done`.
pub(crate) fn beside(out: &Path, kind: &str) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".");
    name.push(kind);
    PathBuf::from(name)
}

fn open(path: &Path) -> anyhow::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .with_context(|| format!("opening {}", path.display()))
}

type Notes = (HashSet<(Source, String)>, HashMap<Source, u64>);

fn read_notes(notes: &File) -> anyhow::Result<Notes> {
    let mut done = HashSet::new();
    let mut lengths = HashMap::new();
    for line in BufReader::new(notes).lines() {
        let line = line?;
        let mut parts = line.split(',');
        let source =
            parts.next().and_then(|name| Source::ALL.into_iter().find(|source| source.as_str() == name));
        let (symbol, length) = (parts.next(), parts.next().and_then(|length| length.parse().ok()));
        // A crash may leave half a last line.
        if let (Some(source), Some(symbol), Some(length)) = (source, symbol, length) {
            done.insert((source, symbol.to_owned()));
            lengths.insert(source, length);
        }
    }
    Ok((done, lengths))
}

pub(crate) fn price_rows(symbol: &Symbol, series: &PriceSeries) -> Rows {
    let row = |bar: &forecast_types::DailyBar| {
        let prices =
            [bar.open, bar.high, bar.low, bar.close, bar.adjusted_close].map(|price| price.to_string());
        let mut row = vec![symbol.to_string(), bar.date.to_string()];
        row.extend(prices);
        row.push(bar.volume.to_string());
        row
    };
    series.bars.iter().map(row).collect()
}

pub(crate) fn sentiment_rows(symbol: &Symbol, series: &SentimentSeries) -> Rows {
    let row = |day: &forecast_types::SentimentDay| {
        vec![
            symbol.to_string(),
            day.date.to_string(),
            day.count.to_string(),
            day.sentiment.to_string(),
            "eodhd".to_owned(),
        ]
    };
    series.days.iter().map(row).collect()
}

pub(crate) fn search_rows(symbol: &Symbol, block: Date, series: &SearchSeries) -> Rows {
    let row = |day: &forecast_types::SearchDay| {
        vec![
            symbol.to_string(),
            day.date.to_string(),
            day.interest.to_string(),
            "google-trends".to_owned(),
            block.to_string(),
        ]
    };
    series.days.iter().map(row).collect()
}

/// Past reports only: when a company announced its next one is not recorded anywhere.
pub(crate) fn report_rows(symbol: &Symbol, series: &ReportSeries) -> Rows {
    let row = |report: &forecast_types::ReportDate| {
        let when = match report.when {
            ReportTime::BeforeOpen => "pre",
            ReportTime::AfterClose => "post",
            ReportTime::Unknown => "",
        };
        vec![symbol.to_string(), report.date.to_string(), when.to_owned(), "sec-8k-item-2.02".to_owned()]
    };
    series.past.iter().map(row).collect()
}
