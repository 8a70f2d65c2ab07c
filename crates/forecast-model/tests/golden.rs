//! The shipped model against the answers its training code and onnxruntime gave, and against hostile windows.

use std::path::PathBuf;

use forecast_model::{FeatureWindow, HORIZON, Model, RawSeries, Reports, ReturnQuantiles};
use forecast_types::{DailyBar, Interval, ReportDate, ReportTime};
use jiff::Span;
use jiff::civil::{Date, date};
use proptest::prelude::*;

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
    ahead: Vec<Vec<f32>>,
    quantiles: Vec<Vec<f64>>,
}

#[test]
fn tract_answers_what_onnxruntime_answers() {
    let json = std::fs::read(models().join("golden.json")).unwrap();
    let golden: Golden = serde_json::from_slice(&json).unwrap();
    let sigma = 1e-3; // Small enough that no loss is bent, so the answer is linear in it.
    let windows: Vec<FeatureWindow> = (0..golden.series.len())
        .map(|row| {
            let [series, sentiments, statics, ahead] =
                [&golden.series, &golden.sentiments, &golden.statics, &golden.ahead]
                    .map(|tensor| tensor[row].clone());
            FeatureWindow::from_tensors(series, sentiments, statics, ahead, sigma).unwrap()
        })
        .collect();
    let model = model();

    let together = model.forecast(&windows).unwrap();

    for ((window, batched), expected) in windows.iter().zip(&together).zip(&golden.quantiles) {
        let alone = &model.forecast(std::slice::from_ref(window)).unwrap()[0];
        let values = |returns: &ReturnQuantiles| -> Vec<f64> {
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

fn forecast(bars: &[DailyBar]) -> ReturnQuantiles {
    forecast_with(bars, None)
}

fn forecast_with(bars: &[DailyBar], reports: Option<Reports<'_>>) -> ReturnQuantiles {
    let series = RawSeries { reports, ..RawSeries::of_bars(bars) };
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
    // Bars before an event stand on another basis; only the adjusted close shows what they are worth today.
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
    let build = |bars: &[DailyBar]| FeatureWindow::build(&RawSeries::of_bars(bars), 280).unwrap();
    assert_eq!(build(&known), build(&other));
    assert_eq!(build(&known), build(&known[..=280]));
}

/// The widths of an interval over the horizon.
fn widths(returns: &ReturnQuantiles, interval: Interval) -> Vec<f64> {
    let (low, high) = interval.positions();
    returns.values().iter().map(|quantiles| quantiles[high] - quantiles[low]).collect()
}

fn tensor(length: usize, within: f32) -> impl Strategy<Value = Vec<f32>> {
    proptest::collection::vec(-within..within, length)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_range_narrows_from_one_session_to_the_next(
        (series, sentiments, statics, features, report, sigma) in (
            tensor(30 * 6, 8.0), tensor(30 * 8, 4.0), tensor(forecast_model::static_names().len(), 6.0),
            tensor(HORIZON * 9, 4.0), (0..3_usize, 0..HORIZON), 0.001..0.2_f64,
        )
    ) {
        let (state, session) = report;
        let ahead = features.chunks(9).enumerate().flat_map(|(at, features)| {
            let reacts = f32::from(u8::from(at == session));
            let states = [[reacts, 0.0, 0.0], [0.0, 0.3 * reacts, 0.0], [0.0, 0.0, 1.0]];
            states[state].into_iter().chain(features.iter().copied()).collect::<Vec<f32>>()
        });
        let window =
            FeatureWindow::from_tensors(series, sentiments, statics, ahead.collect(), sigma).unwrap();

        let returns = MODEL.forecast(&[window]).unwrap().remove(0);

        for interval in Interval::ALL {
            let widths = widths(&returns, interval);
            prop_assert!(widths.is_sorted(), "{interval:?}: {widths:?}");
        }
    }
}

static MODEL: std::sync::LazyLock<Model> = std::sync::LazyLock::new(model);

#[test]
fn a_known_report_is_a_step_on_its_day_and_an_estimated_one_a_smaller_step() {
    let bars = bars(wave(100.0, 280));
    let origin = bars.last().unwrap().date;
    let after_close = |date| ReportDate { date, when: ReportTime::AfterClose };
    let past: Vec<ReportDate> =
        [364, 273, 182, 91].map(|days| after_close(origin - Span::new().days(days - 7))).to_vec();
    let announced = Some(after_close(origin + Span::new().days(7)));
    let eighty = |reports| widths(&forecast_with(&bars, reports), Interval::P80);

    let known = eighty(Some(Reports { past: &past, announced }));
    let estimated = eighty(Some(Reports { past: &past, announced: None }));
    let unknown = eighty(None);

    // A week ahead after the close: the session after it, the sixth, reacts.
    let step = |widths: &[f64]| widths[5] / widths[4];
    assert!(step(&known) > step(&unknown) + 0.05, "{known:?} {unknown:?}");
    assert!(
        step(&known) > step(&estimated) && step(&estimated) > step(&unknown),
        "{estimated:?} {unknown:?}"
    );
}
