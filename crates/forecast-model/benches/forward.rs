//! How long the shipped model takes for one window, 32 and 256: one line each, `WINDOWS MICROSECONDS`.
//!
//! The time is the fastest of many runs on one thread, from feature windows to quantiles.
//! `models/training/speed.py` puts onnxruntime's time beside it.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use forecast_model::{FeatureWindow, Model};

const SECONDS: u64 = 1;

#[derive(serde::Deserialize)]
struct Golden {
    series: Vec<Vec<f32>>,
    sentiments: Vec<Vec<f32>>,
    statics: Vec<Vec<f32>>,
    ahead: Vec<Vec<f32>>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let model = Model::load(&models.join("fortnight.onnx"))?;
    let golden: Golden = serde_json::from_slice(&std::fs::read(models.join("golden.json"))?)?;
    for count in [1, 32, 256] {
        let mut windows = Vec::with_capacity(count);
        for row in (0..golden.series.len()).cycle().take(count) {
            let [series, sentiments, statics, ahead] =
                [&golden.series, &golden.sentiments, &golden.statics, &golden.ahead]
                    .map(|tensor| tensor[row].clone());
            windows.push(FeatureWindow::from_tensors(series, sentiments, statics, ahead, 0.02)?);
        }
        let (mut fastest, end) = (Duration::MAX, Instant::now() + Duration::from_secs(SECONDS));
        while Instant::now() < end {
            let start = Instant::now();
            black_box(model.forecast(black_box(&windows))?);
            fastest = fastest.min(start.elapsed());
        }
        println!("{count} {:.1}", fastest.as_secs_f64() * 1e6);
    }
    Ok(())
}
