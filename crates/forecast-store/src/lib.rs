//! The store: every forecast, the outcomes, and the summaries that the pages show.
//!
//! A store is a folder or a bucket ([`Store`]). Rows are Parquet files, one for each session, which are never changed.
//! `manifest.json` lists the files that are complete; it is replaced last. [`ForecastRow`] and [`OutcomeRow`] have
//! relative numbers only, as integers, so that every language computes the same [`Digest`] of a row. The frontend reads
//! [`RecordSummary`] and [`MarketSummary`].
//!
//! ```
//! use forecast_store::{Store, StoreUrl};
//!
//! let url: StoreUrl = "gs://my-bucket/fortnight".parse()?;
//! assert_eq!(url.to_string(), "gs://my-bucket/fortnight");
//! # Ok::<(), forecast_store::StoreUrlError>(())
//! ```

mod baseline;
mod digest;
mod error;
mod folder;
mod manifest;
mod market_summary;
mod pages;
mod parquet_file;
pub mod paths;
mod publish;
mod record_summary;
mod row;
mod row_files;
mod scored_forecast;
mod scoring;
mod session_record;
mod sessions;
mod store;
mod url;

pub use digest::Digest;
pub use error::StoreError;
pub use manifest::{Manifest, RecordedSession, StoredFile};
pub use market_summary::build::{ListedStock, StockLookup};
pub use market_summary::{LeftRange, MarketSummary, RankedRange, ReportDay, ReportDue, SectorSummary};
pub use publish::publish;
pub use record_summary::{
    Coverage, GroupCoverage, HorizonCoverage, Miss, RecordSummary, SessionCoverage, Share, Skill, Unscored,
};
pub use row::{
    ForecastRow, ModelVersion, ModelVersionError, OutcomeRow, OutcomeState, ReportAhead, SourceLetters,
    SourceLettersError, UnknownState,
};
pub use scored_forecast::ScoredForecast;
pub use session_record::SessionRecord;
pub use store::{Created, Store, Swapped, Version};
pub use url::{StoreUrl, StoreUrlError};
