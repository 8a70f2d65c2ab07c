//! Brings a picture down to at most 256 colors: a byte a pixel to compress in place of three.
//!
//! A chart has a dozen colors and the ramps that smooth their edges, a few hundred to two thousand in all. Colors
//! nearer to each other than the eye can tell within an edge share an entry, the most frequent of them; the
//! tolerance is the smallest of [`TOLERANCES`] that is enough, so flat areas and text keep their exact colors.

use crate::chart::backend::raster::Picture;

/// Entries a PNG palette can hold.
const MOST_ENTRIES: usize = 256;
/// Squared distances tried, finest first; the last one holds for any picture, as 6 by 6 by 6 cells cover all colors.
const TOLERANCES: [u32; 8] = [0, 36, 81, 144, 256, 484, 1_600, 10_000];

/// A picture of palette indices.
#[derive(Clone, Debug)]
pub(crate) struct Indexed {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Red, green, blue of each entry.
    pub(crate) palette: Vec<u8>,
    pub(crate) indices: Vec<u8>,
}

/// Counts a picture's colors and indexes it.
pub(crate) fn index(picture: &Picture) -> Indexed {
    let mut table = ColorTable::new();
    let runs: Vec<(u32, usize)> =
        Runs(&picture.pixels).map(|(color, length)| (table.number(color), length)).collect();
    let mut counts = vec![0; table.colors.len()];
    runs.iter().for_each(|&(number, length)| counts[number as usize] += length);

    let mut by_count: Vec<usize> = (0..counts.len()).collect();
    // By count, then by color: the same picture must give the same bytes.
    by_count.sort_unstable_by_key(|&number| (std::cmp::Reverse(counts[number]), table.colors[number]));
    let colors: Vec<u32> = by_count.iter().map(|&number| table.colors[number]).collect();
    let (kept, entries) =
        TOLERANCES.iter().find_map(|&tolerance| cluster(&colors, tolerance)).unwrap_or_default();

    let mut entry_of = vec![0; counts.len()];
    by_count.iter().zip(entries).for_each(|(&number, entry)| entry_of[number] = entry);
    let mut indices = Vec::with_capacity(picture.pixels.len());
    for (number, length) in runs {
        indices.resize(indices.len() + length, entry_of[number as usize]);
    }
    let palette = kept.iter().flat_map(|&color| channels(color)).collect();
    Indexed { width: picture.width, height: picture.height, palette, indices }
}

/// Stretches of one color: the color and how many pixels.
struct Runs<'a>(&'a [u32]);

impl Iterator for Runs<'_> {
    type Item = (u32, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let &color = self.0.first()?;
        // Sixteen pixels at a time without a branch, which compiles to a few wide instructions: flat areas are long.
        let is_flat = |pixels: &&[u32; 16]| pixels.iter().fold(0, |off, pixel| off | (pixel ^ color)) == 0;
        let flat = self.0.as_chunks().0.iter().take_while(is_flat).count() * 16;
        let length = flat + self.0[flat..].iter().take_while(|&&pixel| pixel == color).count();
        self.0 = &self.0[length..];
        Some((color, length))
    }
}

/// Gives each color the first kept one within a tolerance, or keeps it; `None` when too many would be kept.
fn cluster(colors: &[u32], tolerance: u32) -> Option<(Vec<u32>, Vec<u8>)> {
    let mut kept: Vec<u32> = Vec::with_capacity(MOST_ENTRIES);
    let mut entries = Vec::with_capacity(colors.len());
    for &color in colors {
        let near = kept.iter().position(|&other| distance(color, other) <= tolerance);
        let entry = match near {
            Some(entry) => entry,
            None if kept.len() < MOST_ENTRIES => {
                kept.push(color);
                kept.len() - 1
            }
            None => return None,
        };
        entries.push(entry as u8);
    }
    Some((kept, entries))
}

/// Squared distance of two colors.
fn distance(a: u32, b: u32) -> u32 {
    let (a, b) = (channels(a), channels(b));
    let square = |i: usize| u32::from(a[i].abs_diff(b[i])).pow(2);
    square(0) + square(1) + square(2)
}

fn channels(color: u32) -> [u8; 3] {
    let [_, r, g, b] = color.to_be_bytes();
    [r, g, b]
}

/// Numbers colors in the order they come; the standard hash table spends three times as long on its hash.
struct ColorTable {
    /// A color's number + 1, at the place its hash names or the next free one; 0 is free. As many as a power of two.
    slots: Vec<u32>,
    /// The colors by number.
    colors: Vec<u32>,
}

impl ColorTable {
    fn new() -> Self {
        Self { slots: vec![0; 8_192], colors: Vec::new() }
    }

    fn number(&mut self, color: u32) -> u32 {
        let at = self.find(color);
        if let Some(number) = self.slots[at].checked_sub(1) {
            return number;
        }
        self.colors.push(color);
        let next = self.colors.len() as u32;
        self.slots[at] = next;
        if self.colors.len() * 2 > self.slots.len() {
            self.grow();
        }
        next - 1
    }

    fn find(&self, color: u32) -> usize {
        let mask = self.slots.len() - 1;
        // Multiplication by the golden ratio spreads neighbouring colors.
        let mut at = (color.wrapping_mul(0x9e37_79b9) >> 12) as usize & mask;
        while self.slots[at].checked_sub(1).is_some_and(|number| self.colors[number as usize] != color) {
            at = (at + 1) & mask;
        }
        at
    }

    fn grow(&mut self) {
        self.slots = vec![0; self.slots.len() * 2];
        for number in 0..self.colors.len() {
            let at = self.find(self.colors[number]);
            self.slots[at] = number as u32 + 1;
        }
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
    fn where_colours_are_too_many_the_nearest_share_an_entry() {
        let mut pixels: Vec<u32> = (0..255).flat_map(|gray| [gray * 0x01_0101; 3]).collect();
        pixels.extend([0xff_0000; 900]);
        pixels.push(0xfe_0101);

        let given = picture(pixels);
        let indexed = index(&given);

        let shown = |i: usize| &indexed.palette[usize::from(indexed.indices[i]) * 3..][..3];
        assert_eq!(shown(given.pixels.len() - 1), [255, 0, 0], "the rare red takes the frequent one");
        for (i, &color) in given.pixels.iter().enumerate() {
            let off = channels(color).iter().zip(shown(i)).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(off <= 6, "{color:06x} became {:?}", shown(i));
        }
    }

    #[test]
    fn any_picture_fits_in_the_coarsest_tolerance() {
        let pixels: Vec<u32> = (0..1u32 << 12)
            .map(|n| ((n >> 8) * 0x11_0000) | (((n >> 4) & 15) * 0x1100) | ((n & 15) * 0x11))
            .collect();
        let indexed = index(&picture(pixels));
        assert!(!indexed.palette.is_empty() && indexed.palette.len() <= 768);
    }

    #[test]
    fn the_table_survives_more_colours_than_it_began_with() {
        let mut table = ColorTable::new();
        assert!((0..50_000).all(|number| table.number(number * 3) == number));
        assert!((0..50_000).all(|number| table.number(number * 3) == number), "and keeps their numbers");
    }

    #[test]
    fn runs_end_where_the_colour_does() {
        for length in [1, 15, 16, 17, 31, 32, 100] {
            let mut pixels = vec![7; length];
            pixels.extend([8, 7, 7]);
            assert_eq!(Runs(&pixels).collect::<Vec<_>>(), [(7, length), (8, 1), (7, 2)]);
        }
        assert_eq!(Runs(&[]).next(), None);
    }
}
