//! The contract of every store, whether a folder or a bucket.

use std::collections::BTreeMap;

use bytes::Bytes;
use forecast_store::{
    Created, Manifest, MarketSummary, RecordSummary, RecordedSession, Store, StoreError, Swapped, paths,
    publish,
};
use jiff::Timestamp;
use jiff::civil::{Date, date};

use crate::rows;

const SESSION: Date = date(2024, 2, 20);
const BASE: [[f64; 7]; 14] = [[-1.6, -1.2, -0.5, 0.0, 0.5, 1.1, 1.5]; 14];

/// Checks all of it on an empty store.
pub(crate) async fn check(store: &Store) {
    an_existing_object_is_never_replaced(store).await;
    a_swap_needs_the_version_it_was_made_from(store).await;
    objects_are_listed_in_order_and_can_be_deleted_twice(store).await;
    a_writer_can_start_over_after_any_step(store).await;
}

async fn an_existing_object_is_never_replaced(store: &Store) {
    assert_eq!(store.get("once/a").await.unwrap(), None);
    assert_eq!(store.create("once/a", "first").await.unwrap(), Created::New);
    assert_eq!(store.create("once/a", "first").await.unwrap(), Created::Same);
    assert_eq!(store.create("once/a", "other").await.unwrap(), Created::Other(Bytes::from("first")));
    assert_eq!(store.get("once/a").await.unwrap(), Some(Bytes::from("first")));
    let error = store.create_same("once/a", "other").await.unwrap_err();
    assert_eq!(error.to_string(), "once/a already exists in the store with different content");
}

async fn a_swap_needs_the_version_it_was_made_from(store: &Store) {
    assert_eq!(store.swap("swapped", "one", None).await.unwrap(), Swapped::Done);
    assert_eq!(store.swap("swapped", "two", None).await.unwrap(), Swapped::Changed);
    let (_, first) = store.get_versioned("swapped").await.unwrap().unwrap();
    assert_eq!(store.swap("swapped", "three", Some(&first)).await.unwrap(), Swapped::Done);
    assert_eq!(store.swap("swapped", "four", Some(&first)).await.unwrap(), Swapped::Changed);
    // The response was lost, and the writer tries again.
    assert_eq!(store.swap("swapped", "three", Some(&first)).await.unwrap(), Swapped::Done);
    assert_eq!(store.get("swapped").await.unwrap(), Some(Bytes::from("three")));
}

async fn objects_are_listed_in_order_and_can_be_deleted_twice(store: &Store) {
    for name in ["listed/b", "listed/a", "listed/c/d", "listed-not"] {
        store.put(name, "old").await.unwrap();
        store.put(name, "new").await.unwrap();
    }
    assert_eq!(store.list("listed").await.unwrap(), ["listed/a", "listed/b", "listed/c/d"]);
    store.delete("listed/a").await.unwrap();
    store.delete("listed/a").await.unwrap();
    assert_eq!(store.list("listed").await.unwrap(), ["listed/b", "listed/c/d"]);
    assert_eq!(store.get("listed/b").await.unwrap(), Some(Bytes::from("new")));
}

/// A writer dies after each of its steps, and the next one repeats all of them. Nothing is published before the last.
async fn a_writer_can_start_over_after_any_step(store: &Store) {
    let sealed_at: Timestamp = "2024-02-20T22:00:00Z".parse().unwrap();
    for steps in 0..4 {
        write(store, sealed_at, steps).await;
        assert_eq!(Manifest::read(store).await.unwrap(), Manifest::default(), "after {steps} steps");
        assert!(RecordSummary::read(store).await.unwrap().is_none());
    }
    write(store, sealed_at, 4).await;
    let mut objects = BTreeMap::new();
    for path in store.list("").await.unwrap() {
        objects.insert(path.clone(), store.get(&path).await.unwrap().unwrap());
    }
    write(store, sealed_at, 4).await;
    for (path, bytes) in &objects {
        assert_eq!(store.get(path).await.unwrap().as_ref(), Some(bytes), "{path}");
    }
    let names = [paths::MANIFEST.to_owned(), paths::RECORD_PAGE.to_owned(), paths::forecasts(SESSION)];
    assert!(names.iter().all(|name| objects.contains_key(name)), "{:?}", objects.keys());

    assert_eq!(store.forecasts(SESSION).await.unwrap().unwrap(), rows::forecasts(SESSION, 60));
    assert_eq!(store.outcomes(SESSION).await.unwrap().unwrap(), rows::outcomes(SESSION, 60));
    let record = RecordSummary::read(store).await.unwrap().unwrap();
    assert_eq!((record.forecasts, record.pending, record.outcomes), (60, 60, 60));
    assert_eq!(MarketSummary::read(store).await.unwrap().unwrap().forecasts, 60);

    let mut others = rows::forecasts(SESSION, 60);
    others[7].sigma += 1;
    let error = store.seal_forecasts(SESSION, &others).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
    others.swap(0, 1);
    assert!(store.seal_forecasts(SESSION, &others).await.is_err());
}

async fn write(store: &Store, sealed_at: Timestamp, steps: usize) {
    let mut sealed = RecordedSession::default();
    if steps >= 1 {
        store.write_baseline(&rows::model(), &BASE).await.unwrap();
    }
    if steps >= 2 {
        let rows = rows::forecasts(SESSION, 60);
        sealed.forecasts = Some(store.seal_forecasts(SESSION, &rows).await.unwrap());
    }
    if steps >= 3 {
        let rows = rows::outcomes(SESSION, 60);
        sealed.outcomes = Some(store.seal_outcomes(SESSION, &rows).await.unwrap());
    }
    if steps >= 4 {
        publish(store, [(SESSION, sealed)].into(), sealed_at, &|_| None).await.unwrap();
    }
}
