//! One chart description, drawn once through plotters, as PNG or as SVG.
//!
//! [`Chart::new`] checks a request; [`png`] and [`svg`] draw it. Pure: the same chart gives the same bytes, and no
//! file, clock or network is touched. HTTP is none of this module's business.

mod canvas;
mod curve;
mod date_axis;
mod draw;
mod glyphs;
mod label_column;
mod layout;
mod marks;
mod money;
mod palette;
mod pen;
mod png;
mod price_axis;
mod raster;
mod request;
mod story;
mod theme;
mod transcript;
mod typeface;
mod vector;
mod view;
mod wording;

use plotters::drawing::IntoDrawingArea as _;

pub use request::{
    Chart, DEFAULT_SIZE, FORECAST_SESSIONS, Fault, HEIGHT, HISTORY_SESSIONS, InvalidChart, LONGEST_TEXT,
    MOST_EVENTS, MOST_PIXELS, SCALE, WIDTH,
};

use raster::{Picture, Raster};
use vector::Vector;

const MEMORY_DOES_NOT_FAIL: &str = "drawing to memory succeeds";

/// Reads the embedded typeface, so that the first request need not.
pub fn warm_up() {
    typeface::load();
}

/// Draws a chart as a PNG file.
#[must_use]
pub fn png(chart: &Chart) -> Vec<u8> {
    png::encode(&picture(chart), chart.scale, &story::notes(chart))
}

/// Draws a chart as an SVG document.
#[must_use]
pub fn svg(chart: &Chart) -> String {
    let mut svg = String::with_capacity(24 * 1024);
    let size = (chart.width, chart.height);
    let root = Vector::new(&mut svg, size, chart.scale, &chart.title, &story::description(chart));
    draw::draw(chart, &root.into_drawing_area()).expect(MEMORY_DOES_NOT_FAIL);
    Vector::close(&mut svg);
    svg
}

fn picture(chart: &Chart) -> Picture {
    let pixels = |css: u32| (f64::from(css) * chart.scale).round() as u32;
    let mut picture = Picture::new(pixels(chart.width), pixels(chart.height));
    let raster = Raster::new(&mut picture, (chart.width, chart.height), chart.scale);
    draw::draw(chart, &raster.into_drawing_area()).expect(MEMORY_DOES_NOT_FAIL);
    picture
}
