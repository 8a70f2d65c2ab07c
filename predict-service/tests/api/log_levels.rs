//! `WARNING` is for upstreams that fail; `ERROR` is for us.

use forecast_types::Source;
use market_sim::Fault;

use crate::helpers::{TestApp, config, market};
use crate::logged;

#[tokio::test]
async fn an_upstream_that_fails_is_a_warning_and_a_bad_query_is_information() {
    logged::begin();
    let market = market().await;
    market.fail(Source::Prices, Fault::Status { status: 500, retry_after_seconds: None });
    let app = TestApp::spawn(config(&market)).await;

    for accept in ["application/json", "text/event-stream"] {
        app.get_as("/predict?stock=AAPL", accept).await;
        app.get_as("/predict?stock=NOSUCH", accept).await;
    }

    let lines = logged::lines();
    let level_of = |message: &str| {
        let levels: Vec<&str> = lines
            .iter()
            .filter(|line| line.contains(message))
            .filter_map(|line| ["ERROR", "WARN", "INFO"].into_iter().find(|level| line.contains(level)))
            .collect();
        levels
    };
    assert_eq!(level_of("request failed"), ["WARN", "WARN"]);
    assert_eq!(level_of("request rejected"), ["INFO", "INFO"]);
    assert!(!lines.iter().any(|line| line.contains("ERROR")), "{lines:#?}");
}
