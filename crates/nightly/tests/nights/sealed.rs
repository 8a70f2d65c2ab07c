//! What a nightly run leaves in the store.

use forecast_record::LogName;
use forecast_store::{Manifest, OutcomeState};
use jiff::civil::date;
use nightly::{NightlyError, RunOutcome};

use crate::world::{FRIDAY, MONDAY, Settings, World, key, list_of, objects, open};

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_record_forecasts_and_outcomes() {
    let folder = tempfile::tempdir().unwrap();
    let (store, list) = (folder.path().join("store"), list_of(folder.path(), 60));
    let settings = Settings { store: &store, list: &list, task: (0, 1) };

    World::at(FRIDAY).await.night(&settings).await.unwrap();
    World::at(MONDAY).await.night(&settings).await.unwrap();

    let opened = open(&store);
    let (friday, monday) = (date(2026, 11, 20), date(2026, 11, 23));
    let manifest = Manifest::read(&opened).await.unwrap();
    assert_eq!(manifest.sessions.keys().copied().collect::<Vec<_>>(), [friday, monday]);
    assert!(manifest.sessions[&friday].outcomes.is_none(), "there was no forecast before it");
    let forecasts = opened.forecasts(monday).await.unwrap().unwrap();
    assert_eq!(forecasts.len(), 60);
    assert!(forecasts.is_sorted_by_key(|row| row.symbol.clone()));
    for row in &forecasts {
        assert!(row.sigma > 0 && row.fast_sigma > 0 && row.inputs.0 != [0; 16], "{row:?}");
        assert!((0..14).all(|ahead| row.quantiles.is_sorted_by_key(|level| level[ahead])), "{row:?}");
        assert_eq!(row.made_at, MONDAY.parse::<jiff::Timestamp>().unwrap().as_second());
    }
    let outcomes = opened.outcomes(monday).await.unwrap().unwrap();
    assert_eq!(outcomes.len(), 60);
    assert!(outcomes.iter().all(|row| row.state == OutcomeState::Traded && row.log_return.abs() < 5_000_000));
    assert!(outcomes.iter().any(|row| row.log_return != 0));

    let record = forecast_record::Record::new(opened, key());
    assert_eq!(record.newest(LogName::Forecasts).await.unwrap().unwrap().size, 120);
    assert_eq!(record.newest(LogName::Outcomes).await.unwrap().unwrap().size, 60);
    assert!(!objects(&store).keys().any(|path| path.starts_with("staging")), "staging is cleared");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_stock_is_reported_and_does_not_stop_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let (store, list) = (folder.path().join("store"), folder.path().join("list.txt"));
    std::fs::write(&list, "AAPL\nNOPE\nKO\n").unwrap();

    let night = World::at(FRIDAY).await.night(&Settings { store: &store, list: &list, task: (0, 1) }).await;

    let report = night.unwrap().to_string();
    assert_eq!(report, "2026-11-20: 2 of 3 stocks forecast\n  Unknown stock, 1: NOPE");
    let stored = open(&store).get("nights/2026-11-20.json").await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&stored).contains("no listed stock is called"));
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_share_the_list_and_request_each_stock_once() {
    let folder = tempfile::tempdir().unwrap();
    let (store, list) = (folder.path().join("store"), list_of(folder.path(), 160));
    let alone = folder.path().join("alone");
    let world = World::at(FRIDAY).await;
    let task = |index| Settings { store: &store, list: &list, task: (index, 3) };

    assert!(matches!(world.night(&task(2)).await, Ok(RunOutcome::Staged { .. })));
    assert!(matches!(world.night(&task(0)).await, Ok(RunOutcome::Staged { .. })));
    // A restarted task finds its work done.
    assert!(matches!(world.night(&task(0)).await, Ok(RunOutcome::Staged { .. })));
    assert!(matches!(world.night(&task(1)).await, Ok(RunOutcome::Sealed(_))));
    assert!(matches!(world.night(&task(1)).await, Ok(RunOutcome::AlreadySealed { .. })));

    let requests = world.price_requests();
    assert_eq!((requests.len(), requests.values().max()), (160, Some(&1)), "{requests:?}");
    World::at(FRIDAY).await.night(&Settings { store: &alone, list: &list, task: (0, 1) }).await.unwrap();
    assert!(objects(&store) == objects(&alone), "one task and three write the same bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_cannot_continue_with_another_list() {
    let folder = tempfile::tempdir().unwrap();
    let (store, list) = (folder.path().join("store"), list_of(folder.path(), 60));
    let world = World::at(FRIDAY).await;
    world.night(&Settings { store: &store, list: &list, task: (0, 2) }).await.unwrap();

    std::fs::write(&list, "KO\n").unwrap();
    let error = world.night(&Settings { store: &store, list: &list, task: (1, 2) }).await.unwrap_err();

    assert!(matches!(error, NightlyError::OtherList { first: 60, now: 1, .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsealed_run_is_dropped_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (store, list) = (folder.path().join("store"), list_of(folder.path(), 60));
    let half = Settings { store: &store, list: &list, task: (0, 2) };
    assert!(matches!(World::at(FRIDAY).await.night(&half).await, Ok(RunOutcome::Staged { .. })));

    World::at(MONDAY).await.night(&Settings { task: (0, 1), ..half }).await.unwrap();

    assert!(!objects(&store).keys().any(|path| path.starts_with("staging")), "staging is cleared");
    let manifest = Manifest::read(&open(&store)).await.unwrap();
    assert_eq!(manifest.sessions.keys().copied().collect::<Vec<_>>(), [date(2026, 11, 23)]);
}
