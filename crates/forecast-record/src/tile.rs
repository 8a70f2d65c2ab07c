use std::fmt;

/// Hashes or entries in a full tile.
pub(crate) const TILE_WIDTH: u64 = 256;

/// What a tile consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Entries, each after its length.
    Entries,
    /// Hashes, each over 256 of the level below.
    Hashes(u32),
}

/// A part of the tree that is stored as one object. Printed as its path within the log (C2SP tlog-tiles).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tile {
    pub(crate) content: Content,
    pub(crate) index: u64,
    /// 1 to 256.
    pub(crate) width: u64,
}

impl Tile {
    /// Returns the tile with this index in a tree of this size.
    pub(crate) fn in_tree(content: Content, index: u64, size: u64) -> Self {
        let nodes = match content {
            Content::Entries => size,
            Content::Hashes(level) => size >> (8 * level),
        };
        Self { content, index, width: TILE_WIDTH.min(nodes - index * TILE_WIDTH) }
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            Content::Entries => f.write_str("tile/entries/")?,
            Content::Hashes(level) => write!(f, "tile/{level}/")?,
        }
        // Three digits per folder; all but the last begin with an x.
        let mut thousands = 1_000_u64;
        while let Some(next) = thousands.checked_mul(1_000).filter(|_| self.index >= thousands) {
            thousands = next;
        }
        while thousands > 1_000 {
            write!(f, "x{:03}/", self.index % thousands / (thousands / 1_000))?;
            thousands /= 1_000;
        }
        write!(f, "{:03}", self.index % 1_000)?;
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// Adds an entry to a tile of entries.
pub(crate) fn push_entry(tile: &mut Vec<u8>, entry: &[u8]) {
    let length = u16::try_from(entry.len()).expect("entries are short");
    tile.extend(length.to_be_bytes());
    tile.extend(entry);
}

/// Reads a tile of entries; `None` if it is truncated or does not have `count` of them.
pub(crate) fn entries(mut tile: &[u8], count: u64) -> Option<Vec<&str>> {
    let mut entries = Vec::new();
    while !tile.is_empty() {
        let (length, rest) = tile.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        entries.push(std::str::from_utf8(entry).ok()?);
        tile = rest;
    }
    (entries.len() as u64 == count).then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_the_specification() {
        let path = |content, index, width| Tile { content, index, width }.to_string();
        assert_eq!(path(Content::Hashes(0), 0, 256), "tile/0/000");
        assert_eq!(path(Content::Hashes(1), 999, 256), "tile/1/999");
        assert_eq!(path(Content::Hashes(0), 1_000, 256), "tile/0/x001/000");
        assert_eq!(path(Content::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(path(Content::Entries, 273, 112), "tile/entries/273.p/112");
    }

    #[test]
    fn a_truncated_tile_is_refused() {
        let mut tile = Vec::new();
        for entry in ["", "one", "two"] {
            push_entry(&mut tile, entry.as_bytes());
        }
        assert_eq!(entries(&tile, 3), Some(vec!["", "one", "two"]));
        assert_eq!(entries(&tile, 2), None);
        assert_eq!(entries(&tile[..tile.len() - 1], 3), None);
    }
}
