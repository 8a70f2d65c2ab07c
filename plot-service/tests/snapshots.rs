//! The sample charts look as they did when they were last reviewed.
//!
//! `cargo run --release -p plot-service --example contact_sheet` redraws them; look at each before committing.
#![expect(clippy::unwrap_used, reason = "a test may panic in its helpers too")]

#[path = "../samples/mod.rs"]
mod samples;

use std::path::{Path, PathBuf};

use forecast_types::ChartRequest;
use plot_service::chart::{Chart, Picture, paint, png};

/// Side of the boxes compared: small enough to notice a label that moved, large enough to ignore smoothing.
const BOX: u32 = 4;
/// Largest difference between the means of two boxes in any channel, of 255.
const TOLERANCE: u32 = 10;

#[test]
fn every_case_looks_as_it_was_reviewed() {
    let mut off = Vec::new();
    for (name, request) in samples::all() {
        let chart = Chart::new(request).unwrap();
        let drawn = paint(&chart);
        let path = snapshot(name);
        let reviewed = decode(&std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())));
        let boxes = differing_boxes(&drawn, &reviewed);
        if boxes > 0 {
            let actual = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
            std::fs::write(&actual, png(&chart)).unwrap();
            off.push(format!("{name}: {boxes} boxes differ; drawn now: {}", actual.display()));
        }
    }
    assert!(off.is_empty(), "{}", off.join("\n"));
}

#[test]
fn the_comparison_notices_a_price_a_word_and_a_color() {
    let original = paint(&Chart::new(samples::month()).unwrap());
    type Change = fn(&mut ChartRequest);
    let changed: [(&str, Change); 4] = [
        ("a close", |chart| chart.history[10].close *= 1.01),
        ("a word of the footer", |chart| chart.coverage = None),
        ("the tag", |chart| chart.market = None),
        ("the last quantiles", |chart| chart.forecast[13] = chart.forecast[12].clone_dated(chart)),
    ];
    for (what, change) in changed {
        let mut request = samples::month();
        change(&mut request);
        let picture = paint(&Chart::new(request).unwrap());
        assert!(differing_boxes(&original, &picture) > 0, "{what}");
    }
}

#[test]
fn the_palette_changes_no_pixel_visibly() {
    for (name, request) in samples::all() {
        let chart = Chart::new(request).unwrap();
        let (drawn, encoded) = (paint(&chart), decode(&png(&chart)));
        let worst =
            drawn.pixels.iter().zip(&encoded.pixels).map(|(&a, &b)| worst_channel(a, b)).max().unwrap();
        // One step of a 16-step ramp between black and white.
        assert!(worst <= 16, "{name}: {worst}");
    }
}

#[test]
fn the_snapshots_are_small() {
    let sizes = samples::all().into_iter().map(|(name, _)| std::fs::metadata(snapshot(name)).unwrap().len());
    let total: u64 = sizes.sum();
    assert!(total < 1_000_000, "{total} bytes");
}

trait Dated {
    fn clone_dated(&self, chart: &ChartRequest) -> Self;
}

impl Dated for forecast_types::ForecastSession {
    /// These quantiles on the chart's last day.
    fn clone_dated(&self, chart: &ChartRequest) -> Self {
        Self { date: chart.forecast[13].date, quantiles: self.quantiles.clone() }
    }
}

fn snapshot(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/{name}.png"))
}

/// Counts the boxes whose mean colors differ; all of them if the sizes differ.
fn differing_boxes(a: &Picture, b: &Picture) -> usize {
    if (a.width, a.height) != (b.width, b.height) {
        return usize::MAX;
    }
    let boxes = (0..a.height / BOX).flat_map(|y| (0..a.width / BOX).map(move |x| (x, y)));
    boxes
        .filter(|&at| {
            let (a, b) = (mean(a, at), mean(b, at));
            a.iter().zip(b).any(|(a, b)| a.abs_diff(b) > TOLERANCE)
        })
        .count()
}

fn mean(picture: &Picture, (x, y): (u32, u32)) -> [u32; 3] {
    let mut sums = [0; 3];
    for (dx, dy) in (0..BOX).flat_map(|dy| (0..BOX).map(move |dx| (dx, dy))) {
        let [_, channels @ ..] =
            picture.pixels[((y * BOX + dy) * picture.width + x * BOX + dx) as usize].to_be_bytes();
        sums.iter_mut().zip(channels).for_each(|(sum, channel)| *sum += u32::from(channel));
    }
    sums.map(|sum| sum / (BOX * BOX))
}

fn worst_channel(a: u32, b: u32) -> u32 {
    a.to_be_bytes().iter().zip(b.to_be_bytes()).map(|(&a, b)| u32::from(a.abs_diff(b))).max().unwrap_or(0)
}

fn decode(bytes: &[u8]) -> Picture {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut rgb).unwrap();
    let pixels = rgb.chunks_exact(3).map(|p| u32::from(p[0]) << 16 | u32::from(p[1]) << 8 | u32::from(p[2]));
    Picture { width: frame.width, height: frame.height, pixels: pixels.collect() }
}
