//! The very bytes sent to the SEC and the calendars, and what their answers and refusals lead to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod upstream;

use std::sync::Arc;
use std::time::Duration;

use feature_sources::reports::{Calendars, Edgar};
use feature_sources::{
    Account, CallBudget, Days, Gate, Http, MemoryLedger, Moment, Rate, Reports, SourceError,
};
use forecast_types::{ReportDate, ReportTime, Symbol};
use jiff::civil::date;
use tokio::time::Instant;
use upstream::{Upstream, answer, json};

const DAYS: Days = Days { first: date(2023, 10, 5), last: date(2026, 10, 5) };
const NVIDIA: u32 = 1_045_810;

fn nvidia() -> Symbol {
    Symbol::parse("NVDA").unwrap()
}

/// The evening of a Monday.
fn moment() -> Moment {
    let deadline = Instant::now() + Duration::from_secs(5);
    Moment { now: "2026-10-05T22:00:00Z".parse().unwrap(), deadline, ahead: 0 }
}

fn gate() -> Gate {
    Gate::new("test", Rate::UNLIMITED)
}

/// Hosts of their own, as in reality; `token` is EODHD's.
fn reports(sec: &Upstream, nasdaq: &Upstream, eodhd: &Upstream, token: Option<&str>) -> Reports {
    let http = Http::new(&[&sec.base, &nasdaq.base, &eodhd.base]).unwrap();
    let contact = Some("Jane Doe jane@example.com".parse().unwrap());
    let budget = CallBudget::new(20, Arc::new(MemoryLedger::default()));
    let account = Account::new(http.clone(), eodhd.base.clone(), token.map(Into::into), budget, gate());
    Reports::new(
        Edgar::new(http.clone(), sec.base.clone(), sec.base.clone(), contact, gate()),
        Calendars::new(http, nasdaq.base.clone(), gate(), Arc::new(account)),
    )
}

async fn nothing() -> Upstream {
    Upstream::answering(Vec::<String>::new()).await
}

/// A company that reported after the close on these days, and filed the quarterly report on the next.
fn filings(days: &[&str]) -> String {
    company(days, "")
}

fn company(days: &[&str], files: &str) -> String {
    format!(r#"{{"cik":"0001045810","filings":{{"recent":{},"files":[{files}]}}}}"#, columns(days))
}

fn columns(days: &[&str]) -> String {
    let column = |text: &dyn Fn(&str) -> String| {
        serde_json::to_string(&days.iter().map(|day| text(day)).collect::<Vec<_>>()).unwrap()
    };
    format!(
        r#"{{"form":{},"items":{},"filingDate":{},"reportDate":{},"acceptanceDateTime":{}}}"#,
        column(&|_| "8-K".to_owned()),
        column(&|_| "2.02,9.01".to_owned()),
        column(&str::to_owned),
        column(&str::to_owned),
        column(&|day| format!("{day}T16:21:00.000Z")),
    )
}

/// Two years; the last quarter's report is due around October 14.
const TWO_YEARS: [&str; 8] = [
    "2026-07-15",
    "2026-04-15",
    "2026-01-14",
    "2025-10-15",
    "2025-07-16",
    "2025-04-16",
    "2025-01-15",
    "2024-10-16",
];
/// Nothing due for weeks.
const NOTHING_DUE: [&str; 8] = [
    "2026-08-26",
    "2026-05-27",
    "2026-02-25",
    "2025-11-19",
    "2025-08-27",
    "2025-05-28",
    "2025-02-26",
    "2024-11-20",
];

fn calendar_day(day: &str, symbol: &str, time: &str) -> String {
    json(&format!(r#"{{"data":{{"asOf":"{day}","rows":[{{"symbol":"{symbol}","time":"{time}"}}]}}}}"#))
}

#[tokio::test]
async fn the_sec_is_asked_with_a_contact_for_the_padded_number() {
    let sec = Upstream::answering(vec![json(&filings(&NOTHING_DUE))]).await;
    let (nasdaq, eodhd) = (nothing().await, nothing().await);

    let series =
        reports(&sec, &nasdaq, &eodhd, None).fetch(&nvidia(), Some(NVIDIA), DAYS, moment()).await.unwrap();

    assert_eq!(series.past.len(), 8);
    assert_eq!(series.past[7], ReportDate { date: date(2026, 8, 26), when: ReportTime::AfterClose });
    assert_eq!((series.announced, series.partial_reason), (None, None));
    assert_eq!(
        sec.sorted_head(0),
        [
            "GET /submissions/CIK0001045810.json HTTP/1.1",
            "",
            "accept-encoding: gzip",
            "accept-language: en-US,en;q=0.9",
            "accept: application/json, text/plain, */*",
            "host: HOST",
            "user-agent: Fortnight Jane Doe jane@example.com",
        ]
    );
    assert_eq!(nasdaq.requests() + eodhd.requests(), 0, "no report is due");
}

#[tokio::test]
async fn a_number_that_is_not_known_is_looked_up_once_a_day() {
    let list = json(
        r#"{"fields":["cik","name","ticker","exchange"],"data":[[1045810,"NVIDIA CORP","NVDA","Nasdaq"]]}"#,
    );
    let filed = json(&filings(&NOTHING_DUE));
    let sec = Upstream::answering(vec![list, filed]).await;
    let reports = reports(&sec, &nothing().await, &nothing().await, None);

    for _ in 0..2 {
        reports.fetch(&nvidia(), None, DAYS, moment()).await.unwrap();
    }
    let unknown = reports.fetch(&Symbol::parse("VOO").unwrap(), None, DAYS, moment()).await.unwrap_err();

    assert!(matches!(unknown, SourceError::NoData), "{unknown}");
    assert_eq!(sec.requests(), 2, "what the SEC answered about a company is kept, too");
    assert!(sec.head(0).starts_with("GET /files/company_tickers_exchange.json HTTP/1.1\r\n"));
}

#[tokio::test]
async fn without_a_contact_nothing_is_sent() {
    let sec = nothing().await;
    let http = Http::new(&[&sec.base]).unwrap();
    let budget = CallBudget::new(20, Arc::new(MemoryLedger::default()));
    let account = Account::new(http.clone(), sec.base.clone(), None, budget, gate());
    let reports = Reports::new(
        Edgar::new(http.clone(), sec.base.clone(), sec.base.clone(), None, gate()),
        Calendars::new(http, sec.base.clone(), gate(), Arc::new(account)),
    );

    let error = reports.fetch(&nvidia(), Some(NVIDIA), DAYS, moment()).await.unwrap_err();

    assert!(error.is_not_configured());
    assert_eq!(
        error.to_string(),
        "set EDGAR_CONTACT to an email address, which the SEC requires with every request"
    );
    assert_eq!(sec.requests(), 0);
}

#[tokio::test]
async fn a_day_at_nasdaq_is_asked_about_once_for_all_stocks() {
    let filed = json(&filings(&TWO_YEARS));
    let sec = Upstream::answering(vec![filed.clone(), filed]).await;
    let nasdaq = Upstream::serving(|line| {
        let day = line.split("date=").nth(1).unwrap()[..10].parse::<jiff::civil::Date>().unwrap();
        let time = if day == date(2026, 10, 15) { "time-pre-market" } else { "time-not-supplied" };
        calendar_day(&day.strftime("%a, %b %-d, %Y").to_string(), "NVDA", time)
    })
    .await;
    let reports = reports(&sec, &nasdaq, &nothing().await, None);

    let first = reports.fetch(&nvidia(), Some(NVIDIA), DAYS, moment()).await.unwrap();
    let asked = nasdaq.requests();
    let second = reports.fetch(&nvidia(), Some(NVIDIA), DAYS, moment()).await.unwrap();

    let expected = ReportDate { date: date(2026, 10, 15), when: ReportTime::BeforeOpen };
    assert_eq!((first.announced, &first.partial_reason), (Some(expected), &None), "a guess does not count");
    assert_eq!((first, nasdaq.requests()), (second, asked));
    assert!((5..=8).contains(&asked), "{asked} days");
    let head = nasdaq.sorted_head(0);
    assert!(
        head[0].starts_with("GET /api/calendar/earnings?date=2026-10-") && head[0].ends_with(" HTTP/1.1")
    );
    assert!(head.contains(&"origin: https://www.nasdaq.com".to_owned()));
    assert!(head.contains(&"referer: https://www.nasdaq.com/".to_owned()));
    assert!(
        head.iter().any(|line| line.starts_with("user-agent: Mozilla/5.0 ")),
        "the contact is the SEC's alone"
    );
}

#[tokio::test]
async fn eodhds_calendar_comes_first_where_the_plan_has_it() {
    let earnings =
        r#"{"earnings":[{"code":"NVDA.US","report_date":"2026-10-13","before_after_market":"AfterMarket"}]}"#;
    let (sec, eodhd) = (
        Upstream::answering(vec![json(&filings(&TWO_YEARS))]).await,
        Upstream::answering(vec![json(earnings)]).await,
    );
    let nasdaq = nothing().await;

    let series = reports(&sec, &nasdaq, &eodhd, Some("T"))
        .fetch(&nvidia(), Some(NVIDIA), DAYS, moment())
        .await
        .unwrap();

    assert_eq!(series.announced, Some(ReportDate { date: date(2026, 10, 13), when: ReportTime::AfterClose }));
    assert!(
        eodhd
            .head(0)
            .starts_with("GET /api/calendar/earnings?symbols=NVDA.US&api_token=T&fmt=json HTTP/1.1\r\n")
    );
    assert_eq!(nasdaq.requests(), 0);
}

#[tokio::test]
async fn a_plan_without_the_calendar_is_asked_once_a_day() {
    let filed = json(&filings(&TWO_YEARS));
    let sec = Upstream::answering(vec![filed.clone(), filed]).await;
    let eodhd =
        Upstream::answering(vec![answer("403 Forbidden", "", "Only EOD data allowed for free users.")]).await;
    let nasdaq = Upstream::serving(|_| json(r#"{"data":null}"#)).await;
    let reports = reports(&sec, &nasdaq, &eodhd, Some("T"));

    for _ in 0..2 {
        let series = reports.fetch(&nvidia(), Some(NVIDIA), DAYS, moment()).await.unwrap();
        assert_eq!((series.announced, series.partial_reason), (None, None));
    }
    assert_eq!(eodhd.requests(), 1);
}

#[tokio::test]
async fn a_calendar_that_fails_costs_only_the_announced_date() {
    let sec = Upstream::answering(vec![json(&filings(&TWO_YEARS))]).await;
    let nasdaq = Upstream::serving(|_| answer("403 Forbidden", "", "<html>Access Denied</html>")).await;

    let series = reports(&sec, &nasdaq, &nothing().await, None)
        .fetch(&nvidia(), Some(NVIDIA), DAYS, moment())
        .await
        .unwrap();

    assert_eq!((series.past.len(), series.announced), (8, None));
    let reason = series.partial_reason.unwrap();
    assert!(reason.starts_with("whether the next date is announced is unknown: access refused"), "{reason}");
}

#[tokio::test]
async fn a_past_day_knows_neither_later_reports_nor_what_is_announced_today() {
    let sec = Upstream::answering(vec![json(&filings(&TWO_YEARS))]).await;
    let (nasdaq, eodhd) = (nothing().await, nothing().await);
    let days = Days { first: date(2023, 1, 1), last: date(2026, 4, 14) };

    let series = reports(&sec, &nasdaq, &eodhd, Some("T"))
        .fetch(&nvidia(), Some(NVIDIA), days, moment())
        .await
        .unwrap();

    assert_eq!(series.past.last().unwrap().date, date(2026, 1, 14));
    assert_eq!(series.announced, None);
    series.check(days).unwrap();
}

#[tokio::test]
async fn a_report_that_came_since_the_last_close_is_the_next_one() {
    let sec =
        Upstream::answering(vec![json(&filings(&["2026-10-05", "2026-07-06", "2026-04-06", "2025-10-06"]))])
            .await;
    let morning = Moment { now: "2026-10-05T13:00:00Z".parse().unwrap(), ..moment() };
    let days = Days { last: date(2026, 10, 2), ..DAYS };

    let series = reports(&sec, &nothing().await, &nothing().await, None)
        .fetch(&nvidia(), Some(NVIDIA), days, morning)
        .await
        .unwrap();

    assert_eq!(series.past.last().unwrap().date, date(2026, 7, 6));
    assert_eq!(series.announced.unwrap().date, date(2026, 10, 5));
}

#[tokio::test]
async fn older_filings_are_fetched_where_the_latest_hold_too_few_reports() {
    let file = r#"{"name":"CIK0001045810-submissions-001.json","filingCount":9,"filingFrom":"2010-01-04","filingTo":"2025-12-30"}"#;
    let recent = json(&company(&NOTHING_DUE[..3], file));
    let older = json(&columns(&NOTHING_DUE[3..]));
    for (page, count, reason) in [
        (older, 8, None),
        (
            answer("404 Not Found", "", "<Error>"),
            3,
            Some("older filings are missing: the symbol is unknown or delisted there"),
        ),
    ] {
        let sec = Upstream::answering(vec![recent.clone(), page]).await;

        let series = reports(&sec, &nothing().await, &nothing().await, None)
            .fetch(&nvidia(), Some(NVIDIA), DAYS, moment())
            .await
            .unwrap();

        assert_eq!((series.past.len(), series.partial_reason.as_deref()), (count, reason));
        assert!(sec.head(1).starts_with("GET /submissions/CIK0001045810-submissions-001.json HTTP/1.1\r\n"));
    }
}

#[tokio::test]
async fn a_foreign_company_and_one_without_reports_are_told_apart() {
    let with = |form: &str| {
        let columns = format!(
            r#"{{"form":["{form}"],"items":[""],"filingDate":["2026-10-01"],"reportDate":["2026-10-01"],"acceptanceDateTime":[""]}}"#
        );
        json(&format!(r#"{{"cik":1045810,"filings":{{"recent":{columns},"files":[]}}}}"#))
    };
    for (form, words) in [
        ("6-K", "a foreign company, which does not announce its results on Form 8-K"),
        ("N-CSR", "no data for this stock"),
    ] {
        let sec = Upstream::answering(vec![with(form)]).await;
        let error = reports(&sec, &nothing().await, &nothing().await, None)
            .fetch(&nvidia(), Some(NVIDIA), DAYS, moment())
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), words);
        assert!(error.is_settled());
    }
}

#[tokio::test]
async fn a_refusal_of_the_sec_is_obeyed_by_every_request_that_follows() {
    let rate = "<html><title>SEC.gov | Request Rate Threshold Exceeded</title></html>";
    let undeclared =
        "<html><title>SEC.gov | Your Request Originates from an Undeclared Automated Tool</title></html>";
    for (status, headers, body, reason) in [
        ("429 Too Many Requests", "", rate, "rate limited, next try after Oct 5, 22:10 UTC"),
        ("403 Forbidden", "", rate, "rate limited, next try after Oct 5, 22:10 UTC"),
        (
            "429 Too Many Requests",
            "retry-after: 1800\r\n",
            "",
            "rate limited, next try after Oct 5, 22:30 UTC",
        ),
        (
            "403 Forbidden",
            "",
            undeclared,
            "access refused: the SEC does not accept EDGAR_CONTACT, which must be a real email address, \
             next try after Oct 5, 22:30 UTC",
        ),
        ("403 Forbidden", "", "<html>", "access refused: status 403, next try after Oct 5, 22:01 UTC"),
    ] {
        let sec = Upstream::answering(vec![answer(status, headers, body)]).await;
        let reports = reports(&sec, &nothing().await, &nothing().await, None);
        for cik in [NVIDIA, 320_193] {
            let error = reports.fetch(&nvidia(), Some(cik), DAYS, moment()).await.unwrap_err();
            assert_eq!(error.to_string(), reason);
        }
        assert_eq!(sec.requests(), 1, "one request and no more: {reason}");
    }
}

#[tokio::test]
async fn an_error_about_one_file_does_not_stop_the_others() {
    let missing = answer("404 Not Found", "", "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>");
    let denied =
        answer("403 Forbidden", "", "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>");
    let sec = Upstream::answering(vec![missing, denied, json(&filings(&NOTHING_DUE))]).await;
    let reports = reports(&sec, &nothing().await, &nothing().await, None);

    let nvidia = nvidia();
    let fetch = || reports.fetch(&nvidia, Some(NVIDIA), DAYS, moment());
    assert!(matches!(fetch().await, Err(SourceError::UnknownSymbol)));
    assert!(matches!(fetch().await, Err(SourceError::NoData)));
    assert_eq!(fetch().await.unwrap().past.len(), 8);
}
