use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU16, AtomicUsize, Ordering};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use tokio::net::TcpListener;

use super::*;

const NOW: &str = "2026-11-23T08:00:00Z";

/// A stand-in for the metadata server: counts its requests, remembers the last one, answers as configured.
#[derive(Debug)]
struct Metadata {
    asked: AtomicUsize,
    last: std::sync::Mutex<String>,
    status: AtomicU16,
    lifetime_seconds: AtomicI64,
    hangs: AtomicBool,
}

impl Metadata {
    async fn start() -> (Arc<Self>, String) {
        let metadata = Arc::new(Self {
            asked: AtomicUsize::new(0),
            last: std::sync::Mutex::default(),
            status: AtomicU16::new(200),
            lifetime_seconds: AtomicI64::new(3600),
            hangs: AtomicBool::new(false),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let routes = axum::Router::new().fallback(any(answer)).with_state(Arc::clone(&metadata));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (metadata, host)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn answer(State(metadata): State<Arc<Metadata>>, request: Request) -> Response {
    let number = metadata.asked.fetch_add(1, Ordering::SeqCst);
    if metadata.hangs.load(Ordering::SeqCst) {
        return std::future::pending().await;
    }
    let flavor =
        request.headers().get("metadata-flavor").and_then(|value| value.to_str().ok()).unwrap_or("none");
    *metadata.last.lock().unwrap() = format!("{} {} {flavor}", request.method(), request.uri());
    let status = StatusCode::from_u16(metadata.status.load(Ordering::SeqCst)).unwrap();
    if !status.is_success() {
        return (status, "not for this service account").into_response();
    }
    let issued: Timestamp = NOW.parse().unwrap();
    let exp = issued.as_second() + metadata.lifetime_seconds.load(Ordering::SeqCst);
    jwt(&format!(r#"{{"exp":{exp},"n":{number}}}"#)).into_response()
}

fn jwt(claims: &str) -> String {
    format!("eyJhbGciOiJub25lIn0.{}.c2ln\n", URL_SAFE_NO_PAD.encode(claims))
}

fn tokens(host: &str, configure: impl FnOnce(&mut Given)) -> IdentityTokens {
    let target = Url::parse("https://predict-abc.a.run.app/").unwrap();
    let platform = Platform { metadata_host: Some(host.to_owned()), ..Platform::default() };
    let mut given = Given::default();
    configure(&mut given);
    IdentityTokens::new(&target, given, &platform, &Client::new(), Clock::fixed(NOW.parse().unwrap()))
}

async fn text(tokens: &IdentityTokens) -> String {
    tokens.token().await.unwrap().unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn a_token_is_fetched_as_the_metadata_server_expects_and_cached() {
    let (metadata, host) = Metadata::start().await;
    let tokens = tokens(&host, |_| {});

    let first = text(&tokens).await;

    assert_eq!(text(&tokens).await, first);
    assert_eq!(metadata.asked(), 1);
    assert_eq!(
        *metadata.last.lock().unwrap(),
        "GET /computeMetadata/v1/instance/service-accounts/default/identity?\
         audience=https%3A%2F%2Fpredict-abc.a.run.app Google"
    );
}

#[tokio::test]
async fn many_callers_at_once_fetch_one_token() {
    let (metadata, host) = Metadata::start().await;
    let tokens = Arc::new(tokens(&host, |_| {}));
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let tokens = Arc::clone(&tokens);
            tokio::spawn(async move { text(&tokens).await })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(metadata.asked(), 1);
}

#[tokio::test]
async fn a_token_near_its_end_is_used_while_it_is_renewed() {
    let (metadata, host) = Metadata::start().await;
    metadata.lifetime_seconds.store(120, Ordering::SeqCst);
    let tokens = tokens(&host, |_| {});
    let first = text(&tokens).await;
    metadata.lifetime_seconds.store(3600, Ordering::SeqCst);

    assert_eq!(text(&tokens).await, first, "no caller waits for the new one");
    while text(&tokens).await == first {
        tokio::task::yield_now().await;
    }

    assert_eq!(metadata.asked(), 2);
}

#[tokio::test]
async fn a_hanging_metadata_server_does_not_delay_callers_with_a_token() {
    let (metadata, host) = Metadata::start().await;
    metadata.lifetime_seconds.store(120, Ordering::SeqCst);
    let tokens = tokens(&host, |_| {});
    let first = text(&tokens).await;

    metadata.hangs.store(true, Ordering::SeqCst);

    for _ in 0..100 {
        assert_eq!(text(&tokens).await, first);
        tokio::task::yield_now().await;
    }
    assert!(metadata.asked() <= 2, "one request renews the token, however many use it");
}

#[tokio::test]
async fn a_refused_token_is_forgotten_unless_there_is_a_newer_one() {
    let (_metadata, host) = Metadata::start().await;
    let tokens = tokens(&host, |_| {});
    let token = text(&tokens).await;

    tokens.forget(&SecretString::from("an older one"));
    assert_eq!(text(&tokens).await, token);
    tokens.forget(&SecretString::from(token.clone()));
    assert_ne!(text(&tokens).await, token);
}

#[tokio::test]
async fn a_refusal_names_status_and_audience_and_is_not_repeated_at_once() {
    let (metadata, host) = Metadata::start().await;
    metadata.status.store(403, Ordering::SeqCst);
    let tokens = tokens(&host, |_| {});

    let error = tokens.token().await.unwrap_err().to_string();
    let again = tokens.token().await.unwrap_err().to_string();

    assert_eq!(
        error,
        "the metadata server answered 403 for audience https://predict-abc.a.run.app: not for this service account"
    );
    assert_eq!(again, error);
    assert_eq!(metadata.asked(), 1);
}

#[tokio::test]
async fn an_old_token_is_used_until_it_expires_if_the_metadata_server_is_down() {
    let (metadata, host) = Metadata::start().await;
    metadata.lifetime_seconds.store(120, Ordering::SeqCst);
    let tokens = tokens(&host, |_| {});
    let first = text(&tokens).await;

    metadata.status.store(500, Ordering::SeqCst);

    assert_eq!(text(&tokens).await, first);
}

#[tokio::test]
async fn the_configuration_comes_before_a_file_and_a_file_before_the_metadata_server() {
    let (metadata, host) = Metadata::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "from-a-file\n").unwrap();

    let both = tokens(&host, |given| {
        given.token = Some(SecretString::from("configured"));
        given.file = Some(file.clone());
    });
    let only_file = tokens(&host, |given| given.file = Some(file.clone()));

    assert_eq!(text(&both).await, "configured");
    assert_eq!(text(&only_file).await, "from-a-file");
    std::fs::write(&file, "renewed").unwrap();
    assert_eq!(text(&only_file).await, "renewed");
    assert_eq!(metadata.asked(), 0);
}

#[tokio::test]
async fn loopback_and_compose_targets_get_no_token() {
    for target in ["http://127.0.0.1:8000", "http://predict:8000"] {
        let config = Platform { cloud_run_service: Some("web".to_owned()), ..Platform::default() };
        let target = Url::parse(target).unwrap();
        let origin = TokenOrigin::choose(&target, Given::default(), &config, &Client::new());
        assert!(matches!(origin, TokenOrigin::None), "{target}");
    }
}

#[test]
fn a_malformed_token_is_refused_with_the_reason() {
    for (token, reason) in [
        ("<html>", "expected three parts between dots"),
        ("a.!!.c", "the payload is not base64url"),
        ("a.e30.c", "the payload has no number `exp`"),
    ] {
        let error = expiry(token).unwrap_err().to_string();
        assert!(error.ends_with(reason), "{token}: {error}");
    }
    let moment = expiry(jwt(r#"{"exp":1795420800,"aud":"x"}"#).trim()).unwrap();
    assert_eq!(moment.as_second(), 1_795_420_800);
}
