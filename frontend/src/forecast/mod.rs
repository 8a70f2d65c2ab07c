//! Everything under `/forecast/{symbol}`: the page, its progress, its pictures and its files.

pub(crate) mod cache;
mod chance;
mod chart;
pub(crate) mod downloads;
pub(crate) mod drawings;
pub(crate) mod events;
pub(crate) mod headline;
pub(crate) mod links;
mod outcome;
pub(crate) mod page;
pub(crate) mod rendered;
pub(crate) mod report;
pub(crate) mod request;
pub(crate) mod small_charts;
mod sources;
mod stage;
pub(crate) mod track_record;
mod view;
