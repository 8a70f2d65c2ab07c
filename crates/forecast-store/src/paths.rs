//! The paths of the objects in a store, relative to its address.

use jiff::civil::Date;

/// The list of what is complete; replaced last.
pub const MANIFEST: &str = "manifest.json";
/// The [`RecordSummary`](crate::RecordSummary) behind the page `/record`.
pub const RECORD_PAGE: &str = "pages/record.json";
/// The [`MarketSummary`](crate::MarketSummary) behind the page `/market`.
pub const MARKET_PAGE: &str = "pages/market.json";

/// The forecasts made after a session.
#[must_use]
pub fn forecasts(session: Date) -> String {
    format!("forecasts/session={session}/forecasts.parquet")
}

/// The return of each stock on a session.
#[must_use]
pub fn outcomes(session: Date) -> String {
    format!("outcomes/session={session}/outcomes.parquet")
}

/// The folder of the parts of a session that is not sealed yet.
#[must_use]
pub fn staging(session: Date) -> String {
    format!("staging/{session}")
}

/// One part of a session that is not sealed yet.
#[must_use]
pub fn staged_chunk(session: Date, index: u32) -> String {
    format!("staging/{session}/{index:05}.json")
}

/// The folder of the models' baselines.
pub const MODELS: &str = "models";

/// The baseline of a model.
#[must_use]
pub fn baseline(model: &crate::ModelVersion) -> String {
    format!("{MODELS}/{model}.json")
}
