//! The dates of real quarterly reports from a file, for a replay.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek as _};
use std::path::{Path, PathBuf};

use forecast_types::{ReportDate, ReportTime, Symbol};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;
use stock_list::StockList;

use super::reports::PlannedReport;

/// Companies announce the date two to four weeks ahead.
const ANNOUNCED_DAYS_AHEAD: i64 = 14;
/// Two dates so close are one report: the filing follows the announcement.
const ONE_REPORT_DAYS: i32 = 5;

/// Report dates by stock, oldest first.
#[derive(Debug, Default)]
pub struct ReportFile(HashMap<Symbol, Vec<PlannedReport>>);

/// Says why a file of report dates cannot be replayed.
#[derive(Debug, thiserror::Error)]
#[error("the report dates in {} cannot be read", path.display())]
pub struct ReportFileError {
    path: PathBuf,
    source: csv::Error,
}

#[derive(Deserialize)]
struct Row {
    ticker: String,
    date: Date,
    #[serde(default)]
    when: When,
}

#[derive(Clone, Copy, Default, Deserialize)]
enum When {
    #[default]
    #[serde(rename = "")]
    Unknown,
    #[serde(rename = "pre")]
    BeforeOpen,
    #[serde(rename = "post")]
    AfterClose,
}

impl From<When> for ReportTime {
    fn from(when: When) -> Self {
        match when {
            When::Unknown => Self::Unknown,
            When::BeforeOpen => Self::BeforeOpen,
            When::AfterClose => Self::AfterClose,
        }
    }
}

impl ReportFile {
    /// Reads a CSV file, plain or gzip, with the columns `ticker`, `date` and `when` (`pre`, `post` or empty).
    ///
    /// # Errors
    /// When the file cannot be read or a row does not fit.
    pub fn read(path: &Path, stocks: &StockList) -> Result<Self, ReportFileError> {
        Self::rows(path, stocks).map_err(|source| ReportFileError { path: path.to_owned(), source })
    }

    fn rows(path: &Path, stocks: &StockList) -> Result<Self, csv::Error> {
        let mut by_stock: HashMap<Symbol, Vec<ReportDate>> = HashMap::new();
        for row in csv::Reader::from_reader(open(path)?).into_deserialize() {
            let Row { ticker, date, when } = row?;
            let listed = stocks.find(&ticker).map(|listing| listing.symbol.clone());
            let Some(symbol) = listed.or_else(|| Symbol::parse(&ticker).ok()) else { continue };
            by_stock.entry(symbol).or_default().push(ReportDate { date, when: when.into() });
        }
        let planned = |reports| merged(reports).into_iter().map(planned).collect();
        Ok(Self(by_stock.into_iter().map(|(symbol, reports)| (symbol, planned(reports))).collect()))
    }

    pub(super) fn stock(&self, symbol: &Symbol) -> &[PlannedReport] {
        self.0.get(symbol).map_or(&[], Vec::as_slice)
    }
}

fn open(path: &Path) -> std::io::Result<Box<dyn Read>> {
    let mut file = File::open(path)?;
    let mut start = Vec::with_capacity(2);
    file.by_ref().take(2).read_to_end(&mut start)?;
    file.rewind()?;
    let is_gzip = start == [0x1f, 0x8b];
    Ok(if is_gzip {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(BufReader::new(file))
    })
}

/// One date for each report: where two sources have about the same, the one that states the time.
fn merged(mut reports: Vec<ReportDate>) -> Vec<ReportDate> {
    reports.sort_by_key(|report| (report.when == ReportTime::Unknown, report.date));
    let mut kept: Vec<ReportDate> = Vec::new();
    for report in reports {
        let distance =
            |other: &ReportDate| other.date.until(report.date).map_or(0, |span| span.get_days()).abs();
        if kept.iter().all(|other| distance(other) > ONE_REPORT_DAYS) {
            kept.push(report);
        }
    }
    kept.sort_by_key(|report| report.date);
    kept
}

/// A calendar held the dates whose time is stated.
fn planned(report: ReportDate) -> PlannedReport {
    let is_stated = report.when != ReportTime::Unknown;
    PlannedReport {
        report,
        announced: is_stated.then(|| report.date.saturating_sub(ANNOUNCED_DAYS_AHEAD.days())),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const ROWS: &str = "ticker,date,when,source\nAAPL,2019-01-30,,sec-8k-item-2.02\nAAPL,2019-01-29,post,calendar\n\
        BRK-B,2019-02-23,,sec-8k-item-2.02\n";

    #[test]
    fn a_stated_time_wins_over_a_filing_a_day_later() {
        let folder = tempfile::tempdir().unwrap();
        let stocks = StockList::read("symbol,name\nAAPL,Apple\nBRK.B,Berkshire\n".as_bytes()).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, ROWS.as_bytes()).unwrap();
        for bytes in [ROWS.as_bytes().to_vec(), gzip.finish().unwrap()] {
            let path = folder.path().join("reports.csv");
            std::fs::write(&path, bytes).unwrap();
            let file = ReportFile::read(&path, &stocks).unwrap();
            let apple = ReportDate { date: date(2019, 1, 29), when: ReportTime::AfterClose };
            let announced = Some(date(2019, 1, 15));
            assert_eq!(
                file.stock(&Symbol::parse("AAPL").unwrap()),
                [PlannedReport { report: apple, announced }]
            );
            assert_eq!(file.stock(&Symbol::parse("BRK.B").unwrap())[0].announced, None);
        }
        std::fs::write(folder.path().join("odd.csv"), "ticker,date,when\nA,2019-01-29,noon\n").unwrap();
        let error = ReportFile::read(&folder.path().join("odd.csv"), &stocks).unwrap_err();
        assert!(error.to_string().contains("odd.csv"), "{error}");
    }
}
