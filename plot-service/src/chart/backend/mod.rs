//! What plotters draws on: pixels, which become PNG, or the text of an SVG document.
//!
//! Imports `text` and nothing else of the chart.

pub(crate) mod canvas;
mod glyphs;
mod palette;
pub(crate) mod png;
pub(crate) mod raster;
pub(crate) mod svg;
