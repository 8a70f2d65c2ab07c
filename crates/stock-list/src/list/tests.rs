use super::*;

const LIST: &str = "symbol,name,exchange,sector\n\
    AAPL,Apple Inc. Common Stock,NASDAQ,Technology\n\
    NA , Nano Labs Ltd ,NASDAQ,Technology\n\
    BRK.A,Berkshire Hathaway Inc.,NYSE,Finance\n\
    BRK.B,Berkshire Hathaway Inc.,NYSE,Finance\n\
    BAC.PRB,Bank of America Preferred Stock Series B,NYSE,Finance\n";

fn symbol(text: &str) -> Symbol {
    Symbol::parse(text).unwrap()
}

fn refused(text: &str) -> String {
    StockList::read(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn the_default_file_falls_back_to_the_built_in_list_and_no_other_does() {
    // Tests run in the folder of their crate, where there is no `data`.
    let list = StockList::load(Path::new(StockList::DEFAULT_PATH)).unwrap();
    assert!(list.get(&symbol("AAPL")).is_some());
    assert!(matches!(StockList::load(Path::new("data/mine.csv")), Err(StockListError::Open { .. })));
}

#[test]
fn a_symbol_in_any_spelling_or_an_exact_name_resolves() {
    let list = StockList::read(LIST.as_bytes()).unwrap();

    for (given, expected) in [
        ("aapl", "AAPL"),
        (" apple inc.  common stock", "AAPL"),
        ("brk-b", "BRK.B"),
        ("brkb", "BRK.B"),
        ("bacprb", "BAC-PB"),
        ("BAC^B", "BAC-PB"),
        ("NYSE:BRK.A", "BRK.A"),
        ("$aapl", "AAPL"),
        ("AAPL.US", "AAPL"),
        ("na", "NA"),
    ] {
        let Resolution::Found(listing) = list.resolve(given) else { panic!("{given}") };
        assert_eq!(listing.symbol, symbol(expected));
    }
    for unknown in ["ACME", "", "Apple", "\0", &"x".repeat(10_000), "../etc"] {
        assert_eq!(list.resolve(unknown), Resolution::Unknown);
    }
}

#[test]
fn a_name_that_two_symbols_share_is_ambiguous_not_lost() {
    let list = StockList::read(LIST.as_bytes()).unwrap();

    let Resolution::Ambiguous(both) = list.resolve("BERKSHIRE HATHAWAY INC.") else { panic!() };

    assert_eq!(both.iter().map(|one| one.symbol.as_str()).collect::<Vec<_>>(), ["BRK.A", "BRK.B"]);
}

#[test]
fn companies_that_left_the_exchange_are_explained() {
    let list = StockList::read(LIST.as_bytes()).unwrap();
    assert!(list.delisted("Twitter").unwrap().contains("private"));
    assert!(list.delisted("twtr stock price").is_some() && list.delisted("apple").is_none());
}

#[test]
fn neighbours_are_those_of_the_file() {
    let list = StockList::read(LIST.as_bytes()).unwrap();

    let first = list.neighbours(&symbol("AAPL")).unwrap();
    let third = list.neighbours(&symbol("BRK.A")).unwrap();

    assert_eq!((first.previous, first.next.unwrap().symbol.as_str()), (None, "NA"));
    assert_eq!(third.previous.unwrap().symbol.as_str(), "NA");
    assert_eq!(list.neighbours(&symbol("ZZZ")), None);
}

#[test]
fn a_list_that_cannot_be_read_is_refused_by_line() {
    assert!(refused("<html>").contains("`<html>`"));
    assert!(refused("symbol,name,exchange,sector\n").contains("empty"));
    assert!(refused("symbol,name,exchange,sector\nA?B,x,,\n").starts_with("line 2"));
    assert!(refused("symbol,name,exchange,sector\nA,x,,\nB,,,\n").starts_with("line 3"));
    assert!(refused("symbol,name,exchange,sector\nA,x,,\nA,y,,\n").contains("A a second time"));
}
