use super::*;
use crate::StockList;

fn list() -> StockList {
    let lines = "symbol,name,exchange,sector\n\
        NVDA,NVIDIA Corporation Common Stock,NASDAQ,Technology\n\
        AAPL,Apple Inc. Common Stock,NASDAQ,Technology\n\
        MSFT,Microsoft Corporation Common Stock,NASDAQ,Technology\n\
        GOOGL,Alphabet Inc. Class A Common Stock,NASDAQ,Technology\n\
        GOOG,Alphabet Inc. Class C Capital Stock,NASDAQ,Technology\n\
        META,\"Meta Platforms, Inc. Class A Common Stock\",NASDAQ,Technology\n\
        BRK.B,Berkshire Hathaway Inc. Class B Common Stock,NYSE,Finance\n\
        BRK.A,Berkshire Hathaway Inc. Class A Common Stock,NYSE,Finance\n\
        JPM,JPMorgan Chase & Co. Common Stock,NYSE,Finance\n\
        T,AT&T Inc. Common Stock,NYSE,Telecommunications\n\
        APP,AppLovin Corporation Class A Common Stock,NASDAQ,Technology\n\
        BAC,Bank of America Corporation Common Stock,NYSE,Finance\n\
        BAC-PD,Bank of America Corporation Preferred Stock Series D,NYSE,Finance\n\
        MCD,McDonald's Corporation Common Stock,NYSE,Consumer Discretionary\n\
        F,Ford Motor Company Common Stock,NYSE,Consumer Discretionary\n\
        APLE,Apple Hospitality REIT Inc. Common Shares,NYSE,Real Estate\n\
        FORD,Forward Industries Inc. Common Stock,NASDAQ,Consumer Discretionary\n\
        A,Agilent Technologies Inc. Common Stock,NYSE,Health Care\n";
    StockList::read(lines.as_bytes()).unwrap()
}

fn found(query: &str) -> Vec<String> {
    list().search(query, 20).iter().map(|hit| hit.symbol.as_str().to_owned()).collect()
}

#[test]
fn the_stock_that_is_meant_comes_first() {
    for (query, first) in [
        ("app", "AAPL"),
        ("apple", "AAPL"),
        ("APP", "AAPL"),
        ("apple hosp", "APLE"),
        ("applov", "APP"),
        ("aap", "AAPL"),
        ("goog", "GOOG"),
        ("google", "GOOGL"),
        ("alphabet", "GOOGL"),
        ("alphabet c", "GOOG"),
        ("brk b", "BRK.B"),
        ("brk/b", "BRK.B"),
        ("BRK-A", "BRK.A"),
        ("brka", "BRK.A"),
        ("brk", "BRK.B"),
        ("berkshire", "BRK.B"),
        ("berkshire a", "BRK.A"),
        ("hathaway", "BRK.B"),
        ("facebook", "META"),
        ("t", "T"),
        ("at&t", "T"),
        ("att", "T"),
        ("a", "A"),
        ("f", "F"),
        ("ford", "F"),
        ("bank of america", "BAC"),
        ("america bank", "BAC"),
        ("bac-pd", "BAC-PD"),
        ("BAC^D", "BAC-PD"),
        ("bac.prd", "BAC-PD"),
        ("$app", "APP"),
        ("NASDAQ:APP", "APP"),
        ("aapl.us", "AAPL"),
        ("brkb", "BRK.B"),
        ("nvda price", "NVDA"),
        ("Apple stock price today", "AAPL"),
        ("micro-soft", "MSFT"),
        ("mcdonalds", "MCD"),
        ("McDonald’s", "MCD"),
        ("AAPL Apple Inc. Common Stock", "AAPL"),
        ("jp morgan", "JPM"),
    ] {
        assert_eq!(found(query).first().map(String::as_str), Some(first), "{query}: {:?}", found(query));
    }
}

#[test]
fn one_wrong_letter_is_forgiven() {
    for (query, first) in [
        ("aplpe", "AAPL"),
        ("appple", "AAPL"),
        ("microsft", "MSFT"),
        ("mircosoft", "MSFT"),
        ("nvdia", "NVDA"),
        ("mvidia", "NVDA"),
        ("berkshre", "BRK.B"),
        ("alphabrt", "GOOGL"),
        ("bank of amerika", "BAC"),
        ("aplp", "AAPL"),
        ("msfy", "MSFT"),
    ] {
        assert_eq!(found(query).first().map(String::as_str), Some(first), "{query}: {:?}", found(query));
    }
    assert_eq!(found("qzxv"), Vec::<String>::new());
}

#[test]
fn words_that_describe_every_security_find_none() {
    assert_eq!(found("common"), Vec::<String>::new());
    assert_eq!(found(" "), Vec::<String>::new());
    assert_eq!(found("漢字"), Vec::<String>::new());
}

#[test]
fn every_symbol_finds_itself_and_the_limit_holds() {
    let list = list();
    for listing in &list {
        let hits = list.search(listing.symbol.as_str(), 3);
        assert!(hits.contains(&listing) && hits.len() <= 3, "{}", listing.symbol);
    }
    assert!(list.search("a", 0).is_empty());
}

#[test]
fn a_hostile_query_is_answered_in_bounded_work() {
    let listings: Vec<Listing> = (0..8_000)
        .map(|at| Listing {
            symbol: Symbol::parse(&format!("Q{at}")).unwrap(),
            name: format!("aaaa aaab aaac {at} Holdings"),
            exchange: String::new(),
            sector: String::new(),
            cik: None,
        })
        .collect();
    let list = StockList::from_listings(listings).unwrap();
    for query in ["a ".repeat(5_000), "a".repeat(10_000), "\u{1}\n \0".repeat(2_500), "aaad ".repeat(40)] {
        assert!(list.search(&query, 20).len() <= 20);
    }
}

#[test]
fn a_typing_error_differs_from_another_word() {
    let near = |typed: &str, listed: &str| is_nearly_prefix(typed.as_bytes(), listed.as_bytes());
    assert!(near("appl", "apple") && near("apqle", "apple") && near("aple", "apple"));
    assert!(near("appple", "apple") && !near("palpe", "apple") && near("paple", "apple"));
    assert!(near("applee", "apple") && !near("appleee", "apple") && !near("xyple", "apple"));
}
