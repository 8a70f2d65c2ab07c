//! The night: asks predict-service for the forecasts of a whole list and seals them in the store.
//!
//! The list is cut into chunks, and chunk *i* belongs to task *i* mod the number of tasks. A chunk is staged in the store
//! as soon as it is complete and never asked about again. Whichever task sees that all chunks are there seals the
//! session. All that is sealed is computed from the staged bytes, so a night that is killed at any moment and started
//! again ends with the same bytes as one that was not.
//!
//! ```no_run
//! # use nightly::{Nightly, NightlyConfig};
//! # async fn example(config: NightlyConfig, client: forecast_client::ForecastClient, key: forecast_record::SigningKey)
//! # -> anyhow::Result<()> {
//! let night = Nightly::open(&config, client, key, service_runtime::Clock::system())?;
//! println!("{}", night.run().await?);
//! # Ok(())
//! # }
//! ```

mod ask;
mod chunk;
mod config;
mod error;
mod key;
mod list;
mod night;
mod plan;
mod progress;
mod ranges;
mod rows;
mod run;
mod seal;
mod walk;

pub use chunk::Failure;
pub use config::NightlyConfig;
pub use error::NightlyError;
pub use night::Night;
pub use plan::Task;
pub use progress::Progress;
pub use run::{Ended, Nightly, listed};
