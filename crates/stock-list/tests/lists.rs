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

const HOPES: [(&str, &str); 24] = [
    ("app", "AAPL"),
    ("apple", "AAPL"),
    ("appel", "AAPL"),
    ("brk b", "BRK.B"),
    ("berkshire", "BRK.B"),
    ("alphabet", "GOOGL"),
    ("google", "GOOGL"),
    ("micro", "MSFT"),
    ("tesla", "TSLA"),
    ("telsa", "TSLA"),
    ("nvidia", "NVDA"),
    ("coca cola", "KO"),
    ("coke", "KO"),
    ("ford", "F"),
    ("f", "F"),
    ("disney", "DIS"),
    ("mcdonalds", "MCD"),
    ("bank of am", "BAC"),
    ("gamestop", "GME"),
    ("visa", "V"),
    ("general mot", "GM"),
    ("na", "NA"),
    ("on", "ON"),
    ("exxon", "XOM"),
];

#[test]
fn the_shipped_list_is_sound_and_searches_as_one_hopes() {
    let list = shipped();

    assert!(list.len() >= 500);
    for listing in &list {
        assert_eq!(listing.kind(), SecurityKind::Common, "{listing:?}");
        assert!(!listing.exchange.is_empty() && !listing.sector.is_empty(), "{listing:?}");
        assert!(list.search(listing.symbol.as_str(), 20).contains(&listing), "{listing:?}");
    }
    for (query, expected) in HOPES {
        assert_eq!(first(&list, query), expected, "{query}");
    }
}

#[test]
fn the_full_listings_come_over_whole() {
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

    let list = StockList::from_listings(listings).unwrap();
    for (query, expected) in HOPES {
        assert_eq!(first(&list, query), expected, "{query}");
    }
}

#[test]
fn each_listing_comes_over_alone() {
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
