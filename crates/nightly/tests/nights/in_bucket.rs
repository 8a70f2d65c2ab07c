//! Nights in a bucket, as in the cloud.

use std::collections::BTreeMap;

use forecast_store::{Store, StoreUrl};
use nightly::RunOutcome;
use tokio_util::bytes::Bytes;

use crate::bucket;
use crate::world::{FRIDAY, MONDAY, Settings, World, list_of, night_in, open};

#[test]
fn tasks_at_the_same_time_write_to_a_bucket_what_one_writes_to_a_folder() {
    bucket::run_with_a_bucket("in_bucket::nights_in_a_bucket");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the test above runs it, with the address of a server"]
async fn nights_in_a_bucket() {
    if !bucket::is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (alone, list) = (folder.path().join("store"), list_of(folder.path(), 160));
    let url: StoreUrl = bucket::URL.parse().unwrap();
    for time in [FRIDAY, MONDAY] {
        let world = World::at(time).await;
        let task = |index| night_in(url.clone(), &list, (index, 3), &world.predict, world.now);

        let (first, second, third) = tokio::join!(task(0), task(1), task(2));

        let outcomes = [first, second, third].map(Result::unwrap);
        assert!(outcomes.iter().any(|outcome| matches!(outcome, RunOutcome::Sealed(_))), "{outcomes:?}");
        world.night(&Settings { store: &alone, list: &list, task: (0, 1) }).await.unwrap();
    }
    let there = objects_of(&Store::open(&url).unwrap()).await;
    let mut expected = objects_of(&open(&alone)).await;
    expected.remove(".lock").expect("a folder is locked while a file is swapped; a bucket swaps by itself");
    let paths = |objects: &BTreeMap<String, Bytes>| objects.keys().cloned().collect::<Vec<_>>();
    assert_eq!(paths(&there), paths(&expected));
    assert!(there == expected, "the bucket holds the same bytes as the folder");
}

async fn objects_of(store: &Store) -> BTreeMap<String, Bytes> {
    let mut objects = BTreeMap::new();
    for path in store.list("").await.unwrap() {
        let bytes = store.get(&path).await.unwrap().unwrap();
        objects.insert(path, bytes);
    }
    objects
}
