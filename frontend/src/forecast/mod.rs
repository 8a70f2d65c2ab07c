//! Everything under `/forecast/{symbol}`: the page, its progress, its pictures and its files.

pub(crate) mod cache;
mod chance;
mod chart;
pub(crate) mod downloads;
pub(crate) mod events;
mod headline;
mod links;
mod outcome;
pub(crate) mod page;
pub(crate) mod rendered;
mod report;
mod request;
mod small_charts;
mod sources;
mod stage;
mod track_record;
mod view;
