use std::path::PathBuf;

use jiff::civil::date;

use super::*;

const HEADER: &str = "ticker,date,open,high,low,close,adj_close,volume\n";

/// Reads a file of this name and content.
fn read_file(name: &str, content: impl AsRef<[u8]>) -> Result<PriceHistory, PriceFileError> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    read(&path)
}

fn csv(rows: &str) -> Result<PriceHistory, PriceFileError> {
    read_file("bars.csv", format!("{HEADER}{rows}"))
}

fn closes(history: &PriceHistory, ticker: &str) -> Vec<f64> {
    history.bars(ticker).unwrap().iter().map(|bar| bar.close).collect()
}

#[test]
fn rows_come_out_by_ticker_and_in_order() {
    let history =
        csv("NA,2024-01-03,1,2,0.5,1.5,1.4,100\nON,2024-01-02,7,7,7,7,7,0\nNA,2024-01-02,1,1,1,1,0.9,5\n")
            .unwrap();

    let dates: Vec<Date> = history.bars("NA").unwrap().iter().map(|bar| bar.date).collect();
    assert_eq!(dates, [date(2024, 1, 2), date(2024, 1, 3)]);
    assert_eq!(history.bars("ON").unwrap()[0].volume, 0);
    assert_eq!((history.last_day(), history.warnings()), (Some(date(2024, 1, 3)), &[][..]));
}

#[test]
fn rows_without_a_close_are_left_out_and_counted_with_the_reason() {
    let history =
        csv("A,2024-01-02,,,,,,\nA,2024-01-03,,,,5,5,1\nA,2024-01-04,null,null,null,null,null,null\n\
         A,2024-01-05,1,1,1,N/A,1,-\nA,2024-01-08,1,1,1,0,0,1\n,2024-01-09,1,1,1,1,1,1\nA,NaT,1,1,1,1,1,1\n")
        .unwrap();

    assert_eq!((history.left_out(), closes(&history, "A")), (6, vec![5.0]));
    assert!((history.bars("A").unwrap()[0].open - 5.0).abs() < 1e-12);
    assert_eq!(
        history.warnings(),
        ["6 of 7 rows left out: 4 without a positive close, 1 without a date, 1 without a ticker"]
    );
}

#[test]
fn the_close_takes_the_place_of_a_missing_adjusted_close() {
    let empty = csv("A,2024-01-02,1,1,1,10,,1\nA,2024-01-03,1,1,1,11,,1\n").unwrap();
    let absent = read_file("bars.csv", "ticker,date,close\nA,2024-01-02,10\nA,2024-01-03,11\n").unwrap();
    let partly =
        csv("A,2024-01-02,1,1,1,10,,1\nA,2024-01-03,1,1,1,10,9,1\nA,2024-01-04,1,1,1,20,null,1\n").unwrap();

    let adjusted = |history: &PriceHistory| {
        history.bars("A").unwrap().iter().map(|bar| bar.adjusted_close).collect::<Vec<_>>()
    };
    assert_eq!((adjusted(&empty), adjusted(&absent)), (vec![10.0, 11.0], vec![10.0, 11.0]));
    // The factor of 0.9 stays, so that the price doubles on the last day, as it did.
    assert_eq!(adjusted(&partly), [9.0, 9.0, 18.0]);
    assert_eq!(empty.warnings(), ["2 rows without adj_close; worked out from the close"]);
    assert_eq!(absent.warnings(), ["no column open, high, low, adj_close, volume"]);
    assert_eq!(partly.last_day(), Some(date(2024, 1, 4)));
}

#[test]
fn spellings_of_one_stock_are_merged() {
    let history =
        csv("AAPL,2024-01-02,1,1,1,1,1,1\naapl,2024-01-03,1,1,1,2,2,1\nAAPL.US,2024-01-04,1,1,1,3,3,1\n\
         BRK/B,2024-01-02,1,1,1,4,4,1\nNYSE:BRK-B,2024-01-03,1,1,1,5,5,1\nBAC^B,2024-01-02,1,1,1,6,6,1\n\
         BAC.PRB,2024-01-03,1,1,1,7,7,1\nnot a symbol!,2024-01-02,1,1,1,8,8,1\n")
        .unwrap();

    assert_eq!(closes(&history, "AAPL"), [1.0, 2.0, 3.0]);
    assert_eq!(closes(&history, "BRK.B"), [4.0, 5.0]);
    assert_eq!(closes(&history, "BAC-PB"), [6.0, 7.0]);
    assert_eq!(closes(&history, "not a symbol!"), [8.0]);
    assert_eq!(
        history.warnings(),
        ["3 stocks are spelled in several ways and merged, such as AAPL and aapl and AAPL.US; \
          BRK/B and NYSE:BRK-B; BAC^B and BAC.PRB"]
    );
}

#[test]
fn content_decides_how_a_file_is_read() {
    let plain = format!("{HEADER}A,2024-01-02,1,1,1,1,1,1000000.0\n");
    let yfinance =
        "Symbol,Date,Open,High,Low,Close,Adj Close,Volume\nA,2024-01-02 00:00:00-05:00,1,1,1,1,1,1000000\n";
    let quoted = format!("\"{}\"\n\"A\",\"20240102\",1,1,1,1,1,1e6\n", HEADER.trim().replace(',', "\",\""));
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(plain.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, plain.as_bytes()).unwrap();

    for (name, content) in [
        ("BARS.CSV", plain.clone().into_bytes()),
        ("bars.txt", plain.replace(',', "\t").into_bytes()),
        ("semicolons.csv", plain.replace(',', ";").into_bytes()),
        ("yfinance.csv", yfinance.into()),
        ("quoted.csv", quoted.into_bytes()),
        ("marked.csv", format!("\u{feff}{plain}").into_bytes()),
        ("utf16.csv", utf16),
        ("bars.csv.gz", gzip.finish().unwrap()),
    ] {
        let history = read_file(name, content).unwrap();
        let bar = &history.bars("A").unwrap()[0];
        assert_eq!((bar.date, bar.volume), (date(2024, 1, 2), 1_000_000), "{name}");
    }
}

#[test]
fn rows_that_do_not_fit_are_named_with_their_place() {
    for (text, expected) in [
        ("ticker,date\n".to_owned(), "no column `close`"),
        (format!("{HEADER}A,yesterday,1,1,1,1,1,1\n"), "line 2: date is `yesterday`"),
        (format!("{HEADER}A,2024-01-02,1,1,1,one,1,1\n"), "line 2: close is `one`, expected a number"),
        (format!("{HEADER}A,2024-01-02,1\n"), "line 2: 3 fields, expected 8"),
        (
            format!("{HEADER}A,2024-01-02,1,1,1,1,1,1\nA,2024-01-02,1,1,1,1,1,1\n"),
            "two bars of A on 2024-01-02",
        ),
        (
            format!("{HEADER}A,2024-01-02,1,1,1,1,1,1\na,2024-01-02,1,1,1,1,1,1\n"),
            "two bars of A on 2024-01-02; it is spelled A and a there",
        ),
    ] {
        let message = read_file("bars.csv", text).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    for content in [&b"PK\x03\x04\0\0\0\n"[..], b"PAR1 cut off", b"\0\0\0\0"] {
        let message = read_file("bars.xlsx", content).unwrap_err().to_string();
        assert!(message.contains("neither a CSV nor a Parquet") || message.contains("damaged"), "{message}");
    }
}

#[test]
fn a_folder_is_read_as_one_file_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let error = read(folder.path()).unwrap_err().to_string();
    assert!(error.ends_with("is a folder without a CSV or Parquet file"), "{error}");

    for (name, content) in [
        ("_SUCCESS", String::new()),
        (".part-0.crc", "crc".to_owned()),
        ("part-1", format!("{HEADER}A,2024-01-03,2,2,2,2,2,1\n")),
        ("part-0", format!("{HEADER}A,2024-01-02,1,1,1,1,1,1\nB,2024-01-02,7,7,7,7,7,1\n")),
    ] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let history = read(folder.path()).unwrap();
    assert_eq!((closes(&history, "A"), closes(&history, "B")), (vec![1.0, 2.0], vec![7.0]));
}
