//! One file per route.

pub(crate) mod compare;
pub(crate) mod openapi;
pub(crate) mod plot;
