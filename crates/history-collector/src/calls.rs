//! The count of EODHD calls, in a file beside the others so that the next run continues it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use feature_sources::Ledger;
use futures_util::future::BoxFuture;
use jiff::civil::Date;

use crate::files::beside;

#[derive(Debug)]
pub(crate) struct FileLedger {
    path: PathBuf,
    held: Mutex<Option<(Date, i64)>>,
}

impl FileLedger {
    pub(crate) fn open(out: &Path) -> anyhow::Result<Self> {
        let path = beside(out, "calls");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error.into()),
        };
        let held = text
            .trim()
            .split_once(',')
            .and_then(|(day, calls)| Some((day.parse().ok()?, calls.parse().ok()?)));
        Ok(Self { path, held: Mutex::new(held) })
    }

    fn count(&self, day: Date, calls: i64) -> Option<i64> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let before = held.filter(|(of, _)| *of == day).map_or(0, |(_, total)| total);
        let total = (before + calls).max(0);
        *held = Some((day, total));
        std::fs::write(&self.path, format!("{day},{total}\n")).ok().map(|()| total)
    }
}

impl Ledger for FileLedger {
    fn add(&self, day: Date, calls: i64) -> BoxFuture<'_, Option<i64>> {
        Box::pin(std::future::ready(self.count(day, calls)))
    }
}
