//! Inclusion and consistency proofs: that a leaf is in a tree, and that a tree extends an older one (RFC 6962, checked as in
//! RFC 9162).

use std::ops::Range;

use crate::Hash;

/// Returns the ranges of leaves whose roots prove that leaf `index` is in the tree of `size` leaves, nearest first.
pub(crate) fn inclusion_ranges(index: u64, size: u64) -> Vec<Range<u64>> {
    let (mut low, mut high) = (0, size);
    let mut ranges = Vec::new();
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            ranges.push(middle..high);
            high = middle;
        } else {
            ranges.push(low..middle);
            low = middle;
        }
    }
    ranges.reverse();
    ranges
}

/// Returns the ranges of leaves whose roots prove that the tree of `size` leaves extends that of `older` leaves.
pub(crate) fn consistency_ranges(older: u64, size: u64) -> Vec<Range<u64>> {
    let (mut low, mut high) = (0, size);
    let mut ranges = Vec::new();
    if older == 0 || older == size {
        return ranges;
    }
    while high > older {
        let middle = low + split(high - low);
        if older <= middle {
            ranges.push(middle..high);
            high = middle;
        } else {
            ranges.push(low..middle);
            low = middle;
        }
    }
    // The proof omits the older root if that is a full subtree from the first leaf on.
    if low > 0 {
        ranges.push(low..high);
    }
    ranges.reverse();
    ranges
}

/// Returns the largest power of two below a number of leaves.
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// Returns the full subtrees that make up a range of a proof, as height and index, from left to right.
pub(crate) fn subtrees_of(range: Range<u64>) -> Vec<(u32, u64)> {
    let mut subtrees = Vec::new();
    let mut low = range.start;
    while low < range.end {
        let height = (range.end - low).ilog2();
        subtrees.push((height, low >> height));
        low += 1 << height;
    }
    subtrees
}

/// Checks that a leaf with this hash has this index in the tree with this root.
#[must_use]
pub fn includes(root: Hash, size: u64, index: u64, leaf: Hash, proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for &other in proof {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            hash = Hash::node(other, hash);
            while node % 2 == 0 && node != 0 {
                node /= 2;
                last /= 2;
            }
        } else {
            hash = Hash::node(hash, other);
        }
        node /= 2;
        last /= 2;
    }
    last == 0 && hash == root
}

/// Checks that the newer tree extends the older one; both are given as size and root.
#[must_use]
pub fn continues(older: (u64, Hash), newer: (u64, Hash), proof: &[Hash]) -> bool {
    let ((older_size, older_root), (size, root)) = (older, newer);
    if older_size == size || older_size == 0 {
        let same = older_root == if older_size == 0 { Hash::of_empty_tree() } else { root };
        return same && proof.is_empty();
    }
    let known = older_size.is_power_of_two().then_some(older_root);
    let mut hashes = known.into_iter().chain(proof.iter().copied());
    let Some(first) = hashes.next().filter(|_| older_size < size) else { return false };
    let (mut node, mut last) = (older_size - 1, size - 1);
    while node % 2 == 1 {
        node /= 2;
        last /= 2;
    }
    let (mut old, mut new) = (first, first);
    for other in hashes {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            old = Hash::node(other, old);
            new = Hash::node(other, new);
            while node % 2 == 0 && node != 0 {
                node /= 2;
                last /= 2;
            }
        } else {
            new = Hash::node(new, other);
        }
        node /= 2;
        last /= 2;
    }
    last == 0 && old == older_root && new == root
}
