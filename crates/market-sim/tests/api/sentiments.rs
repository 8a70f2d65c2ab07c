use market_sim::{SimConfig, StandInMarket, Upstream};

use crate::helpers::{FRIDAY_NIGHT, answer, client, config_at, get, market_at};

const NEWS: &str = "/api/sentiments?s=aapl.us&from=2026-11-01&to=2026-11-20&api_token=t&fmt=json";

#[tokio::test]
async fn days_come_newest_first_under_the_normalised_symbol() {
    let market = market_at(FRIDAY_NIGHT).await;

    let news = get(&market, NEWS).await;
    let rows = news.json()["AAPL.US"].as_array().unwrap().clone();

    assert_eq!(news.status, 200);
    let dates: Vec<&str> = rows.iter().map(|row| row["date"].as_str().unwrap()).collect();
    assert!(dates.is_sorted_by(|a, b| a > b), "{dates:?}");
    assert!(dates.contains(&"2026-11-15"), "weekends are included");
    assert_eq!((dates[0], *dates.last().unwrap()), ("2026-11-20", "2026-11-01"));
    for row in &rows {
        assert!(row["count"].as_u64().unwrap() > 0);
        assert!((-1.0..=1.0).contains(&row["normalized"].as_f64().unwrap()));
    }
}

#[tokio::test]
async fn tweets_have_the_same_shape_and_can_be_as_silent_as_in_2026() {
    let tweets = NEWS.replace("sentiments", "tweets-sentiments");
    let market = market_at(FRIDAY_NIGHT).await;
    assert!(get(&market, &tweets).await.json()["AAPL.US"].as_array().unwrap().len() > 15);

    let silent = StandInMarket::start_with(SimConfig { no_tweets: true, ..config_at(FRIDAY_NIGHT) }).await;
    let answer = get(&silent, &tweets).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "[]"));
    assert!(get(&silent, NEWS).await.json().is_object());
}

#[tokio::test]
async fn a_token_is_wanted_in_the_query_or_as_bearer() {
    let market =
        StandInMarket::start_with(SimConfig { token: Some("right".to_owned()), ..config_at(FRIDAY_NIGHT) })
            .await;
    let bare = NEWS.replace("&api_token=t", "");

    for path in [NEWS, &bare] {
        let refused = get(&market, path).await;
        assert_eq!((refused.status, refused.body.as_str()), (401, "Unauthenticated"));
    }
    let request = client().get(format!("{}{bare}", market.url())).bearer_auth("right");
    assert_eq!(answer(request).await.status, 200);
    assert_eq!(get(&market, &NEWS.replace("=t&", "=right&")).await.status, 200);
}

#[tokio::test]
async fn unknown_tickers_are_absent_and_senseless_questions_refused() {
    let market = market_at(FRIDAY_NIGHT).await;
    let ask = async |from: &str, to: &str| get(&market, &NEWS.replace(from, to)).await;

    assert_eq!(ask("aapl.us", "acme.us").await.body, "{}");
    assert_eq!(ask("aapl.us", "BRK.B.US").await.body, "{}");
    assert!(ask("aapl.us", "acme.us,BRK-B.US").await.json()["BRK-B.US"].is_array());
    assert_eq!(ask("s=aapl.us", "s=").await.status, 422);
    assert_eq!(ask("2026-11-01", "yesterday").await.status, 400);
}

#[tokio::test]
async fn what_was_asked_can_be_read_back() {
    let market = market_at(FRIDAY_NIGHT).await;
    get(&market, NEWS).await;
    get(&market, &NEWS.replace("sentiments", "tweets-sentiments")).await;

    let news = market.received().of(Upstream::News);

    assert_eq!((news.len(), market.received().count(Upstream::Tweets)), (1, 1));
    assert_eq!(format!("{}?{}", news[0].path, news[0].query), NEWS);
    assert!(news[0].header("host").unwrap().starts_with("127.0.0.1"));
}
