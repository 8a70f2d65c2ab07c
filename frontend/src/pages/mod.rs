//! The pages around the forecast: each file holds one page's view, its handler and its tests.

pub(crate) mod frame;
pub(crate) mod home;
pub(crate) mod market;
pub(crate) mod model;
pub(crate) mod no_record;
pub(crate) mod offline;
pub(crate) mod problem;
pub(crate) mod search;
