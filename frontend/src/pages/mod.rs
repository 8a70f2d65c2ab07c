//! The pages: each file holds one page's view, its handler and its tests.

pub(crate) mod forecast;
pub(crate) mod forecast_view;
pub(crate) mod frame;
pub(crate) mod home;
pub(crate) mod model;
pub(crate) mod offline;
pub(crate) mod problem;
pub(crate) mod record_view;
pub(crate) mod search;
pub(crate) mod small_charts;
