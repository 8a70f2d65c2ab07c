use forecast_store::{ListedStock, MarketSummary, RecordedSession, Store, StoreUrl, publish};
use forecast_types::Symbol;
use jiff::civil::{Date, date};

use crate::rows;

const DAYS: [Date; 2] = [date(2024, 2, 20), date(2024, 2, 21)];

/// Every third stock has no sector.
fn listed(symbol: &Symbol) -> Option<ListedStock> {
    let index = usize::from(symbol.as_str().as_bytes()[2] - b'A');
    let sector = ["Energy", "Utilities", ""][index % 3].to_owned();
    (index % 5 != 4).then(|| ListedStock { name: format!("{symbol} Inc."), sector })
}

#[tokio::test]
async fn the_market_summary_has_ranges_outcomes_reports_and_sectors() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreUrl::Folder(folder.path().to_owned())).unwrap();
    store.write_baseline(&rows::model(), &[[0.0; 7]; 14]).await.unwrap();
    let mut sealed = std::collections::BTreeMap::new();
    for day in DAYS {
        let files = RecordedSession {
            forecasts: Some(store.seal_forecasts(day, &rows::forecasts(day, 20)).await.unwrap()),
            outcomes: Some(store.seal_outcomes(day, &rows::outcomes(day, 20)).await.unwrap()),
        };
        sealed.insert(day, files);
    }
    publish(&store, sealed, "2024-02-21T22:00:00Z".parse().unwrap(), &listed).await.unwrap();

    let summary = MarketSummary::read(&store).await.unwrap().unwrap();

    assert_eq!((summary.session, summary.last_ahead, summary.forecasts), (DAYS[1], date(2024, 3, 12), 20));
    // Ranges widen with the index in the list.
    assert_eq!((summary.widest[0].symbol.as_str(), summary.narrowest[0].symbol.as_str()), ("AAT", "AAA"));
    assert_eq!((summary.narrowest[0].name.as_str(), summary.widest[0].name.as_str()), ("AAA Inc.", "AAT"));
    // The 80% range of one session is about 1.4% to either side and more; stocks moved by up to 1.2%.
    assert_eq!(summary.held_today.of, 18, "two were halted");
    assert_eq!(summary.held_today.inside + summary.left_below + summary.left_above, 18);
    assert_eq!(summary.left_range.len() as u64, summary.left_below + summary.left_above);
    let sectors: Vec<&str> = summary.sectors.iter().map(|sector| sector.sector.as_str()).collect();
    assert_eq!(sectors, ["Energy", "Utilities", ""]);
    assert_eq!(summary.sectors.iter().map(|sector| sector.forecasts).sum::<u64>(), 20);
    assert_eq!(summary.sectors.iter().map(|sector| sector.held_today.of).sum::<u64>(), 18);

    // Reports after the close are due on the day before the session that reacts, within fourteen days.
    let days: Vec<Date> = summary.reports.iter().map(|day| day.date).collect();
    assert!(days.is_sorted() && days[0] == DAYS[1] && *days.last().unwrap() <= date(2024, 3, 6), "{days:?}");
    let due = &summary.reports[0].reports[0];
    assert_eq!((due.symbol.as_str(), due.session), ("AAA", 1));
    let reports: usize = summary.reports.iter().map(|day| day.reports.len()).sum();
    assert_eq!(summary.sectors.iter().map(|sector| sector.reports).sum::<u64>(), reports as u64);
}
