use market_sim::{Fault, Upstream};

use crate::helpers::{Answer, Fortnight, args};

/// A page a person can use: HTML, a heading, and words about what happened.
fn is_a_clear_page(page: &Answer, words: &[&str]) {
    let text = page.text();
    assert!(page.content_type.starts_with("text/html"), "{}: {text}", page.content_type);
    assert!(text.contains("<h1"), "{text}");
    for word in words {
        assert!(text.to_lowercase().contains(word), "`{word}` is missing in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_stock_is_a_clear_page_and_a_problem() {
    let fortnight = Fortnight::start().await;

    let problem = fortnight.predict("stock=ACME").await;
    let page = fortnight.page("/forecast/ACME").await;

    assert_eq!((problem.status, problem.slug().as_str()), (404, "unknown-stock"));
    assert_eq!(page.status, 404);
    is_a_clear_page(&page, &["acme"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_sessions_of_history_are_too_few_and_it_says_so() {
    let new_listings = vec!["KLAR=12".parse().expect("a new listing")];
    let fortnight = Fortnight::start_with(fortnight::StartArgs { new_listings, ..args() }).await;

    let problem = fortnight.predict("stock=KLAR").await;
    let numbers = fortnight.page("/forecast/KLAR/forecast.json").await;

    assert_eq!((problem.status, problem.slug().as_str()), (422, "too-little-history"));
    assert!(problem.text().contains("12"), "{}", problem.text());
    assert_eq!(numbers.status, 422);
    is_a_clear_page(&fortnight.page("/forecast/KLAR").await, &["klar"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_date_is_refused_with_what_was_given() {
    let fortnight = Fortnight::start().await;
    for date in ["yesterday", "2026-02-30", "2999-01-01"] {
        let problem = fortnight.predict(&format!("stock=AAPL&as_of={date}")).await;
        assert_eq!(problem.status, 422, "{date}: {}", problem.text());
        assert!(problem.slug().len() > 3 && problem.text().contains(date), "{}", problem.text());
        let page = fortnight.page(&format!("/forecast/AAPL?as_of={date}")).await;
        assert!((400..500).contains(&page.status), "{date}: {}", page.status);
        is_a_clear_page(&page, &[]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_prices_there_is_no_forecast_and_a_clear_page() {
    let fortnight = Fortnight::start().await;
    let faults = fortnight.running.exchange.as_ref().expect("the stand-in market").faults().clone();
    faults.set(Upstream::Prices, Fault::Status { status: 500, retry_after_seconds: None });

    let problem = fortnight.predict("stock=MSFT").await;
    let picture = fortnight.page("/forecast/MSFT/plot.png").await;
    let page = fortnight.page("/forecast/MSFT").await;

    assert!((502..=504).contains(&problem.status), "{}", problem.text());
    assert!(problem.slug().starts_with("prices"), "{}", problem.text());
    assert!(picture.status >= 500, "{}", picture.status);
    is_a_clear_page(&page, &["msft"]);

    faults.clear_all();
    assert_eq!(fortnight.predict("stock=NVDA").await.status, 200, "the service is none the worse for it");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_sources_may_all_fail() {
    let fortnight = Fortnight::start().await;
    let faults = fortnight.running.exchange.as_ref().expect("the stand-in market").faults().clone();
    for upstream in [
        Upstream::Tweets,
        Upstream::Mentions,
        Upstream::News,
        Upstream::Searches,
        Upstream::Articles,
        Upstream::Reports,
    ] {
        faults.set(upstream, Fault::Html);
    }

    let forecast = fortnight.predict("stock=ORCL").await;

    assert_eq!(forecast.status, 200, "{}", forecast.text());
    let json = forecast.json();
    let states: Vec<&str> = json["sources"]
        .as_array()
        .expect("five")
        .iter()
        .filter_map(|source| source["status"].as_str())
        .collect();
    assert_eq!(states, ["ok", "missing", "missing", "missing", "missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_stops_and_frees_its_ports() {
    let fortnight = Fortnight::start().await;
    let addresses = fortnight.running.addresses.clone();
    assert_eq!(fortnight.page("/").await.status, 200);

    fortnight.running.stop().await.expect("everything stops");

    for url in [addresses.frontend, addresses.predict, addresses.plot, addresses.market] {
        let address = url.socket_addrs(|| None).expect("an address")[0];
        assert!(tokio::net::TcpStream::connect(address).await.is_err(), "{url}");
    }
}
