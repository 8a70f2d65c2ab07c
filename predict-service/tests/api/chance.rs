//! The contract of `GET /predict/chance`.

use forecast_types::{Bound, ChanceAnswer, Level, Side, Source};
use jiff::civil::date;
use reqwest::StatusCode;

use crate::helpers::{Answer, TestApp, config, market};

fn chances(answer: &Answer) -> ChanceAnswer {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn the_chance_of_a_quantile_is_its_level_and_a_touch_is_no_less_likely() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;
    let forecast = app.predict("AAPL").await.forecast();
    let session = &forecast.forecast[9];

    for (level, price) in session.quantiles.iter() {
        let path = format!("/predict/chance?stock=aapl&below={price}&by={}", session.date);
        let answer = chances(&app.get(&path).await);

        assert_eq!((answer.side, answer.price, answer.sessions), (Side::Below, price, 10));
        assert_eq!((answer.as_of, &answer.quantiles), (forecast.as_of, &session.quantiles));
        assert_eq!((answer.on_day.chance, answer.on_day.bound), (level.probability(), Bound::Exact));
        assert!(answer.at_least_once.chance >= answer.on_day.chance, "{answer:?}");
        assert!(answer.words.starts_with("Chance that AAPL closes below $"), "{}", answer.words);
    }
    assert_eq!(market.received().count(Source::Prices), 1, "all questions share one forecast");
}

#[tokio::test]
async fn a_price_far_away_has_a_bound_and_no_false_precision() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;

    let far = chances(&app.get("/predict/chance?stock=AAPL&above=99,999&by=2026-11-27").await);
    let near = chances(&app.get("/predict/chance?stock=AAPL&above=$0.01&by=2026-11-27").await);

    assert_eq!((far.on_day.words.as_str(), far.at_least_once.bound), ("under 5%", Bound::Below));
    assert_eq!((near.on_day.words.as_str(), near.at_least_once.bound), ("over 95%", Bound::Above));
    assert_eq!(
        far.words,
        "Chance that AAPL closes above $99,999 on Fri, Nov 27: under 5%. At least once by then: under 5%."
    );
}

#[tokio::test]
async fn a_past_day_is_asked_about_as_it_was() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;
    let forecast = app.get("/predict?stock=AAPL&as_of=2024-03-08").await.forecast();
    let median = forecast.forecast[13].quantiles.get(Level::MEDIAN).unwrap();

    let path = format!("/predict/chance?stock=AAPL&as_of=2024-03-08&above={median}&by=2024-03-28");
    let answer = chances(&app.get(&path).await);

    assert_eq!((answer.as_of, answer.sessions, answer.on_day.chance), (date(2024, 3, 8), 14, 0.5));
}

#[tokio::test]
async fn a_question_without_an_answer_is_a_problem_that_names_the_parameter() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;
    for (query, field, detail) in [
        ("by=2026-11-27", "above", "is missing"),
        ("above=920", "by", "is missing"),
        ("above=0&by=2026-11-27", "above", "is not a price"),
        ("below=-5&by=2026-11-27", "below", "is not a price"),
        ("above=1e400&by=2026-11-27", "above", "is not a price"),
        ("above=920&below=850&by=2026-11-27", "below", "cannot be combined"),
        ("above=920&by=soon", "by", "is not a date"),
        (
            "above=920&by=2026-11-26",
            "by",
            "one of the 14 trading days of this forecast, 2026-11-23 to 2026-12-11",
        ),
        ("above=920&by=2026-12-14", "by", "2026-11-23 to 2026-12-11"),
    ] {
        let problem = app.get(&format!("/predict/chance?stock=AAPL&{query}")).await.problem();

        assert_eq!((problem.status, problem.slug()), (422, Some("bad-input")), "{query}");
        let text = problem.detail.unwrap();
        assert!(text.starts_with(field) && text.contains(detail), "{query}: {text}");
    }
}
