use exchange_calendar::is_session;
use jiff::civil::Date;
use market_sim::{Fault, SimConfig, StandInMarket, Upstream};
use serde_json::Value;

use crate::helpers::{Answer, FRIDAY_NIGHT, answer, client, config_at, get, market_at};

const APPLE: &str = "/submissions/CIK0000320193.json";

async fn filed(market: &StandInMarket, path: &str) -> Answer {
    let request = client().get(format!("{}{path}", market.url()));
    answer(request.header("user-agent", "Fortnight jane@example.com")).await
}

/// The days of the filings with Item 2.02, newest first.
fn results(filings: &Value) -> Vec<Date> {
    let column = |name: &str| filings[name].as_array().expect("a column").clone();
    let rows = column("items").into_iter().zip(column("filingDate"));
    rows.filter(|(items, _)| items == "2.02,9.01")
        .map(|(_, date)| serde_json::from_value(date).expect("a date"))
        .collect()
}

#[tokio::test]
async fn a_company_files_its_results_each_quarter_on_sessions_of_the_same_weeks() {
    let market = market_at(FRIDAY_NIGHT).await;

    let answer = filed(&market, APPLE).await.json();
    let recent = &answer["filings"]["recent"];
    let days = results(recent);

    assert_eq!((&answer["name"], &answer["tickers"][0]), (&"Apple Inc. Common Stock".into(), &"AAPL".into()));
    assert_eq!(days.len(), 12, "three years");
    assert!(days.iter().all(|&day| is_session(day)));
    let weeks_apart = days.windows(5).map(|pair| pair[4].until(pair[0]).unwrap().get_days());
    assert!(
        weeks_apart.clone().all(|days| (355..=373).contains(&days)),
        "{:?}",
        weeks_apart.collect::<Vec<_>>()
    );
    for column in ["form", "reportDate", "acceptanceDateTime", "accessionNumber"] {
        assert_eq!(recent[column].as_array().unwrap().len(), recent["items"].as_array().unwrap().len());
    }

    let older = answer["filings"]["files"][0]["name"].as_str().unwrap();
    let older = results(&filed(&market, &format!("/submissions/{older}")).await.json());
    assert!(older.len() > 10 && older[0] < *days.last().unwrap());
}

#[tokio::test]
async fn the_sec_refuses_who_does_not_say_whom_to_write_to_and_knows_no_other_companies() {
    let market = market_at(FRIDAY_NIGHT).await;

    let refused = get(&market, APPLE).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("Undeclared Automated Tool"));
    for path in ["/submissions/CIK0000000001.json", "/submissions/CIK320193.json", "/submissions/x"] {
        let unknown = filed(&market, path).await;
        assert_eq!(unknown.status, 404, "{path}");
        assert!(unknown.body.contains("<Code>NoSuchKey</Code>"));
    }
}

#[tokio::test]
async fn the_list_of_companies_leads_to_their_filings() {
    let market = market_at(FRIDAY_NIGHT).await;

    let list = filed(&market, "/files/company_tickers_exchange.json").await.json();

    assert_eq!(list["fields"], serde_json::json!(["cik", "name", "ticker", "exchange"]));
    let rows = list["data"].as_array().unwrap();
    let row = |ticker: &str| rows.iter().find(|row| row[2] == ticker);
    let berkshire = row("BRK-B").unwrap()[0].as_u64().unwrap();
    assert_eq!(filed(&market, &format!("/submissions/CIK{berkshire:010}.json")).await.status, 200);
    assert!(row("SPY").is_none(), "a fund");
    let taiwan = row("TSM").unwrap()[0].as_u64().unwrap();
    let foreign = filed(&market, &format!("/submissions/CIK{taiwan:010}.json")).await.json();
    assert!(foreign["filings"]["recent"]["form"].as_array().unwrap().iter().all(|form| form == "6-K"));
}

#[tokio::test]
async fn what_the_calendar_announces_is_filed_on_that_day() {
    // The last report there is tells which day to ask about, at a moment before it.
    let reported =
        results(&filed(&market_at(FRIDAY_NIGHT).await, APPLE).await.json()["filings"]["recent"])[0];
    let earlier = |days: i64| {
        let day = reported.checked_sub(jiff::Span::new().days(days)).unwrap();
        format!("{day}T03:00:00Z")
    };
    for (days, stated) in [(3, true), (40, false)] {
        let market = market_at(&earlier(days)).await;

        let day = get(&market, &format!("/api/calendar/earnings?date={reported}")).await.json();

        assert_eq!(day["data"]["asOf"], reported.strftime("%a, %b %-d, %Y").to_string());
        let rows = day["data"]["rows"].as_array().unwrap();
        let apple = rows.iter().find(|row| row["symbol"] == "AAPL").unwrap();
        assert_eq!(apple["time"] != "time-not-supplied", stated, "{days} days ahead");
        assert!(results(&filed(&market, APPLE).await.json()["filings"]["recent"])[0] < reported);
    }
    let sunday = get(&market_at(FRIDAY_NIGHT).await, "/api/calendar/earnings?date=2026-11-22").await.json();
    assert_eq!(sunday["data"]["rows"], Value::Null);
}

#[tokio::test]
async fn eodhd_has_a_calendar_only_in_a_plan_with_it() {
    let path = "/api/calendar/earnings?symbols=AAPL.US&api_token=t&fmt=json";
    let free = get(&market_at(FRIDAY_NIGHT).await, path).await;
    assert_eq!(free.status, 403);
    assert!(free.body.contains("allowed for free users"));

    let config = SimConfig { eodhd_calendar: true, ..config_at(FRIDAY_NIGHT) };
    let paid = get(&StandInMarket::start_with(config).await, path).await.json();
    let earnings = paid["earnings"].as_array().unwrap();
    assert!(earnings.len() > 20 && earnings.iter().all(|row| row["code"] == "AAPL.US"));
}

#[tokio::test]
async fn prices_move_more_on_the_sessions_that_react() {
    let market = market_at(FRIDAY_NIGHT).await;
    let mut moves = (Vec::new(), Vec::new());
    for symbol in ["AAPL", "NVDA", "MSFT", "INTC", "CAT", "DIS"] {
        let path = crate::helpers::chart(symbol, "2023-11-20", "2026-11-20");
        let chart = get(&market, &path).await.json()["chart"]["result"][0].clone();
        let closes: Vec<f64> = chart["indicators"]["adjclose"][0]["adjclose"]
            .as_array()
            .unwrap()
            .iter()
            .map(|close| close.as_f64().unwrap())
            .collect();
        let list = filed(&market, "/files/company_tickers_exchange.json").await.json();
        let rows = list["data"].as_array().unwrap();
        let cik = rows.iter().find(|row| row[2] == symbol).unwrap()[0].as_u64().unwrap();
        let recent =
            filed(&market, &format!("/submissions/CIK{cik:010}.json")).await.json()["filings"]["recent"]
                .clone();
        let days = results(&recent);
        let sessions =
            exchange_calendar::sessions_between("2023-11-20".parse().unwrap(), "2026-11-20".parse().unwrap());
        for (at, pair) in closes.windows(2).enumerate() {
            let size = (pair[1] / pair[0]).ln().abs();
            // Before the open or after the close: one of two sessions reacts.
            let reacts = days.contains(&sessions[at + 1]) || days.contains(&sessions[at]);
            if reacts { moves.0.push(size) } else { moves.1.push(size) }
        }
    }
    let mean = |sizes: &[f64]| sizes.iter().sum::<f64>() / sizes.len() as f64;
    assert!(mean(&moves.0) > 1.5 * mean(&moves.1), "{} and {}", mean(&moves.0), mean(&moves.1));
}

#[tokio::test]
async fn reports_fail_on_demand_with_the_words_of_the_sec() {
    let market = market_at(FRIDAY_NIGHT).await;
    for (status, words) in [(429, "Request Rate Threshold"), (403, "Undeclared"), (404, "NoSuchKey")] {
        market.fail(Upstream::Reports, Fault::Status { status, retry_after_seconds: None });
        for path in [APPLE, "/files/company_tickers_exchange.json", "/api/calendar/earnings?date=2026-11-24"]
        {
            let failed = filed(&market, path).await;
            assert_eq!(failed.status, status, "{path}");
            assert!(failed.body.contains(words), "{}", failed.body);
        }
    }
    assert_eq!(market.received().count(Upstream::Reports), 9);
    assert_eq!(market.received().count(Upstream::News), 0);
}
