//! One file a route.

pub(crate) mod openapi;
pub(crate) mod plot;
