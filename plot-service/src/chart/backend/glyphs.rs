//! Caches glyph images between charts, which reuse the same characters.

use std::cell::RefCell;
use std::collections::HashMap;

use zeno::{Mask, Scratch};

use crate::chart::text::typeface::{self, Weight};

/// Positions within a pixel that a glyph is drawn for; finer ones make no visible difference.
const PHASES: f32 = 4.0;
/// Images cached by one thread: about 2 MB. A full cache is emptied, so that no input can make it grow without bound.
const MOST_IMAGES: usize = 4_096;
/// Larger images are not cached.
const LARGEST_CACHED_BYTES: usize = 16 * 1024;

/// The coverage of one glyph, relative to the whole pixel of its origin.
#[derive(Debug, Default)]
pub(crate) struct GlyphImage {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) width: u32,
    pub(crate) coverage: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    id: u16,
    weight: Weight,
    phase: u8,
    size_bits: u32,
}

/// The images of one thread.
#[derive(Debug, Default)]
pub(crate) struct GlyphCache {
    images: HashMap<Key, GlyphImage>,
    uncached: GlyphImage,
}

thread_local! {
    static CACHE: RefCell<GlyphCache> = RefCell::default();
}

/// Lends this thread's cache.
pub(crate) fn with_cache<T>(work: impl FnOnce(&mut GlyphCache) -> T) -> T {
    CACHE.with_borrow_mut(work)
}

impl GlyphCache {
    /// Returns the image of a glyph whose origin is at `pen`, and the whole pixel the image is relative to.
    pub(crate) fn get(
        &mut self,
        id: u16,
        weight: Weight,
        size: f32,
        pen: f32,
        scratch: &mut Scratch,
    ) -> (&GlyphImage, i32) {
        let quarter = (pen * PHASES).round();
        let whole = (quarter / PHASES).floor();
        let phase = quarter / PHASES - whole;
        let key = Key { id, weight, phase: (phase * PHASES) as u8, size_bits: size.to_bits() };
        if self.images.len() >= MOST_IMAGES && !self.images.contains_key(&key) {
            self.images.clear();
        }
        if !self.images.contains_key(&key) {
            let image = draw(id, weight, size, phase, scratch);
            if image.coverage.len() > LARGEST_CACHED_BYTES {
                self.uncached = image;
                return (&self.uncached, whole as i32);
            }
            self.images.insert(key, image);
        }
        (&self.images[&key], whole as i32)
    }
}

fn draw(id: u16, weight: Weight, size: f32, phase: f32, scratch: &mut Scratch) -> GlyphImage {
    let outline = typeface::outline(id, weight, size);
    if outline.is_empty() {
        return GlyphImage::default();
    }
    let (coverage, placed) = Mask::with_scratch(outline.as_slice(), scratch).offset([phase, 0.0]).render();
    GlyphImage { left: placed.left, top: placed.top, width: placed.width, coverage }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_stays_within_its_bound() {
        let mut cache = GlyphCache::default();
        let mut scratch = Scratch::new();
        let id = typeface::set_line("8", typeface::Face::REGULAR, 14.0).glyphs[0].id;
        for n in 0..2 * MOST_IMAGES {
            let (image, _) = cache.get(id, Weight::Regular, 10.0 + n as f32 * 0.001, 0.3, &mut scratch);
            assert!(image.coverage.iter().any(|&covered| covered > 128));
        }
        assert!(cache.images.len() <= MOST_IMAGES);
    }

    #[test]
    fn a_huge_glyph_is_drawn_but_not_cached() {
        let mut cache = GlyphCache::default();
        let id = typeface::set_line("M", typeface::Face::HEADLINE, 14.0).glyphs[0].id;
        let (image, _) = cache.get(id, Weight::Bold, 400.0, 0.0, &mut Scratch::new());
        assert!(image.coverage.len() > LARGEST_CACHED_BYTES);
        assert!(cache.images.is_empty());
    }
}
