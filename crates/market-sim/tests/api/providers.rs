//! Wikimedia and `ApeWisdom`: their forms, and what they refuse.

use market_sim::StandInMarket;

use crate::helpers::{Answer, FRIDAY_NIGHT, answer, client, get, market_at};

const VIEWS: &str = "/api/rest_v1/metrics/pageviews/per-article/en.wikipedia/all-access/user";

async fn ask(market: &StandInMarket, path: &str) -> Answer {
    answer(client().get(format!("{}{path}", market.url())).header("user-agent", "Fortnight/0.1.0")).await
}

#[tokio::test]
async fn an_article_is_found_by_number_and_by_ticker() {
    let market = market_at(FRIDAY_NIGHT).await;
    let by_number = "/sparql?format=json&query=VALUES+%22%22+%220000320193%22+wdt:P5531";
    for (path, title) in
        [(by_number, "Apple_Inc."), ("/sparql?query=P249+%22KO%22", "Coca-Cola_Company_%28The%29")]
    {
        let found = ask(&market, path).await.json();
        let expected = format!("https://en.wikipedia.org/wiki/{title}");
        assert_eq!(found["results"]["bindings"][0]["enwiki"]["value"], expected);
    }
    let unknown = ask(&market, "/sparql?query=P249+%22NOSUCH%22").await.json();
    assert_eq!(unknown["results"]["bindings"], serde_json::json!([]));
    assert_eq!(get(&market, by_number).await.status, 403, "a program has to say who it is");
}

#[tokio::test]
async fn views_are_counted_through_the_day_before_yesterday() {
    let market = market_at(FRIDAY_NIGHT).await;
    let views = ask(&market, &format!("{VIEWS}/Apple_Inc./daily/20261112/20261120")).await.json();
    let items = views["items"].as_array().expect("a list");
    assert_eq!((&items[0]["timestamp"], &items[0]["article"]), (&"2026111200".into(), &"Apple_Inc.".into()));
    assert_eq!(items.last().expect("days")["timestamp"], "2026111900");
    assert!(items.iter().all(|item| item["views"].as_u64() > Some(0)));
    for path in ["Apple_Inc./daily/20261120/20261120", "No_such_article/daily/20261112/20261120"] {
        assert_eq!(ask(&market, &format!("{VIEWS}/{path}")).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn mentions_come_a_hundred_a_page() {
    let market = market_at(FRIDAY_NIGHT).await;
    let first = get(&market, "/api/v1.0/filter/all-stocks/page/1").await.json();
    let second = get(&market, "/api/v1.0/filter/all-stocks/page/2").await.json();
    assert_eq!((&first["pages"], &second["current_page"]), (&2.into(), &2.into()));
    assert_eq!(first["results"].as_array().map(Vec::len), Some(100));
    assert!(first["results"][0]["mentions"].is_u64() && first["results"][6]["mentions"].is_string());
}
