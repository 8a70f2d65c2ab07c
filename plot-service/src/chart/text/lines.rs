//! Lines of text as they were set, kept by each thread: a chart asks how wide most of its words are before it draws
//! them, and most of them stand in the next chart too.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::chart::text::transliterate::within_typeface;
use crate::chart::text::typeface::{Face, Line, set_line};

/// Lines kept by one thread: about 1 MB. Past it the cache starts anew, so hostile text cannot make it grow.
const MOST_LINES: usize = 1_024;
/// Longer texts are set and forgotten.
const LONGEST_KEPT_BYTES: usize = 64;

type Key = (Box<str>, Face, u64);

thread_local! {
    static LINES: RefCell<HashMap<Key, Rc<Line>>> = RefCell::default();
}

/// Sets one line, or finds it; `size` in CSS pixels.
pub(crate) fn line(text: &str, face: Face, size: f64) -> Rc<Line> {
    if text.len() > LONGEST_KEPT_BYTES {
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
    fn a_kept_line_is_the_line_that_would_be_set() {
        for face in [Face::REGULAR, Face::PROSE] {
            for size in [14.0, 28.0] {
                for _ in 0..2 {
                    assert_eq!(*line("$1,111.10", face, size), set_line("$1,111.10", face, size));
                }
            }
        }
    }

    #[test]
    fn a_flood_of_texts_does_not_grow_the_cache_beyond_its_bound() {
        for n in 0..2 * MOST_LINES {
            line(&n.to_string(), Face::PROSE, 14.0);
        }
        line(&"long ".repeat(100), Face::PROSE, 14.0);
        LINES.with_borrow(|lines| {
            assert!(lines.len() <= MOST_LINES);
            assert!(lines.keys().all(|(text, ..)| text.len() <= LONGEST_KEPT_BYTES));
        });
    }
}
