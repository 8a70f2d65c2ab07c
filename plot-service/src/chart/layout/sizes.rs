//! How large type, strokes and gaps are on a canvas.

/// Below this width the tag is above the title and dates have no weekday.
const COMPACT_BELOW: f64 = 620.0;
/// The canvas that the narrow sizes are made for, and the one that the wide sizes are made for, in CSS pixels.
const NARROW: f64 = 360.0;
const WIDE: f64 = 1_200.0;

/// Sizes in CSS pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) title: f64,
    pub(crate) subtitle: f64,
    pub(crate) axis: f64,
    /// Prices of the ranges.
    pub(crate) label: f64,
    /// The prices that matter most: the last close and the 80% range.
    pub(crate) figure: f64,
    pub(crate) caption: f64,
    pub(crate) footer: f64,
    /// Width of the history's line; other strokes follow it.
    pub(crate) line: f64,
    /// Room at the left and right edge.
    pub(crate) margin: f64,
    /// Room at the upper and lower edge.
    pub(crate) edge: f64,
    /// A phone's width.
    pub(crate) compact: bool,
}

impl Sizes {
    pub(crate) fn of(width: f64, height: f64) -> Self {
        // A low canvas cannot carry a wide one's title; a huge one wants more than a wide one's.
        let extent = width.min(height * 1.9);
        let beyond = (extent / WIDE).max(1.0).sqrt();
        let size = |narrow: f64, wide: f64| (blend(extent, narrow, wide) * beyond * 2.0).round() / 2.0;
        Self {
            title: size(19.0, 28.0),
            subtitle: size(13.0, 16.0),
            axis: size(12.0, 14.0),
            label: size(12.5, 16.0),
            figure: size(14.5, 20.0),
            caption: size(12.0, 14.0),
            footer: size(11.5, 13.0),
            line: size(2.0, 3.0),
            margin: between(width, 16.0, 40.0),
            edge: between(width.min(height * 1.6), 14.0, 32.0),
            compact: width < COMPACT_BELOW,
        }
    }
}

/// Goes from `narrow` on 360 pixels to `wide` on 1,200, in whole pixels.
pub(crate) fn between(extent: f64, narrow: f64, wide: f64) -> f64 {
    blend(extent, narrow, wide).round()
}

fn blend(extent: f64, narrow: f64, wide: f64) -> f64 {
    narrow + (wide - narrow) * ((extent - NARROW) / (WIDE - NARROW)).clamp(0.0, 1.0)
}
