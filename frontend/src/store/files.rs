//! `GET /store/{path}`: publishes the record, so that anyone can verify it.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use problem_details::{Problem, ProblemKind};
use service_runtime::extract::Path;

use crate::caching::{CachePolicy, respond};
use crate::error::store_unreadable;
use crate::state::AppState;

/// The public folders: the rows and the logs over them. Staged forecasts are not public.
const PUBLIC: [&str; 4] = ["forecasts/", "outcomes/", "log/forecasts/", "log/outcomes/"];
/// The objects that change; all others are written once.
const CHANGING: [&str; 3] = ["manifest.json", "log/forecasts/checkpoint", "log/outcomes/checkpoint"];

/// Returns one object.
pub(crate) async fn show(
    State(state): State<AppState>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let not_found = || Problem::new(ProblemKind::NotFound).detail("the record has no such file");
    let store = state.store.as_ref().filter(|_| is_public(&path)).ok_or_else(not_found)?;
    let object = store.object(&path).await.map_err(store_unreadable)?.ok_or_else(not_found)?;
    let policy = if CHANGING.contains(&path.as_str()) { CachePolicy::Page } else { CachePolicy::Immutable };
    Ok(respond(&headers, policy, "application/octet-stream", object))
}

fn is_public(path: &str) -> bool {
    let is_plain = path.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
    is_plain && (path == CHANGING[0] || PUBLIC.iter().any(|folder| path.starts_with(folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_record_is_public() {
        for path in [
            "manifest.json",
            "forecasts/session=2024-02-20/forecasts.parquet",
            "log/outcomes/tile/0/000",
            "log/forecasts/key",
        ] {
            assert!(is_public(path), "{path}");
        }
        for path in [
            "staging/2024-02-20/00012.json",
            "record.key",
            "log/forecasts/../../record.key",
            "log/forecasts//key",
            "forecasts/.lock",
            "pages/record.json",
            "",
        ] {
            assert!(!is_public(path), "{path}");
        }
    }
}
