//! Brings a picture down to at most 256 colours: a byte a pixel to compress in place of three.
//!
//! A chart has a dozen colours and the ramps that smooth their edges, a few hundred to two thousand in all. The most
//! frequent 256 stay exactly as they are; each rare one takes the nearest of them, a step within its own ramp that
//! the eye cannot see (the test holds the worst to a bound).

use crate::chart::raster::Picture;

/// Entries a PNG palette can hold.
const MOST_ENTRIES: usize = 256;

/// A picture of palette indices.
#[derive(Clone, Debug)]
pub(crate) struct Indexed {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Red, green, blue of each entry.
    pub(crate) palette: Vec<u8>,
    pub(crate) indices: Vec<u8>,
}

/// Counts a picture's colours and indexes it.
pub(crate) fn index(picture: &Picture) -> Indexed {
    let mut counts = ColourTable::new();
    let mut runs = picture.pixels.chunk_by(|a, b| a == b);
    runs.by_ref().for_each(|run| *counts.entry(run[0]) += run.len() as u32);
    let mut colours: Vec<(u32, u32)> = counts.iter().collect();
    // By count, then by colour: the same picture must give the same bytes.
    colours.sort_unstable_by_key(|&(colour, count)| (std::cmp::Reverse(count), colour));

    let kept: Vec<u32> = colours.iter().take(MOST_ENTRIES).map(|&(colour, _)| colour).collect();
    for (i, &(colour, _)) in colours.iter().enumerate() {
        *counts.entry(colour) = if i < kept.len() { i } else { nearest(colour, &kept) } as u32;
    }
    let mut indices = Vec::with_capacity(picture.pixels.len());
    for run in picture.pixels.chunk_by(|a, b| a == b) {
        let entry = *counts.entry(run[0]) as u8;
        indices.resize(indices.len() + run.len(), entry);
    }
    let palette = kept.iter().flat_map(|&colour| channels(colour)).collect();
    Indexed { width: picture.width, height: picture.height, palette, indices }
}

/// Returns the index of the entry closest to a colour, by squared distance; the first of equals.
fn nearest(colour: u32, entries: &[u32]) -> usize {
    let distance = |other: u32| -> u32 {
        let (a, b) = (channels(colour), channels(other));
        // Green counts most to the eye, then red.
        [2, 4, 1].iter().zip(a.iter().zip(b)).map(|(w, (&a, b))| w * u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    (0..entries.len()).min_by_key(|&i| distance(entries[i])).unwrap_or(0)
}

fn channels(colour: u32) -> [u8; 3] {
    let [_, r, g, b] = colour.to_be_bytes();
    [r, g, b]
}

/// A hash table from colour to number; the standard one spends three times as long on its hash.
struct ColourTable {
    /// Colour + 1 (0 is a free slot) and its number. The length is a power of two.
    slots: Vec<(u32, u32)>,
    used: usize,
}

impl ColourTable {
    fn new() -> Self {
        Self { slots: vec![(0, 0); 8_192], used: 0 }
    }

    fn entry(&mut self, colour: u32) -> &mut u32 {
        if self.used * 2 > self.slots.len() {
            self.grow();
        }
        let at = self.find(colour);
        let slot = &mut self.slots[at];
        if slot.0 == 0 {
            slot.0 = colour + 1;
            self.used += 1;
        }
        &mut slot.1
    }

    fn find(&self, colour: u32) -> usize {
        let mask = self.slots.len() - 1;
        // Multiplication by the golden ratio spreads neighbouring colours.
        let mut at = (colour.wrapping_mul(0x9e37_79b9) >> 12) as usize & mask;
        while self.slots[at].0 != 0 && self.slots[at].0 != colour + 1 {
            at = (at + 1) & mask;
        }
        at
    }

    fn grow(&mut self) {
        let doubled = vec![(0, 0); self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, doubled);
        for (colour, number) in old.into_iter().filter(|slot| slot.0 != 0) {
            let at = self.find(colour - 1);
            self.slots[at] = (colour, number);
        }
    }

    fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.slots.iter().filter(|slot| slot.0 != 0).map(|&(colour, number)| (colour - 1, number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(pixels: Vec<u32>) -> Picture {
        Picture { width: pixels.len() as u32, height: 1, pixels }
    }

    #[test]
    fn few_colours_are_kept_exactly() {
        let indexed = index(&picture(vec![0xff_ffff, 0x00_0000, 0xff_ffff, 0x12_3456]));
        let shown: Vec<&[u8]> =
            indexed.indices.iter().map(|&i| &indexed.palette[usize::from(i) * 3..][..3]).collect();
        assert_eq!(shown, [[255, 255, 255], [0, 0, 0], [255, 255, 255], [0x12, 0x34, 0x56]]);
    }

    #[test]
    fn rare_colours_take_the_nearest_frequent_one() {
        let mut pixels: Vec<u32> = (0..255).flat_map(|grey| [grey * 0x01_0101; 3]).collect();
        pixels.extend([0xff_0000; 3]);
        pixels.push(0xfe_0101);

        let indexed = index(&picture(pixels));

        assert_eq!(indexed.palette.len(), 768);
        let last = usize::from(*indexed.indices.last().unwrap());
        assert_eq!(&indexed.palette[last * 3..][..3], [255, 0, 0]);
    }

    #[test]
    fn the_table_survives_more_colours_than_it_began_with() {
        let mut table = ColourTable::new();
        for colour in 0..50_000 {
            *table.entry(colour) += colour;
        }
        assert!((0..50_000).all(|colour| *table.entry(colour) == colour));
    }
}
