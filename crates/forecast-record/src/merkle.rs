use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::RecordError;

/// A node of a Merkle tree as RFC 6962 defines it; printed as base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The size of a hash in bytes.
    pub const SIZE: usize = 32;

    /// Returns the root of the empty tree.
    #[must_use]
    pub fn of_empty_tree() -> Self {
        Self(Sha256::digest([]).into())
    }

    /// Returns the hash of a leaf.
    #[must_use]
    pub fn leaf(entry: &[u8]) -> Self {
        Self(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
    }

    /// Returns the hash of a node with two children.
    #[must_use]
    pub fn node(left: Self, right: Self) -> Self {
        Self(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads concatenated hashes, as in a tile.
    pub(crate) fn read_all(bytes: &[u8]) -> Option<Vec<Self>> {
        let (hashes, rest) = bytes.as_chunks::<{ Self::SIZE }>();
        rest.is_empty().then(|| hashes.iter().copied().map(Self).collect())
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl FromStr for Hash {
    type Err = RecordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(RecordError::Checkpoint("a hash is 32 bytes in base64"))
    }
}

/// Returns the roots of the full subtrees over nodes of one height, from left to right: five nodes make one subtree of
/// four and one of one.
pub(crate) fn full_subtrees(nodes: &[Hash]) -> Vec<Hash> {
    let mut roots = Vec::new();
    let mut rest = nodes;
    while !rest.is_empty() {
        let (full, after) = rest.split_at(1 << rest.len().ilog2());
        roots.push(root_of_full(full));
        rest = after;
    }
    roots
}

/// Returns the root over nodes whose number is a power of two.
pub(crate) fn root_of_full(nodes: &[Hash]) -> Hash {
    debug_assert!(nodes.len().is_power_of_two(), "the tree is full");
    let mut row = nodes.to_vec();
    while row.len() > 1 {
        row = row.chunks(2).map(|pair| Hash::node(pair[0], pair[1])).collect();
    }
    row[0]
}

/// Returns the root of a tree, given the roots of its full subtrees from left to right.
pub(crate) fn root_of_subtrees(subtrees: impl DoubleEndedIterator<Item = Hash>) -> Option<Hash> {
    subtrees.rev().reduce(|right, left| Hash::node(left, right))
}
