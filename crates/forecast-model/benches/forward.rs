//! How long the shipped model takes for one window, 32 and 256: one line each, `WINDOWS MICROSECONDS OWN`, where `OWN` is
//! the time with tract's own LSTM in place of `src/recurrence.rs`.
//!
//! The times are the fastest of many runs on one thread, the first from feature windows to quantiles.
//! `models/training/speed.py` adds the time of onnxruntime.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use forecast_model::{
    AHEAD_FEATURES, FeatureWindow, HORIZON, Model, SENTIMENT_FEATURES, SERIES_FEATURES, WINDOW,
};
use tract_onnx::prelude::*;

const RUN_FOR: Duration = Duration::from_secs(1);

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(serde::Deserialize)]
struct Golden {
    series: Vec<Vec<f32>>,
    sentiments: Vec<Vec<f32>>,
    statics: Vec<Vec<f32>>,
    ahead: Vec<Vec<f32>>,
}

impl Golden {
    /// The inputs of a window, in the model's order.
    fn inputs(&self, window: usize) -> [&Vec<f32>; 4] {
        let row = window % self.series.len();
        [&self.series, &self.sentiments, &self.statics, &self.ahead].map(|tensor| &tensor[row])
    }
}

fn main() -> Outcome<()> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let file = models.join("fortnight.onnx");
    let model = Model::load(&file)?;
    let golden: Golden = serde_json::from_slice(&std::fs::read(models.join("golden.json"))?)?;
    for count in [1, 32, 256] {
        let mut windows = Vec::with_capacity(count);
        for window in 0..count {
            let [series, sentiments, statics, ahead] = golden.inputs(window).map(Clone::clone);
            windows.push(FeatureWindow::from_tensors(series, sentiments, statics, ahead, 0.02)?);
        }
        let ours = fastest(|| Ok(model.forecast(black_box(&windows))?))?;
        println!("{count} {ours:.1} {:.1}", with_own_lstm(&file, &golden, count)?);
    }
    Ok(())
}

/// Microseconds of the fastest run.
fn fastest<T>(mut run: impl FnMut() -> Outcome<T>) -> Outcome<f64> {
    let (mut fastest, end) = (Duration::MAX, Instant::now() + RUN_FOR);
    while Instant::now() < end {
        let start = Instant::now();
        black_box(run()?);
        fastest = fastest.min(start.elapsed());
    }
    Ok(fastest.as_secs_f64() * 1e6)
}

fn with_own_lstm(file: &Path, golden: &Golden, count: usize) -> Outcome<f64> {
    let statics = golden.statics[0].len();
    let shapes = [
        vec![count, WINDOW, SERIES_FEATURES],
        vec![count, WINDOW, SENTIMENT_FEATURES],
        vec![count, statics],
        vec![count, HORIZON, AHEAD_FEATURES],
    ];
    let mut graph = tract_onnx::onnx().model_for_path(file)?;
    let mut inputs = tvec!();
    for (slot, shape) in shapes.iter().enumerate() {
        graph.set_input_fact(slot, f32::fact(shape).into())?;
        let values: Vec<f32> = (0..count).flat_map(|window| golden.inputs(window)[slot]).copied().collect();
        inputs.push(Tensor::from_shape(shape, &values)?.into_tvalue());
    }
    let graph = graph.into_optimized()?.into_runnable()?;
    fastest(|| Ok(graph.run(inputs.clone())?))
}
