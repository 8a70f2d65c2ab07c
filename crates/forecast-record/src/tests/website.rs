use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::operator::{Objects, wait};
use super::tampering::BASE;
use crate::{Evidence, verify};

/// Publishes a store below `/record`, as any web server would.
async fn publish(objects: Objects) -> String {
    let objects = Arc::new(objects.0);
    let answer = move |uri: Uri| {
        let found = uri.path().strip_prefix("/record/").and_then(|path| objects.get(path).cloned());
        let answer: Response =
            found.map_or(StatusCode::NOT_FOUND.into_response(), IntoResponse::into_response);
        std::future::ready(answer)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, Router::new().fallback(answer)).await });
    format!("http://{address}/record")
}

#[test]
fn a_website_is_verified_like_a_store() {
    LazyLock::force(&BASE);
    wait(async {
        let mut evidence = Evidence::default();
        evidence.add_checkpoints(&BASE.older);
        let address = publish(BASE.objects.clone()).await.parse().unwrap();
        let verdict = verify(&address, &evidence).await.unwrap();
        assert_eq!((verdict.verified.len(), verdict.findings), (2, vec![]));

        let mut objects = BASE.objects.clone();
        objects.0.remove("log/outcomes/tile/0/000");
        let address = publish(objects).await.parse().unwrap();
        let verdict = verify(&address, &evidence).await.unwrap();
        assert_eq!(verdict.findings[0].to_string(), "log/outcomes/tile/0/000: it is missing");
    });
}
