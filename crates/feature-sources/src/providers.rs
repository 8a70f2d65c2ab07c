//! The providers of one source, asked one after the other until one answers.

use std::fmt::Debug;
use std::sync::Arc;

use forecast_types::{CountDay, Symbol};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{Days, Moment, Provider, SourceError};

/// What the providers of a source are asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StockDays {
    /// The stock.
    pub symbol: Symbol,
    /// The company's number at the SEC, where the list has it.
    pub cik: Option<u32>,
    /// Which days.
    pub days: Days,
}

/// Serves a source whose usual answer is a `T`.
pub trait Provide<T>: Debug + Send + Sync {
    /// Says who it is.
    fn provider(&self) -> Provider;

    /// Asks for the days of one stock.
    fn ask<'a>(
        &'a self,
        wanted: &'a StockDays,
        moment: Moment,
    ) -> BoxFuture<'a, Result<Values<T>, SourceError>>;
}

/// What a provider has for a stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Values<T> {
    /// What the model was trained on.
    Trained(T),
    /// What is only shown, because it means something else than what the model was trained on.
    Shown(CountSeries),
}

/// Counts by calendar day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountSeries {
    /// Oldest first, one entry a day; days without one are unknown, not zero.
    pub days: Vec<CountDay>,
    /// What is missing, for people; `None` where nothing is.
    pub partial_reason: Option<String>,
}

/// An answer, and whose it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provided<T> {
    /// Who answered.
    pub provider: Provider,
    /// What.
    pub values: Values<T>,
    /// Whether one that is asked before it failed and may answer soon.
    pub is_stopgap: bool,
}

impl<T> Provided<T> {
    /// Returns what the model can read.
    #[must_use]
    pub fn trained(&self) -> Option<&T> {
        match &self.values {
            Values::Trained(series) => Some(series),
            Values::Shown(_) => None,
        }
    }

    /// Returns what is only shown.
    #[must_use]
    pub fn shown(&self) -> Option<&CountSeries> {
        match &self.values {
            Values::Trained(_) => None,
            Values::Shown(counts) => Some(counts),
        }
    }
}

/// The providers of a source in the order in which they are asked.
#[derive(Debug)]
pub struct Providers<T> {
    in_order: Vec<Arc<dyn Provide<T>>>,
    /// Why it is off where there is none.
    off: &'static str,
}

impl<T> Providers<T> {
    pub(crate) fn new(in_order: Vec<Arc<dyn Provide<T>>>, off: &'static str) -> Self {
        Self { in_order, off }
    }

    /// Returns the provider, where there is no other.
    pub(crate) fn only(&self) -> Option<Provider> {
        match self.in_order.as_slice() {
            [only] => Some(only.provider()),
            _ => None,
        }
    }

    /// Returns the answer of the first that has one. Each may take its equal share of the time that is left.
    ///
    /// # Errors
    /// Why each of them has none.
    pub async fn ask(&self, wanted: &StockDays, moment: Moment) -> Result<Provided<T>, SourceError> {
        let mut failed = Vec::new();
        let mut waiting = u32::try_from(self.in_order.len()).unwrap_or(u32::MAX);
        for provide in &self.in_order {
            let (begun, provider) = (Instant::now(), provide.provider());
            let share = moment.deadline.saturating_duration_since(begun) / waiting.max(1);
            let deadline = if waiting == 1 { moment.deadline } else { begun + share };
            waiting -= 1;
            match provide.ask(wanted, Moment { deadline, ..moment }).await {
                Ok(values) => {
                    let is_stopgap = failed.iter().any(|(_, error): &(_, SourceError)| error.may_pass());
                    return Ok(Provided { provider, values, is_stopgap });
                }
                Err(error) => {
                    if waiting > 0 && error.may_pass() {
                        tracing::warn!(%provider, reason = %error, "the next provider is asked instead");
                    }
                    failed.push((provider, error));
                }
            }
        }
        Err(match <[_; 1]>::try_from(failed) {
            Ok([(_, error)]) => error,
            Err(failed) if failed.is_empty() => SourceError::TurnedOff(self.off),
            Err(failed) => SourceError::NoProvider(failed.into()),
        })
    }
}

#[cfg(test)]
mod tests;
