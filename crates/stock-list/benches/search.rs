//! How long a search of 8,000 listings takes.

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
        }
    });
    StockList::from_listings(listings.collect()).expect("no symbol twice")
}

#[divan::bench(args = ["a", "app", "apple", "united gold", "mircosoft", "zzzzzzzz", "amercan frist"])]
fn search(bencher: divan::Bencher<'_, '_>, query: &str) {
    let list = list();
    bencher.bench_local(|| black_box(list.search(black_box(query), 20).len()));
}
