use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tract_onnx::Onnx;
use tract_onnx::prelude::*;

use crate::manifest::{Manifest, ManifestError};
use crate::window::{FeatureWindow, static_names};
use crate::{AHEAD_FEATURES, HORIZON, LEVELS, ReturnQuantiles, SENTIMENT_FEATURES, SERIES_FEATURES, WINDOW};

/// A loaded network, ready to answer; share it behind an [`Arc`].
///
/// The graph reads `series [N, WINDOW, SERIES_FEATURES]`, `sentiments [N, WINDOW, SENTIMENT_FEATURES]`,
/// `statics [N, static_names().len()]` and `ahead [N, HORIZON, AHEAD_FEATURES]`, all f32, and answers `quantiles
/// [N, HORIZON, LEVELS]` in units of each window's daily volatility σ. tract runs fixed shapes best, so the graph is
/// optimized for one window, with our LSTM, and for a batch, with tract's: each is the faster one there
/// (`models/training/speed.py`). The batch is prepared when the first one comes, so that a service starts without it.
#[derive(Debug)]
pub struct Model {
    path: PathBuf,
    file: Cow<'static, [u8]>,
    manifest: Manifest,
    single: Plan,
    batch: OnceLock<Plan>,
}

#[derive(Debug)]
struct Plan {
    graph: Arc<TypedRunnableModel>,
    windows: usize,
}

/// The model that ships with Fortnight.
const BUILT_IN: &[u8] = include_bytes!("../../../models/fortnight.onnx");
/// Windows that go through the graph at a time when there are many.
const BATCH: usize = 32;
const INPUTS: [&str; 4] = ["series", "sentiments", "statics", "ahead"];
const OUTPUT: &str = "quantiles";
/// Where tract keeps the `metadata_props` of a file.
const METADATA_PREFIX: &str = "onnx.metadata_props.";

/// Says why a model cannot be loaded or did not answer.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// tract refused the file or failed on it.
    #[error("the network {path} cannot be used")]
    Graph {
        /// The file.
        path: PathBuf,
        /// What tract said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file describes itself as one this program cannot work with.
    #[error("{path} is not a model for this program")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        source: ManifestError,
    },
    /// An input or output has another name than expected.
    #[error("{path} has no {kind} `{name}`")]
    NoSuchTensor {
        /// The file.
        path: PathBuf,
        /// `input` or `output`.
        kind: &'static str,
        /// The name.
        name: &'static str,
    },
    /// The answer is not what the graph promised.
    #[error("the network returned shape {got:?}, expected {expected:?}, all finite")]
    Answer {
        /// The shape that came.
        got: Vec<usize>,
        /// The shape that should have come.
        expected: Vec<usize>,
    },
    /// The graph failed on an input.
    #[error("the network failed")]
    Run(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Model {
    /// The file that a model is loaded from unless another is configured.
    pub const DEFAULT_PATH: &str = "models/fortnight.onnx";

    /// Loads an ONNX file, checks its description, and optimizes it. If the default file does not exist, the model
    /// built into the program is used, so that it starts from any folder.
    ///
    /// # Errors
    /// When the file cannot be read, is made for another feature version, or does not have the four inputs and the
    /// output named above.
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        let file = if path == Path::new(Self::DEFAULT_PATH) && !path.exists() {
            Cow::Borrowed(BUILT_IN)
        } else {
            let unreadable =
                |error: io::Error| ModelError::Graph { path: path.to_owned(), source: error.into() };
            Cow::Owned(std::fs::read(path).map_err(unreadable)?)
        };
        let mut onnx = tract_onnx::onnx();
        onnx.op_register.insert("LSTM", crate::lstm::build);
        let graph = parse(&onnx, &file, path)?;
        let manifest =
            read_manifest(&graph).map_err(|source| ModelError::Manifest { path: path.to_owned(), source })?;
        let single = Plan::optimize(&graph, 1, path)?;
        Ok(Self { path: path.to_owned(), file, manifest, single, batch: OnceLock::new() })
    }

    /// Returns the file's description of the model.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns the forecast of each window, in order.
    ///
    /// # Errors
    /// When the graph fails or answers something that is no number.
    pub fn forecast(&self, windows: &[FeatureWindow]) -> Result<Vec<ReturnQuantiles>, ModelError> {
        let mut forecasts = Vec::with_capacity(windows.len());
        if let [window] = windows {
            self.single.run(std::slice::from_ref(window), &mut forecasts)?;
        } else {
            let batch = self.batch()?;
            for windows in windows.chunks(BATCH) {
                batch.run(windows, &mut forecasts)?;
            }
        }
        Ok(forecasts)
    }

    fn batch(&self) -> Result<&Plan, ModelError> {
        if let Some(plan) = self.batch.get() {
            return Ok(plan);
        }
        let graph = parse(&tract_onnx::onnx(), &self.file, &self.path)?;
        let plan = Plan::optimize(&graph, BATCH, &self.path)?;
        Ok(self.batch.get_or_init(|| plan))
    }
}

fn parse(onnx: &Onnx, file: &[u8], path: &Path) -> Result<InferenceModel, ModelError> {
    onnx.model_for_read(&mut &*file)
        .map_err(|error| ModelError::Graph { path: path.to_owned(), source: error.into() })
}

fn read_manifest(graph: &InferenceModel) -> Result<Manifest, ManifestError> {
    let entries = graph
        .properties
        .iter()
        .filter_map(|(key, value)| {
            let key = key.strip_prefix(METADATA_PREFIX)?;
            let value = value.try_as_plain_ram().ok()?.as_slice::<String>().ok()?.first()?.clone();
            Some((key.to_owned(), value))
        })
        .collect();
    Manifest::read(&entries)
}

impl Plan {
    fn optimize(graph: &InferenceModel, windows: usize, path: &Path) -> Result<Self, ModelError> {
        let mut graph = graph.clone();
        let shapes = [
            tvec!(windows, WINDOW, SERIES_FEATURES),
            tvec!(windows, WINDOW, SENTIMENT_FEATURES),
            tvec!(windows, static_names().len()),
            tvec!(windows, HORIZON, AHEAD_FEATURES),
        ];
        let absent = |kind, name| ModelError::NoSuchTensor { path: path.to_owned(), kind, name };
        let node =
            |graph: &InferenceModel, kind, name| graph.node_id_by_name(name).map_err(|_| absent(kind, name));
        let mut inputs = Vec::new();
        for name in INPUTS {
            let id = node(&graph, "input", name)?;
            inputs.push(OutletId::new(id, 0));
        }
        let output_label = (0..graph.outputs.len())
            .find(|&slot| {
                let outlet = graph.outputs[slot];
                graph.outlet_label(outlet) == Some(OUTPUT) || graph.node(outlet.node).name == OUTPUT
            })
            .ok_or_else(|| absent("output", OUTPUT))?;
        let output = graph.outputs[output_label];
        let graph_error =
            |error: TractError| ModelError::Graph { path: path.to_owned(), source: error.into() };
        graph.set_input_outlets(&inputs).map_err(graph_error)?;
        graph.select_output_outlets(&[output]).map_err(graph_error)?;
        for (slot, shape) in shapes.into_iter().enumerate() {
            graph.set_input_fact(slot, f32::fact(&*shape).into()).map_err(graph_error)?;
        }
        let graph = graph.into_optimized().and_then(TypedModel::into_runnable).map_err(graph_error)?;
        Ok(Self { graph, windows })
    }

    /// Runs up to `self.windows` windows; the rest of the batch is zeros whose answers are dropped.
    fn run(&self, windows: &[FeatureWindow], forecasts: &mut Vec<ReturnQuantiles>) -> Result<(), ModelError> {
        let run_error = |error: TractError| ModelError::Run(error.into());
        let tensor = |shape: &[usize], of: fn(&FeatureWindow) -> &[f32]| -> Result<TValue, TractError> {
            let size = shape.iter().product();
            let mut values = Vec::with_capacity(size);
            windows.iter().for_each(|window| values.extend_from_slice(of(window)));
            values.resize(size, 0.0);
            Ok(Tensor::from_shape(shape, &values)?.into_tvalue())
        };
        let statics = windows.first().map_or(0, |window| window.statics.len());
        let inputs = tvec!(
            tensor(&[self.windows, WINDOW, SERIES_FEATURES], FeatureWindow::series).map_err(run_error)?,
            tensor(&[self.windows, WINDOW, SENTIMENT_FEATURES], FeatureWindow::sentiments)
                .map_err(run_error)?,
            tensor(&[self.windows, statics], FeatureWindow::statics).map_err(run_error)?,
            tensor(&[self.windows, HORIZON, AHEAD_FEATURES], FeatureWindow::ahead).map_err(run_error)?,
        );
        let outputs = self.graph.run(inputs).map_err(run_error)?;
        let answer = outputs[0].try_as_plain_ram().map_err(run_error)?;
        let values = answer.as_slice::<f32>().map_err(run_error)?;
        if outputs[0].shape() != [self.windows, HORIZON, LEVELS]
            || values.iter().any(|value| !value.is_finite())
        {
            let (got, expected) = (outputs[0].shape().to_vec(), vec![self.windows, HORIZON, LEVELS]);
            return Err(ModelError::Answer { got, expected });
        }
        for (window, answer) in windows.iter().zip(values.chunks_exact(HORIZON * LEVELS)) {
            let mut returns = [[0.0; LEVELS]; HORIZON];
            for (horizon, answer) in returns.iter_mut().zip(answer.chunks_exact(LEVELS)) {
                for (value, &in_sigmas) in horizon.iter_mut().zip(answer) {
                    *value = f64::from(in_sigmas) * window.sigma;
                }
            }
            forecasts.push(ReturnQuantiles::from_returns(returns));
        }
        Ok(())
    }
}
