//! A folder that holds fetched series and the day's call count of one instance.
//!
//! Each series is a file of its own, so a damaged one costs one fetch, and deleting a file frees its space at once.
//! Together the files never take more than the limit; those used longest ago go first.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::SystemTime;

use feature_sources::Ledger;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use jiff::civil::Date;

use super::store::{LARGEST_ENTRY_BYTES, Store};

/// Locked while a process uses the folder.
const LOCK: &str = "lock";
/// The UTC day and the EODHD calls spent on it.
const CALLS: &str = "calls";
/// Only files in here are ever deleted.
const SERIES: &str = "series";
/// A file takes whole blocks of the disk.
const BLOCK_BYTES: u64 = 4096;
/// Writes waiting at once; more are dropped rather than let a slow disk fill the memory.
const WAITING_WRITES: usize = 128;

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiskError {
    #[error("cannot use the cache folder {}", .0.display())]
    Unusable(PathBuf, #[source] io::Error),
    #[error("another process uses the cache folder {}", .0.display())]
    InUse(PathBuf),
}

/// A store and a ledger in one folder. Reads come from the system's page cache; writes wait in a queue.
///
/// The folder belongs to one process, so calls are counted in memory and only written down: no request waits for a
/// slow disk before it goes out.
#[derive(Debug)]
pub(crate) struct Disk {
    series: PathBuf,
    calls: Mutex<Option<(Date, i64)>>,
    /// `None` only while it is dropped.
    writes: Option<SyncSender<Write>>,
    writer: Option<JoinHandle<()>>,
    _lock: File,
}

#[derive(Debug)]
enum Write {
    Series { key: String, bytes: Vec<u8> },
    Calls { day: Date, total: i64 },
}

impl Disk {
    /// Opens a folder whose series may take `max_bytes`; creates what is absent.
    pub(crate) fn open(folder: &Path, max_bytes: u64) -> Result<Self, DiskError> {
        let unusable = |error| DiskError::Unusable(folder.to_owned(), error);
        let series = folder.join(SERIES);
        fs::create_dir_all(&series).map_err(unusable)?;
        let lock = File::create(folder.join(LOCK)).map_err(unusable)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => DiskError::InUse(folder.to_owned()),
            TryLockError::Error(error) => unusable(error),
        })?;
        let mut writer = Writer::new(folder, max_bytes, write_file);
        writer.evict_to(max_bytes).map_err(unusable)?;
        let (writes, queue) = sync_channel(WAITING_WRITES);
        let writer = std::thread::Builder::new()
            .name("cache-writer".to_owned())
            .spawn(move || writer.run(&queue))
            .map_err(unusable)?;
        Ok(Self {
            series,
            calls: Mutex::new(last_count(&folder.join(CALLS))),
            writes: Some(writes),
            writer: Some(writer),
            _lock: lock,
        })
    }

    /// Returns whether the queue had room for the write.
    fn enqueue(&self, write: Write) -> bool {
        self.writes.as_ref().is_some_and(|writes| writes.try_send(write).is_ok())
    }
}

impl Drop for Disk {
    /// Waits until what is in the queue has been written.
    fn drop(&mut self) {
        self.writes = None;
        if let Some(writer) = self.writer.take() {
            // A panic of the writer is in the log already.
            let _ = writer.join();
        }
    }
}

impl Store for Disk {
    fn get(&self, key: &str) -> BoxFuture<'_, Option<Vec<u8>>> {
        let path = self.series.join(file_name(key));
        Box::pin(async move { tokio::task::spawn_blocking(move || read(&path).ok()).await.ok().flatten() })
    }

    fn put(&self, key: String, bytes: Vec<u8>, _until: Timestamp, _now: Timestamp) {
        if !self.enqueue(Write::Series { key, bytes }) {
            tracing::debug!("the cache folder is too slow; a series is not stored");
        }
    }
}

impl Ledger for Disk {
    fn add(&self, day: Date, calls: i64) -> BoxFuture<'_, Option<i64>> {
        let mut held = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let before = held.filter(|(of, _)| *of == day).map_or(0, |(_, total)| total);
        let total = (before + calls).max(0);
        *held = Some((day, total));
        // Within the lock, so that the newest total is the last to be written.
        if !self.enqueue(Write::Calls { day, total }) {
            tracing::debug!("the cache folder is too slow; the next count of calls makes up for this one");
        }
        Box::pin(std::future::ready(Some(total)))
    }

    fn recall<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Option<Vec<u8>>> {
        Store::get(self, name)
    }

    fn keep(&self, name: String, bytes: Vec<u8>, until: Timestamp, now: Timestamp) {
        Store::put(self, name, bytes, until, now);
    }
}

/// Does all writing, on a thread of its own.
struct Writer {
    series: PathBuf,
    calls: PathBuf,
    max_bytes: u64,
    used_bytes: u64,
    /// Logged once.
    has_been_full: bool,
    /// Logged when it begins and when it ends.
    is_failing: bool,
    /// Replaced in tests by one that runs out of space.
    write: fn(&Path, &[u8]) -> io::Result<()>,
}

impl Writer {
    fn new(folder: &Path, max_bytes: u64, write: fn(&Path, &[u8]) -> io::Result<()>) -> Self {
        Self {
            series: folder.join(SERIES),
            calls: folder.join(CALLS),
            max_bytes,
            used_bytes: 0,
            has_been_full: false,
            is_failing: false,
            write,
        }
    }

    fn run(mut self, queue: &Receiver<Write>) {
        while let Ok(write) = queue.recv() {
            let outcome = match write {
                Write::Series { key, bytes } => self.write_series(&key, &bytes),
                Write::Calls { day, total } => self.write_calls(day, total),
            };
            self.report(outcome);
        }
    }

    fn write_series(&mut self, key: &str, bytes: &[u8]) -> io::Result<()> {
        let size = size_on_disk(bytes.len() as u64);
        if size > self.max_bytes {
            return Ok(());
        }
        if self.used_bytes + size > self.max_bytes {
            // A quarter at once, so that not every write has to look through the folder.
            self.evict_to((self.max_bytes / 4 * 3).min(self.max_bytes - size))?;
        }
        let path = self.series.join(file_name(key));
        let replaced = fs::metadata(&path).map_or(0, |file| size_on_disk(file.len()));
        self.write_or_make_room(&path, bytes)?;
        self.used_bytes = (self.used_bytes + size).saturating_sub(replaced);
        Ok(())
    }

    fn write_calls(&mut self, day: Date, total: i64) -> io::Result<()> {
        let path = self.calls.clone();
        self.write_or_make_room(&path, format!("{day} {total}").as_bytes())
    }

    /// Writes a file; on a full disk, half of the series make room for it.
    fn write_or_make_room(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        match (self.write)(path, bytes) {
            Err(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
                if !std::mem::replace(&mut self.has_been_full, true) {
                    tracing::warn!(folder = %self.series.display(), "the disk is full; the cache deletes its oldest series");
                }
                self.evict_to(self.used_bytes / 2)?;
                (self.write)(path, bytes)
            }
            outcome => outcome,
        }
    }

    /// Deletes the series used longest ago until the others take no more than `bytes`.
    fn evict_to(&mut self, bytes: u64) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.series)? {
            let entry = entry?;
            // A file that disappears meanwhile takes no space.
            if let Ok(file) = entry.metadata()
                && let Ok(last_used) = file.modified()
            {
                files.push((last_used, size_on_disk(file.len()), entry.path()));
            }
        }
        self.used_bytes = files.iter().map(|(_, size, _)| size).sum();
        files.sort();
        for (_, size, path) in files {
            if self.used_bytes <= bytes {
                break;
            }
            fs::remove_file(path)?;
            self.used_bytes -= size;
        }
        Ok(())
    }

    fn report(&mut self, outcome: io::Result<()>) {
        let was_failing = std::mem::replace(&mut self.is_failing, outcome.is_err());
        match outcome {
            Ok(()) if was_failing => tracing::info!("the cache folder can be written again"),
            Err(error) if !was_failing => {
                tracing::warn!(%error, folder = %self.series.display(), "the cache folder cannot be written");
            }
            _ => {}
        }
    }
}

/// Replaces a file as a whole, so that a crash leaves the old one or the new one.
fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = path.with_file_name("unfinished");
    let outcome = fs::write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
    if outcome.is_err() {
        // The error worth reporting is the first one.
        let _ = fs::remove_file(&unfinished);
    }
    outcome
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::options().read(true).write(true).open(path)?;
    // Only decides what goes first when space runs out.
    let _ = file.set_modified(SystemTime::now());
    let mut bytes = Vec::new();
    file.take(LARGEST_ENTRY_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn last_count(calls: &Path) -> Option<(Date, i64)> {
    let text = fs::read_to_string(calls).ok()?;
    let (day, total) = text.split_once(' ')?;
    Some((day.parse().ok()?, total.trim().parse().ok()?))
}

/// Two keys never share a name, and no key names a file elsewhere.
fn file_name(key: &str) -> String {
    format!("{}.json", form_urlencoded::byte_serialize(key.as_bytes()).collect::<String>())
}

fn size_on_disk(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK_BYTES) * BLOCK_BYTES
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::civil::date;

    use super::*;

    const ROOMY: u64 = 1 << 20;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn put(disk: &Disk, key: &str) {
        disk.put(key.to_owned(), b"series".to_vec(), at(100), at(0));
    }

    #[tokio::test]
    async fn series_and_calls_outlive_the_process() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::open(folder.path(), ROOMY).unwrap();
        for number in 0..100 {
            put(&disk, &format!("simulated@[::1]:80:news:../A{number}:2026-01-01"));
        }
        assert_eq!(disk.add(date(2026, 11, 23), 10).await, Some(10));
        // Dropping it writes what is still in the queue.
        drop(disk);

        let disk = Disk::open(folder.path(), ROOMY).unwrap();

        for number in 0..100 {
            let key = format!("simulated@[::1]:80:news:../A{number}:2026-01-01");
            assert_eq!(disk.get(&key).await.unwrap(), b"series", "{number}");
        }
        assert_eq!(disk.get("another").await, None);
        assert_eq!(disk.add(date(2026, 11, 23), 10).await, Some(20));
        assert_eq!(disk.add(date(2026, 11, 23), -30).await, Some(0));
        assert_eq!(disk.add(date(2026, 11, 24), 10).await, Some(10));
    }

    #[test]
    fn a_folder_serves_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let _first = Disk::open(folder.path(), ROOMY).unwrap();
        assert!(matches!(Disk::open(folder.path(), ROOMY), Err(DiskError::InUse(_))));
    }

    #[test]
    fn a_folder_that_cannot_be_created_is_an_error_that_names_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Disk::open(&file.path().join("cache"), ROOMY).unwrap_err();
        assert!(error.to_string().contains("cache"), "{error}");
    }

    /// The writer of an empty folder, without the thread around it.
    fn writer(folder: &Path, max_bytes: u64, write: fn(&Path, &[u8]) -> io::Result<()>) -> Writer {
        fs::create_dir(folder.join(SERIES)).unwrap();
        Writer::new(folder, max_bytes, write)
    }

    /// Sets the last use of a series to this many hours ago.
    fn age(folder: &Path, key: &str, hours: u64) {
        let file = File::options().write(true).open(folder.join(SERIES).join(file_name(key))).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(hours * 3_600)).unwrap();
    }

    fn used(folder: &Path) -> u64 {
        let files = fs::read_dir(folder).unwrap();
        files.map(|file| size_on_disk(file.unwrap().metadata().unwrap().len())).sum()
    }

    #[test]
    fn the_series_used_longest_ago_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path(), 4 * BLOCK_BYTES, write_file);
        for (key, hours) in [("a", 2), ("b", 4), ("c", 1), ("d", 3)] {
            writer.write_series(key, b"series").unwrap();
            age(folder.path(), key, hours);
        }
        // Reading is using.
        read(&folder.path().join(SERIES).join(file_name("b"))).unwrap();

        writer.write_series("e", b"series").unwrap();

        let is_there = |key| folder.path().join(SERIES).join(file_name(key)).exists();
        assert_eq!(["a", "b", "c", "d", "e"].map(is_there), [true, true, true, false, true]);
    }

    #[test]
    fn the_folder_never_outgrows_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let max_bytes = 20 * BLOCK_BYTES;
        let mut writer = writer(folder.path(), max_bytes, write_file);
        for number in 0..200_usize {
            writer.write_series(&format!("{}", number % 50), &vec![b'x'; number * 100]).unwrap();
            let used = used(&folder.path().join(SERIES));
            assert!(used <= max_bytes && used == writer.used_bytes, "{used} and {}", writer.used_bytes);
        }
        writer.write_series("too large for all", &vec![b'x'; 100_000]).unwrap();
        assert!(writer.used_bytes > 0);

        // A lower limit holds from the start.
        let _disk = Disk::open(folder.path(), 3 * BLOCK_BYTES).unwrap();
        assert!(used(&folder.path().join(SERIES)) <= 3 * BLOCK_BYTES);
    }

    /// A disk of ten blocks.
    fn write_small_disk(path: &Path, bytes: &[u8]) -> io::Result<()> {
        if used(path.parent().unwrap()) + size_on_disk(bytes.len() as u64) > 10 * BLOCK_BYTES {
            return Err(ErrorKind::StorageFull.into());
        }
        write_file(path, bytes)
    }

    #[test]
    fn on_a_full_disk_the_oldest_series_make_room_and_the_cache_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path(), ROOMY, write_small_disk);
        for number in 0..50 {
            writer.write_series(&number.to_string(), b"series").unwrap();
        }
        assert!(folder.path().join(SERIES).join(file_name("49")).exists());
        assert!(writer.has_been_full && !writer.is_failing);
    }
}
