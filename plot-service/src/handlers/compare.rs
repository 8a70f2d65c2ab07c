//! `POST /plot/compare`: several stocks become one picture.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use forecast_types::ComparisonRequest;
use problem_details::Problem;
use service_runtime::workers::Workers;

use super::plot::answer;
use crate::chart::compare::{self, Comparison};
use crate::error::PlotError;
use crate::handlers::openapi::Failures;
use crate::media_type::Form;
use crate::request_body::{BodyLimit, collect};

/// Draw several stocks side by side
///
/// One bar for each stock: its ranges on one day, in percent of its last close. PNG unless `Accept` prefers
/// `image/svg+xml`. The response has a strong `ETag`; a request with it in `If-None-Match` gets 304.
#[utoipa::path(
    post,
    path = "/plot/compare",
    operation_id = "compare",
    params(
        ("Accept" = Option<String>, Header, description = "`image/png` or `image/svg+xml`"),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of a picture the client has"),
    ),
    request_body = ComparisonRequest,
    responses(
        (status = 200, description = "The picture.",
            content((Vec<u8> = "image/png"), (String = "image/svg+xml")),
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
    if form == Form::Area {
        return Err(PlotError::NotAcceptable(form.media_type().to_owned()).into());
    }
    let posted = collect(&headers, body, limit).await?;
    let bytes = workers
        .run(move || {
            let comparison = Comparison::new(posted.read_comparison()?)?;
            let is_svg = form == Form::Svg;
            Ok::<_, PlotError>(if is_svg {
                compare::svg(&comparison).into_bytes()
            } else {
                compare::png(&comparison)
            })
        })
        .await
        .map_err(PlotError::from)??;
    Ok(answer(form, bytes, &headers))
}
