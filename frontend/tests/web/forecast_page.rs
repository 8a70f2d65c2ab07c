use std::time::Duration;

use axum::http::StatusCode;
use forecast_types::{Market, SourceStatus};

use crate::helpers::TestApp;

#[tokio::test]
async fn the_page_shows_the_forecast_in_words_and_numbers() {
    let app = TestApp::start().await;

    let page = app.get("/forecast/AAPL").await.expect(StatusCode::OK);

    let html = page.text();
    for part in [
        "In 14 trading days, probably between $171 and $203.",
        "Midpoint <b>$187</b> (same as last close). We can’t tell whether it will rise or fall.",
        "Last close <b>$187.20</b>",
        "Fri, Nov 20, 2026",
        "Ranges for AAPL held as promised",
        "<b>80%</b> range held <b>79%</b> <i>(73% to 85%)</i>",
        "From 210 past forecasts, made after every fifth trading day.",
        "Simulated market",
        "Not investment advice",
        "Yahoo Finance",
        "fortnight-lstm 1",
        "on data the model was not trained on (1,998 stocks, 2022-05-02 to 2024-03-08)",
        "<time datetime=\"2026-11-27\">Fri, Nov 27</time> <span class=\"tag\">closes early</span>",
    ] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    assert_eq!(html.matches("<th scope=\"row\"><time").count(), 14);
    assert_eq!(page.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn page_chart_and_downloads_share_one_forecast() {
    let app = TestApp::start().await;

    app.get("/forecast/AAPL").await.expect(StatusCode::OK);
    app.get("/forecast/AAPL?range=90").await.expect(StatusCode::OK);
    app.get("/forecast/AAPL/plot.png").await.expect(StatusCode::OK);
    app.get("/forecast/AAPL/forecast.csv").await.expect(StatusCode::OK);

    assert_eq!(app.predict.asked("/predict"), ["/predict?stock=AAPL&history=250"]);
}

#[tokio::test]
async fn a_day_in_the_address_reaches_the_forecast_and_every_link() {
    let app = TestApp::start().await;

    let html = app.get("/forecast/AAPL?as_of=2026-10-01&range=7").await.expect(StatusCode::OK).text();

    let asked = app.predict.asked("/predict");
    assert_eq!(asked[0], "/predict?stock=AAPL&as_of=2026-10-01&history=250");
    assert!(html.contains("Looking back:"), "{html}");
    assert!(html.contains("href=\"/forecast/AAPL?as_of=2026-10-01&#38;range=7\" data-share"), "{html}");
    assert!(html.contains("href=\"/forecast/MSFT?as_of=2026-10-01&#38;range=7\""), "{html}");
    assert!(html.contains("/plot.png?as_of=2026-10-01&#38;range=7"), "{html}");
}

#[tokio::test]
async fn a_symbol_in_another_spelling_leads_to_the_one_address() {
    let app = TestApp::start().await;
    for (asked, address) in
        [("/forecast/aapl?range=90", "/forecast/AAPL?range=90"), ("/forecast/brk-b", "/forecast/BRK.B")]
    {
        let answer = app.get(asked).await.expect(StatusCode::PERMANENT_REDIRECT);
        assert_eq!(answer.header("location"), address);
    }
}

#[tokio::test]
async fn markup_in_names_and_answers_is_shown_as_text() {
    let app = TestApp::start().await;
    *app.predict.edit.lock().unwrap() = |forecast| {
        let hostile = "<img src=x onerror=alert(2)>";
        forecast.stock.currency = hostile.to_owned();
        forecast.model.name = hostile.to_owned();
        forecast.sources[1].provider = hostile.to_owned();
        forecast.sources[1].status = SourceStatus::Missing;
        forecast.sources[1].detail = Some(hostile.to_owned());
        forecast.features.iter_mut().for_each(|day| day.tweet_count = None);
    };

    for path in
        ["/forecast/EVIL", "/search?q=alert", "/", "/search?q=%3Cscript%3Ealert", "/forecast/%3Cscript%3E"]
    {
        let html = app.get(path).await.text();
        assert!(
            !html.contains("<script>") && !html.contains("<img src=x") && !html.contains("<b>Sector"),
            "{path}: {html}"
        );
    }
    let html = app.get("/forecast/EVIL").await.text();
    assert!(html.contains("&#60;script&#62;alert(1)"), "{html}");
}

#[tokio::test]
async fn a_missing_source_is_named_with_its_reason() {
    let app = TestApp::start().await;
    *app.predict.edit.lock().unwrap() = |forecast| {
        for source in [1, 2] {
            forecast.sources[source].status = SourceStatus::Missing;
            forecast.sources[source].detail = Some("no token".to_owned());
            forecast.sources[source].days = 0;
        }
    };
    let html = app.get("/forecast/AAPL").await.expect(StatusCode::OK).text();
    assert!(html.contains("Made without tweets and news."), "{html}");
    assert!(html.contains("no token"), "{html}");
}

#[tokio::test]
async fn the_notice_follows_the_market() {
    let app = TestApp::start().await;
    *app.predict.edit.lock().unwrap() = |forecast| forecast.market = Market::Replay;
    assert!(app.get("/forecast/AAPL").await.text().contains("Replay: real prices of past days"));
    assert!(!app.get("/").await.text().contains("Simulated market:"));

    let simulated = TestApp::start_with(|config| config.market = Market::Simulated).await;
    assert!(simulated.get("/").await.text().contains("Simulated market:"));
    assert!(simulated.get("/nowhere").await.text().contains("Simulated market:"));
}

#[tokio::test]
async fn a_page_without_a_record_says_what_is_known_across_all_stocks() {
    let app = TestApp::start_with(|config| config.predict_deadline = Duration::from_millis(50)).await;
    app.predict.record_released.send_replace(false);

    let html = app.get("/forecast/AAPL").await.expect(StatusCode::OK).text();

    assert!(
        html.contains("No track record for AAPL yet")
            && html.contains("Across all stocks, the 80% range held 79.7% of the time."),
        "{html}"
    );
}

#[tokio::test]
async fn a_shared_page_names_its_picture_with_an_absolute_address() {
    let app = TestApp::start().await;
    let html = app.get("/forecast/AAPL?as_of=2026-10-01").await.text();
    let picture = "<meta property=\"og:image\" content=\"http://fortnight.test/forecast/AAPL/plot.png?as_of=2026-10-01&#38;width=1200&#38;height=630&#38;theme=light\">";
    assert!(html.contains(picture), "{html}");
    assert!(
        html.contains(
            "<link rel=\"canonical\" href=\"http://fortnight.test/forecast/AAPL?as_of=2026-10-01\">"
        )
    );
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_no_cookie() {
    let app = TestApp::start().await;
    for path in
        ["/", "/forecast/AAPL", "/model", "/nowhere", "/stocks?q=a", "/health", "/forecast/AAPL/plot.png"]
    {
        let answer = app.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-eval") && !policy.contains("http"), "{path}: {policy}");
        assert_eq!(answer.header("set-cookie"), "", "{path}");
    }
    let policy = app.get("/").await.header("content-security-policy").to_owned();
    assert!(policy.contains("script-src 'self';") && policy.contains("style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe-inline"), "{policy}");
}

#[tokio::test]
async fn pages_hold_no_inline_code_or_style_and_name_no_other_host() {
    let app = TestApp::start().await;
    for path in ["/", "/forecast/AAPL", "/model", "/nowhere", "/search?q=twin", "/offline"] {
        let html = app.get(path).await.text();
        for forbidden in ["style=", "<style", " onclick", " onload", "javascript:", "src=\"http", "href=\"//"]
        {
            assert!(!html.contains(forbidden), "{path} holds {forbidden}: {html}");
        }
        assert_eq!(html.matches("<script").count(), html.matches("<script src=\"/static/").count(), "{path}");
    }
}

#[tokio::test]
async fn a_page_that_has_not_changed_is_not_sent_twice_and_is_compressed() {
    let app = TestApp::start().await;
    let first = app.get_with("/forecast/AAPL", &[("accept-encoding", "br")]).await.expect(StatusCode::OK);
    assert_eq!(first.header("content-encoding"), "br");
    let tag = first.header("etag").to_owned();

    let again = app.get_with("/forecast/AAPL", &[("if-none-match", &tag)]).await;

    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    // What the first view waits for fits the 14 kB that a new connection carries at once; the other scripts follow.
    let mut bytes = first.body.len();
    for asset in ["site.css", "forecast.css", "theme.js"] {
        bytes += app.get_with(&format!("/static/{asset}"), &[("accept-encoding", "br")]).await.body.len();
    }
    assert!(bytes < 14_000, "{bytes} bytes");
}

#[tokio::test]
async fn a_file_whose_address_names_its_content_may_be_cached_for_good() {
    let app = TestApp::start().await;
    let html = app.get("/").await.text();
    let address = html.split('"').find(|part| part.starts_with("/static/site.css?v=")).unwrap().to_owned();

    let named = app.get(&address).await.expect(StatusCode::OK);
    let unnamed = app.get("/static/site.css").await.expect(StatusCode::OK);

    assert_eq!(named.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(unnamed.header("cache-control"), "no-cache");
    assert_eq!(named.body, unnamed.body);
    assert!(named.header("content-type").starts_with("text/css"));
}

#[tokio::test]
async fn the_model_card_is_shown_with_its_picture_and_measured_coverage() {
    let app = TestApp::start().await;
    app.get("/forecast/AAPL").await.expect(StatusCode::OK);

    let html = app.get("/model").await.expect(StatusCode::OK).text();

    assert!(html.contains("<h2>The model</h2>") && html.contains("<em>card</em>"), "{html}");
    assert!(html.contains("<th scope=\"row\">80%</th><td>79.7%</td>"), "{html}");
    let picture = app.get("/model/coverage.svg").await.expect(StatusCode::OK);
    assert_eq!(picture.header("content-type"), "image/svg+xml");
    app.get("/model/other.svg").await.expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn crawlers_find_every_stock_but_not_every_day_of_it() {
    let app = TestApp::start().await;
    let sitemap = app.get("/sitemap.xml").await.expect(StatusCode::OK);
    assert!(sitemap.text().contains("<loc>http://fortnight.test/forecast/BRK.B</loc>"));
    let robots = app.get("/robots.txt").await.expect(StatusCode::OK).text();
    assert!(
        robots.contains("Disallow: /forecast/*?") && robots.contains("http://fortnight.test/sitemap.xml")
    );
    assert!(!may_crawl(&robots, "/forecast/AAPL?as_of=2026-10-01"));
    assert!(!may_crawl(&robots, "/forecast/AAPL/forecast.csv"));

    let html = app.get("/forecast/AAPL").await.text();
    let (_, rest) = html.split_once("og:image\" content=\"http://fortnight.test").unwrap();
    let picture = rest.split('"').next().unwrap().replace("&#38;", "&");
    assert!(may_crawl(&robots, "/forecast/AAPL") && may_crawl(&robots, &picture), "{picture}: {robots}");
}

/// Says whether a robots.txt with one group allows an address: the longest rule that matches counts (RFC 9309).
fn may_crawl(robots: &str, address: &str) -> bool {
    let rules = robots.lines().filter_map(|line| {
        let allow = line.strip_prefix("Allow: ").map(|pattern| (pattern, true));
        allow.or(line.strip_prefix("Disallow: ").map(|pattern| (pattern, false)))
    });
    let matches = |pattern: &str| {
        let mut parts = pattern.split('*');
        let mut rest = address.strip_prefix(parts.next().unwrap());
        for part in parts {
            rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, rest)| rest);
        }
        rest.is_some()
    };
    let longest = rules.filter(|(pattern, _)| matches(pattern)).max_by_key(|(pattern, _)| pattern.len());
    longest.is_none_or(|(_, allowed)| allowed)
}

#[tokio::test]
async fn a_host_that_is_not_ours_gets_no_absolute_links() {
    let app = TestApp::start_with(|config| config.allowed_hosts = vec!["localhost".to_owned()]).await;

    let html = app.get("/forecast/AAPL").await.expect(StatusCode::OK).text();

    assert!(!html.contains("canonical") && !html.contains("fortnight.test"), "{html}");
    app.get("/sitemap.xml").await.expect(StatusCode::NOT_FOUND);
    assert!(!app.get("/robots.txt").await.text().contains("fortnight.test"));
}

#[tokio::test]
async fn ranges_that_did_not_hold_for_this_stock_are_not_called_probable() {
    let app = TestApp::start().await;
    *app.predict.edit_record.lock().unwrap() = |record| {
        record.coverage[1].coverage.held = 0.72;
        record.coverage[1].between = (0.68, 0.76);
    };

    let html = app.get("/forecast/AAPL").await.expect(StatusCode::OK).text();

    assert!(html.contains("In 14 trading days, the model’s 80% range is $171 to $203."), "{html}");
    assert!(html.contains("Too narrow for AAPL: the 80% range held 72% of the time"), "{html}");
}

#[tokio::test]
async fn a_finished_page_is_rendered_once_and_again_when_its_forecast_changes() {
    let app = TestApp::start_with(|config| config.forecast_fresh = Duration::ZERO).await;
    let first = app.get_with("/forecast/AAPL", &[("accept-encoding", "gzip")]).await.expect(StatusCode::OK);
    assert_eq!(first.header("vary"), "accept, accept-encoding");
    let tag = first.header("etag").to_owned();
    let same = app.get_with("/forecast/AAPL", &[("if-none-match", &tag)]).await;
    assert_eq!(same.status, StatusCode::NOT_MODIFIED, "the same numbers make the same page in any encoding");

    *app.predict.edit.lock().unwrap() = |forecast| forecast.history.last_mut().unwrap().close = 190.0;

    let changed = app.get_with("/forecast/AAPL", &[("if-none-match", &tag)]).await.expect(StatusCode::OK);
    assert!(changed.text().contains("Last close <b>$190.00</b>"), "{}", changed.text());
}
