//! The test vectors of Certificate Transparency for RFC 6962: a tree of eight leaves.

use crate::edge::Edge;
use crate::merkle::Hash;
use crate::proof::{continues, includes};

const LEAVES: [&[u8]; 8] = [
    b"",
    &[0x00],
    &[0x10],
    &[0x20, 0x21],
    &[0x30, 0x31],
    &[0x40, 0x41, 0x42, 0x43],
    &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
    &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
];

const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hash(hex: &str) -> Hash {
    let byte = |index: usize| u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).unwrap();
    Hash::from(std::array::from_fn(byte))
}

#[test]
fn roots_match_certificate_transparency() {
    let mut edge = Edge::default();
    assert_eq!(edge.root(), hash(ROOTS[0]));
    for (leaf, root) in LEAVES.iter().zip(&ROOTS[1..]) {
        edge.push(leaf, &mut Vec::new());
        assert_eq!(edge.root(), hash(root), "{} leaves", edge.size());
    }
}

#[test]
fn proofs_of_certificate_transparency_are_accepted() {
    let root = |size: usize| hash(ROOTS[size]);
    let leaf = |number: usize| Hash::leaf(LEAVES[number - 1]);
    let hashes = |proof: &[&str]| proof.iter().map(|hex| hash(hex)).collect::<Vec<_>>();
    let first_of_eight = hashes(&[
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]);
    let sixth_of_eight = hashes(&[
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        ROOTS[4],
    ]);
    let second_of_five = hashes(&[
        ROOTS[1],
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]);
    assert!(includes(root(1), 1, 0, leaf(1), &[]));
    assert!(includes(root(8), 8, 0, leaf(1), &first_of_eight));
    assert!(includes(root(8), 8, 5, leaf(6), &sixth_of_eight));
    assert!(includes(root(3), 3, 2, leaf(3), &[root(2)]));
    assert!(includes(root(5), 5, 1, leaf(2), &second_of_five));
    assert!(!includes(root(8), 8, 1, leaf(1), &first_of_eight));

    let six_to_eight = hashes(&[
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        ROOTS[4],
    ]);
    let two_to_five = hashes(&[
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]);
    let state = |size: usize| (size as u64, root(size));
    assert!(continues(state(1), state(1), &[]));
    assert!(continues(state(1), state(8), &first_of_eight));
    assert!(continues(state(6), state(8), &six_to_eight));
    assert!(continues(state(2), state(5), &two_to_five));
    assert!(!continues(state(3), state(5), &two_to_five));
    assert!(!continues(state(2), state(2), &two_to_five));
}
