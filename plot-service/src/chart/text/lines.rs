//! Caches lines of text after shaping, in each thread: a chart measures most of its words before it draws them, and
//! the next chart needs most of them again.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::chart::text::transliterate::within_typeface;
use crate::chart::text::typeface::{Face, Line, set_line};

/// Lines cached by one thread: about 1 MB. A full cache is emptied, so that no input can make it grow without bound.
const MOST_LINES: usize = 1_024;
/// Longer texts are not cached.
const LONGEST_CACHED_BYTES: usize = 64;

type Key = (Box<str>, Face, u64);

thread_local! {
    static LINES: RefCell<HashMap<Key, Rc<Line>>> = RefCell::default();
}

/// Returns a shaped line, from the cache if it is there; `size` in CSS pixels.
pub(crate) fn line(text: &str, face: Face, size: f64) -> Rc<Line> {
    if text.len() > LONGEST_CACHED_BYTES {
        return Rc::new(set(text, face, size));
    }
    LINES.with_borrow_mut(|lines| {
        let key = (text.into(), face, size.to_bits());
        if lines.len() >= MOST_LINES && !lines.contains_key(&key) {
            lines.clear();
        }
        Rc::clone(lines.entry(key).or_insert_with(|| Rc::new(set(text, face, size))))
    })
}

fn set(text: &str, face: Face, size: f64) -> Line {
    set_line(&within_typeface(text), face, size)
}

/// Returns the width of a line in CSS pixels.
pub(crate) fn width(text: &str, face: Face, size: f64) -> f64 {
    line(text, face, size).width * size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cached_line_equals_a_freshly_shaped_one() {
        for face in [Face::REGULAR, Face::PROSE] {
            for size in [14.0, 28.0] {
                for _ in 0..2 {
                    assert_eq!(*line("$1,111.10", face, size), set_line("$1,111.10", face, size));
                }
            }
        }
    }

    #[test]
    fn the_cache_stays_within_its_bound() {
        for n in 0..2 * MOST_LINES {
            line(&n.to_string(), Face::PROSE, 14.0);
        }
        line(&"long ".repeat(100), Face::PROSE, 14.0);
        LINES.with_borrow(|lines| {
            assert!(lines.len() <= MOST_LINES);
            assert!(lines.keys().all(|(text, ..)| text.len() <= LONGEST_CACHED_BYTES));
        });
    }
}
