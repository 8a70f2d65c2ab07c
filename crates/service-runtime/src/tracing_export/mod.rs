//! Traces for an OpenTelemetry collector.
//!
//! Without the cargo feature `otel` nothing here does anything but open the request's span, and the ids of the
//! caller's trace are passed on unchanged. With it, and a collector configured, each service adds a span of its own
//! to the trace and passes that one on.

#[cfg(feature = "otel")]
mod otlp;
#[cfg(feature = "otel")]
pub(crate) use otlp::{end_request, flush, layer, request_span};

#[cfg(not(feature = "otel"))]
mod absent;
#[cfg(not(feature = "otel"))]
pub(crate) use absent::{end_request, flush, layer, request_span};
