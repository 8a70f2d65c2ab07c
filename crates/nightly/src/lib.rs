//! The nightly run: requests forecasts for a whole list of stocks from predict-service and seals them in the store.
//!
//! The list is split into chunks; chunk *i* belongs to task *i* mod the number of tasks. A chunk is staged in the store
//! as soon as it is complete and is never requested again. The first task that finds all chunks staged seals the session.
//! Everything sealed is computed from the staged bytes, so a run that is killed at any moment and restarted ends with the
//! same bytes as an uninterrupted one.
//!
//! ```no_run
//! # use nightly::{Nightly, NightlyConfig};
//! # async fn example(config: NightlyConfig, client: forecast_client::ForecastClient, key: forecast_record::SigningKey)
//! # -> anyhow::Result<()> {
//! let run = Nightly::open(&config, client, key, service_runtime::Clock::system())?;
//! println!("{}", run.run().await?);
//! # Ok(())
//! # }
//! ```

mod chunk;
mod config;
mod coverage_check;
mod error;
mod key;
mod list;
mod plan;
mod progress;
mod report;
mod request;
mod rows;
mod run;
mod seal;
mod worker;

pub use chunk::Failure;
pub use config::NightlyConfig;
pub use error::NightlyError;
pub use plan::Task;
pub use progress::Progress;
pub use report::RunReport;
pub use run::{Nightly, RunOutcome, listed};
