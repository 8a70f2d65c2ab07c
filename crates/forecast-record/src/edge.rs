use bytes::Bytes;

use crate::merkle::{Hash, full_subtrees, root_of_full, root_of_subtrees};
use crate::tile::{Content, TILE_WIDTH, Tile, push_entry};

/// The right edge of a tree: everything that is not in a full tile yet, which is all that adding a leaf needs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    size: u64,
    entries: Vec<u8>,
    /// The hashes of the last tile of each level.
    levels: Vec<Vec<Hash>>,
}

impl Edge {
    /// Continues a tree, given its last entries and the last hashes of each level.
    pub(crate) fn at(size: u64, entries: Vec<u8>, levels: Vec<Vec<Hash>>) -> Self {
        Self { size, entries, levels }
    }

    /// Returns the number of leaves.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; tiles that become full go to `full`.
    pub(crate) fn push(&mut self, entry: &[u8], full: &mut Vec<(Tile, Bytes)>) {
        self.size += 1;
        push_entry(&mut self.entries, entry);
        if self.size.is_multiple_of(TILE_WIDTH) {
            let tile =
                Tile { content: Content::Entries, index: self.size / TILE_WIDTH - 1, width: TILE_WIDTH };
            full.push((tile, std::mem::take(&mut self.entries).into()));
        }
        let mut carried = Hash::leaf(entry);
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let hashes = &mut self.levels[level];
            hashes.push(carried);
            if (hashes.len() as u64) < TILE_WIDTH {
                return;
            }
            carried = root_of_full(hashes);
            let level = level as u32;
            let index = (self.size >> (8 * (level + 1))) - 1;
            let tile = Tile { content: Content::Hashes(level), index, width: TILE_WIDTH };
            full.push((tile, bytes_of(&std::mem::take(hashes))));
        }
    }

    /// Returns the tiles that are not full.
    pub(crate) fn partial_tiles(&self) -> Vec<(Tile, Bytes)> {
        let mut tiles = Vec::new();
        let mut add = |content, index, bytes| {
            let tile = Tile::in_tree(content, index, self.size);
            tiles.push((tile, bytes));
        };
        if !self.entries.is_empty() {
            add(Content::Entries, self.size / TILE_WIDTH, Bytes::copy_from_slice(&self.entries));
        }
        for (level, hashes) in (0..).zip(&self.levels).filter(|(_, hashes)| !hashes.is_empty()) {
            add(Content::Hashes(level), self.size >> (8 * (level + 1)), bytes_of(hashes));
        }
        tiles
    }

    /// Returns the root hash of the tree.
    pub(crate) fn root(&self) -> Hash {
        let subtrees = self.levels.iter().rev().flat_map(|hashes| full_subtrees(hashes));
        root_of_subtrees(subtrees.collect::<Vec<_>>().into_iter()).unwrap_or_else(Hash::of_empty_tree)
    }
}

fn bytes_of(hashes: &[Hash]) -> Bytes {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}
