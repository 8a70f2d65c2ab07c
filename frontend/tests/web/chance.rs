//! The question about a price, as the server answers it.

use axum::http::StatusCode;

use crate::helpers::TestApp;

#[tokio::test]
async fn a_question_in_the_address_is_answered_both_ways() {
    let app = TestApp::start().await;

    let page = app.get("/forecast/AAPL?above=200&by=2026-12-11").await.expect(StatusCode::OK);
    let html = page.text();

    for part in [
        "<form action=\"/forecast/AAPL#chance\">",
        "name=\"above\" inputmode=\"decimal\" autocomplete=\"off\" maxlength=\"20\" size=\"9\" value=\"$200\"",
        "<option value=\"2026-12-11\" selected",
        "Chance that AAPL closes above $200 on Fri, Dec 11: <b>14%</b></span> <span>at least once by then: <b>24%</b>",
        "Chance that AAPL closes below $200 on Fri, Dec 11: <b>86%</b></span> <span>at least once by then: <b>over 95%</b>",
        "<a href=\"/model\">How often such chances came true</a>",
    ] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    assert_eq!(html.matches("data-quantiles=").count(), 14);
}

#[tokio::test]
async fn the_side_that_is_asked_about_comes_first_and_the_rest_of_the_address_is_kept() {
    let app = TestApp::start().await;

    let html = app.get("/forecast/AAPL?below=%24180.50&by=2026-12-04&range=90&theme=dark").await.text();

    let (below, above) = (html.find("closes below $180.50 on Fri, Dec 4"), html.find("closes above $180.50"));
    assert!(below.is_some() && below < above, "{html}");
    for kept in ["name=\"range\" value=\"90\"", "name=\"theme\" value=\"dark\""] {
        assert!(html.contains(&format!("<input type=\"hidden\" {kept}>")), "{kept}: {html}");
    }
}

#[tokio::test]
async fn a_page_without_a_question_answers_a_first_one() {
    let app = TestApp::start().await;
    let html = app.get("/forecast/AAPL?by=2026-12-04").await.text();
    assert!(html.contains("Chance that AAPL closes above $195 on Fri, Dec 11: <b>25%</b>"), "{html}");
}

#[tokio::test]
async fn a_question_without_an_answer_says_why_beside_the_field() {
    let app = TestApp::start().await;
    for (query, words) in [
        ("above=-5", "“-5” is not a price. Enter a positive number such as 920."),
        ("above=%3Cb%3E", "“&#60;b&#62;” is not a price."),
        ("above=200&by=2026-11-26", "Choose a trading day from Mon, Nov 23 to Fri, Dec 11."),
        (
            "above=200&by=soon",
            "By \"soon\" is not a date; expected one such as 2024-03-28.".replace('"', "&#34;").as_str(),
        ),
        ("above=200&below=180", "Ask about one price at a time."),
    ] {
        let html = app.get(&format!("/forecast/AAPL?{query}")).await.expect(StatusCode::OK).text();
        assert!(html.contains(words), "{query}: {html}");
        assert!(!html.contains("Chance that AAPL"), "{query}");
    }
}

#[tokio::test]
async fn questions_do_not_change_the_page_of_others_and_follow_a_redirect() {
    let app = TestApp::start().await;

    let asked = app.get("/forecast/AAPL?above=200").await.expect(StatusCode::OK).text();
    let plain = app.get("/forecast/AAPL").await.expect(StatusCode::OK).text();
    let moved =
        app.get("/forecast/aapl?above=200&by=2026-12-11").await.expect(StatusCode::PERMANENT_REDIRECT);

    assert!(asked.contains("closes above $200 on Fri, Dec 11") && plain.contains("closes above $195"));
    assert_eq!(moved.header("location"), "/forecast/AAPL?above=200&by=2026-12-11");
    assert_eq!(app.predict.asked("/predict").len(), 1, "one forecast answers all questions");
}
