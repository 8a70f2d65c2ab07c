//! Reads one downloaded file into records, whatever form it has.

use std::borrow::Cow;
use std::path::Path;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::import::names::mended;
use crate::import::numbers::Numbers;
use crate::import::{ImportError, numbers};

/// The files an import understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// The CSV that nasdaq.com's stock screener exports; it may have a column `Exchange`.
    Screener,
    /// `nasdaqlisted.txt` of nasdaqtrader.com.
    NasdaqListed,
    /// `otherlisted.txt` of nasdaqtrader.com.
    OtherListed,
}

/// One line of any of the files; empty where the file has nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Record {
    pub(super) symbol: String,
    pub(super) name: String,
    pub(super) exchange: String,
    pub(super) sector: String,
    pub(super) market_cap: Option<f64>,
    pub(super) fund: bool,
    pub(super) test_issue: bool,
}

const TRAILER: &str = "File Creation Time";

/// What one file has.
pub(super) enum Contents {
    /// Securities.
    Listing(Vec<Record>),
    /// The numbers of companies.
    Numbers(Numbers),
}

pub(super) fn read(path: &Path) -> Result<Contents, ImportError> {
    let bytes = std::fs::read(path).map_err(|source| ImportError::Read { path: path.to_owned(), source })?;
    let text = decoded(&bytes);
    match numbers::parse(&text) {
        Some(numbers) => Ok(Contents::Numbers(numbers)),
        None => parse(path, &text).map(Contents::Listing),
    }
}

/// Reads bytes as text: UTF-16 or UTF-8 where a byte order mark says so, else UTF-8, and Windows-1252 where they are
/// no UTF-8. A zero beside the first letter is UTF-16 that lost its mark.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    match bytes {
        [0, letter, ..] if *letter > 0 => return UTF_16BE.decode_without_bom_handling(bytes).0,
        [letter, 0, ..] if *letter > 0 => return UTF_16LE.decode_without_bom_handling(bytes).0,
        _ => {}
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

fn parse(path: &Path, text: &str) -> Result<Vec<Record>, ImportError> {
    let header = text.lines().next().unwrap_or_default().trim();
    let delimiter = delimiter(header);
    let mut builder = csv::ReaderBuilder::new();
    builder.trim(csv::Trim::All).flexible(true).delimiter(delimiter);
    // The files of nasdaqtrader.com quote nothing, and some of their names have a lone quotation mark.
    builder.quoting(delimiter != b'|' || header.starts_with('"'));
    let mut reader = builder.from_reader(text.as_bytes());
    let columns = reader.headers().cloned().unwrap_or_default();
    let kind = kind_of(&columns)
        .ok_or_else(|| ImportError::NotAListing { path: path.to_owned(), found: describe(header) })?;
    if kind != FileKind::Screener {
        let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        if !last.trim_start_matches('"').starts_with(TRAILER) {
            return Err(ImportError::CutOff { path: path.to_owned(), last: last.chars().take(80).collect() });
        }
    }
    let columns = Columns::of(&columns);
    let mut records = Vec::new();
    for (at, row) in reader.records().enumerate() {
        let Ok(row) = row else { continue };
        if row.get(0).is_some_and(|first| first.starts_with(TRAILER)) {
            break;
        }
        if row.len() < columns.count {
            return Err(ImportError::Columns {
                path: path.to_owned(),
                line: at as u64 + 2,
                found: row.len(),
                expected: columns.count,
            });
        }
        records.push(columns.record(kind, &row));
    }
    Ok(records)
}

/// The delimiter of a header: the candidate that occurs most often. Spreadsheets save with tabs and semicolons, too.
fn delimiter(header: &str) -> u8 {
    let count = |delimiter: u8| header.bytes().filter(|&byte| byte == delimiter).count();
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|&delimiter| count(delimiter)).unwrap_or(b',')
}

fn kind_of(columns: &csv::StringRecord) -> Option<FileKind> {
    let has = |name: &str| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
    match (has("Security Name"), has("Name")) {
        (true, _) if has("ACT Symbol") => Some(FileKind::OtherListed),
        (true, _) if has("Symbol") => Some(FileKind::NasdaqListed),
        (false, true) if has("Symbol") => Some(FileKind::Screener),
        _ => None,
    }
}

fn describe(header: &str) -> String {
    if header.is_empty() {
        "it is empty".to_owned()
    } else if header.starts_with('<') {
        "it is a web page".to_owned()
    } else if header.starts_with('{') || header.starts_with('[') {
        "it is JSON".to_owned()
    } else {
        let beginning: String = header.chars().filter(|c| !c.is_control()).take(60).collect();
        format!("it starts with `{beginning}`")
    }
}

/// The place of each column; the files have had more and fewer over the years.
struct Columns {
    count: usize,
    symbol: usize,
    name: usize,
    exchange: Option<usize>,
    sector: Option<usize>,
    market_cap: Option<usize>,
    etf: Option<usize>,
    test_issue: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Self {
        let find = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
        Self {
            count: header.len(),
            symbol: find("Symbol").or_else(|| find("ACT Symbol")).unwrap_or(0),
            name: find("Name").or_else(|| find("Security Name")).unwrap_or(1),
            exchange: find("Exchange"),
            sector: find("Sector"),
            market_cap: find("Market Cap"),
            etf: find("ETF"),
            test_issue: find("Test Issue"),
        }
    }

    fn record(&self, kind: FileKind, row: &csv::StringRecord) -> Record {
        let text = |column: Option<usize>| column.and_then(|at| row.get(at)).unwrap_or_default();
        let exchange = match kind {
            FileKind::Screener => text(self.exchange),
            FileKind::NasdaqListed => "NASDAQ",
            FileKind::OtherListed => exchange_of(text(self.exchange)),
        };
        Record {
            symbol: text(Some(self.symbol)).to_owned(),
            name: mended(text(Some(self.name))),
            exchange: exchange.to_owned(),
            sector: text(self.sector).to_owned(),
            market_cap: text(self.market_cap).parse().ok().filter(|cap: &f64| cap.is_finite() && *cap > 0.0),
            fund: text(self.etf) == "Y",
            test_issue: text(self.test_issue) == "Y",
        }
    }
}

/// The exchange codes of `otherlisted.txt`.
fn exchange_of(code: &str) -> &'static str {
    match code {
        "A" => "NYSE American",
        "M" => "NYSE Texas",
        "N" => "NYSE",
        "P" => "NYSE Arca",
        "V" => "IEX",
        "Z" => "Cboe BZX",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<Record>, ImportError> {
        parse(Path::new("given.txt"), text)
    }

    #[test]
    fn the_screener_is_read_with_its_padding_and_empty_fields() {
        let records = parsed(
            "Symbol,Name,Last Sale,Net Change,% Change,Market Cap,Country,IPO Year,Volume,Sector,Industry\n\
             ECC           ,Eagle Point Credit Company Inc. Common Stock ,$6.1,0.1,1%,0.00,United States,2014,1,,\n\
             NA,\"Nano, Labs Ltd\",$1,0,0%,35584054731.00,China,,1,Technology,Semis\n",
        )
        .unwrap();

        assert_eq!(records[0].symbol, "ECC");
        assert_eq!(records[0].name, "Eagle Point Credit Company Inc. Common Stock");
        assert_eq!((records[0].market_cap, records[0].sector.as_str()), (None, ""));
        assert_eq!(
            (records[1].name.as_str(), records[1].market_cap),
            ("Nano, Labs Ltd", Some(35584054731.0))
        );
    }

    #[test]
    fn nasdaqtrader_files_are_read_to_their_last_line() {
        let nasdaq = parsed(
            "Symbol|Security Name|Market Category|Test Issue|Financial Status|Round Lot Size|ETF|NextShares\r\n\
             AAPL|Apple Inc. - Common Stock|Q|N|N|100|N|N\r\n\
             ZAZZT|Tick Pilot \"Test Stock|G|Y|N|100|N|N\r\n\
             File Creation Time: 0811202518:01|||||||\r\n",
        )
        .unwrap();
        let other = parsed(
            "ACT Symbol|Security Name|Exchange|CQS Symbol|ETF|Round Lot Size|Test Issue|NASDAQ Symbol\n\
             BRK.B|Berkshire Hathaway Inc. Common Stock|N|BRK.B|N|100|N|BRK.B\n\
             SPY|SPDR S&P 500|P|SPY|Y|100|N|SPY\n\
             File Creation Time: 0811202518:01||||||",
        )
        .unwrap();

        assert_eq!((nasdaq.len(), nasdaq[0].name.as_str()), (2, "Apple Inc. Common Stock"));
        assert!(nasdaq[1].test_issue && nasdaq[0].exchange == "NASDAQ");
        assert_eq!((other[0].exchange.as_str(), other[1].exchange.as_str()), ("NYSE", "NYSE Arca"));
        assert!(other[1].fund && !other[0].fund);
    }

    #[test]
    fn quotes_tabs_and_any_usual_encoding_are_read_alike() {
        let plain =
            "Symbol,Name,Last Sale,Market Cap,Sector\nTEF,Telef\u{f3}nica S.A.,$1,2.0,Telecommunications\n";
        let quoted =
            plain.lines().map(|line| format!("\"{}\"\r\n", line.replace(',', "\",\""))).collect::<String>();
        let tabs = plain.replace(',', "\t");
        let utf16 = |text: &str, to_bytes: fn(u16) -> [u8; 2]| {
            std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(to_bytes).collect::<Vec<u8>>()
        };
        for (encoding, bytes) in [
            ("UTF-8", plain.as_bytes().to_vec()),
            ("UTF-8 with a mark", format!("\u{feff}{plain}").into_bytes()),
            ("UTF-8, quoted, with a mark", format!("\u{feff}{quoted}").into_bytes()),
            ("UTF-16 little endian", utf16(&quoted, u16::to_le_bytes)),
            ("UTF-16 little endian without a mark", utf16(plain, u16::to_le_bytes)[2..].to_vec()),
            ("UTF-16 big endian without a mark", utf16(plain, u16::to_be_bytes)[2..].to_vec()),
            ("UTF-8, header in capitals", plain.replacen("Symbol,Name", "SYMBOL,NAME", 1).into_bytes()),
            ("UTF-16 big endian with tabs", utf16(&tabs, u16::to_be_bytes)),
            ("Windows-1252", plain.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()),
        ] {
            let records = parsed(&decoded(&bytes)).unwrap();
            let found: Vec<_> =
                records.iter().map(|record| (record.symbol.as_str(), record.name.as_str())).collect();
            assert_eq!(found, [("TEF", "Telef\u{f3}nica S.A.")], "{encoding}");
        }
    }

    #[test]
    fn a_file_that_is_no_listing_is_named() {
        for (text, expected) in [
            ("", "it is empty"),
            ("<!DOCTYPE html><html>Page Not Available", "it is a web page"),
            ("{\"data\":[]}", "it is JSON"),
            ("Date,Open\n", "it starts with `Date,Open`"),
        ] {
            assert!(parsed(text).unwrap_err().to_string().contains(expected), "{text}");
        }
    }

    #[test]
    fn an_incomplete_download_is_refused() {
        let cut = "Symbol|Security Name|Market Category|Test Issue|Financial Status|Round Lot Size\n\
                   AAPL|Apple Inc. - Common Stock|Q|N|N|100\nMSFT|Micro";
        assert!(parsed(cut).unwrap_err().to_string().contains("`MSFT|Micro`"));

        let torn = "Symbol,Name,Last Sale,Sector\nA,Agilent,$1,Health Care\nAA,Alc\n";
        assert!(
            parsed(torn).unwrap_err().to_string().contains("line 3 of given.txt has 2 columns, expected 4")
        );
    }
}
