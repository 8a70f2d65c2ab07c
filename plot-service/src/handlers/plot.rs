//! `POST /plot`: a chart description becomes a picture.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use forecast_types::ChartRequest;
use problem_details::Problem;
use service_runtime::workers::Workers;
use twox_hash::XxHash3_128;

use crate::chart::{self, Chart};
use crate::error::PlotError;
use crate::handlers::openapi::Failures;
use crate::media_type::Form;
use crate::request_body::{BodyLimit, collect};

/// The same request gives the same bytes, so they may be cached. An hour limits how long a new release stays unseen.
const CACHING: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// An SVG opened on its own must neither run nor load anything.
const SVG_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'");

/// Draw a chart
///
/// PNG unless `Accept` prefers `image/svg+xml`, or `application/json`: then the answer is not the picture, but where it
/// shows which session and price, for pages that let a reader point at it. The response has a strong `ETag`; a request with it in `If-None-Match`
/// gets 304.
#[utoipa::path(
    post,
    path = "/plot",
    operation_id = "plot",
    params(
        ("Accept" = Option<String>, Header, description = "`image/png`, `image/svg+xml` or `application/json`"),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of a picture the client has"),
    ),
    request_body = ChartRequest,
    responses(
        (status = 200, description = "The picture, or the place of its data.",
            content((Vec<u8> = "image/png"), (String = "image/svg+xml"), (chart::PlotArea = "application/json")),
            headers(("ETag" = String), ("Cache-Control" = String))),
        (status = 304, description = "The client has this picture."),
        Failures,
    )
)]
pub(crate) async fn draw(
    State(workers): State<Workers>,
    State(limit): State<BodyLimit>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::preferred(&headers)?;
    let posted = collect(&headers, body, limit).await?;
    let bytes = workers
        .run(move || {
            let chart = Chart::new(posted.read()?)?;
            Ok::<_, PlotError>(match form {
                Form::Png => chart::png(&chart),
                Form::Svg => chart::svg(&chart).into_bytes(),
                Form::Area => {
                    serde_json::to_vec(&chart::area(&chart)).expect("numbers and strings become JSON")
                }
            })
        })
        .await
        .map_err(PlotError::from)??;
    Ok(answer(form, bytes, &headers))
}

/// Answers with a picture, or with 304 where the client has it.
pub(super) fn answer(form: Form, bytes: Vec<u8>, asked: &HeaderMap) -> Response {
    // A strong tag: equal tags mean equal bytes, up to collisions of a 128-bit hash.
    let tag = format!("\"{:032x}\"", XxHash3_128::oneshot(&bytes));
    let is_known = asked.get_all(IF_NONE_MATCH).iter().any(|known| lists(known, &tag));
    let mut response =
        if is_known { StatusCode::NOT_MODIFIED.into_response() } else { bytes.into_response() };
    let headers = response.headers_mut();
    headers.insert(ETAG, HeaderValue::try_from(tag).expect("hexadecimal digits are visible ASCII"));
    headers.insert(CACHE_CONTROL, CACHING);
    headers.insert(VARY, HeaderValue::from_static("accept"));
    if !is_known {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
        headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    }
    if form == Form::Svg {
        headers.insert(CONTENT_SECURITY_POLICY, SVG_POLICY);
    }
    response
}

/// Checks whether an `If-None-Match` header lists a tag. Source: RFC 9110, section 13.1.2 (weak comparison).
fn lists(header: &HeaderValue, tag: &str) -> bool {
    let list = header.to_str().unwrap_or_default();
    list.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}
