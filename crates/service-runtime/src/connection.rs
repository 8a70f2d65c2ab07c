//! One client's connection: HTTP/1.1 with limits on slow clients, ended early when the service stops.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use http::uri::Authority;
use http::{Version, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::client_rate::with_peer;

/// A client has this long to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// A client has this long to take the next part of its response.
const STALL_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest request head accepted.
pub(crate) const HEAD_LIMIT_BYTES: usize = 16 * 1024;
/// When the service stops, a connection without a request in progress is closed after two such pauses: time for a
/// head that is on its way, and for the end of a response.
const IDLE_CHECK: Duration = Duration::from_millis(250);

/// Marks a request whose `Host` header the HTTP stack must reject.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InvalidHost;

/// Serves a connection until the client closes it, or until `stop` and its requests are done.
pub(crate) async fn serve(stream: TcpStream, peer: IpAddr, router: Router, stop: CancellationToken) {
    // Small responses must not wait for a full segment.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(STALL_TIMEOUT));
    // Every request in progress holds a clone, until its response has been written.
    let in_progress = Arc::new(());
    let service = {
        let in_progress = Arc::clone(&in_progress);
        service_fn(move |request| respond(router.clone(), request, Arc::clone(&in_progress)))
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_LIMIT_BYTES)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    let until_stopped = async {
        let mut connection = pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => return ended,
            () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
        }
        // The service itself holds the other reference.
        let idle = || Arc::strong_count(&in_progress) <= 2;
        let mut idle_checks = 0;
        while idle_checks < 2 {
            tokio::select! {
                ended = connection.as_mut() => return ended,
                () = tokio::time::sleep(IDLE_CHECK) => idle_checks = if idle() { idle_checks + 1 } else { 0 },
            }
        }
        Ok(())
    };
    if let Err(error) = with_peer(peer, until_stopped).await {
        tracing::debug!(%error, "connection ended early");
    }
}

async fn respond(
    router: Router,
    request: hyper::Request<Incoming>,
    in_progress: Arc<()>,
) -> Result<http::Response<Body>, Infallible> {
    let mut request: Request = request.map(Body::new);
    if !has_valid_host(&request) {
        request.extensions_mut().insert(InvalidHost);
    }
    let response = router.oneshot(request).await?;
    // The closure keeps the clone alive for as long as the body; `map_err` keeps the body's length known.
    Ok(response.map(|body| {
        Body::new(body.map_err(move |error| {
            let _ = &in_progress;
            error
        }))
    }))
}

/// Returns whether the request has one valid `Host` header; HTTP/1.0 may have none. Source: RFC 9112, section 3.2.
fn has_valid_host(request: &Request) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.version() < Version::HTTP_11,
        // An empty host is that of a target without one.
        (Some(host), None) => {
            host.is_empty()
                || Authority::try_from(host.as_bytes())
                    .is_ok_and(|host| !host.as_str().contains('@') && has_valid_port(host.as_str()))
        }
        (Some(_), Some(_)) => false,
    }
}

/// The port may be absent or empty. Source: RFC 3986, section 3.2.3.
fn has_valid_port(host: &str) -> bool {
    let behind_address = host.rsplit(']').next().unwrap_or(host);
    let port = behind_address.split_once(':').map_or("", |(_, port)| port);
    port.is_empty() || port.parse::<u16>().is_ok_and(|_| port.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(version: Version, hosts: &[&str]) -> Request {
        let builder = Request::builder().version(version);
        let builder = hosts.iter().fold(builder, |builder, host| builder.header(header::HOST, *host));
        builder.body(Body::empty()).unwrap()
    }

    #[test]
    fn exactly_one_valid_host_is_required_since_http_1_1() {
        for (version, hosts, valid) in [
            (Version::HTTP_11, &["fortnight.example"][..], true),
            (Version::HTTP_11, &["localhost:8501"], true),
            (Version::HTTP_11, &["[::1]:8501"], true),
            (Version::HTTP_11, &["[::1]"], true),
            (Version::HTTP_11, &["a:"], true),
            (Version::HTTP_11, &["a:port"], false),
            (Version::HTTP_11, &["a:65536"], false),
            (Version::HTTP_11, &["a:80:80"], false),
            (Version::HTTP_11, &[""], true),
            (Version::HTTP_11, &[], false),
            (Version::HTTP_11, &["a", "b"], false),
            (Version::HTTP_11, &["a", "a"], false),
            (Version::HTTP_11, &["a b"], false),
            (Version::HTTP_11, &["a/b"], false),
            (Version::HTTP_11, &["me@a"], false),
            (Version::HTTP_10, &[], true),
            (Version::HTTP_10, &["a", "b"], false),
        ] {
            assert_eq!(has_valid_host(&request(version, hosts)), valid, "{version:?} {hosts:?}");
        }
    }
}
