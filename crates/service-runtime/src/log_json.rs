//! Log lines for Google Cloud Logging: one JSON object per line with `severity`, `message`, `timestamp`, the trace of
//! the request, and `httpRequest` in the line of a finished request.
//! Source: <https://cloud.google.com/logging/docs/structured-logging>.

use std::fmt::Debug;
use std::io::Write;
use std::sync::Mutex;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::clock::Clock;

/// The layer that writes the lines.
pub(crate) struct JsonLines<W: Write + Send + 'static> {
    project: Option<String>,
    clock: Clock,
    out: Mutex<W>,
}

impl JsonLines<std::io::Stdout> {
    pub(crate) fn to_stdout(project: Option<String>) -> Self {
        Self { project, clock: Clock::system(), out: Mutex::new(std::io::stdout()) }
    }
}

/// A span's fields, stored in the span for its events.
struct SpanFields(Map<String, Value>);

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Write + Send + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields(fields.0));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        if let Some(span) = context.span(id)
            && let Some(SpanFields(known)) = span.extensions_mut().get_mut::<SpanFields>()
        {
            known.extend(fields.0);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Map::new();
        line.insert("severity".into(), severity(*event.metadata().level()).into());
        line.insert("timestamp".into(), self.clock.now().to_string().into());
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(SpanFields(fields)) = span.extensions().get::<SpanFields>() {
                for (name, value) in fields {
                    line.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        line.extend(fields.0);
        line.insert("target".into(), event.metadata().target().into());
        self.add_trace_name(&mut line);

        let mut bytes = serde_json::to_vec(&line).unwrap_or_default();
        bytes.push(b'\n');
        let mut out = self.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // A log that cannot be written must not stop the service, and there is no other place to report it.
        let _ = out.write_all(&bytes);
    }
}

impl<W: Write + Send> JsonLines<W> {
    fn add_trace_name(&self, line: &mut Map<String, Value>) {
        if let Some(Value::String(trace)) = line.remove("trace_id") {
            let name = match &self.project {
                Some(project) => format!("projects/{project}/traces/{trace}"),
                None => trace,
            };
            line.insert("logging.googleapis.com/trace".into(), name.into());
        }
        if let Some(span) = line.remove("span_id") {
            line.insert("logging.googleapis.com/spanId".into(), span);
        }
    }
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARNING",
        Level::INFO => "INFO",
        _ => "DEBUG",
    }
}

/// Collects fields; a dotted name such as `httpRequest.status` becomes a nested object.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        // These fields are only for the trace exporter.
        if field.name().starts_with("otel.") {
            return;
        }
        match field.name().split_once('.') {
            Some((outer, inner)) => {
                let object = self.0.entry(outer).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(object) = object {
                    object.insert(inner.to_owned(), value);
                }
            }
            None => {
                self.0.insert(field.name().to_owned(), value);
            }
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}").into());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_carries_severity_trace_and_request() {
        let memory = Memory::default();
        let clock = Clock::fixed("2026-11-23T05:00:00Z".parse().unwrap());
        let layer = JsonLines { project: Some("acme".into()), clock, out: Mutex::new(memory.clone()) };

        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let _request =
                tracing::info_span!("request", request_id = "r1", trace_id = "t1", span_id = "s1").entered();
            tracing::warn!(httpRequest.status = 502_u64, httpRequest.latency = "0.1s", "served");
        });

        let line: Value = serde_json::from_slice(&memory.0.lock().unwrap()).unwrap();
        assert_eq!(
            line,
            serde_json::json!({
                "severity": "WARNING", "message": "served", "timestamp": "2026-11-23T05:00:00Z", "request_id": "r1",
                "logging.googleapis.com/trace": "projects/acme/traces/t1", "logging.googleapis.com/spanId": "s1",
                "httpRequest": {"status": 502, "latency": "0.1s"}, "target": "service_runtime::log_json::tests",
            })
        );
    }
}
