use forecast_store::{Digest, Manifest, Store, StoreUrl};

use crate::contract;

fn open(folder: &tempfile::TempDir) -> Store {
    Store::open(&StoreUrl::Folder(folder.path().join("a store"))).unwrap()
}

#[tokio::test]
async fn a_folder_fulfills_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    contract::check(&open(&folder)).await;
}

#[tokio::test]
async fn a_missing_folder_is_an_empty_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    assert_eq!(store.get("a").await.unwrap(), None);
    assert!(store.list("a").await.unwrap().is_empty());
    assert_eq!(Manifest::read(&store).await.unwrap(), Manifest::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_changes_are_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    let writers: Vec<_> = (0..16)
        .map(|writer: u8| {
            let store = open(&folder);
            tokio::spawn(async move {
                let change = |manifest: &mut Manifest| {
                    manifest.pages.insert(format!("page {writer}"), Digest::of(&[writer]));
                };
                Manifest::change(&store, change).await.unwrap();
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(Manifest::read(&open(&folder)).await.unwrap().pages.len(), 16);
}
