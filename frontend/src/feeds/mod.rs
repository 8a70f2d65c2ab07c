//! Forecasts and report days for feed readers and calendars.

pub(crate) mod atom;
pub(crate) mod calendar;
mod followed;
