//! `GET /model` and what a forecast says it was made from.

use forecast_types::ModelDescription;

use crate::helpers::{TestApp, config, market};

#[tokio::test]
async fn the_model_and_its_baseline_are_described() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;

    let answer = app.get("/model").await;

    let described: ModelDescription = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(described.model, app.predict("AAPL").await.forecast().model);
    let blend = described.blend.expect("the shipped model has a baseline");
    assert!(blend.iter().all(|levels| levels.is_sorted() && levels[0] < 0.0 && levels[6] > 0.0));
}

#[tokio::test]
async fn a_forecast_says_what_it_can_be_checked_by() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;

    let forecast = app.predict("AAPL").await.forecast();
    let another = app.predict("KO").await.forecast();

    let (basis, other) = (forecast.basis.unwrap(), another.basis.unwrap());
    assert!(basis.sigma > 0.0 && basis.fast_sigma > 0.0);
    assert_eq!(basis.adjusted_closes.len(), forecast.history.len());
    assert_eq!(basis.adjusted_closes.last(), forecast.history.last().map(|bar| &bar.close));
    assert_ne!(basis.inputs, other.inputs);
}
