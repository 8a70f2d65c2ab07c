//! The comparison page, its picture, and the rows of a watchlist.

use axum::http::StatusCode;
use forecast_types::Theme;

use crate::helpers::TestApp;

#[tokio::test]
async fn stocks_are_compared_in_percent_at_one_address() {
    let app = TestApp::start().await;
    let html = app.browse("/compare?stocks=AAPL,MSFT").await.expect(StatusCode::OK).text();

    assert!(html.contains("<h1>Compare AAPL and MSFT</h1>"), "{html}");
    for shown in [
        "href=\"/forecast/AAPL\"",
        "href=\"/forecast/MSFT\"",
        "±",
        "% to +",
        "data-share>/compare?stocks=AAPL,MSFT",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    assert!(html.contains("href=\"/compare?stocks=MSFT\""), "each stock can be taken out: {html}");
    assert!(html.contains("/compare/plot.png?stocks=AAPL,MSFT&#38;width=1040"), "{html}");
    assert!(html.contains("<meta name=\"robots\" content=\"noindex\">"), "{html}");
}

#[tokio::test]
async fn names_and_other_spellings_lead_to_the_address_of_a_comparison() {
    let app = TestApp::start().await;
    for (asked, address) in [
        ("/compare?stocks=aapl%2C+brkb", "/compare?stocks=AAPL,BRK.B"),
        ("/compare?stocks=apple,msft,apple&session=5", "/compare?stocks=AAPL,MSFT&session=5"),
    ] {
        let answer = app.browse(asked).await.expect(StatusCode::SEE_OTHER);
        assert_eq!(answer.header("location"), address, "{asked}");
    }
}

#[tokio::test]
async fn the_day_is_chosen_and_a_wrong_one_is_refused() {
    let app = TestApp::start().await;
    let html = app.browse("/compare?stocks=AAPL,MSFT&session=1").await.expect(StatusCode::OK).text();
    assert!(html.contains("Where each close may be on Mon, Nov 23, 2026"), "{html}");
    assert!(html.contains("<option value=\"1\" selected>Mon, Nov 23 (1 trading day)</option>"), "{html}");

    for session in ["0", "15", "soon"] {
        let answer = app.get(&format!("/compare?stocks=AAPL&session={session}")).await;
        let answer = answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains("expected a number from 1 to 14"), "{session}");
    }
}

#[tokio::test]
async fn a_stock_that_fails_leaves_the_others() {
    let app = TestApp::start().await;
    *app.predict.edit.lock().unwrap() = |forecast| {
        if forecast.stock.symbol.as_str() == "MSFT" {
            forecast.history.clear();
        }
    };
    let page = app.browse("/compare?stocks=AAPL,MSFT,moonshot").await.expect(StatusCode::OK).text();
    assert!(page.contains("href=\"/forecast/AAPL\"") && !page.contains("href=\"/forecast/MSFT\""), "{page}");
    assert!(page.contains("MSFT: We can’t make forecasts right now."), "{page}");
    assert!(page.contains("We don’t know a stock called “moonshot”"), "{page}");

    app.get("/compare/plot.png?stocks=AAPL,MSFT").await.expect(StatusCode::OK);
    let compared = app.plot.compared.lock().unwrap();
    assert_eq!(compared[0].stocks.len(), 1);
}

#[tokio::test]
async fn where_nothing_works_the_page_has_the_status_of_the_failure() {
    let app = TestApp::start().await;
    *app.predict.edit.lock().unwrap() = |forecast| forecast.history.clear();
    let page = app.browse("/compare?stocks=AAPL,MSFT").await.expect(StatusCode::BAD_GATEWAY);
    assert!(page.text().contains("<h1>Compare stocks</h1>") && page.text().contains("value=\"AAPL, MSFT\""));
    app.get("/compare/plot.png?stocks=AAPL,MSFT").await.expect(StatusCode::BAD_GATEWAY);
    app.get("/compare/plot.png").await.expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_address_without_stocks_is_a_form() {
    let app = TestApp::start().await;
    let html = app.browse("/compare").await.expect(StatusCode::OK).text();
    assert!(html.contains("<h1>Compare stocks</h1>") && html.contains("action=\"/compare\""), "{html}");
    assert!(!html.contains("<table>") && app.predict.asked("/").is_empty(), "{html}");
}

#[tokio::test]
async fn the_picture_is_drawn_as_the_address_asks() {
    let app = TestApp::start().await;
    let path =
        "/compare/plot.png?stocks=AAPL,BRK.B&session=3&width=400&height=300&theme=dark&scale=2&title=off";
    let picture = app.get(path).await.expect(StatusCode::OK);
    assert_eq!(picture.header("content-type"), "image/png");
    let size = png::Decoder::new(std::io::Cursor::new(picture.body)).read_info().unwrap().info().size();
    assert_eq!(size, (400, 300));
    let compared = app.plot.compared.lock().unwrap();
    let request = &compared[0];
    assert_eq!(
        (request.theme, request.width, request.height, request.scale, request.hide_title),
        (Theme::Dark, Some(400), Some(300), Some(2.0), true)
    );
    let symbols: Vec<&str> = request.stocks.iter().map(|stock| stock.symbol.as_str()).collect();
    assert_eq!(symbols, ["AAPL", "BRK.B"]);
    assert_eq!(request.title, "AAPL, BRK.B: ranges of the close on Wed, Nov 25");
}

#[tokio::test]
async fn the_rows_of_a_watchlist_come_from_the_same_forecasts_as_the_pages() {
    let app = TestApp::start().await;
    app.browse("/forecast/AAPL?wait=1").await.expect(StatusCode::OK);
    let rows = app.get("/watch?stocks=AAPL,EVIL,GONE").await.expect(StatusCode::OK);

    assert!(rows.header("content-type").starts_with("text/html"));
    let html = rows.text();
    assert_eq!(html.matches("<tr ").count(), 3, "{html}");
    assert!(html.contains("data-symbol=\"AAPL\"") && html.contains("<polyline points=\"0 "), "{html}");
    assert!(html.contains("No longer in our list of stocks") && !html.contains("<script>"), "{html}");
    let asked = app.predict.asked("/predict?");
    assert_eq!(asked.iter().filter(|asked| asked.contains("stock=AAPL")).count(), 1, "{asked:?}");
}

#[tokio::test]
async fn a_watchlist_is_bounded_and_says_in_words_what_failed() {
    let app = TestApp::start().await;
    let many: Vec<String> = (0..21).map(|number| format!("S{number}")).collect();
    app.get(&format!("/watch?stocks={}", many.join(","))).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.get("/watch").await.expect(StatusCode::OK).text().trim(), "");

    *app.predict.edit.lock().unwrap() = |forecast| forecast.history.clear();
    let html = app.get("/watch?stocks=AAPL").await.expect(StatusCode::OK).text();
    assert!(html.contains("We can’t make forecasts right now."), "{html}");
}
