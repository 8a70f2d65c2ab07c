//! The shipped model against the answers its training code and onnxruntime gave, and against hostile windows.

use std::path::PathBuf;

use forecast_model::{FeatureWindow, Model, RawSeries};
use forecast_types::DailyBar;
use jiff::Span;
use jiff::civil::{Date, date};

fn models() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

fn model() -> Model {
    Model::load(&models().join("fortnight.onnx")).expect("the shipped model loads")
}

#[derive(serde::Deserialize)]
struct Golden {
    series: Vec<Vec<f32>>,
    sentiments: Vec<Vec<f32>>,
    statics: Vec<Vec<f32>>,
    quantiles: Vec<Vec<f64>>,
}

#[test]
fn tract_answers_what_onnxruntime_answers() {
    let json = std::fs::read(models().join("golden.json")).unwrap();
    let golden: Golden = serde_json::from_slice(&json).unwrap();
    let sigma = 1e-3; // Small enough that no loss is bent, so the answer is linear in it.
    let windows: Vec<FeatureWindow> = golden
        .series
        .iter()
        .zip(&golden.sentiments)
        .zip(&golden.statics)
        .map(|((series, sentiments), statics)| {
            FeatureWindow::from_tensors(series.clone(), sentiments.clone(), statics.clone(), sigma).unwrap()
        })
        .collect();
    let model = model();

    let together = model.forecast(&windows).unwrap();

    for ((window, batched), expected) in windows.iter().zip(&together).zip(&golden.quantiles) {
        let alone = &model.forecast(std::slice::from_ref(window)).unwrap()[0];
        let values = |returns: &forecast_model::ReturnQuantiles| -> Vec<f64> {
            returns.values().as_flattened().iter().map(|value| value / sigma).collect()
        };
        for ((single, batch), expected) in values(alone).into_iter().zip(values(batched)).zip(expected) {
            // Float32 sums in another order differ by about 1e-6; 1e-4 is the promise.
            assert!((single - expected).abs() < 1e-4, "{single} alone, {expected} expected");
            assert!((batch - expected).abs() < 1e-4, "{batch} in a batch, {expected} expected");
        }
    }
}

/// Bars that follow a path of closes, one a weekday.
fn bars(closes: impl IntoIterator<Item = f64>) -> Vec<DailyBar> {
    let weekday = |day: &Date| !matches!(day.weekday().to_monday_zero_offset(), 5 | 6);
    let days = date(2022, 1, 3).series(Span::new().days(1)).filter(weekday);
    days.zip(closes)
        .map(|(date, close)| DailyBar {
            date,
            open: close * 0.998,
            high: close * 1.01,
            low: close * 0.99,
            close,
            adjusted_close: close,
            volume: 1_000_000,
        })
        .collect()
}

/// A path that moves by about 2 % a day, the same each time.
fn wave(start: f64, count: u32) -> impl Iterator<Item = f64> {
    (0..count).map(move |day| {
        start * (1.0 + 0.05 * (f64::from(day) * 1.7).sin() + 0.03 * (f64::from(day) * 0.31).cos())
    })
}

fn forecast(bars: &[DailyBar]) -> forecast_model::ReturnQuantiles {
    let series = RawSeries { bars, tweets: None, news: None, searches: None, reports: None };
    let window = FeatureWindow::build(&series, bars.len() - 1).expect("thirty sessions make a window");
    model().forecast(&[window]).expect("the network answers").remove(0)
}

#[test]
fn quiet_wild_cheap_dear_and_young_stocks_all_get_sane_quantiles() {
    let flat = bars(std::iter::repeat_n(20.0, 280));
    let penny = bars(wave(0.0003, 280));
    let dear = bars(wave(700_000.0, 280));
    let young = bars(wave(30.0, 30));
    let crash = bars(wave(50.0, 279).chain([0.5]));
    let moonshot = bars(wave(1.0, 260).chain((0..20).map(|day| 1.5_f64.powi(day))));
    for (name, bars) in [
        ("flat", flat),
        ("penny", penny),
        ("dear", dear),
        ("young", young),
        ("crash", crash),
        ("moonshot", moonshot),
    ] {
        let close = bars.last().unwrap().close;
        for (ahead, quantiles) in forecast(&bars).prices(close).iter().enumerate() {
            quantiles.check().unwrap_or_else(|what| panic!("{name}, {ahead} ahead: {what}"));
            let median = quantiles.median().unwrap();
            assert!((median / close - 1.0).abs() < 0.05, "{name}: the median {median} strays from {close}");
        }
    }
}

#[test]
fn prices_in_another_unit_change_nothing_but_the_unit() {
    let (cents, dollars) = (forecast(&bars(wave(100.0, 280))), forecast(&bars(wave(1.0, 280))));
    for (a, b) in cents.values().as_flattened().iter().zip(dollars.values().as_flattened()) {
        assert!((a - b).abs() < 1e-5, "{a} and {b}");
    }
}

#[test]
fn a_split_or_dividend_within_the_window_changes_nothing() {
    let plain = bars(wave(100.0, 280));
    let mut adjusted = plain.clone();
    // Bars before an event stand on another basis; only the adjusted close tells how much they are worth today.
    for bar in &mut adjusted[..200] {
        for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
            *price *= 4.0;
        }
    }
    let (before, after) = (forecast(&plain), forecast(&adjusted));
    for (a, b) in before.values().as_flattened().iter().zip(after.values().as_flattened()) {
        assert!((a - b).abs() < 1e-6, "{a} and {b}");
    }
}

#[test]
fn what_comes_after_the_origin_changes_nothing() {
    let known = bars(wave(10.0, 300));
    let mut other = known.clone();
    for bar in &mut other[281..] {
        bar.close *= 3.0;
        bar.adjusted_close *= 3.0;
        bar.high *= 4.0;
        bar.volume = 7;
    }
    let build = |bars: &[DailyBar]| {
        FeatureWindow::build(&RawSeries { bars, tweets: None, news: None, searches: None, reports: None }, 280).unwrap()
    };
    assert_eq!(build(&known), build(&other));
    assert_eq!(build(&known), build(&known[..=280]));
}
