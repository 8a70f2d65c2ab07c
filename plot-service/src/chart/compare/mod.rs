//! Several stocks side by side: one bar each, in percent of the last close, so that a $5 stock and a $5,000 stock
//! compare.
//!
//! [`Comparison::new`] checks a request; [`png()`] and [`svg`] draw it.

mod drawing;
mod layout;
mod request;
mod words;

use plotters::drawing::IntoDrawingArea as _;

pub use request::{Comparison, MOST_STOCKS};

use super::MEMORY_DOES_NOT_FAIL;
use crate::chart::backend::png;
use crate::chart::backend::raster::{Picture, Raster};
use crate::chart::backend::svg::Svg;

/// Draws a comparison as a PNG file.
#[must_use]
pub fn png(comparison: &Comparison) -> Vec<u8> {
    png::encode(&paint(comparison), comparison.scale, &words::notes(comparison))
}

/// Draws a comparison as an SVG document.
#[must_use]
pub fn svg(comparison: &Comparison) -> String {
    let mut svg = String::with_capacity(8 * 1024);
    let size = (comparison.width, comparison.height);
    let root = Svg::new(&mut svg, size, comparison.scale, &comparison.title, &words::description(comparison));
    drawing::draw(comparison, &root.into_drawing_area()).expect(MEMORY_DOES_NOT_FAIL);
    Svg::close(&mut svg);
    svg
}

/// Draws a comparison's pixels.
#[must_use]
pub fn paint(comparison: &Comparison) -> Picture {
    let pixels = |css: u32| (f64::from(css) * comparison.scale).round() as u32;
    let mut picture = Picture::new(pixels(comparison.width), pixels(comparison.height));
    let raster = Raster::new(&mut picture, (comparison.width, comparison.height), comparison.scale);
    drawing::draw(comparison, &raster.into_drawing_area()).expect(MEMORY_DOES_NOT_FAIL);
    picture
}
