//! Remembers which drawing shows a forecast, so that a kept picture is found without writing its numbers again.

use std::sync::{Arc, Weak};
use std::time::Duration;

use forecast_types::{Bar, Forecast, Symbol};
use moka::sync::Cache;

use super::links::View;
use crate::clients::plot::{ChartForm, Drawing};

/// An unused drawing is dropped after this.
const IDLE: Duration = Duration::from_secs(300);

/// Which picture is requested.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DrawingKey {
    pub(crate) symbol: Symbol,
    pub(crate) view: View,
    pub(crate) form: ChartForm,
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
    /// The bits of the scale, which can be compared.
    pub(crate) scale: Option<u64>,
    pub(crate) show_title: bool,
    /// The numbers that the page around the picture shows.
    pub(crate) numbers: Option<String>,
}

/// A drawing and what it shows.
#[derive(Clone, Debug)]
pub(crate) struct KnownDrawing {
    pub(crate) drawing: Drawing,
    forecast: Weak<Forecast>,
    outcome: Vec<Bar>,
}

/// Drawings of forecasts within a budget of bytes.
#[derive(Debug)]
pub(crate) struct Drawings(Cache<DrawingKey, KnownDrawing>);

impl Drawings {
    pub(crate) fn new(budget_bytes: u64) -> Self {
        let weight = |key: &DrawingKey, known: &KnownDrawing| {
            let numbers = key.numbers.as_ref().map_or(0, String::len);
            let outcome = size_of_val(known.outcome.as_slice());
            u32::try_from(known.drawing.len() + numbers + outcome).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(budget_bytes).weigher(weight).time_to_idle(IDLE).build())
    }

    pub(crate) fn get(&self, key: &DrawingKey) -> Option<KnownDrawing> {
        self.0.get(key)
    }

    pub(crate) fn keep(
        &self,
        key: DrawingKey,
        drawing: Drawing,
        forecast: &Arc<Forecast>,
        outcome: Vec<Bar>,
    ) {
        self.0.insert(key, KnownDrawing { drawing, forecast: Arc::downgrade(forecast), outcome });
    }
}

impl KnownDrawing {
    /// Says whether it shows this very forecast. A weak pointer keeps its address from being used again.
    pub(crate) fn is_of(&self, forecast: &Arc<Forecast>) -> bool {
        self.forecast.as_ptr() == Arc::as_ptr(forecast)
    }

    /// Says whether it shows this forecast and these closes since.
    pub(crate) fn shows(&self, forecast: &Arc<Forecast>, outcome: &[Bar]) -> bool {
        self.is_of(forecast) && self.outcome == outcome
    }
}
