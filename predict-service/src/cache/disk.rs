//! A file that keeps fetched series and the count of spent calls for one instance.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use feature_sources::Ledger;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use jiff::civil::Date;
use redb::{
    Database, DatabaseError, ReadableDatabase as _, ReadableTable as _, StorageError, TableDefinition,
};

use super::store::Store;

const FILE: &str = "fortnight-cache.redb";
/// Until when (Unix seconds), and what.
const SERIES: TableDefinition<'_, &str, (i64, &[u8])> = TableDefinition::new("series");
/// EODHD calls by UTC day.
const CALLS: TableDefinition<'_, &str, i64> = TableDefinition::new("calls");

/// Writes waiting at once; more are forgotten rather than let a slow disk fill the memory.
const WAITING_WRITES: usize = 256;
/// A write transaction takes so many at most.
const BATCH: usize = 64;
/// Expired series are cleared out once in so many batches.
const BATCHES_A_CLEARING: u32 = 100;
/// What the file's own cache may hold of the memory.
const MEMORY_BYTES: usize = 8 * 1024 * 1024;

/// Why there is no file to keep things in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiskError {
    #[error("cannot make the folder {}", .0.display())]
    Folder(PathBuf, #[source] std::io::Error),
    #[error("cannot open {}", .0.display())]
    Open(PathBuf, #[source] Box<redb::Error>),
}

/// A store and a ledger in one file. Reads come from the system's page cache; writes wait in a queue.
///
/// The file belongs to one process, so the calls are counted in memory and only written down: nobody waits for a
/// slow disk before a request goes out.
#[derive(Debug)]
pub(crate) struct Disk {
    database: Arc<Database>,
    calls: Mutex<Option<(Date, i64)>>,
    /// `None` only while it is dropped.
    writes: Option<SyncSender<Write>>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Write {
    Series { key: String, until: i64, bytes: Vec<u8>, now: i64 },
    Calls { day: Date, total: i64 },
}

impl Disk {
    /// Opens the file in a folder, and makes both where they are absent. A damaged file is put aside.
    pub(crate) fn open(folder: &Path) -> Result<Self, DiskError> {
        std::fs::create_dir_all(folder).map_err(|error| DiskError::Folder(folder.to_owned(), error))?;
        let path = folder.join(FILE);
        let failed = |error: redb::Error| DiskError::Open(path.clone(), Box::new(error));
        let database = match create(&path) {
            Err(DatabaseError::Storage(StorageError::Corrupted(_) | StorageError::Io(_))) => {
                tracing::warn!(path = %path.display(), "the cache file is damaged and put aside");
                std::fs::rename(&path, path.with_extension("damaged"))
                    .map_err(|error| failed(redb::Error::Io(error)))?;
                create(&path)
            }
            opened => opened,
        };
        let database = Arc::new(database.map_err(|error| failed(error.into()))?);
        make_tables(&database).map_err(failed)?;
        let calls = Mutex::new(last_count(&database).map_err(failed)?);
        let (writes, queue) = sync_channel(WAITING_WRITES);
        let written = Arc::clone(&database);
        let writer = std::thread::Builder::new()
            .name("cache-writer".to_owned())
            .spawn(move || write_all(&written, &queue))
            .map_err(|error| failed(redb::Error::Io(error)))?;
        Ok(Self { database, calls, writes: Some(writes), writer: Some(writer) })
    }

    /// Returns whether the write found a place in the queue.
    fn enqueue(&self, write: Write) -> bool {
        self.writes.as_ref().is_some_and(|writes| writes.try_send(write).is_ok())
    }
}

impl Drop for Disk {
    /// Waits until what is in the queue has been written.
    fn drop(&mut self) {
        self.writes = None;
        if let Some(writer) = self.writer.take() {
            // A panic of the writer has been told by itself.
            let _ = writer.join();
        }
    }
}

fn create(path: &Path) -> Result<Database, DatabaseError> {
    Database::builder().set_cache_size(MEMORY_BYTES).create(path)
}

fn make_tables(database: &Database) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    transaction.open_table(SERIES)?;
    transaction.open_table(CALLS)?;
    transaction.commit()?;
    Ok(())
}

impl Store for Disk {
    fn get(&self, key: &str) -> BoxFuture<'_, Option<Vec<u8>>> {
        let (database, key) = (Arc::clone(&self.database), key.to_owned());
        Box::pin(async move {
            let read = move || read(&database, &key).ok().flatten();
            tokio::task::spawn_blocking(read).await.ok().flatten()
        })
    }

    fn put(&self, key: String, bytes: Vec<u8>, until: Timestamp, now: Timestamp) {
        let write = Write::Series { key, until: until.as_second(), bytes, now: now.as_second() };
        if !self.enqueue(write) {
            tracing::debug!("the cache file does not keep up; a series is not kept");
        }
    }
}

fn read(database: &Database, key: &str) -> Result<Option<Vec<u8>>, redb::Error> {
    let table = database.begin_read()?.open_table(SERIES)?;
    Ok(table.get(key)?.map(|kept| kept.value().1.to_vec()))
}

/// Runs on a thread of its own until the store is dropped.
fn write_all(database: &Database, queue: &Receiver<Write>) {
    let mut batches = 0_u32;
    while let Ok(first) = queue.recv() {
        let batch: Vec<Write> = std::iter::once(first).chain(queue.try_iter().take(BATCH - 1)).collect();
        let clear = batches.is_multiple_of(BATCHES_A_CLEARING);
        batches = batches.wrapping_add(1);
        if let Err(error) = write(database, &batch, clear) {
            tracing::warn!(%error, "the cache file cannot be written");
        }
    }
}

fn write(database: &Database, batch: &[Write], clear: bool) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut series = transaction.open_table(SERIES)?;
        let mut counts = transaction.open_table(CALLS)?;
        let mut latest = None;
        for write in batch {
            match write {
                Write::Series { key, until, bytes, now } => {
                    series.insert(key.as_str(), (*until, bytes.as_slice()))?;
                    latest = Some(*now);
                }
                Write::Calls { day, total } => {
                    let day = day.to_string();
                    counts.insert(day.as_str(), *total)?;
                    // Past days are of no use any more.
                    counts.retain(|held, _| held >= day.as_str())?;
                }
            }
        }
        if let Some(now) = latest.filter(|_| clear) {
            series.retain(|_, (until, _)| until > now)?;
        }
    }
    transaction.commit()?;
    Ok(())
}

impl Ledger for Disk {
    fn add(&self, day: Date, calls: i64) -> BoxFuture<'_, Option<i64>> {
        let mut held = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let before = held.filter(|(of, _)| *of == day).map_or(0, |(_, total)| total);
        let total = (before + calls).max(0);
        *held = Some((day, total));
        // Within the lock, so that the newest total is the last to be written.
        if !self.enqueue(Write::Calls { day, total }) {
            tracing::debug!("the cache file does not keep up; the next count of calls makes up for this one");
        }
        Box::pin(std::future::ready(Some(total)))
    }
}

/// The newest day's count.
fn last_count(database: &Database) -> Result<Option<(Date, i64)>, redb::Error> {
    let table = database.begin_read()?.open_table(CALLS)?;
    let newest = table.last()?;
    Ok(newest.and_then(|(day, total)| Some((day.value().parse().ok()?, total.value()))))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// The writer works in the background; what it has written is there sooner or later.
    async fn eventually(disk: &Disk, key: &str) -> Vec<u8> {
        loop {
            if let Some(bytes) = disk.get(key).await {
                return bytes;
            }
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn what_was_kept_and_counted_outlives_the_process() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::open(folder.path()).unwrap();
        disk.put("a".to_owned(), b"series".to_vec(), at(100), at(0));
        assert_eq!(eventually(&disk, "a").await, b"series");
        assert_eq!(disk.add(date(2026, 11, 23), 10).await, Some(10));
        drop(disk);

        let disk = Disk::open(folder.path()).unwrap();

        assert_eq!(disk.get("a").await.unwrap(), b"series");
        assert_eq!(disk.add(date(2026, 11, 23), 10).await, Some(20));
        assert_eq!(disk.add(date(2026, 11, 23), -30).await, Some(0));
        assert_eq!(disk.add(date(2026, 11, 24), 10).await, Some(10));
    }

    #[tokio::test]
    async fn dropping_it_writes_what_is_still_in_the_queue() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::open(folder.path()).unwrap();
        for number in 0..100 {
            disk.put(format!("{number}"), b"series".to_vec(), at(100), at(0));
        }
        drop(disk);

        let disk = Disk::open(folder.path()).unwrap();

        for number in 0..100 {
            assert!(disk.get(&number.to_string()).await.is_some(), "{number}");
        }
    }

    #[tokio::test]
    async fn a_damaged_file_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), vec![0x5a; 100_000]).unwrap();

        let disk = Disk::open(folder.path()).unwrap();

        assert_eq!(disk.get("a").await, None);
        assert!(folder.path().join("fortnight-cache.damaged").is_file());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_that_names_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Disk::open(&file.path().join("cache")).unwrap_err();
        assert!(error.to_string().contains("cache"), "{error}");
    }
}
