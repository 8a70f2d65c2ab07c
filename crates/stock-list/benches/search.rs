//! How long a search takes, in 8,000 made-up listings and in the shipped list, and how long loading it takes.

use std::hint::black_box;

use forecast_types::Symbol;
use stock_list::{Listing, StockList};

fn main() {
    divan::main();
}

/// Eight thousand names of the usual length, from a few dozen words.
fn list() -> StockList {
    const WORDS: [&str; 16] = [
        "American",
        "First",
        "Global",
        "Energy",
        "Capital",
        "Apple",
        "Micro",
        "Health",
        "Resources",
        "Pacific",
        "Alpha",
        "Bancorp",
        "Systems",
        "Gold",
        "United",
        "Software",
    ];
    let listings = (0..8_000usize).map(|at| {
        let letter = |shift: usize| char::from(b'A' + (at / 26usize.pow(shift as u32) % 26) as u8);
        let word = |step: usize| WORDS[at / step % WORDS.len()];
        Listing {
            symbol: Symbol::parse(&format!("{}{}{}Q", letter(2), letter(1), letter(0))).expect("letters"),
            name: format!("{} {} {} {at} Inc. Class A Common Stock", word(1), word(16), word(256)),
            exchange: "NYSE".to_owned(),
            sector: "Finance".to_owned(),
            cik: None,
        }
    });
    StockList::from_listings(listings.collect()).expect("no symbol twice")
}

#[divan::bench(args = ["a", "app", "apple", "united gold", "mircosoft", "zzzzzzzz", "amercan frist"])]
fn search(bencher: divan::Bencher<'_, '_>, query: &str) {
    let list = list();
    bencher.bench_local(|| black_box(list.search(black_box(query), 20).len()));
}

#[divan::bench(args = ["a", "apple", "wal-mart", "tsla price", "s&p 500", "general electric", "mircosoft", "zzzzzzzz"])]
fn search_shipped_list(bencher: divan::Bencher<'_, '_>, query: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/stocks.csv");
    let list = StockList::load(path.as_ref()).expect("the shipped list");
    bencher.bench_local(|| black_box(list.search(black_box(query), 20).len()));
}

#[divan::bench]
fn load_shipped_list(bencher: divan::Bencher<'_, '_>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/stocks.csv");
    bencher.bench_local(|| StockList::load(black_box(path.as_ref())).expect("the shipped list"));
}
