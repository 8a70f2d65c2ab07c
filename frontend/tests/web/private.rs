//! The page in front of two private services, as on Cloud Run: a metadata server that signs identity tokens, and
//! a gate in front of each service that refuses requests without a valid one for it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use config_values::HttpUrl;
use jiff::Timestamp;
use reqwest::Client;
use service_runtime::Clock;
use tokio::net::TcpListener;
use url::Url;

use crate::helpers::TestApp;

const PREDICT: &str = "https://predict.example";
const PLOT: &str = "https://plot.example";

/// The metadata server: signs tokens and notes for whom.
#[derive(Debug)]
struct Metadata {
    audiences: Mutex<Vec<String>>,
    lifetime_seconds: AtomicI64,
}

/// The gate in front of a private service.
#[derive(Debug)]
struct Gate {
    audience: &'static str,
    service: Url,
    turned_away: Mutex<Vec<&'static str>>,
}

impl Metadata {
    fn new() -> Arc<Self> {
        Arc::new(Self { audiences: Mutex::default(), lifetime_seconds: AtomicI64::new(3_600) })
    }

    fn asked_for(&self, audience: &str) -> usize {
        self.audiences.lock().unwrap().iter().filter(|asked| *asked == audience).count()
    }
}

fn now() -> Timestamp {
    Clock::system().now()
}

/// A stand-in for Google's signature: only the metadata server and the gates know how it is made.
fn signature(claims: &str) -> String {
    let mut hasher = DefaultHasher::new();
    ("a key nobody else has", claims).hash(&mut hasher);
    URL_SAFE_NO_PAD.encode(hasher.finish().to_be_bytes())
}

async fn sign(State(metadata): State<Arc<Metadata>>, request: Request) -> Response {
    let url = Url::parse(&format!("http://metadata{}", request.uri())).unwrap();
    let path_is_right = url.path() == "/computeMetadata/v1/instance/service-accounts/default/identity";
    let flavour_is_right =
        request.headers().get("metadata-flavor").is_some_and(|flavour| flavour == "Google");
    let audience =
        url.query_pairs().find(|(name, _)| name == "audience").map(|(_, value)| value.into_owned());
    let (true, true, Some(audience)) = (path_is_right, flavour_is_right, audience) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let expires = now().as_second() + metadata.lifetime_seconds.load(Ordering::SeqCst);
    let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"aud":"{audience}","exp":{expires}}}"#));
    metadata.audiences.lock().unwrap().push(audience);
    format!("eyJhbGciOiJub25lIn0.{claims}.{}", signature(&claims)).into_response()
}

/// Says what is wrong with a caller's token, as Cloud Run judges it.
fn fault(request: &Request, audience: &str) -> Option<&'static str> {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let Some(token) = header.and_then(|header| header.strip_prefix("Bearer ")) else {
        return Some("no token");
    };
    let parts: Vec<&str> = token.split('.').collect();
    let [_, claims, signed] = parts[..] else { return Some("no JWT") };
    if signed != signature(claims) {
        return Some("signature");
    }
    let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    if claims["aud"] != audience {
        return Some("audience");
    }
    (claims["exp"].as_i64().unwrap() <= now().as_second()).then_some("expired")
}

async fn pass(State(gate): State<Arc<Gate>>, request: Request) -> Response {
    if let Some(fault) = fault(&request, gate.audience) {
        gate.turned_away.lock().unwrap().push(fault);
        return (StatusCode::UNAUTHORIZED, "<html>401 Unauthorized</html>").into_response();
    }
    let mut target = gate.service.clone();
    target.set_path(request.uri().path());
    target.set_query(request.uri().query());
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    // Nothing of the hop itself is passed on, only what the body is.
    let media_type =
        |headers: &HeaderMap| headers.get(CONTENT_TYPE).cloned().unwrap_or(HeaderValue::from_static(""));
    let request =
        Client::new().request(parts.method, target).header(CONTENT_TYPE, media_type(&parts.headers));
    let answer = request.body(body).send().await.unwrap();
    let (status, media_type) = (answer.status(), media_type(answer.headers()));
    (status, [(CONTENT_TYPE, media_type)], answer.bytes().await.unwrap()).into_response()
}

/// Serves from a place that cannot wait: the change of a configuration.
fn serve(routes: Router) -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

fn gate(service: &mut HttpUrl, audience: &'static str) -> Arc<Gate> {
    let gate = Arc::new(Gate { audience, service: service.clone().into(), turned_away: Mutex::default() });
    let address = serve(Router::new().fallback(pass).with_state(Arc::clone(&gate)));
    *service = format!("http://{address}/").parse().unwrap();
    gate
}

/// Starts a page before two gates; predict's lets tokens for `predict_audience` through.
async fn start(metadata: &Arc<Metadata>, predict_audience: &'static str) -> (TestApp, Vec<Arc<Gate>>) {
    let mut gates = Vec::new();
    let app = TestApp::start_with(|config| {
        gates.push(gate(&mut config.predict_url, predict_audience));
        gates.push(gate(&mut config.plot_url, PLOT));
        let metadata = serve(Router::new().fallback(sign).with_state(Arc::clone(metadata)));
        config.identity.platform.metadata_host = Some(metadata.to_string());
        config.identity.predict_audience = Some(PREDICT.to_owned());
        config.identity.plot_audience = Some(PLOT.to_owned());
    })
    .await;
    (app, gates)
}

#[tokio::test]
async fn each_private_service_is_sent_tokens_for_itself_fetched_once() {
    let metadata = Metadata::new();
    let (app, gates) = start(&metadata, PREDICT).await;

    for path in ["/forecast/AAPL/forecast.json", "/forecast/AAPL/plot.png", "/forecast/MSFT/plot.png"] {
        app.get(path).await.expect(StatusCode::OK);
    }

    for gate in gates {
        assert_eq!(*gate.turned_away.lock().unwrap(), Vec::<&str>::new(), "{}", gate.audience);
    }
    assert_eq!((metadata.asked_for(PREDICT), metadata.asked_for(PLOT)), (1, 1));
}

#[tokio::test]
async fn a_token_about_to_end_is_renewed_before_it_is_refused() {
    let metadata = Metadata::new();
    metadata.lifetime_seconds.store(120, Ordering::SeqCst);
    let (app, gates) = start(&metadata, PREDICT).await;

    app.get("/forecast/AAPL/forecast.json").await.expect(StatusCode::OK);
    let first = metadata.asked_for(PREDICT);
    app.get("/forecast/MSFT/forecast.json").await.expect(StatusCode::OK);

    assert!(metadata.asked_for(PREDICT) > first);
    assert_eq!(*gates[0].turned_away.lock().unwrap(), Vec::<&str>::new());
}

#[tokio::test]
async fn a_page_whose_tokens_are_refused_says_so() {
    let (app, gates) = start(&Metadata::new(), "https://someone-else.example").await;

    let page = app.browse("/forecast/AAPL?wait=1").await.expect(StatusCode::BAD_GATEWAY);

    assert!(page.text().contains("did not accept our identity token"), "{}", page.text());
    let turned_away = gates[0].turned_away.lock().unwrap();
    assert!(
        !turned_away.is_empty() && turned_away.iter().all(|fault| *fault == "audience"),
        "{turned_away:?}"
    );
}
