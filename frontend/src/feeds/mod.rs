//! Forecasts and report days for programs that follow them: feed readers and calendars.

pub(crate) mod atom;
pub(crate) mod calendar;
mod followed;
