use axum::http::StatusCode;
use secrecy::SecretString;

use crate::helpers::TestApp;

#[tokio::test]
async fn without_an_identity_none_is_sent() {
    let app = TestApp::start().await;
    app.get("/forecast/AAPL").await.expect(StatusCode::OK);
    assert!(app.predict.identities.lock().unwrap().iter().all(Option::is_none));
}

#[tokio::test]
async fn a_given_token_goes_to_its_service() {
    let app =
        TestApp::start_with(|config| config.identity.predict_id_token = Some(SecretString::from("abc")))
            .await;
    app.get("/forecast/AAPL").await.expect(StatusCode::OK);
    assert!(app.predict.identities.lock().unwrap().iter().all(|sent| sent.as_deref() == Some("Bearer abc")));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_then_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "first").unwrap();
    let app = TestApp::start_with(|config| {
        config.identity.predict_id_token_file = Some(file.clone());
    })
    .await;
    app.predict.first.lock().unwrap().push_back(StatusCode::UNAUTHORIZED);
    app.get("/forecast/AAPL").await.expect(StatusCode::OK);
    assert_eq!(app.predict.asked("/predict").len(), 2);

    app.predict.first.lock().unwrap().extend([StatusCode::UNAUTHORIZED; 2]);
    let page = app.browse("/forecast/MSFT?wait=1").await.expect(StatusCode::BAD_GATEWAY);
    assert!(
        page.text().contains("The forecast service did not accept our identity token."),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_metadata_server_that_is_down_is_a_clear_page() {
    let app = TestApp::start_with(|config| {
        config.identity.platform.metadata_host = Some("127.0.0.1:1".to_owned());
        config.identity.predict_audience = Some("https://predict.example".to_owned());
    })
    .await;
    let page = app.browse("/forecast/AAPL?wait=1").await.expect(StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text().contains("We could not prove our identity to the forecast service."));
}
