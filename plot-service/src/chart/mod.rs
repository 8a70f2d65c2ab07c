//! One chart description, drawn once through plotters, as PNG or as SVG.
//!
//! [`Chart::new`] checks a request; [`png()`] and [`svg`] draw it. Pure: the same chart gives the same bytes, and no
//! file, clock or network is touched. HTTP is none of this module's business.

mod canvas;
mod counter;
mod curve;
mod date_axis;
mod draw;
mod glyphs;
mod label_column;
mod layout;
mod lines;
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

pub use raster::Picture;

use counter::Counter;
use forecast_types::Theme;
use pen::{Align, Pen, Type};
use raster::Raster;
use theme::Palette;
use typeface::Face;
use vector::Vector;

const MEMORY_DOES_NOT_FAIL: &str = "drawing to memory succeeds";

/// Reads the embedded typeface, so that the first request need not.
pub fn warm_up() {
    typeface::load();
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
    let root = Vector::new(&mut svg, size, chart.scale, &chart.title, &story::description(chart));
    draw::draw(chart, &root.into_drawing_area()).expect(MEMORY_DOES_NOT_FAIL);
    Vector::close(&mut svg);
    svg
}

/// Draws a chart's pixels; the first half of [`png()`].
#[must_use]
pub fn paint(chart: &Chart) -> Picture {
    let pixels = |css: u32| (f64::from(css) * chart.scale).round() as u32;
    let mut picture = Picture::new(pixels(chart.width), pixels(chart.height));
    let raster = Raster::new(&mut picture, (chart.width, chart.height), chart.scale);
    draw::draw(chart, &raster.into_drawing_area()).expect(MEMORY_DOES_NOT_FAIL);
    picture
}

/// Encodes a chart's pixels as a PNG file; the second half of [`png()`].
#[must_use]
pub fn encode(chart: &Chart, picture: &Picture) -> Vec<u8> {
    png::encode(picture, chart.scale, &story::notes(chart))
}

/// Encodes any picture, without notes.
#[must_use]
pub fn encode_picture(picture: &Picture) -> Vec<u8> {
    png::encode(picture, 1.0, &[])
}

/// Draws a line of small text on a picture of its own, for contact sheets.
#[must_use]
pub fn caption(text: &str, width: u32, height: u32) -> Picture {
    let palette = Palette::of(Theme::Light);
    let mut picture = Picture::new(width, height);
    let root = Raster::new(&mut picture, (width, height), 1.0).into_drawing_area();
    root.fill(&palette.background).expect(MEMORY_DOES_NOT_FAIL);
    let set = Type { face: Face::SEMI_BOLD, size: f64::from(height) * 0.5, color: palette.ink };
    let middle = (0.0, f64::from(height) / 2.0);
    Pen(&root).text_at_middle(text, set, Align::Left, middle).expect(MEMORY_DOES_NOT_FAIL);
    drop(root);
    picture
}

/// Draws a chart on nothing and returns how many shapes and texts that took, to tell the cost of composing a chart
/// from that of its pixels.
#[must_use]
pub fn compose(chart: &Chart) -> usize {
    let mut count = 0;
    let counter = Counter::new(&mut count, (chart.width, chart.height));
    draw::draw(chart, &counter.into_drawing_area()).expect(MEMORY_DOES_NOT_FAIL);
    count
}
