use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::civil::Date;

use super::Source;
use crate::edge::Edge;
use crate::log::AT_ONCE;
use crate::tile::{Content, TILE_WIDTH, Tile, entries};
use crate::{Checkpoint, Hash, LogName, RecordError, read};

/// The leaves of one session and the tree they complete.
pub(super) struct RecordedSession {
    pub(super) session: Date,
    pub(super) entries: Vec<String>,
    pub(super) size: u64,
    pub(super) root: Hash,
}

/// Recomputes a tree from its entries, compares every tile, and returns the sessions and the roots at the given sizes.
pub(super) async fn recompute(
    source: &impl Source,
    log: LogName,
    newest: &Checkpoint,
    sizes: &[u64],
) -> Result<(Vec<RecordedSession>, Vec<(u64, Hash)>), RecordError> {
    let size = newest.size;
    let mut edge = Edge::default();
    let mut roots = Vec::new();
    let mut sessions: Vec<RecordedSession> = Vec::new();
    let bundles = stream::iter(0..size.div_ceil(TILE_WIDTH)).map(async |index| {
        let tile = Tile::in_tree(Content::Entries, index, size);
        Ok::<_, RecordError>((tile, read::tile(source, log, tile).await?))
    });
    let mut bundles = std::pin::pin!(bundles.buffered(AT_ONCE));
    while let Some((tile, bundle)) = bundles.try_next().await? {
        let wrong = |reason: String| RecordError::damaged(log.within(&tile.to_string()), reason);
        let entries =
            entries(&bundle, tile.width).ok_or_else(|| wrong(format!("expected {} entries", tile.width)))?;
        let mut tiles = Vec::new();
        for entry in entries {
            let (session, symbol) =
                parse(entry).ok_or_else(|| wrong(format!("{entry:?} is not an entry")))?;
            match sessions.last_mut() {
                Some(last) if last.session == session => {
                    let previous = last.entries.last().and_then(|entry| parse(entry));
                    if previous.is_none_or(|(_, previous)| previous >= symbol) {
                        return Err(wrong(format!("{symbol} of {session} is out of order")));
                    }
                    last.entries.push(entry.to_owned());
                }
                Some(last) if last.session > session => {
                    return Err(wrong(format!("{session} is backdated: it comes after {}", last.session)));
                }
                last => {
                    if let Some(last) = last {
                        (last.size, last.root) = (edge.size(), edge.root());
                    }
                    let entries = vec![entry.to_owned()];
                    sessions.push(RecordedSession { session, entries, size: 0, root: Hash::of_empty_tree() });
                }
            }
            edge.push(entry.as_bytes(), &mut tiles);
            if sizes.contains(&edge.size()) {
                roots.push((edge.size(), edge.root()));
            }
        }
        if edge.size() == size {
            tiles.extend(edge.partial_tiles());
        }
        compare(source, log, tiles).await?;
    }
    if let Some(last) = sessions.last_mut() {
        (last.size, last.root) = (edge.size(), edge.root());
    }
    Ok((sessions, roots))
}

async fn compare(source: &impl Source, log: LogName, tiles: Vec<(Tile, Bytes)>) -> Result<(), RecordError> {
    let hashes = tiles.into_iter().filter(|(tile, _)| tile.content != Content::Entries);
    let compared = stream::iter(hashes).map(async |(tile, expected)| {
        if read::tile(source, log, tile).await? == expected {
            return Ok(());
        }
        Err(RecordError::damaged(log.within(&tile.to_string()), "its hashes do not match the entries"))
    });
    compared.buffer_unordered(AT_ONCE).try_collect().await
}

/// Reads the session and the symbol of an entry.
fn parse(entry: &str) -> Option<(Date, &str)> {
    let (session, rest) = entry.split_once(' ')?;
    let (symbol, _) = rest.split_once(' ')?;
    let date: Date = session.parse().ok()?;
    // Rejects other spellings of the date.
    (date.to_string() == session).then_some((date, symbol))
}
