//! Prometheus metrics, on a separate port so that the public port never shows them.
//!
//! Any crate counts with the macros of the `metrics` crate, which do nothing if no port is configured. Every name is
//! documented in `docs/operations.md`.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::clock::Clock;

/// Upper bounds in seconds for every histogram that ends in `_seconds`: from a cached answer to a slow source.
const LATENCY_BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// How often samples are moved into their buckets if nothing scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// Why metrics cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// Most likely the port is in use.
    #[error("cannot serve metrics on {address}; set METRICS_HOST and METRICS_PORT to a free address")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Metrics were set up before in this process.
    #[error("metrics were set up twice")]
    AlreadySet,
}

/// Collects metrics for the whole process and serves them at `/metrics` until it ends. Returns the address.
pub(crate) fn start(address: SocketAddr, program: &str) -> Result<SocketAddr, MetricsError> {
    let bound = |source| MetricsError::Bind { address, source };
    let listener = TcpListener::bind(address).map_err(bound)?;
    listener.set_nonblocking(true).map_err(bound)?;
    let address = listener.local_addr().map_err(bound)?;
    let recorder = recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| MetricsError::AlreadySet)?;
    describe_process(program);
    // On its own thread, so that a scrape works even when all workers are busy.
    std::thread::Builder::new()
        .name("metrics".into())
        .spawn(move || serve(listener, &handle))
        .map_err(bound)?;
    Ok(address)
}

fn recorder() -> PrometheusRecorder {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &LATENCY_BUCKETS)
        .expect("there is at least one bucket")
        .build_recorder()
}

fn describe_process(program: &str) {
    metrics::gauge!("build_info", "program" => program.to_owned(), "version" => env!("CARGO_PKG_VERSION"))
        .set(1);
    metrics::gauge!("process_start_time_seconds").set(Clock::system().now().as_second() as f64);
}

fn serve(listener: TcpListener, handle: &PrometheusHandle) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = runtime.and_then(|runtime| {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let upkeep = async {
                loop {
                    tokio::time::sleep(UPKEEP).await;
                    handle.run_upkeep();
                }
            };
            tokio::select! {
                ended = axum::serve(listener, router(handle.clone())) => ended,
                () = upkeep => Ok(()),
            }
        })
    });
    if let Err(error) = ended {
        tracing::error!(%error, "metrics are no longer served");
    }
}

fn router(handle: PrometheusHandle) -> Router {
    let scrape = move || async move {
        observe_process();
        handle.run_upkeep();
        ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
    };
    Router::new().route("/metrics", get(scrape))
}

/// Reads memory and file descriptors of this process on Linux; elsewhere there are no such gauges.
fn observe_process() {
    let resident = std::fs::read_to_string("/proc/self/status").ok().and_then(|text| resident_bytes(&text));
    if let Some(bytes) = resident {
        metrics::gauge!("process_resident_memory_bytes").set(bytes);
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        metrics::gauge!("process_open_fds").set(open.count() as f64);
    }
}

fn resident_bytes(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

#[cfg(test)]
pub(crate) mod tests {
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    /// Runs a future with its own recorder and returns the scrape after it.
    pub(crate) fn scrape_after<F: Future>(work: impl FnOnce() -> F) -> String {
        let recorder = recorder();
        let handle = recorder.handle();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        metrics::with_local_recorder(&recorder, || {
            runtime.block_on(async {
                work().await;
                let request = http::Request::get("/metrics").body(axum::body::Body::empty()).unwrap();
                let response = router(handle).oneshot(request).await.unwrap();
                assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
                let bytes = response.into_body().collect().await.unwrap().to_bytes();
                String::from_utf8(bytes.to_vec()).unwrap()
            })
        })
    }

    #[test]
    fn a_scrape_has_counts_buckets_and_process_metrics() {
        let text = scrape_after(async || {
            metrics::counter!("forecasts_total", "market" => "simulated").increment(3);
            metrics::histogram!("source_request_duration_seconds", "source" => "news").record(0.02);
            describe_process("sample-service");
        });

        for line in [
            "forecasts_total{market=\"simulated\"} 3",
            "source_request_duration_seconds_bucket{source=\"news\",le=\"0.01\"} 0",
            "source_request_duration_seconds_bucket{source=\"news\",le=\"0.025\"} 1",
            "source_request_duration_seconds_count{source=\"news\"} 1",
        ] {
            assert!(text.lines().any(|got| got == line), "{line:?} is not a line of\n{text}");
        }
        assert!(text.contains("build_info{program=\"sample-service\",version="), "{text}");
        assert!(text.contains("process_resident_memory_bytes "), "{text}");
    }

    #[test]
    fn resident_memory_is_read_in_bytes() {
        let status = "Name:\tsample\nVmRSS:\t    5120 kB\nThreads:\t3\n";
        assert_eq!(resident_bytes(status), Some(5_242_880.0));
        assert_eq!(resident_bytes("Name:\tsample\n"), None);
    }

    #[test]
    fn a_port_in_use_is_reported() {
        let in_use = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = in_use.local_addr().unwrap();
        let error = start(address, "sample-service").unwrap_err().to_string();
        assert!(error.contains(&address.to_string()) && error.contains("METRICS_PORT"), "{error}");
    }
}
