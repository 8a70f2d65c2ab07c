//! The cost of a chart: drawing and encoding apart, then all of it on one and on two threads.
//!
//! `cargo bench -p plot-service`

#[path = "../samples/mod.rs"]
mod samples;

use divan::counter::ItemsCount;
use plot_service::chart::{Chart, encode, paint, png, svg};

fn main() {
    plot_service::chart::warm_up();
    divan::main();
}

fn month() -> Chart {
    Chart::new(samples::month()).expect("the sample is valid")
}

/// Layout, text shaping, plotters and pixels.
#[divan::bench]
fn draw(bencher: divan::Bencher<'_, '_>) {
    let chart = month();
    bencher.bench(|| paint(&chart));
}

/// Pixels to PNG: palette and compression.
#[divan::bench]
fn encode_png(bencher: divan::Bencher<'_, '_>) {
    let chart = month();
    let picture = paint(&chart);
    bencher.bench(|| encode(&chart, &picture));
}

/// A whole PNG of 1200 × 750, on one thread and on two, with charts per second below the times.
#[divan::bench(threads = [1, 2])]
fn whole_png(bencher: divan::Bencher<'_, '_>) {
    let chart = month();
    bencher.counter(ItemsCount::new(1u32)).bench(|| png(&chart));
}

/// A whole SVG: what composing costs without pixels, and writing the text.
#[divan::bench]
fn whole_svg(bencher: divan::Bencher<'_, '_>) {
    let chart = month();
    bencher.counter(ItemsCount::new(1u32)).bench(|| svg(&chart));
}

/// Every sample as a PNG: no kind of chart is slow.
#[divan::bench(args = samples::all().into_iter().map(|(name, _)| name))]
fn each_case(bencher: divan::Bencher<'_, '_>, name: &str) {
    let chart = Chart::new(samples::named(name)).expect("the samples are valid");
    bencher.counter(ItemsCount::new(1u32)).bench(|| png(&chart));
}
