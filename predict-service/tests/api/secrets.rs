//! Neither the token nor a password leaves the service, in any failure and at any log level.

use forecast_types::Source;
use market_sim::{Fault, RefusingPort};

use crate::helpers::{TOKEN, TestApp, config, market};
use crate::logged;

#[tokio::test]
async fn the_token_is_in_no_log_line_and_no_answer() {
    logged::begin();
    let mut answers = String::new();

    for fault in [
        None,
        Some(Fault::Reset),
        Some(Fault::Status { status: 401, retry_after_seconds: None }),
        Some(Fault::Status { status: 500, retry_after_seconds: None }),
        Some(Fault::TruncatedJson),
        Some(Fault::BrokenOff),
        Some(Fault::MovedTo { location: "/elsewhere".to_owned() }),
    ] {
        let market = market().await;
        if let Some(fault) = fault {
            market.fail(Source::News, fault.clone());
            market.fail(Source::Tweets, fault);
        }
        let app = TestApp::spawn(config(&market)).await;
        answers.push_str(&app.predict("AAPL").await.body);
        answers.push_str(&app.get_as("/predict?stock=MSFT", "text/event-stream").await.body);
        assert!(market.received().of(Source::News)[0].query.contains(TOKEN), "EODHD gets the token");
    }
    let market = market().await;
    let mut unreachable = config(&market);
    let port = RefusingPort::take().unwrap();
    unreachable.upstreams.eodhd_url = port.url().parse().unwrap();
    answers.push_str(&TestApp::spawn(unreachable).await.predict("AAPL").await.body);

    let lines = logged::lines();
    assert!(lines.iter().any(|line| line.contains("source failed")), "failures are logged");
    for line in lines {
        assert!(!line.contains(TOKEN), "{line}");
    }
    assert!(!answers.contains(TOKEN));
}
