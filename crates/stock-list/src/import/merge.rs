//! Merges the records of all files into one listing a symbol, the best known first.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use forecast_types::Symbol;

use crate::import::names::with_class;
use crate::import::parse::Record;
use crate::import::{ImportOptions, Summary};
use crate::listing::{FUND_SECTOR, kind_of};
use crate::{Listing, SecurityKind};

struct Candidate {
    listing: Listing,
    /// Place in the former list; those not in it come after.
    place: usize,
    market_cap: f64,
}

pub(super) fn merge(
    records: Vec<Record>,
    former: Vec<Listing>,
    options: ImportOptions,
) -> (Vec<Listing>, Summary) {
    let mut summary = Summary::default();
    let mut candidates: Vec<Candidate> = Vec::with_capacity(records.len());
    let mut by_symbol: HashMap<Symbol, usize> = HashMap::with_capacity(records.len());
    for record in records {
        let Ok(symbol) = Symbol::parse(&record.symbol) else {
            summary.unreadable.push(record.symbol);
            continue;
        };
        if record.test_issue {
            summary.test_issues += 1;
            continue;
        }
        if record.name.is_empty() {
            summary.unreadable.push(record.symbol);
            continue;
        }
        match by_symbol.entry(symbol.clone()) {
            Entry::Occupied(at) => {
                if !complete(&mut candidates[*at.get()], record) {
                    summary.repeated += 1;
                }
            }
            Entry::Vacant(free) => {
                free.insert(candidates.len());
                candidates.push(candidate(symbol, record));
            }
        }
    }

    for (place, known) in former.into_iter().enumerate() {
        if let Some(&at) = by_symbol.get(&known.symbol) {
            let candidate = &mut candidates[at];
            candidate.place = place;
            candidate.listing.cik = known.cik;
            fill(&mut candidate.listing.exchange, known.exchange);
            // Some of the screener's sectors are wrong (Visa as real estate), so what is known stays.
            if !known.sector.is_empty() {
                candidate.listing.sector = known.sector;
            }
        } else {
            summary.gone += 1;
            if options.keep {
                candidates.push(Candidate { listing: known, place, market_cap: 0.0 });
            }
        }
    }

    candidates.retain(|candidate| {
        let listing = &candidate.listing;
        let kind = listing.kind();
        let wanted = options.all || matches!(kind, SecurityKind::Common | SecurityKind::Fund);
        if !wanted {
            *summary.left_out.entry(kind).or_default() += 1;
        }
        wanted
    });
    candidates.sort_by(|a, b| {
        let by_place = a.place.cmp(&b.place).then(b.market_cap.total_cmp(&a.market_cap));
        let by_kind = a.listing.kind().cmp(&b.listing.kind());
        by_place.then(by_kind).then_with(|| a.listing.symbol.cmp(&b.listing.symbol))
    });
    let listings: Vec<Listing> = candidates.into_iter().map(|candidate| candidate.listing).collect();
    summary.kept = listings.len();
    summary.funds = listings.iter().filter(|listing| listing.kind() == SecurityKind::Fund).count();
    summary.shared_names = shared_names(&listings);
    (listings, summary)
}

fn candidate(symbol: Symbol, record: Record) -> Candidate {
    let is_fund = record.fund && kind_of(&symbol, &record.name) == SecurityKind::Common;
    let sector = if is_fund { FUND_SECTOR.to_owned() } else { record.sector };
    let name = with_class(record.name, &symbol);
    let listing = Listing { symbol, name, exchange: record.exchange, sector, cik: None };
    Candidate { listing, place: usize::MAX, market_cap: record.market_cap.unwrap_or(0.0) }
}

/// Adds what another file has about the same security; returns whether anything was new.
fn complete(candidate: &mut Candidate, record: Record) -> bool {
    let mut is_new = fill(&mut candidate.listing.exchange, record.exchange);
    if record.fund && candidate.listing.sector != FUND_SECTOR {
        candidate.listing.sector = FUND_SECTOR.to_owned();
        is_new = true;
    }
    is_new |= fill(&mut candidate.listing.sector, record.sector);
    if candidate.market_cap == 0.0
        && let Some(market_cap) = record.market_cap
    {
        candidate.market_cap = market_cap;
        is_new = true;
    }
    is_new
}

fn fill(field: &mut String, value: String) -> bool {
    let fills = field.is_empty() && !value.is_empty();
    if fills {
        *field = value;
    }
    fills
}

fn shared_names(listings: &[Listing]) -> usize {
    let mut counts: HashMap<&str, usize> = HashMap::with_capacity(listings.len());
    for listing in listings {
        *counts.entry(&listing.name).or_default() += 1;
    }
    counts.values().filter(|&&count| count > 1).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(symbol: &str, name: &str) -> Record {
        Record { symbol: symbol.to_owned(), name: name.to_owned(), ..Record::default() }
    }

    fn symbols(listings: &[Listing]) -> Vec<&str> {
        listings.iter().map(|listing| listing.symbol.as_str()).collect()
    }

    #[test]
    fn files_complete_each_other_and_the_former_list_gives_the_order() {
        let records = vec![
            Record { exchange: "NASDAQ".to_owned(), ..record("AAPL", "Apple Inc. Common Stock") },
            Record { exchange: "NASDAQ".to_owned(), fund: true, ..record("QQQ", "Invesco QQQ Trust") },
            Record { market_cap: Some(9e9), sector: "Industrials".to_owned(), ..record("BIG", "Big Corp") },
            Record { market_cap: Some(3e12), sector: "Technology".to_owned(), ..record("AAPL", "Apple") },
            Record { market_cap: Some(5e11), sector: "Real Estate".to_owned(), ..record("V", "Visa Inc.") },
        ];
        let visa = Listing {
            symbol: Symbol::parse("V").unwrap(),
            name: "Visa".to_owned(),
            exchange: "NYSE".to_owned(),
            sector: "Finance".to_owned(),
            cik: Some(1_403_161),
        };

        let (listings, summary) = merge(records, vec![visa], ImportOptions::default());

        assert_eq!(symbols(&listings), ["V", "AAPL", "BIG", "QQQ"]);
        assert_eq!((listings[0].sector.as_str(), listings[0].exchange.as_str()), ("Finance", "NYSE"));
        assert_eq!(listings[0].cik, Some(1_403_161));
        assert_eq!(
            (listings[1].name.as_str(), listings[1].sector.as_str()),
            ("Apple Inc. Common Stock", "Technology")
        );
        assert_eq!((listings[3].kind(), summary.funds, summary.repeated), (SecurityKind::Fund, 1, 0));
    }

    #[test]
    fn only_stocks_and_funds_are_imported_unless_all_are_wanted() {
        let records = || {
            vec![
                record("ABC", "ABC Corp Common Stock"),
                record("ABC^D", "ABC Corp Preferred Stock"),
                record("ABCW", "ABC Corp Warrant"),
                record("ABC", "ABC Corp Common Stock"),
                record("A?B", "Spoiled Corp"),
                Record { test_issue: true, ..record("ZTST", "Test") },
            ]
        };

        let (few, summary) = merge(records(), Vec::new(), ImportOptions::default());
        let (all, _) = merge(records(), Vec::new(), ImportOptions { all: true, ..Default::default() });

        assert_eq!(symbols(&few), ["ABC"]);
        assert_eq!(symbols(&all), ["ABC", "ABC-PD", "ABCW"]);
        assert_eq!((summary.repeated, summary.test_issues, summary.unreadable.len()), (1, 1, 1));
        assert_eq!(summary.left_out.values().sum::<usize>(), 2);
    }

    #[test]
    fn two_classes_under_one_name_both_stay_and_are_kept_distinct() {
        let records =
            vec![record("BRK/A", "Berkshire Hathaway Inc."), record("BRK/B", "Berkshire Hathaway Inc.")];

        let (listings, summary) = merge(records, Vec::new(), ImportOptions::default());

        assert_eq!((symbols(&listings), summary.shared_names), (vec!["BRK.A", "BRK.B"], 0));
        assert_eq!(listings[1].name, "Berkshire Hathaway Inc. Class B");
    }

    #[test]
    fn stocks_in_no_file_go_unless_they_are_to_be_kept() {
        let old = Listing {
            symbol: Symbol::parse("OLD").unwrap(),
            name: "Old Corp".to_owned(),
            exchange: String::new(),
            sector: String::new(),
            cik: None,
        };
        let options = ImportOptions { keep: true, ..Default::default() };

        let (without, summary) =
            merge(vec![record("NEW", "New Corp")], vec![old.clone()], ImportOptions::default());
        let (with, _) = merge(vec![record("NEW", "New Corp")], vec![old], options);

        assert_eq!((symbols(&without), summary.gone), (vec!["NEW"], 1));
        assert_eq!(symbols(&with), ["OLD", "NEW"]);
    }
}
