use forecast_store::{Store, StoreUrl};
use proptest::prelude::*;

use super::operator::{KEY, Objects, folder, wait};
use crate::edge::Edge;
use crate::log::Log;
use crate::merkle::Hash;
use crate::proof::{consistency_ranges, continues, includes, inclusion_ranges};
use crate::{LogName, read};

/// The definition in section 2.1 of RFC 6962.
fn root_by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of_empty_tree(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(1 << (leaves.len() - 1).ilog2());
            Hash::node(root_by_definition(left), root_by_definition(right))
        }
    }
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|number| Hash::leaf(&number.to_be_bytes())).collect()
}

/// A tree in memory as a log stores it.
fn tree(size: u64) -> (Objects, Edge) {
    let (mut edge, mut tiles) = (Edge::default(), Vec::new());
    for number in 0..size {
        edge.push(&number.to_be_bytes(), &mut tiles);
    }
    tiles.extend(edge.partial_tiles());
    let path = |tile: &crate::tile::Tile| LogName::Forecasts.within(&tile.to_string());
    (Objects(tiles.iter().map(|(tile, bytes)| (path(tile), bytes.clone())).collect()), edge)
}

fn roots(objects: &Objects, ranges: Vec<std::ops::Range<u64>>, size: u64) -> Vec<Hash> {
    let root = async |range| read::root(objects, LogName::Forecasts, range, size).await.unwrap();
    wait(async {
        let mut roots = Vec::new();
        for range in ranges {
            roots.push(root(range).await);
        }
        roots
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_leaf_has_a_proof_and_altered_proofs_fail(size in 1_u64..1_500, index: prop::sample::Index, wrong: prop::sample::Index) {
        let (objects, edge) = tree(size);
        let leaves = leaves(size);
        prop_assert_eq!(edge.root(), root_by_definition(&leaves));
        let index = index.index(size as usize) as u64;
        let proof = roots(&objects, inclusion_ranges(index, size), size);
        prop_assert!(includes(edge.root(), size, index, leaves[index as usize], &proof));
        prop_assert!(!includes(edge.root(), size, index, Hash::leaf(b"other"), &proof));
        prop_assert!(!includes(edge.root(), size, size, leaves[index as usize], &proof));
        if !proof.is_empty() {
            let mut other = proof.clone();
            other[wrong.index(proof.len())] = Hash::leaf(b"other");
            prop_assert!(!includes(edge.root(), size, index, leaves[index as usize], &other));
            prop_assert!(!includes(edge.root(), size, index, leaves[index as usize], &proof[1..]));
        }
    }

    #[test]
    fn every_tree_extends_its_prefixes_and_altered_proofs_fail(size in 1_u64..1_500, older: prop::sample::Index, wrong: prop::sample::Index) {
        let (objects, edge) = tree(size);
        let leaves = leaves(size);
        let older = older.index(size as usize) as u64 + 1;
        let root = root_by_definition(&leaves[..older as usize]);
        let proof = roots(&objects, consistency_ranges(older, size), size);
        prop_assert!(continues((older, root), (size, edge.root()), &proof));
        prop_assert!(!continues((older, Hash::leaf(b"other")), (size, edge.root()), &proof));
        prop_assert!(!continues((older, root), (size, Hash::leaf(b"other")), &proof));
        if !proof.is_empty() {
            let mut other = proof.clone();
            other[wrong.index(proof.len())] = Hash::leaf(b"other");
            prop_assert!(!continues((older, root), (size, edge.root()), &other));
            prop_assert!(!continues((older, root), (size, edge.root()), &proof[1..]));
        }
    }
}

#[test]
fn a_tree_of_three_tile_levels_matches_the_definition() {
    let size = 65_536 + 256 + 3;
    let (objects, edge) = tree(size);
    let leaves = leaves(size);
    assert_eq!(edge.root(), root_by_definition(&leaves));
    for index in [0, 65_535, 65_536, size - 1] {
        let proof = roots(&objects, inclusion_ranges(index, size), size);
        assert!(includes(edge.root(), size, index, leaves[index as usize], &proof), "leaf {index}");
    }
    assert!(objects.0.contains_key("log/forecasts/tile/2/000.p/1"));
}

#[test]
fn proofs_come_from_the_store() {
    let folder = folder();
    let store = Store::open(&StoreUrl::Folder(folder.path().into())).unwrap();
    let (objects, edge) = tree(700);
    wait(async {
        for (path, bytes) in &objects.0 {
            store.put(path, bytes.clone()).await.unwrap();
        }
        let log = Log { name: LogName::Forecasts, store: &store, key: &KEY };
        let proof = log.roots(inclusion_ranges(300, 700), 700).await.unwrap();
        assert!(includes(edge.root(), 700, 300, leaves(700)[300], &proof));
    });
}
