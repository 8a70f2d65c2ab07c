//! The list that is shipped, and the full listings people download.

use std::path::{Path, PathBuf};

use forecast_types::Symbol;
use stock_list::import::{self, ImportOptions};
use stock_list::{SecurityKind, StockList};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shipped() -> StockList {
    StockList::load(&root().join("data/stocks.csv")).expect("the shipped list loads")
}

fn first(list: &StockList, query: &str) -> String {
    list.search(query, 20).first().map(|hit| hit.symbol.as_str().to_owned()).unwrap_or_default()
}

/// The samples of real downloads, where this checkout has them beside it.
fn samples() -> Option<PathBuf> {
    let folder = root().join("../shared/upstreams/samples/listings");
    folder.is_dir().then_some(folder)
}

/// Queries and the stock that is meant; the same on the shipped list and on a full download.
const QUERIES: [(&str, &str); 58] = [
    ("app", "AAPL"),
    ("apple", "AAPL"),
    ("appel", "AAPL"),
    ("aapl", "AAPL"),
    ("$aapl", "AAPL"),
    ("NASDAQ:AAPL", "AAPL"),
    ("AAPL.US", "AAPL"),
    ("apple stock", "AAPL"),
    ("brk b", "BRK.B"),
    ("brkb", "BRK.B"),
    ("BRK/B", "BRK.B"),
    ("berkshire", "BRK.B"),
    ("alphabet", "GOOGL"),
    ("google", "GOOGL"),
    ("micro", "MSFT"),
    ("microsft", "MSFT"),
    ("tesla", "TSLA"),
    ("telsa", "TSLA"),
    ("tsla price", "TSLA"),
    ("nvidia", "NVDA"),
    ("nvidia stock price", "NVDA"),
    ("amazon", "AMZN"),
    ("meta", "META"),
    ("FB", "META"),
    ("facebook", "META"),
    ("netflix", "NFLX"),
    ("coca cola", "KO"),
    ("coca-cola", "KO"),
    ("coke", "KO"),
    ("pepsi", "PEP"),
    ("wal-mart", "WMT"),
    ("walmart", "WMT"),
    ("wal mart", "WMT"),
    ("ford", "F"),
    ("f", "F"),
    ("general mot", "GM"),
    ("general electric", "GE"),
    ("general motors stock", "GM"),
    ("disney", "DIS"),
    ("mcdonalds", "MCD"),
    ("bank of am", "BAC"),
    ("bofa", "BAC"),
    ("jpmorgan", "JPM"),
    ("jp morgan", "JPM"),
    ("wells fargo", "WFC"),
    ("visa", "V"),
    ("at&t", "T"),
    ("exxon", "XOM"),
    ("johnson & johnson", "JNJ"),
    ("procter gamble", "PG"),
    ("costco", "COST"),
    ("gamestop", "GME"),
    ("palantir", "PLTR"),
    ("intel", "INTC"),
    ("boeing", "BA"),
    ("uber", "UBER"),
    ("na", "NA"),
    ("on", "ON"),
];

/// Queries for funds, which only some listings have.
const FUND_QUERIES: [(&str, &str); 8] = [
    ("SPY", "SPY"),
    ("s&p 500", "SPY"),
    ("sp500", "SPY"),
    ("S&P 500 index", "SPY"),
    ("dow jones", "DIA"),
    ("nasdaq 100", "QQQ"),
    ("qqq", "QQQ"),
    ("vanguard s&p 500", "VOO"),
];

#[test]
fn the_shipped_list_is_sound_and_every_query_finds_what_is_meant() {
    let list = shipped();

    assert!(list.len() > 6_000, "{} stocks", list.len());
    assert!(list.iter().filter(|listing| listing.kind() == SecurityKind::Fund).count() > 100);
    for listing in &list {
        assert!(matches!(listing.kind(), SecurityKind::Common | SecurityKind::Fund), "{listing:?}");
        assert!(!listing.exchange.is_empty() && !listing.sector.is_empty(), "{listing:?}");
    }
    // A spread of the list: a search reads all of it.
    for listing in list.iter().step_by(13) {
        assert!(list.search(listing.symbol.as_str(), 20).contains(&listing), "{listing:?}");
    }
    assert_eq!(list.search("twitter", 20).first(), None);
    assert!(list.delisted("twitter").is_some());
    for (query, expected) in QUERIES.into_iter().chain(FUND_QUERIES) {
        assert_eq!(first(&list, query), expected, "{query}");
    }
}

/// What people type and press Enter on, and the stock they mean.
const MEANT: [(&str, &str); 21] = [
    ("$aapl", "AAPL"),
    ("NASDAQ:AAPL", "AAPL"),
    ("brkb", "BRK.B"),
    ("berkshire", "BRK.B"),
    ("tsla price", "TSLA"),
    ("tesla stock", "TSLA"),
    ("wal-mart", "WMT"),
    ("walmart", "WMT"),
    ("FB", "META"),
    ("facebook", "META"),
    ("google", "GOOGL"),
    ("apple", "AAPL"),
    ("apple stock price today", "AAPL"),
    ("general electric", "GE"),
    ("coca-cola", "KO"),
    ("s&p 500", "SPY"),
    ("S&P 500 index", "SPY"),
    ("sp500", "SPY"),
    ("SPY", "SPY"),
    ("nasdaq 100", "QQQ"),
    ("nvidia", "NVDA"),
];

#[test]
fn what_is_clearly_meant_needs_no_choice() {
    let list = shipped();
    for (query, expected) in MEANT {
        let meant = list.clearly_meant(query).map(|listing| listing.symbol.as_str());
        assert_eq!(meant, Some(expected), "{query}");
    }
    for open in ["micro", "a common", "united", "first", "telsa", "zzzz", "", "twitter", "energy"] {
        assert_eq!(list.clearly_meant(open), None, "{open}");
    }
}

#[test]
fn companies_that_are_gone_are_named_with_their_fate() {
    let list = shipped();
    for (query, fate) in [
        ("twitter", "taken private"),
        ("TWTR stock", "taken private"),
        ("activision blizzard", "Microsoft"),
        ("vmware", "Broadcom"),
        ("silicon valley bank", "failed"),
    ] {
        assert!(list.delisted(query).is_some_and(|sentence| sentence.contains(fate)), "{query}");
    }
}

#[test]
fn the_full_listings_are_imported() {
    let Some(samples) = samples() else { return };
    let files: Vec<PathBuf> =
        ["nasdaq_screener-2026-02.csv", "nasdaqlisted-2025-08-11.txt", "otherlisted-2025-08-11.txt"]
            .iter()
            .map(|name| samples.join(name))
            .collect();

    let former = root().join("data/stocks.csv");
    let (listings, summary) = import::read(&files, Some(&former), ImportOptions::default()).unwrap();

    let get = |symbol: &str| {
        let symbol = Symbol::parse(symbol).unwrap();
        listings.iter().find(|listing| listing.symbol == symbol)
    };
    assert!(listings.len() > 8_000, "{summary}");
    assert!(summary.test_issues > 8 && summary.left_out[&SecurityKind::Warrant] > 300, "{summary}");
    assert!(summary.unreadable.is_empty(), "{summary}");
    assert_eq!(get("ECC").unwrap().exchange, "NYSE");
    assert_eq!(get("BRK.B").unwrap().sector, "Finance");
    assert_eq!(get("QQQ").unwrap().kind(), SecurityKind::Fund);
    assert!(get("ABR-PD").is_none() && get("AACBR").is_none() && get("ZAZZT").is_none());

    // Since 2025 a fund has the ticker FB, and this listing has it.
    let list = StockList::from_listings(listings).unwrap();
    for (query, expected) in QUERIES.into_iter().filter(|(query, _)| *query != "FB") {
        assert_eq!(first(&list, query), expected, "{query}");
    }
}

#[test]
fn each_listing_is_imported_alone() {
    let Some(samples) = samples() else { return };
    for (file, at_least) in [
        ("nasdaq_screener-2026-02.csv", 5_500),
        ("nasdaqlisted-2025-08-11.txt", 3_900),
        ("otherlisted-2025-08-11.txt", 4_500),
    ] {
        let (listings, summary) =
            import::read(&[samples.join(file)], None, ImportOptions::default()).unwrap();
        assert!(listings.len() > at_least, "{file}: {summary}");
        StockList::from_listings(listings).unwrap();
    }
}
