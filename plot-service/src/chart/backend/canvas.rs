//! What the two back ends share: the unit of plotters' coordinates, and how text is placed at its anchor.

use std::rc::Rc;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendCoord, BackendTextStyle};

use crate::chart::text::lines;
use crate::chart::text::typeface::{CAP_HEIGHT, Face, Line};

/// plotters has whole-number coordinates. Ours are 64ths of a CSS pixel, so that a line can run between pixels and be
/// smoothed; back ends divide by this to return to CSS pixels.
pub(crate) const UNITS: f64 = 64.0;

/// Turns CSS pixels into plotters' whole numbers.
pub(crate) fn units(pixels: f64) -> i32 {
    (pixels * UNITS).round() as i32
}

/// A line of text and its place, in CSS pixels.
#[derive(Clone, Debug)]
pub(crate) struct PlacedText {
    pub(crate) face: Face,
    pub(crate) size: f64,
    pub(crate) line: Rc<Line>,
    /// Where the line starts.
    pub(crate) x: f64,
    /// The baseline.
    pub(crate) y: f64,
}

/// Places a text. Vertically, an anchor refers to the capitals: their top, their middle, or the baseline.
pub(crate) fn place<S: BackendTextStyle>(text: &str, style: &S, at: BackendCoord) -> PlacedText {
    let face = Face::of_family(style.family().as_str());
    let size = style.size() / UNITS;
    let line = lines::line(text, face, size);
    let anchor = style.anchor();
    let x = f64::from(at.0) / UNITS
        - match anchor.h_pos {
            HPos::Left => 0.0,
            HPos::Center => line.width * size / 2.0,
            HPos::Right => line.width * size,
        };
    let y = f64::from(at.1) / UNITS
        + match anchor.v_pos {
            VPos::Bottom => 0.0,
            VPos::Center => CAP_HEIGHT * size / 2.0,
            VPos::Top => CAP_HEIGHT * size,
        };
    PlacedText { face, size, line, x, y }
}

/// Returns the size of a text in plotters' units.
pub(crate) fn text_size<S: BackendTextStyle>(text: &str, style: &S) -> (u32, u32) {
    let placed = place(text, style, (0, 0));
    let width = placed.line.width * placed.size;
    (units(width).unsigned_abs(), units(CAP_HEIGHT * placed.size).unsigned_abs())
}
