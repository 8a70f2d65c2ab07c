use serde_json::{Value, json};

use crate::helpers::{Answer, FRIDAY_NIGHT, answer, client, get, market_at};
use market_sim::StandInMarket;

fn cookie(answer: &Answer) -> Option<String> {
    let value = answer.headers.get("set-cookie")?.to_str().ok()?;
    Some(value.split(';').next()?.to_owned())
}

async fn explore(market: &StandInMarket, cookie: &str, time: &str) -> Answer {
    let req = json!({ "comparisonItem": [{ "keyword": "AAPL", "geo": "US", "time": time }], "category": 0, "property": "" });
    let request = client()
        .post(format!("{}/trends/api/explore", market.url()))
        .query(&[("hl", "en-US"), ("tz", "0"), ("req", &req.to_string())])
        .header("cookie", cookie);
    answer(request).await
}

async fn multiline(market: &StandInMarket, request: &Value, token: &str) -> Answer {
    let url = format!("{}/trends/api/widgetdata/multiline", market.url());
    answer(client().get(url).query(&[("req", request.to_string().as_str()), ("token", token)])).await
}

fn widget(explored: &Answer) -> (Value, String) {
    let json = explored.body.strip_prefix(")]}'\n").expect("the guard of five bytes");
    let widgets: Value = serde_json::from_str(json).expect("JSON behind it");
    let widget =
        widgets["widgets"].as_array().expect("widgets").iter().find(|widget| widget["id"] == "TIMESERIES");
    let widget = widget.expect("a time series");
    (widget["request"].clone(), widget["token"].as_str().expect("a token").to_owned())
}

fn points(answer: &Answer) -> Vec<Value> {
    let json = answer.body.strip_prefix(")]}',\n").expect("the guard of six bytes");
    let timeline: Value = serde_json::from_str(json).expect("JSON behind it");
    timeline["default"]["timelineData"].as_array().expect("points").clone()
}

#[tokio::test]
async fn three_steps_lead_to_the_values() {
    let market = market_at("2026-11-20T17:00:00Z").await;
    let page = get(&market, "/trends/explore?q=AAPL&geo=US&hl=en-US").await;
    assert_eq!(page.status, 429, "the page's status is an error, its cookie the answer");

    let (request, token) = widget(&explore(&market, &cookie(&page).unwrap(), "2026-10-01 2026-11-20").await);
    let values = multiline(&market, &request, &token).await;

    let points = points(&values);
    assert_eq!((values.status, points.len(), request["resolution"].as_str()), (200, 51, Some("DAY")));
    let interest: Vec<i64> = points.iter().map(|point| point["value"][0].as_i64().unwrap()).collect();
    assert_eq!(interest.iter().max(), Some(&100));
    assert!(interest.iter().all(|value| (0..=100).contains(value)));
    assert_eq!(points[0]["time"], "1790812800");
    assert_eq!(points.last().unwrap()["isPartial"], true);
    assert!(points[..50].iter().all(|point| point.get("isPartial").is_none()));
}

#[tokio::test]
async fn without_a_cookie_there_is_a_new_one_and_no_answer() {
    let market = market_at(FRIDAY_NIGHT).await;

    let refused = explore(&market, "NID=invented", "2026-10-01 2026-11-20").await;
    let fresh = cookie(&refused).unwrap();

    assert_eq!((refused.status, refused.content_type.as_str()), (429, "text/html; charset=utf-8"));
    assert_eq!(explore(&market, &fresh, "2026-10-01 2026-11-20").await.status, 200);
    let cheaper = get(&market, "/trends/api/autocomplete/apple").await;
    assert!(cheaper.status == 200 && cookie(&cheaper).is_some() && cheaper.body.starts_with(")]}',\n"));
}

#[tokio::test]
async fn the_token_signs_the_request() {
    let market = market_at(FRIDAY_NIGHT).await;
    let fresh = cookie(&get(&market, "/trends/explore").await).unwrap();
    let (mut request, token) = widget(&explore(&market, &fresh, "2026-10-01 2026-11-20").await);

    request["time"] = json!("2026-09-01 2026-11-20");

    assert_eq!(multiline(&market, &request, &token).await.status, 401);
    assert_eq!(explore(&market, &fresh, "2026-11-20 2026-10-01").await.status, 400);
    assert_eq!(explore(&market, &fresh, "2026-11-20 2026-12-01").await.status, 400);
}
