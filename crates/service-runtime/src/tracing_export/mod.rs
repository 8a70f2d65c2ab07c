//! Traces for an OpenTelemetry collector.
//!
//! Without the cargo feature `otel` this module only opens the request's span, and the ids of the caller's trace are
//! passed on unchanged. With the feature and a collector, each service adds its own span to the trace.

#[cfg(feature = "otel")]
mod otlp;
#[cfg(feature = "otel")]
pub(crate) use otlp::{end_request, flush, layer, request_span};

#[cfg(not(feature = "otel"))]
mod absent;
#[cfg(not(feature = "otel"))]
pub(crate) use absent::{end_request, flush, layer, request_span};
