//! One chart description, drawn once through plotters, as PNG or as SVG.
//!
//! [`Chart::new`] checks a request; [`png()`] and [`svg`] draw it; [`area()`] says where the picture shows what. Pure:
//! the same chart gives the same bytes, no file, clock or network is touched, and nothing here knows HTTP.
//!
//! Imports point one way: `text` ← `request` ← `check`, `captions` ← `layout` ← `drawing`, and `text` ← `backend` ←
//! `drawing`; `compare` draws several stocks and may use all of them. `tests/import_direction.rs` checks it.

mod area;
mod backend;
mod captions;
mod check;
pub mod compare;
mod drawing;
mod layout;
mod request;
mod text;

use plotters::drawing::IntoDrawingArea as _;

pub use area::{PlotArea, area};
pub use backend::raster::Picture;
pub use request::{
    Chart, DEFAULT_SIZE, FORECAST_SESSIONS, Fault, HEIGHT, HISTORY_SESSIONS, InvalidChart, LONGEST_MODEL,
    LONGEST_SYMBOL, LONGEST_TEXT, MOST_EVENTS, MOST_PIXELS, MOST_REPORTS, SCALE, WIDTH,
};

use backend::png;
use backend::raster::Raster;
use backend::svg::Svg;

const MEMORY_DOES_NOT_FAIL: &str = "drawing to memory succeeds";

/// Reads the embedded typeface ahead of the first request.
pub fn warm_up() {
    text::typeface::load();
}

/// Draws a chart as a PNG file.
#[must_use]
pub fn png(chart: &Chart) -> Vec<u8> {
    encode(chart, &paint(chart))
}

/// Draws a chart as an SVG document.
#[must_use]
pub fn svg(chart: &Chart) -> String {
    let mut svg = String::with_capacity(24 * 1024);
    let size = (chart.width, chart.height);
    let root = Svg::new(&mut svg, size, chart.scale, &chart.title, &captions::description(chart));
    drawing::draw(chart, &root.into_drawing_area()).expect(MEMORY_DOES_NOT_FAIL);
    Svg::close(&mut svg);
    svg
}

/// Draws a chart's pixels; the first half of [`png()`].
#[must_use]
pub fn paint(chart: &Chart) -> Picture {
    let pixels = |css: u32| (f64::from(css) * chart.scale).round() as u32;
    let mut picture = Picture::new(pixels(chart.width), pixels(chart.height));
    let raster = Raster::new(&mut picture, (chart.width, chart.height), chart.scale);
    drawing::draw(chart, &raster.into_drawing_area()).expect(MEMORY_DOES_NOT_FAIL);
    picture
}

/// Encodes a chart's pixels as a PNG file; the second half of [`png()`].
#[must_use]
pub fn encode(chart: &Chart, picture: &Picture) -> Vec<u8> {
    png::encode(picture, chart.scale, &captions::notes(chart))
}
