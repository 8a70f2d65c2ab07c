//! The build with an exporter: OTLP over HTTP in protobuf, batched on its own thread.
//!
//! Sampling, batch sizes, headers and resource attributes follow the standard `OTEL_*` variables, which the SDK
//! reads. Source: <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::Method;
use opentelemetry::trace::{
    SpanContext, SpanId, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::request_context::RequestContext;
use crate::telemetry::TelemetryError;

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();
/// How long a stopping service waits until its last spans are sent.
const FLUSH_TIMEOUT: Duration = Duration::from_millis(500);

pub(crate) fn layer<S>(
    endpoint: &str,
    service: &str,
) -> Result<Option<OpenTelemetryLayer<S, SdkTracer>>, TelemetryError>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let traces = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(traces)
        .build()
        .map_err(|error| TelemetryError::Exporter {
            endpoint: endpoint.to_owned(),
            reason: error.to_string(),
        })?;
    let resource = Resource::builder()
        .with_service_name(service.to_owned())
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    let tracer = provider.tracer("fortnight");
    // A second provider would export everything twice; `try_init` fails right after this.
    let _ = PROVIDER.set(provider);
    let layer = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false);
    Ok(Some(layer))
}

pub(crate) fn request_span(context: &mut RequestContext, method: &Method, route: &str) -> Span {
    // An error span, so that lines keep their ids whatever LOG_LEVEL is.
    let span = tracing::error_span!(
        "request",
        otel.kind = "server",
        request_id = context.request_id,
        trace_id = tracing::field::Empty,
        span_id = tracing::field::Empty
    );
    if PROVIDER.get().is_some() {
        continue_trace(&span, context, method, route);
    }
    span.record("trace_id", &context.trace_id);
    span.record("span_id", &context.span_id);
    span
}

/// Makes the span a child of the caller's, if there is one, and passes its ids on in the context.
fn continue_trace(span: &Span, context: &mut RequestContext, method: &Method, route: &str) {
    if let Some(caller) = caller(context) {
        // This fails only for a span that was entered before.
        let _ = span.set_parent(Context::new().with_remote_span_context(caller));
    }
    let own = span.context();
    let own = own.span();
    let ids = own.span_context();
    if !ids.is_valid() {
        return;
    }
    own.update_name(format!("{method} {route}"));
    own.set_attribute(KeyValue::new("http.request.method", method.to_string()));
    own.set_attribute(KeyValue::new("http.route", route.to_owned()));
    context.continue_in(ids.trace_id().to_string(), ids.span_id().to_string(), ids.is_sampled());
}

fn caller(context: &RequestContext) -> Option<SpanContext> {
    let (trace_id, span_id, sampled) = context.caller()?;
    Some(SpanContext::new(
        TraceId::from_hex(trace_id).ok()?,
        SpanId::from_hex(span_id).ok()?,
        if sampled { TraceFlags::SAMPLED } else { TraceFlags::default() },
        true,
        TraceState::default(),
    ))
}

pub(crate) fn end_request(span: &Span, status: u16) {
    if PROVIDER.get().is_none() {
        return;
    }
    let context = span.context();
    let own = context.span();
    own.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
    if status >= 500 {
        own.set_status(Status::error(""));
    }
}

/// Sends the remaining spans, within half a second.
pub(crate) async fn flush() {
    let Some(provider) = PROVIDER.get() else { return };
    let sent = tokio::task::spawn_blocking(|| provider.force_flush());
    match tokio::time::timeout(FLUSH_TIMEOUT, sent).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => tracing::warn!(%error, "the last traces were not sent"),
        Ok(Err(error)) => tracing::warn!(%error, "the last traces were not sent"),
        Err(_) => tracing::warn!("the last traces were not sent in time"),
    }
}
