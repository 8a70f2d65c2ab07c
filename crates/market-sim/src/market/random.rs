//! Reproducible random numbers: every stock and purpose has its own stream, derived from seed and name.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// Returns the stream of one stock for one purpose.
pub(super) fn stream(seed: u64, name: &str, purpose: &str) -> StdRng {
    StdRng::seed_from_u64(hash(seed, name, purpose))
}

/// Returns a number in 0..1 that never changes for a stock and purpose.
pub(super) fn fixed(seed: u64, name: &str, purpose: &str) -> f64 {
    (hash(seed, name, purpose) >> 11) as f64 / (1_u64 << 53) as f64
}

/// FNV-1a over the words, then the finalizer of `SplitMix64`, so that similar names give unrelated streams.
fn hash(seed: u64, name: &str, purpose: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed;
    for byte in name.bytes().chain([0]).chain(purpose.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        assert_eq!(hash(1, "AAPL", "walk"), hash(1, "AAPL", "walk"));
        let others = [hash(2, "AAPL", "walk"), hash(1, "AAPK", "walk"), hash(1, "AAPL", "news")];
        assert!(!others.contains(&hash(1, "AAPL", "walk")));
        assert!((0.0..1.0).contains(&fixed(9, "X", "y")));
    }
}
