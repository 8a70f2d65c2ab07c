//! Extractors whose rejection is a [`Problem`] like every other failure; `clippy.toml` forbids axum's own.
#![expect(clippy::disallowed_types, reason = "these wrap the originals")]

use axum::extract::{FromRequest, FromRequestParts};
use axum::response::{IntoResponse, Response};
use problem_details::Problem;
use serde::Serialize;

/// The query string, deserialized.
#[derive(Clone, Copy, Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

/// The path's parameters, deserialized.
#[derive(Clone, Copy, Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

/// A JSON body, deserialized; as a response, serialized.
#[derive(Clone, Copy, Debug, FromRequest)]
#[from_request(via(axum::extract::Json), rejection(Problem))]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::extract::Json(self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use axum::routing::{get, post};
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn rejected_input_is_a_problem() {
        #[derive(serde::Deserialize)]
        struct Input {
            days: u32,
        }
        let routes = Router::new()
            .route("/query", get(async |Query(input): Query<Input>| input.days.to_string()))
            .route("/path/{days}", get(async |Path(days): Path<u32>| days.to_string()))
            .route("/json", post(async |Json(input): Json<Input>| input.days.to_string()));
        let json = |body: &'static str| {
            Request::post("/json").header("content-type", "application/json").body(Body::from(body)).unwrap()
        };
        for (request, status) in [
            (Request::get("/query?days=7").body(Body::empty()).unwrap(), StatusCode::OK),
            (
                Request::get("/query?days=seven").body(Body::empty()).unwrap(),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (Request::get("/path/seven").body(Body::empty()).unwrap(), StatusCode::UNPROCESSABLE_ENTITY),
            (json(r#"{"days":7}"#), StatusCode::OK),
            (json(r#"{"days":"#), StatusCode::UNPROCESSABLE_ENTITY),
            (Request::post("/json").body(Body::empty()).unwrap(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ] {
            let uri = request.uri().clone();
            let response = routes.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), status, "{uri}");
            if !status.is_success() {
                assert_eq!(response.headers()["content-type"], problem_details::MEDIA_TYPE, "{uri}");
            }
        }
    }
}
