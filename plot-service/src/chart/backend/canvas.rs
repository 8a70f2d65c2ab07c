//! What the two back ends share: the unit plotters counts in, and how text hangs on its anchor.

use std::rc::Rc;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendCoord, BackendTextStyle};

use crate::chart::text::lines;
use crate::chart::text::typeface::{CAP_HEIGHT, Face, Line};

/// plotters counts in whole numbers. Ours are 64ths of a CSS pixel, so that a line may run between pixels and be
/// smoothed; a back end divides by this to come back to CSS pixels.
pub(crate) const UNITS: f64 = 64.0;

/// Turns CSS pixels into plotters' whole numbers.
pub(crate) fn units(pixels: f64) -> i32 {
    (pixels * UNITS).round() as i32
}

/// A line of text where it will stand, in CSS pixels.
#[derive(Clone, Debug)]
pub(crate) struct StandingText {
    pub(crate) face: Face,
    pub(crate) size: f64,
    pub(crate) line: Rc<Line>,
    /// Where the line starts.
    pub(crate) x: f64,
    /// The baseline.
    pub(crate) y: f64,
}

/// Finds where a text stands. Vertically an anchor means the capitals: their top, their middle, or the baseline.
pub(crate) fn stand<S: BackendTextStyle>(text: &str, style: &S, at: BackendCoord) -> StandingText {
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
    StandingText { face, size, line, x, y }
}

/// Answers plotters' question for the size of a text, in its units.
pub(crate) fn text_size<S: BackendTextStyle>(text: &str, style: &S) -> (u32, u32) {
    let standing = stand(text, style, (0, 0));
    let width = standing.line.width * standing.size;
    (units(width).unsigned_abs(), units(CAP_HEIGHT * standing.size).unsigned_abs())
}
