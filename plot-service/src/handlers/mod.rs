//! One file per route.

pub(crate) mod openapi;
pub(crate) mod plot;
