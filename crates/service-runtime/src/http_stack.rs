//! What surrounds every handler: request ids, the access log, limits, and problem responses for every failure.

use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use problem_details::{Cause, Problem, ProblemKind};
use tokio::sync::Semaphore;
use tracing::Instrument as _;

use crate::access::{AccessLine, Unfinished};
use crate::client_rate::{ClientRate, ClientRateConfig};
use crate::connection::InvalidHost;
use crate::request_context::{REQUEST_ID, RequestContext};
use crate::tracing_export;
use crate::workers::overloaded;

/// Limits for one request, and for all of them together.
#[derive(Clone, Copy, Debug)]
pub struct HttpLimits {
    /// From the request's head to the response's head; then a 504 problem.
    pub deadline: Duration,
    /// The largest body accepted.
    pub body_limit_bytes: usize,
    /// Requests in progress at once; more are answered with a 503 problem.
    pub in_flight: usize,
    /// Requests of one client address; more are answered with a 429 problem.
    pub clients: ClientRateConfig,
    /// Whether visitors call this service themselves. Which client a request is made for is then read from the
    /// connection; else the service in front says it.
    pub faces_visitors: bool,
}

/// Wraps a service's routes. Unknown paths and methods are answered with problems.
pub fn with_http_stack(routes: Router, limits: HttpLimits) -> Router {
    let stack = Stack {
        deadline: limits.deadline,
        free: Arc::new(Semaphore::new(limits.in_flight)),
        clients: ClientRate::from_config(limits.clients).map(Arc::new),
        visitors: limits.faces_visitors.then_some(limits.clients),
    };
    routes
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(limits.body_limit_bytes))
        .layer(from_fn_with_state(stack, guard))
}

#[derive(Clone)]
struct Stack {
    deadline: Duration,
    free: Arc<Semaphore>,
    clients: Option<Arc<ClientRate>>,
    visitors: Option<ClientRateConfig>,
}

async fn guard(State(stack): State<Stack>, request: Request, next: Next) -> Response {
    let mut context = RequestContext::from_headers(request.headers());
    if let Some(visitors) = &stack.visitors {
        context.client = Some(visitors.client_key(request.headers()));
    }
    let access = AccessLine::of(&request);
    let span = tracing_export::request_span(&mut context, &access.method, &access.route);
    let access = Unfinished::new(access, span.clone());
    let work = run(stack, request, next).instrument(span.clone());
    let mut response = context.clone().scope(work).await;

    span.in_scope(|| log_cause(&response));
    access.finish(response.status());
    response = name_request_in_problem(response, &context.request_id);
    if let Ok(id) = HeaderValue::from_str(&context.request_id) {
        response.headers_mut().insert(REQUEST_ID.clone(), id);
    }
    response
}

/// Runs the handler within its limits. A panic and a missed deadline become problems.
async fn run(stack: Stack, request: Request, next: Next) -> Response {
    if request.extensions().get::<InvalidHost>().is_some() {
        return Problem::new(ProblemKind::BadRequest)
            .detail("expected exactly one valid Host header")
            .into_response();
    }
    // A full service must still report its health, or the platform would restart it under load.
    let is_probe = matches!(request.uri().path(), "/health" | "/ready");
    if let Some(clients) = &stack.clients
        && !is_probe
        && let Some(refusal) = clients.refusal(&request)
    {
        return refusal.into_response();
    }
    let permit = if is_probe { None } else { Some(stack.free.try_acquire_owned()) };
    if matches!(permit, Some(Err(_))) {
        return overloaded().into_response();
    }
    let handler = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(stack.deadline, handler).await {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => Problem::new(ProblemKind::InternalError)
            .detail("an unexpected error; the logs have more under the request id")
            .into_response(),
        Err(_late) => Problem::new(ProblemKind::RequestTimeout)
            .detail(format!("no answer within {} ms", stack.deadline.as_millis()))
            .retry_after_seconds(1)
            .into_response(),
    }
}

async fn not_found(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    Problem::new(ProblemKind::NotFound).detail(format!("there is nothing at {path}"))
}

async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    Problem::new(ProblemKind::MethodNotAllowed).detail(format!("{path} does not take {method}"))
}

/// Logs the chain of errors behind a problem. Nothing else logs it.
fn log_cause(response: &Response) {
    if let Some(Cause(cause)) = response.extensions().get::<Cause>() {
        log_failure(response.status(), cause.as_ref());
    }
}

/// Logs why a request failed: `ERROR` if we are to blame, `WARNING` if an upstream or the load is, `INFO` if the
/// client is.
///
/// Everything that passes through [`with_http_stack`] is logged there; this is for failures that are reported inside
/// a good response.
pub fn log_failure(status: StatusCode, error: &dyn Error) {
    let mut cause = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        cause.push_str(": ");
        cause.push_str(&error.to_string());
        next = error.source();
    }
    match status {
        StatusCode::INTERNAL_SERVER_ERROR => tracing::error!(cause, "request failed"),
        // An upstream or the load is to blame; nothing is broken here.
        status if status.is_server_error() => tracing::warn!(cause, "request failed"),
        _ => tracing::info!(cause, "request rejected"),
    }
}

/// Adds the request id to a problem's body.
fn name_request_in_problem(mut response: Response, request_id: &str) -> Response {
    let Some(mut body) = response.extensions_mut().remove::<problem_details::Body>() else { return response };
    body.request_id = Some(request_id.to_owned());
    let json = serde_json::to_vec(&body).expect("a problem holds only strings and numbers");
    response.headers_mut().remove(axum::http::header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(json);
    response
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use http_body_util::BodyExt as _;
    use problem_details::Body as ProblemBody;
    use tower::ServiceExt as _;

    use super::*;

    fn limits() -> HttpLimits {
        HttpLimits {
            deadline: Duration::from_secs(5),
            body_limit_bytes: 1024,
            in_flight: 1,
            clients: ClientRateConfig::default(),
            faces_visitors: false,
        }
    }

    async fn problem(router: Router, path: &str) -> (StatusCode, ProblemBody) {
        let request = Request::get(path).header("x-request-id", "test-1").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], problem_details::MEDIA_TYPE);
        assert_eq!(response.headers()["x-request-id"], "test-1");
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let body: ProblemBody = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(body.request_id.as_deref(), Some("test-1"));
        assert_eq!(body.status, status.as_u16());
        (status, body)
    }

    #[tokio::test]
    async fn every_failure_is_a_problem_with_the_request_id() {
        let routes = || {
            Router::new()
                .route("/panics", get(async || -> &'static str { panic!("on purpose") }))
                .route("/hangs", get(async || std::future::pending::<&'static str>().await))
                .route("/posts", axum::routing::post(async || "posted"))
        };
        let quick = HttpLimits { deadline: Duration::from_millis(20), ..limits() };
        for (path, status, slug) in [
            ("/nowhere", StatusCode::NOT_FOUND, "not-found"),
            ("/posts", StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed"),
            ("/panics", StatusCode::INTERNAL_SERVER_ERROR, "internal-error"),
            ("/hangs", StatusCode::GATEWAY_TIMEOUT, "request-timeout"),
        ] {
            let (got, body) = problem(with_http_stack(routes(), quick), path).await;
            assert_eq!((got, body.slug()), (status, Some(slug)), "{path}");
        }
    }

    #[tokio::test]
    async fn a_full_service_rejects_requests_but_reports_its_health() {
        let (entered, has_entered) = tokio::sync::oneshot::channel::<()>();
        let entered = Arc::new(std::sync::Mutex::new(Some(entered)));
        let hang = move || {
            if let Some(entered) = entered.lock().unwrap().take() {
                entered.send(()).unwrap();
            }
            std::future::pending::<&'static str>()
        };
        let routes = Router::new()
            .route("/hangs", get(hang))
            .merge(crate::health::routes(crate::health::Readiness::ready()));
        let router = with_http_stack(routes, limits());
        let first = tokio::spawn(router.clone().oneshot(Request::get("/hangs").body(Body::empty()).unwrap()));
        has_entered.await.unwrap();

        let (status, body) = problem(router.clone(), "/hangs").await;
        assert_eq!((status, body.slug()), (StatusCode::SERVICE_UNAVAILABLE, Some("overloaded")));
        let health = router.oneshot(Request::get("/health").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(health.status(), StatusCode::OK);
        first.abort();
    }
}
