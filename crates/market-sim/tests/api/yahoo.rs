use yahoo_finance_api::YResponse;

use crate::helpers::{FRIDAY_NIGHT, chart, config_at, get, market_at, midnight};

#[tokio::test]
async fn the_crate_everyone_uses_reads_the_chart() {
    let market = market_at(FRIDAY_NIGHT).await;

    let answer = get(&market, &chart("AAPL", "2026-10-26", "2026-11-20")).await;

    assert_eq!((answer.status, answer.content_type.as_str()), (200, "application/json;charset=utf-8"));
    let response = YResponse::from_json(answer.json()).unwrap();
    let quotes = response.quotes().unwrap();
    let meta = response.metadata().unwrap();
    assert_eq!(quotes.len(), 20);
    assert_eq!((meta.symbol.as_str(), meta.currency.as_deref()), ("AAPL", Some("USD")));
    assert_eq!(meta.exchange_timezone_name, "America/New_York");
    for quote in &quotes {
        let highest = quote.open.max(quote.close);
        let lowest = quote.open.min(quote.close);
        assert!(
            quote.low <= lowest && highest <= quote.high && quote.low > 0.0 && quote.volume > 0,
            "{quote:?}"
        );
    }
}

#[tokio::test]
async fn bars_are_stamped_with_the_opening_in_both_halves_of_the_year() {
    let market = market_at(FRIDAY_NIGHT).await;

    let answer = get(&market, &chart("AAPL", "2026-10-30", "2026-11-02")).await.json();

    // Clocks went back on the first of November.
    let stamps = answer["chart"]["result"][0]["timestamp"].clone();
    let expected = [midnight("2026-10-30") + 13 * 3600 + 1800, midnight("2026-11-02") + 14 * 3600 + 1800];
    assert_eq!(stamps, serde_json::json!(expected));
}

#[tokio::test]
async fn every_failure_has_its_documented_form() {
    let market = market_at(FRIDAY_NIGHT).await;
    for (path, status, code) in [
        (chart("ACME", "2026-11-01", "2026-11-20"), 404, "Not Found"),
        (chart("BRK.B", "2026-11-01", "2026-11-20"), 404, "Not Found"),
        (chart("ARM", "2021-01-04", "2021-02-01"), 400, "Bad Request"),
        (chart("AAPL", "2026-11-20", "2026-11-01"), 422, "Unprocessable Entity"),
        ("/v8/finance/chart/AAPL?range=7w".to_owned(), 422, "Unprocessable Entity"),
        ("/v8/finance/chart/AAPL?interval=3m".to_owned(), 422, "Unprocessable Entity"),
        ("/v8/finance/chart/AAPL?period1=soon".to_owned(), 422, "Unprocessable Entity"),
    ] {
        let answer = get(&market, &path).await;
        let error = answer.json()["chart"]["error"].clone();
        assert_eq!((answer.status, error["code"].as_str()), (status, Some(code)), "{path}");
        assert!(answer.json()["chart"]["result"].is_null());
    }
}

#[tokio::test]
async fn a_window_without_sessions_is_empty_not_an_error() {
    let market = market_at(FRIDAY_NIGHT).await;

    let answer = get(&market, &chart("AAPL", "2026-11-14", "2026-11-15")).await;

    let result = answer.json()["chart"]["result"][0].clone();
    assert_eq!((answer.status, result.get("timestamp")), (200, None));
    assert_eq!(result["indicators"]["quote"], serde_json::json!([{}]));
}

#[tokio::test]
async fn a_session_under_way_moves_and_then_settles() {
    let path = chart("AAPL", "2026-11-18", "2026-11-20");
    let last = async |now: &str| {
        let market = market_at(now).await;
        let answer = get(&market, &path).await.json();
        let result = &answer["chart"]["result"][0];
        let stamps = result["timestamp"].as_array().unwrap().clone();
        let closes = result["indicators"]["quote"][0]["close"].as_array().unwrap().clone();
        (stamps.len(), stamps.last().unwrap().as_i64().unwrap(), closes.last().unwrap().as_f64().unwrap())
    };
    let friday = midnight("2026-11-20");

    let before = last("2026-11-20T14:29:59Z").await;
    let during = last("2026-11-20T17:00:00Z").await;
    let later = last("2026-11-20T19:00:00Z").await;
    let after = last("2026-11-20T21:30:00Z").await;
    let settled = last(FRIDAY_NIGHT).await;

    assert_eq!(before.0, 2, "no row before the opening");
    assert_eq!((during.0, during.1), (3, friday + 17 * 3600), "stamped with the last trade");
    assert!((during.2 - later.2).abs() > 1e-9, "the price moves");
    assert_eq!(after.1, friday + 21 * 3600 + 1, "the closing trade");
    assert_eq!(settled.1, friday + 14 * 3600 + 1800, "the opening again");
    assert!((after.2 - settled.2).abs() < 1e-9);
}

#[tokio::test]
async fn a_new_listing_has_the_sessions_it_was_given() {
    let mut config = config_at(FRIDAY_NIGHT);
    config.new_listings = vec!["ABNB=12".parse().unwrap()];
    let market = market_sim::StandInMarket::start_with(config).await;

    let answer = get(&market, &chart("ABNB", "2025-11-20", "2026-11-20")).await.json();

    let stamps = answer["chart"]["result"][0]["timestamp"].as_array().unwrap().clone();
    assert_eq!(stamps.len(), 12);
    assert_eq!(answer["chart"]["result"][0]["meta"]["firstTradeDate"], stamps[0]);
}

#[tokio::test]
async fn splits_and_dividends_are_sent_and_adjusted_for() {
    let market = market_at(FRIDAY_NIGHT).await;
    let (mut splits, mut dividends) = (0, 0);
    for symbol in
        ["KO", "PEP", "XOM", "T", "VZ", "JNJ", "MSFT", "NVDA", "AVGO", "WMT", "ORCL", "DUK", "LRCX", "MU"]
    {
        let answer = get(&market, &chart(symbol, "2020-01-02", "2026-11-20")).await.json();
        let result = &answer["chart"]["result"][0];
        let of = |field: &serde_json::Value| -> Vec<f64> {
            field.as_array().unwrap().iter().map(|price| price.as_f64().unwrap()).collect()
        };
        let closes = of(&result["indicators"]["quote"][0]["close"]);
        let adjusted = of(&result["indicators"]["adjclose"][0]["adjclose"]);
        assert!(closes.iter().zip(&adjusted).all(|(close, adjusted)| *adjusted <= close * 1.000_001));
        // A split leaves no trace in prices adjusted for it.
        assert!(closes.windows(2).all(|pair| (pair[1] / pair[0]).ln().abs() < 0.7), "{symbol}");
        splits += result["events"]["splits"].as_object().map_or(0, serde_json::Map::len);
        let paid = result["events"]["dividends"].as_object().map_or(0, serde_json::Map::len);
        assert_eq!(paid > 0, adjusted[0] < closes[0] * 0.999, "{symbol}");
        dividends += paid;
    }
    assert!(splits >= 1 && dividends > 50, "{splits} splits, {dividends} dividends");
}
