//! Reads the objects of a log.

use std::ops::Range;

use bytes::Bytes;

use crate::merkle::{root_of_full, root_of_subtrees};
use crate::proof::subtrees_of;
use crate::tile::{Content, TILE_WIDTH, Tile};
use crate::verify::Source;
use crate::{Checkpoint, Hash, LogName, RecordError, VerifierKey};

/// Reads an object that must exist.
pub(crate) async fn object(source: &impl Source, path: &str) -> Result<Bytes, RecordError> {
    source.get(path).await?.ok_or_else(|| RecordError::damaged(path, "it is missing"))
}

/// Reads a signed checkpoint.
pub(crate) fn checkpoint(path: &str, note: &[u8], key: &VerifierKey) -> Result<Checkpoint, RecordError> {
    let note = std::str::from_utf8(note).map_err(|error| RecordError::damaged(path, error))?;
    Checkpoint::open(note, key).map_err(|error| RecordError::damaged(path, error))
}

/// Reads a tile as bytes.
pub(crate) async fn tile(source: &impl Source, log: LogName, tile: Tile) -> Result<Bytes, RecordError> {
    object(source, &log.within(&tile.to_string())).await
}

/// Reads a tile of hashes.
pub(crate) async fn hashes(source: &impl Source, log: LogName, tile: Tile) -> Result<Vec<Hash>, RecordError> {
    let bytes = self::tile(source, log, tile).await?;
    let hashes = Hash::read_all(&bytes).filter(|hashes| hashes.len() as u64 == tile.width);
    hashes.ok_or_else(|| {
        RecordError::damaged(log.within(&tile.to_string()), format!("expected {} hashes", tile.width))
    })
}

/// Returns the root over a range of leaves, which must be one that occurs in proofs.
pub(crate) async fn root(
    source: &impl Source,
    log: LogName,
    range: Range<u64>,
    size: u64,
) -> Result<Hash, RecordError> {
    let mut roots = Vec::new();
    for (height, index) in subtrees_of(range) {
        // The tile with the hashes at or just below this height.
        let level = height / 8;
        let nodes = 1 << (height % 8);
        let first = index * nodes;
        let tile = Tile::in_tree(Content::Hashes(level), first / TILE_WIDTH, size);
        let hashes = hashes(source, log, tile).await?;
        let from = (first % TILE_WIDTH) as usize;
        roots.push(root_of_full(&hashes[from..from + nodes as usize]));
    }
    root_of_subtrees(roots.into_iter()).ok_or_else(|| RecordError::damaged(log.checkpoint(), "it is empty"))
}
