use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::*;
use crate::health::{self, Readiness};
use crate::http_stack::{HttpLimits, with_http_stack};
use crate::metrics::tests::scrape_after;
use crate::request_context::RequestContext;
use crate::serve::{ServeConfig, serve};

fn service(clients: ClientRateConfig) -> Router {
    let limits = HttpLimits {
        deadline: Duration::from_secs(5),
        body_limit_bytes: 1024,
        in_flight: 64,
        clients,
        faces_visitors: true,
    };
    let key = async || {
        RequestContext::current().unwrap().headers()["x-client-key"].clone().to_str().unwrap().to_owned()
    };
    let routes = Router::new()
        .route("/", get(async || "served"))
        .route("/key", get(key))
        .merge(health::routes(Readiness::ready()));
    with_http_stack(routes, limits)
}

/// A service on a port of its own that lets each client send one request a second, two at once.
async fn frugal(client_address_hops: u8) -> SocketAddr {
    let clients = ClientRateConfig {
        client_rate_per_second: 1,
        client_rate_burst: NonZeroU32::new(2).unwrap(),
        client_address_hops,
    };
    start(clients).await
}

async fn start(clients: ClientRateConfig) -> SocketAddr {
    let config = ServeConfig::default();
    let listener = config.bind(0).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, service(clients), config, Readiness::ready(), CancellationToken::new()));
    address
}

/// Asks over a connection of its own, as if a proxy had said this of the client.
async fn ask(service: SocketAddr, path: &str, forwarded_for: &str) -> String {
    ask_over(TcpStream::connect(service).await.unwrap(), path, forwarded_for).await
}

async fn ask_over(mut connection: TcpStream, path: &str, forwarded_for: &str) -> String {
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: test\r\nx-request-id: test-1\r\nx-forwarded-for: {forwarded_for}\r\n\
         connection: close\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer
}

fn is_ok(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200 ")
}

/// Asks until it is refused. On a slow machine the allowance grows meanwhile, so it may take more than three requests.
async fn until_refused(service: SocketAddr, forwarded_for: &str) -> String {
    for _ in 0..100 {
        let answer = ask(service, "/", forwarded_for).await;
        if !is_ok(&answer) {
            return answer;
        }
    }
    panic!("a hundred requests were granted");
}

#[tokio::test]
async fn the_greedy_client_is_refused_with_a_problem_and_the_next_one_is_served() {
    let service = frugal(1).await;

    let refused = until_refused(service, "6.6.6.6, 198.51.100.1").await;

    assert!(refused.starts_with("HTTP/1.1 429 "), "{refused}");
    for part in [
        "\r\nretry-after: 1\r\n",
        "\r\nx-request-id: test-1\r\n",
        "\r\ncontent-type: application/problem+json\r\n",
        "/problems/too-many-requests\"",
        "\"request_id\":\"test-1\"",
        "\"retry_after_seconds\":1",
    ] {
        assert!(refused.contains(part), "{part:?} is not in {refused}");
    }
    assert!(is_ok(&ask(service, "/", "6.6.6.6, 198.51.100.2").await), "another address");
    for probe in ["/health", "/ready"] {
        for _ in 0..5 {
            assert!(is_ok(&ask(service, probe, "198.51.100.1").await), "{probe}");
        }
    }
}

#[tokio::test]
async fn a_client_cannot_hide_behind_a_header() {
    // No proxy is trusted: all of these come from loopback.
    let service = frugal(0).await;
    until_refused(service, "198.51.100.1").await;
    let mut refused = false;
    for n in 0..100 {
        refused |= !is_ok(&ask(service, "/", &format!("203.0.113.{n}")).await);
    }
    assert!(refused);

    // One is trusted, and the client itself wrote what stands further left.
    let service = frugal(1).await;
    let mut refused = false;
    for n in 0..100 {
        refused |= !is_ok(&ask(service, "/", &format!("203.0.113.{n}, 198.51.100.1")).await);
    }
    assert!(refused);
}

// Elsewhere only one address of the loopback network can be used.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_a_proxy_the_other_end_of_the_connection_is_the_client() {
    let service = frugal(0).await;
    until_refused(service, "198.51.100.1").await;

    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let neighbour = socket.connect(service).await.unwrap();

    assert!(is_ok(&ask_over(neighbour, "/", "198.51.100.1").await));
}

#[tokio::test]
async fn a_visitor_cannot_choose_the_key_it_is_known_by() {
    let clients = ClientRateConfig { client_address_hops: 1, ..ClientRateConfig::default() };
    let service = start(clients).await;
    let key = async |forwarded_for: &str| {
        let answer = ask(service, "/key", forwarded_for).await;
        answer.rsplit_once("\r\n\r\n").unwrap().1.to_owned()
    };
    let own = key("198.51.100.1").await;
    assert_eq!(key("198.51.100.1\r\nx-client-key: 0000000000000001").await, own);
    assert_eq!(key("6.6.6.6, 198.51.100.1").await, own);
    assert_ne!(key("198.51.100.2").await, own);
}

#[tokio::test]
async fn nobody_is_refused_where_no_limit_is_set() {
    let service = start(ClientRateConfig::default()).await;
    for _ in 0..300 {
        assert!(is_ok(&ask(service, "/", "198.51.100.1").await));
    }
}

#[test]
fn refusals_are_counted() {
    let text = scrape_after(async || {
        let clients = ClientRateConfig {
            client_rate_per_second: 10,
            client_rate_burst: NonZeroU32::MIN,
            client_address_hops: 0,
        };
        let service = service(clients);
        // The first is granted; how many of the others are depends on how slow the machine is.
        for _ in 0..50 {
            service.clone().oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        }
    });

    let count = |start: &str| -> u64 {
        let line = text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{text}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let refused = count("client_rate_refusals_total");
    assert!((1..50).contains(&refused), "{text}");
    assert_eq!(refused, count("http_requests_total{method=\"GET\",route=\"/\",status=\"429\"}"));
}
