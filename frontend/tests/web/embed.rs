//! The forecast on other sites: the card, oEmbed, and what link previews read.

use axum::http::StatusCode;
use problem_details::{Problem, ProblemKind};

use crate::helpers::TestApp;
use crate::standins::Behavior;

#[tokio::test]
async fn a_card_shows_range_coverage_and_notice_in_a_frame_without_any_script() {
    let app = TestApp::start().await;

    let card = app.browse("/embed/AAPL").await.expect(StatusCode::OK);

    let html = card.text();
    for part in [
        "$171 – $203",
        "80% range by Dec 11, ±8.4%",
        "Last close $187.20",
        "the 80% range held",
        "Not investment advice.",
        "href=\"/forecast/AAPL\" target=\"_blank\"",
        "Simulated market",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("<script") && !html.contains("style="), "{html}");
    assert!(!card.header("content-security-policy").contains("frame-ancestors"));
    assert!(card.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(card.header("x-frame-options"), "");
    assert_eq!(card.header("cross-origin-resource-policy"), "cross-origin");
    let sheet = html.split("stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let sheet = app.get(sheet).await.expect(StatusCode::OK);
    assert_eq!(sheet.header("cross-origin-resource-policy"), "cross-origin", "a sandboxed card may load it");
}

#[tokio::test]
async fn only_the_card_may_be_framed() {
    let app = TestApp::start().await;
    for path in ["/", "/forecast/AAPL", "/embedded", "/model", "/oembed?url=x", "/feed.atom"] {
        let answer = app.browse(path).await;
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
    }
}

#[tokio::test]
async fn a_failed_card_explains_the_problem_in_its_frame() {
    let app = TestApp::start().await;
    let unknown = app.browse("/embed/NOPE").await.expect(StatusCode::NOT_FOUND);
    assert!(unknown.text().contains("We don’t know this stock"));
    assert!(!unknown.header("content-security-policy").contains("frame-ancestors"));
    assert!(!unknown.text().contains("<script"));

    *app.predict.behavior.lock().unwrap() =
        Behavior::Problem(Problem::new(ProblemKind::PricesUnavailable).detail("no prices"));
    let failed = app.browse("/embed/AAPL").await;
    assert!(failed.status.is_server_error());
    assert!(failed.text().contains("We can’t get prices right now"), "{}", failed.text());
}

#[tokio::test]
async fn a_card_redirects_other_spellings_and_escapes_names() {
    let app = TestApp::start().await;
    let moved = app.browse("/embed/brk-b?theme=dark").await.expect(StatusCode::PERMANENT_REDIRECT);
    assert_eq!(moved.header("location"), "/embed/BRK.B?theme=dark");
    let card = app.browse("/embed/EVIL?theme=dark").await.expect(StatusCode::OK).text();
    assert!(!card.contains("<script>") && card.contains("data-theme=\"dark\""), "{card}");
}

#[tokio::test]
async fn a_forecast_page_links_to_its_card_with_the_right_size() {
    let app = TestApp::start().await;
    let page = app.browse("/forecast/AAPL").await.expect(StatusCode::OK).text();
    let discovered = page.split("application/json+oembed\" title=\"Card\" href=\"").nth(1).unwrap();
    let discovered = discovered.split('"').next().unwrap().strip_prefix("http://fortnight.test").unwrap();

    let answer = app.get(discovered).await.expect(StatusCode::OK).json();

    assert_eq!((&answer["version"], &answer["type"]), (&"1.0".into(), &"rich".into()));
    assert_eq!((&answer["width"], &answer["height"]), (&480.into(), &250.into()));
    let html = answer["html"].as_str().unwrap();
    assert!(html.starts_with("<iframe src=\"http://fortnight.test/embed/AAPL\""), "{html}");
    assert!(html.contains("width=\"480\" height=\"250\""), "{html}");
    let thumbnail = answer["thumbnail_url"].as_str().unwrap().strip_prefix("http://fortnight.test").unwrap();
    let thumbnail = app.get(thumbnail).await.expect(StatusCode::OK);
    assert_eq!(thumbnail.header("content-type"), "image/png");
    let chart = &app.plot.asked.lock().unwrap()[0];
    let scale = chart.scale.unwrap_or(1.0);
    let size = [chart.width, chart.height].map(|side| f64::from(side.unwrap()) * scale);
    assert_eq!(size, [1200.0, 630.0]);
}

#[tokio::test]
async fn oembed_respects_size_limits_and_makes_no_forecast() {
    let app = TestApp::start().await;
    let ask = async |query: &str| app.get(&format!("/oembed?{query}")).await;
    let ours = "url=http://fortnight.test/forecast/AAPL";

    let narrow = ask(&format!("{ours}&maxwidth=300&format=json")).await.expect(StatusCode::OK).json();
    assert_eq!(narrow["width"], 300);
    let dated = "url=http%3A%2F%2Ffortnight.test%2Fforecast%2FAAPL%3Fas_of%3D2026-10-01%26theme%3Ddark";
    let dated = ask(dated).await.expect(StatusCode::OK).json();
    assert!(
        dated["html"].as_str().unwrap().contains("/embed/AAPL?as_of=2026-10-01&#38;theme=dark\""),
        "{dated}"
    );

    for (query, status) in [
        ("url=https://elsewhere.example/forecast/AAPL", StatusCode::NOT_FOUND),
        ("url=http://fortnight.test.evil.example/forecast/AAPL", StatusCode::NOT_FOUND),
        ("url=http://fortnight.test/forecast/NOPE", StatusCode::NOT_FOUND),
        ("url=http://fortnight.test/forecast/AAPL/plot.png", StatusCode::NOT_FOUND),
        ("url=http://fortnight.test/model", StatusCode::NOT_FOUND),
        ("url=/forecast/AAPL", StatusCode::UNPROCESSABLE_ENTITY),
        (&format!("{ours}&maxwidth=100"), StatusCode::NOT_FOUND),
        (&format!("{ours}&maxheight=100"), StatusCode::NOT_FOUND),
        (&format!("{ours}&format=xml"), StatusCode::UNPROCESSABLE_ENTITY),
        ("", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(ask(query).await.status, status, "{query}");
    }
    assert!(app.predict.asked("/").is_empty());
}

#[tokio::test]
async fn a_link_preview_has_this_stocks_range_and_picture() {
    let app = TestApp::start().await;
    let page = app.get("/forecast/AAPL").await.expect(StatusCode::OK).text();
    let description = page.split("og:description\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(
        description,
        "Apple Inc. closed at $187.20 on Nov 20; its 80% range for Dec 11 is $171 to $203. Over 210 past forecasts for \
         AAPL, the 80% range held 79% of the time. Not investment advice."
    );
    for part in
        ["og:image:width\" content=\"1200\"", "og:image:height\" content=\"630\"", "summary_large_image"]
    {
        assert!(page.contains(part), "{part}");
    }
}
