//! Reduces a picture to at most 256 colors, so that one byte per pixel is compressed instead of three.
//!
//! A chart has a dozen colors and the ramps that smooth their edges, a few hundred to two thousand in all. Colors too
//! similar to be distinguished within an edge share an entry, the most frequent of them. The tolerance is the smallest
//! of [`TOLERANCES`] that is enough, so flat areas and text have their exact colors.

use crate::chart::backend::raster::Picture;

/// Entries a PNG palette can hold.
const MOST_ENTRIES: usize = 256;
/// Squared distances tried, finest first. The last one suits any picture, because 6 × 6 × 6 cells cover all colors.
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
    // By count, then by color, so that the same picture gives the same bytes.
    by_count.sort_unstable_by_key(|&number| (std::cmp::Reverse(counts[number]), table.colors[number]));
    let colors: Vec<u32> = by_count.iter().map(|&number| table.colors[number]).collect();
    let (chosen, entries) =
        TOLERANCES.iter().find_map(|&tolerance| cluster(&colors, tolerance)).unwrap_or_default();

    let mut entry_of = vec![0; counts.len()];
    by_count.iter().zip(entries).for_each(|(&number, entry)| entry_of[number] = entry);
    let mut indices = Vec::with_capacity(picture.pixels.len());
    for (number, length) in runs {
        indices.resize(indices.len() + length, entry_of[number as usize]);
    }
    let palette = chosen.iter().flat_map(|&color| channels(color)).collect();
    Indexed { width: picture.width, height: picture.height, palette, indices }
}

/// Runs of one color: the color and the number of pixels.
struct Runs<'a>(&'a [u32]);

impl Iterator for Runs<'_> {
    type Item = (u32, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let &color = self.0.first()?;
        // Sixteen pixels at a time without a branch compile to a few wide instructions; flat areas are long.
        let is_flat = |pixels: &&[u32; 16]| pixels.iter().fold(0, |off, pixel| off | (pixel ^ color)) == 0;
        let flat = self.0.as_chunks().0.iter().take_while(is_flat).count() * 16;
        let length = flat + self.0[flat..].iter().take_while(|&&pixel| pixel == color).count();
        self.0 = &self.0[length..];
        Some((color, length))
    }
}

/// Assigns each color to the first entry within a tolerance, or makes it an entry; `None` when there are too many.
fn cluster(colors: &[u32], tolerance: u32) -> Option<(Vec<u32>, Vec<u8>)> {
    let mut chosen: Vec<u32> = Vec::with_capacity(MOST_ENTRIES);
    let mut entries = Vec::with_capacity(colors.len());
    for &color in colors {
        let near = chosen.iter().position(|&other| distance(color, other) <= tolerance);
        let entry = match near {
            Some(entry) => entry,
            None if chosen.len() < MOST_ENTRIES => {
                chosen.push(color);
                chosen.len() - 1
            }
            None => return None,
        };
        entries.push(entry as u8);
    }
    Some((chosen, entries))
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

/// Numbers colors in order of appearance. The standard hash table takes three times as long.
struct ColorTable {
    /// A color's number + 1, in the slot of its hash or the next free one; 0 is free. The length is a power of two.
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
    fn few_colors_are_chosen_exactly() {
        let indexed = index(&picture(vec![0xff_ffff, 0x00_0000, 0xff_ffff, 0x12_3456]));
        let shown: Vec<&[u8]> =
            indexed.indices.iter().map(|&i| &indexed.palette[usize::from(i) * 3..][..3]).collect();
        assert_eq!(shown, [[255, 255, 255], [0, 0, 0], [255, 255, 255], [0x12, 0x34, 0x56]]);
    }

    #[test]
    fn similar_colors_share_an_entry_when_there_are_too_many() {
        let mut pixels: Vec<u32> = (0..255).flat_map(|gray| [gray * 0x01_0101; 3]).collect();
        pixels.extend([0xff_0000; 900]);
        pixels.push(0xfe_0101);

        let given = picture(pixels);
        let indexed = index(&given);

        let shown = |i: usize| &indexed.palette[usize::from(indexed.indices[i]) * 3..][..3];
        assert_eq!(shown(given.pixels.len() - 1), [255, 0, 0], "the rare red becomes the frequent one");
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
    fn the_table_grows() {
        let mut table = ColorTable::new();
        assert!((0..50_000).all(|number| table.number(number * 3) == number));
        assert!((0..50_000).all(|number| table.number(number * 3) == number), "the numbers stay the same");
    }

    #[test]
    fn runs_end_where_the_color_does() {
        for length in [1, 15, 16, 17, 31, 32, 100] {
            let mut pixels = vec![7; length];
            pixels.extend([8, 7, 7]);
            assert_eq!(Runs(&pixels).collect::<Vec<_>>(), [(7, length), (8, 1), (7, 2)]);
        }
        assert_eq!(Runs(&[]).next(), None);
    }
}
