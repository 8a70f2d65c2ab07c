use forecast_types::Symbol;
use stock_list::{SecurityKind, StockList};

use crate::helpers::{Fortnight, args, root};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_is_found_forecast_and_drawn() {
    let fortnight = Fortnight::start().await;

    let home = fortnight.page("/").await;
    let found = fortnight.page("/stocks?q=app").await;
    // Asking for the numbers first makes sure that the page has them at once.
    let numbers = fortnight.page("/forecast/AAPL/forecast.json").await;
    let page = fortnight.page("/forecast/AAPL").await;
    let picture = fortnight.page("/forecast/AAPL/plot.png").await;
    let vector = fortnight.page("/forecast/AAPL/plot.svg").await;

    assert!(home.status == 200 && home.text().contains("<form"), "{}", home.text());
    assert!(found.text().find("AAPL") < found.text().find("\"APP\""), "{}", found.text());
    let forecast = numbers.json();
    assert_eq!((numbers.status, forecast["market"].as_str()), (200, Some("simulated")));
    assert_eq!(forecast["forecast"].as_array().map(Vec::len), Some(14));
    assert_eq!(forecast["history"].as_array().map(Vec::len), Some(30));
    assert_eq!(forecast["as_of"], "2026-11-20");
    assert_eq!(forecast["forecast"][0]["date"], "2026-11-23");
    for source in forecast["sources"].as_array().expect("five sources") {
        assert_eq!(source["status"], "ok", "{source}");
    }
    let text = page.text();
    assert_eq!(page.status, 200);
    assert!(text.contains("Apple Inc.") && text.to_lowercase().contains("simulated"), "{text}");
    assert_eq!((picture.status, picture.content_type.as_str()), (200, "image/png"));
    assert!(picture.body.starts_with(PNG) && picture.body.len() > 10_000);
    assert!(vector.status == 200 && vector.text().contains("<svg"));
    fortnight.running.stop().await.expect("everything stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn stocks_from_all_parts_of_the_list_are_forecast() {
    let fortnight = Fortnight::start().await;
    let list = StockList::load(&root().join("data/stocks.csv")).expect("the shipped list");

    // The first hundred, a spread of the others, and funds: what is offered can be forecast.
    let funds = list.iter().filter(|listing| listing.kind() == SecurityKind::Fund).step_by(10);
    for listing in list.iter().take(100).chain(list.iter().skip(100).step_by(97)).chain(funds) {
        let answer = fortnight.predict(&format!("stock={}", listing.symbol)).await;

        assert_eq!(answer.status, 200, "{}: {}", listing.symbol, answer.text());
        let forecast = answer.json();
        let symbol: Symbol = serde_json::from_value(forecast["stock"]["symbol"].clone()).expect("a symbol");
        assert_eq!(symbol, listing.symbol);
        for session in forecast["forecast"].as_array().expect("fourteen sessions") {
            let quantiles: Vec<f64> = ["0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95"]
                .iter()
                .map(|level| session["quantiles"][level].as_f64().expect("a price"))
                .collect();
            assert!(quantiles[0] > 0.0 && quantiles.is_sorted(), "{symbol}: {quantiles:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_does_as_well_as_a_symbol() {
    let fortnight = Fortnight::start().await;
    let by_name = fortnight.predict("stock=Apple+Inc.+Common+Stock").await;
    assert_eq!((by_name.status, by_name.json()["stock"]["symbol"].as_str()), (200, Some("AAPL")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_named() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = taken.local_addr().expect("bound").port().min(65_532);
    let error = fortnight::launch(&fortnight::StartArgs { port_base: Some(port), ..args() })
        .await
        .expect_err("taken");
    assert!(
        error.to_string().contains(&port.to_string()) && error.to_string().contains("--port-base"),
        "{error}"
    );
}
