//! The very bytes sent to the upstreams, pinned against what they are known to want; and what a scripted upstream
//! can do to a client.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use feature_sources::{
    Account, CallBudget, Days, Gate, Http, MemoryLedger, Moment, News, Rate, Searches, SourceError, Tweets,
    YahooPrices,
};
use forecast_types::Symbol;
use jiff::civil::date;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::Instant;
use url::Url;

const DAYS: Days = Days { first: date(2026, 9, 1), last: date(2026, 10, 5) };
const TOKEN: &str = "s3cr3t-t0k3n";

/// An upstream that keeps what it is sent and answers from a script, one answer a connection.
struct Upstream {
    base: Url,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    async fn answering(script: Vec<impl Into<Vec<u8>> + Send + 'static>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let recorded = Arc::clone(&heads);
        tokio::spawn(async move {
            for answer in script {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                recorded.lock().unwrap().push(String::from_utf8(head).unwrap());
                let _ = stream.write_all(&answer.into()).await;
            }
        });
        Self { base, heads }
    }

    fn head(&self, number: usize) -> String {
        self.heads.lock().unwrap()[number].replace(self.base.authority(), "HOST")
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn json(body: &str) -> String {
    answer("200 OK", "content-type: application/json; charset=utf-8\r\n", body)
}

fn apple() -> Symbol {
    Symbol::parse("AAPL").unwrap()
}

fn moment() -> Moment {
    Moment {
        now: "2026-10-06T12:00:00Z".parse().unwrap(),
        deadline: Instant::now() + Duration::from_secs(5),
        ahead: 0,
    }
}

fn http(upstream: &Upstream) -> Http {
    Http::new(&[&upstream.base]).unwrap()
}

fn account(upstream: &Upstream, token: Option<&str>) -> Arc<Account> {
    let budget = CallBudget::new(20, Arc::new(MemoryLedger::default()));
    let token = token.map(SecretString::from);
    Arc::new(Account::new(
        http(upstream),
        upstream.base.clone(),
        token,
        budget,
        Gate::new("test", Rate::UNLIMITED),
    ))
}

fn prices(upstream: &Upstream) -> YahooPrices {
    YahooPrices::new(http(upstream), upstream.base.clone(), Gate::new("test", Rate::UNLIMITED))
}

fn searches(upstream: &Upstream) -> Searches {
    Searches::new(http(upstream), upstream.base.clone(), Gate::new("test", Rate::UNLIMITED))
}

/// What every request looks like after its first line: a browser's headers, and nothing that names us.
fn headers(extra: &str) -> String {
    format!(
        "accept: application/json, text/plain, */*\r\naccept-language: en-US,en;q=0.9\r\n\
         user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 \
         Safari/537.36\r\n{extra}accept-encoding: gzip\r\nhost: HOST\r\n\r\n"
    )
}

/// Sorts the headers, whose order means nothing.
fn normal(head: &str) -> Vec<String> {
    let mut lines: Vec<String> = head.lines().map(str::to_owned).collect();
    lines[1..].sort();
    lines
}

fn assert_head(upstream: &Upstream, number: usize, line: &str, extra: &str) {
    assert_eq!(normal(&upstream.head(number)), normal(&format!("{line} HTTP/1.1\r\n{}", headers(extra))));
}

#[tokio::test]
async fn yahoo_is_asked_once_with_a_browser_user_agent_and_no_cookie() {
    let upstream = Upstream::answering(vec![answer("404 Not Found", "", r#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}"#)]).await;

    let error = prices(&upstream).fetch(&Symbol::parse("brk/b").unwrap(), DAYS, moment()).await.unwrap_err();

    assert!(matches!(error, SourceError::UnknownSymbol), "{error}");
    assert_head(
        &upstream,
        0,
        "GET /v8/finance/chart/BRK-B?period1=1788220800&period2=1791244800&interval=1d&events=div%7Csplit\
         &includePrePost=false&includeAdjustedClose=true",
        "",
    );
}

#[tokio::test]
async fn eodhd_is_asked_as_documented_at_both_endpoints() {
    for (path, is_news) in [("sentiments", true), ("tweets-sentiments", false)] {
        let upstream = Upstream::answering(vec![json(
            r#"{"AAPL.US":[{"date":"2026-09-08","count":30,"normalized":0.508}]}"#,
        )])
        .await;
        let account = account(&upstream, Some(TOKEN));

        let series = if is_news {
            News::new(account).fetch(&apple(), DAYS, moment()).await
        } else {
            Tweets::new(account).fetch(&apple(), DAYS, moment()).await
        };

        assert_eq!(series.unwrap().days[0].date, date(2026, 9, 8));
        let line =
            format!("GET /api/{path}?s=AAPL.US&from=2026-09-01&to=2026-10-05&api_token={TOKEN}&fmt=json");
        assert_head(&upstream, 0, &line, "");
    }
}

#[tokio::test]
async fn without_a_token_eodhd_is_not_asked_at_all() {
    for token in [None, Some(""), Some(" \n")] {
        let upstream = Upstream::answering(vec![json("{}")]).await;
        let error = News::new(account(&upstream, token)).fetch(&apple(), DAYS, moment()).await.unwrap_err();
        assert!(matches!(error, SourceError::NoToken), "{token:?}: {error}");
        assert!(upstream.heads.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_token_from_a_file_may_end_with_a_line_break() {
    let upstream = Upstream::answering(vec![json("{}")]).await;
    let account = account(&upstream, Some(&format!("{TOKEN}\r\n")));
    let _ = News::new(account).fetch(&apple(), DAYS, moment()).await;
    assert!(upstream.head(0).contains(&format!("&api_token={TOKEN}&fmt=json HTTP/1.1")));
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body).unwrap();
    let body = encoder.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

#[tokio::test]
async fn a_compressed_answer_is_read_and_a_bomb_is_cut_off() {
    let sound = gzip(br#"{"AAPL.US":[{"date":"2026-09-08","count":30,"normalized":0.508}]}"#);
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 100_000);
    let upstream = Upstream::answering(vec![sound, bomb]).await;
    let news = News::new(account(&upstream, Some(TOKEN)));

    assert_eq!(news.fetch(&apple(), DAYS, moment()).await.unwrap().days.len(), 1);
    let error = news.fetch(&apple(), DAYS, moment()).await.unwrap_err();
    assert_eq!(error.to_string(), "unusable answer: the body is too large");
}

#[tokio::test]
async fn a_refusal_is_obeyed_by_every_request_that_follows() {
    let consent = "location: https://guce.yahoo.com/consent?brandType=nonEu&done=x\r\n";
    for (status, headers, body, reason) in [
        (
            "429 Too Many Requests",
            "retry-after: 300\r\n",
            "Edge: Too Many Requests",
            "rate limited, next try after Oct 6, 12:05 UTC",
        ),
        (
            "429 Too Many Requests",
            "retry-after: Tue, 06 Oct 2026 12:30:00 GMT\r\n",
            "",
            "rate limited, next try after Oct 6, 12:30 UTC",
        ),
        (
            "429 Too Many Requests",
            "retry-after: 86400\r\n",
            "",
            "rate limited, next try after Oct 7, 12:00 UTC",
        ),
        (
            "429 Too Many Requests",
            "content-encoding: gzip\r\n",
            "not compressed at all",
            "rate limited, next try after Oct 6, 12:01 UTC",
        ),
        (
            "429 Too Many Requests",
            "",
            "Edge: Too Many Requests",
            "rate limited, next try after Oct 6, 12:01 UTC",
        ),
        ("200 OK", "", "Too Many Requests", "rate limited, next try after Oct 6, 12:01 UTC"),
        (
            "999 Unable to process",
            "",
            "<html>error 999</html>",
            "rate limited, next try after Oct 6, 12:01 UTC",
        ),
        ("401 Unauthorized", "", "", "access refused: status 401, next try after Oct 6, 12:01 UTC"),
        ("403 Forbidden", "", "<html>", "access refused: status 403, next try after Oct 6, 12:01 UTC"),
        ("302 Found", consent, "", "this address is blocked, next try after Oct 6, 12:30 UTC"),
        (
            "503 Service Unavailable",
            "retry-after: 600\r\n",
            "",
            "failing repeatedly; next try after Oct 6, 12:10 UTC",
        ),
    ] {
        let upstream = Upstream::answering(vec![answer(status, headers, body)]).await;
        let prices = prices(&upstream);

        for symbol in ["AAPL", "MSFT"] {
            let error = prices.fetch(&Symbol::parse(symbol).unwrap(), DAYS, moment()).await.unwrap_err();
            assert_eq!(error.to_string(), reason);
        }
        assert_eq!(upstream.heads.lock().unwrap().len(), 1, "one request and no more: {status}");
    }
}

#[tokio::test]
async fn what_is_no_http_is_not_asked_for_again_at_once() {
    for status_line in ["HTTP/1.1 099 None", "HTTP/1.1 1000 Many", "SSH-2.0-server"] {
        let upstream = Upstream::answering(vec![format!("{status_line}\r\n\r\n")]).await;
        let error = prices(&upstream).fetch(&apple(), DAYS, moment()).await.unwrap_err();
        assert_eq!(error.to_string(), "unusable answer: not an HTTP answer", "{status_line}");
        assert_eq!(upstream.heads.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_token_that_is_not_valid_is_not_tried_again_with_every_stock() {
    let upstream = Upstream::answering(vec![answer("401 Unauthorized", "", "Unauthenticated")]).await;
    let news = News::new(account(&upstream, Some(TOKEN)));
    for _ in 0..2 {
        let error = news.fetch(&apple(), DAYS, moment()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "access refused: the token is not valid, next try after Oct 6, 12:01 UTC"
        );
    }
    assert_eq!(upstream.heads.lock().unwrap().len(), 1);
}

const EXPLORE: &str = ")]}'\n{\"widgets\":[{\"request\":{\"time\":\"2026-09-01 2026-10-05\",\"resolution\":\"DAY\"},\"token\":\"T/0=\",\"id\":\"TIMESERIES\"}]}";
const TIMELINE: &str = ")]}',\n{\"default\":{\"timelineData\":[{\"time\":\"1788220800\",\"value\":[37]}]}}";
const QUESTION: &str = "POST /trends/api/explore?hl=en-US&tz=0&req=%7B%22category%22%3A0%2C%22comparisonItem%22%3A%5B%7B%22geo%22%3A%22US%22%2C%22keyword%22%3A%22AAPL%22%2C%22time%22%3A%222026-09-01+2026-10-05%22%7D%5D%2C%22property%22%3A%22%22%7D";

fn nid(status: &str, value: &str) -> String {
    answer(
        status,
        &format!("set-cookie: NID={value}; expires=Wed; path=/; HttpOnly\r\ncontent-type: text/html\r\n"),
        "<html>",
    )
}

#[tokio::test]
async fn trends_is_asked_for_a_cookie_then_a_token_then_the_data() {
    let script = vec![nid("429 Too Many Requests", "511=abc"), json(EXPLORE), json(TIMELINE)];
    let upstream = Upstream::answering(script).await;

    let series = searches(&upstream).fetch(&apple(), DAYS, moment()).await.unwrap();

    assert_eq!(series.days.len(), 1);
    assert_head(&upstream, 0, "GET /trends/explore?q=AAPL&geo=US&hl=en-US", "");
    assert_head(&upstream, 1, QUESTION, "cookie: NID=511=abc\r\ncontent-length: 0\r\n");
    assert_head(
        &upstream,
        2,
        "GET /trends/api/widgetdata/multiline?hl=en-US&tz=0&req=%7B%22time%22%3A%222026-09-01+2026-10-05%22%2C%22resolution%22%3A%22DAY%22%7D&token=T%2F0%3D",
        "",
    );
}

#[tokio::test]
async fn whatever_the_cookie_page_answers_the_next_step_is_tried() {
    for page in [
        answer("200 OK", "content-type: text/html\r\n", ""),
        answer("200 OK", "content-type: text/html\r\n", "<html>"),
        answer("200 OK", "", "{}"),
        answer("301 Moved Permanently", "location: /trends/\r\n", ""),
        answer("404 Not Found", "", "<html>"),
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n<html>".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 6\r\n\r\nnot it".to_owned(),
    ] {
        let upstream = Upstream::answering(vec![page.clone(), json(EXPLORE), json(TIMELINE)]).await;
        let series = searches(&upstream).fetch(&apple(), DAYS, moment()).await.unwrap();
        assert_eq!(series.days.len(), 1, "{page}");
        assert_head(&upstream, 1, QUESTION, "content-length: 0\r\n");
    }
}

#[tokio::test]
async fn a_refusal_that_brings_a_cookie_is_tried_once_more_with_it() {
    let script =
        vec![nid("404 Not Found", "old"), nid("429 Too Many Requests", "new"), json(EXPLORE), json(TIMELINE)];
    let upstream = Upstream::answering(script).await;

    searches(&upstream).fetch(&apple(), DAYS, moment()).await.unwrap();

    assert_head(&upstream, 2, QUESTION, "cookie: NID=new\r\ncontent-length: 0\r\n");
}

#[tokio::test]
async fn a_captcha_is_a_block_and_nothing_more_is_sent() {
    let sorry = answer(
        "302 Found",
        "location: https://www.google.com/sorry/index?q=x\r\nset-cookie: NID=b; path=/\r\n",
        "",
    );
    let consent = answer("302 Found", "location: https://consent.google.com/m?continue=x\r\n", "");
    for script in [vec![nid("404 Not Found", "a"), sorry.clone()], vec![sorry], vec![consent]] {
        let sent = script.len();
        let upstream = Upstream::answering(script).await;
        let searches = searches(&upstream);

        for _ in 0..2 {
            let error = searches.fetch(&apple(), DAYS, moment()).await.unwrap_err();
            assert!(matches!(error, SourceError::Blocked { .. }), "{error}");
        }
        assert_eq!(upstream.heads.lock().unwrap().len(), sent);
    }
}

#[tokio::test]
async fn no_error_and_no_debug_output_shows_the_token() {
    let texts = [
        answer("500 Oops", "", "x"),
        answer("401 Unauthorized", "", "Unauthenticated"),
        answer("403 Forbidden", "", "Forbidden"),
        answer("302 Found", "location: /x\r\n", ""),
        "garbage that is no HTTP\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_owned(),
    ];
    for text in texts {
        let upstream = Upstream::answering(vec![text.clone(); 3]).await;
        let account = account(&upstream, Some(TOKEN));
        assert!(!format!("{account:?}").contains(TOKEN));

        let error = News::new(account).fetch(&apple(), DAYS, moment()).await.unwrap_err();

        let mut shown = format!("{error} {error:?}");
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            shown.push_str(&format!(" {inner} {inner:?}"));
            cause = inner.source();
        }
        assert!(!shown.contains(TOKEN), "{text}: {shown}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_cut_off_announced_or_not() {
    let announced = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n[".to_owned();
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, " ".repeat(1 << 20));
    let endless = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}", chunk.repeat(3));
    for text in [announced, endless] {
        let upstream = Upstream::answering(vec![text]).await;
        let error = prices(&upstream).fetch(&apple(), DAYS, moment()).await.unwrap_err();
        assert_eq!(error.to_string(), "unusable answer: the body is too large");
    }
}

#[tokio::test]
async fn what_a_402_says_holds_until_midnight() {
    let spent = answer("402 Payment Required", "", "You exceeded your daily API requests limit.");
    let upstream = Upstream::answering(vec![spent]).await;
    let news = News::new(account(&upstream, Some(TOKEN)));

    for _ in 0..2 {
        let error = news.fetch(&apple(), DAYS, moment()).await.unwrap_err();
        assert_eq!(error.to_string(), "daily call budget spent, resets at 00:00 UTC");
    }
    assert_eq!(upstream.heads.lock().unwrap().len(), 1);
}

/// Set for the process that asks through a proxy.
const PROXIED: &str = "FORTNIGHT_TEST_PROXIED";

#[tokio::test]
async fn a_proxy_from_the_environment_is_used_but_not_for_what_no_proxy_names() {
    for (no_proxy, is_proxied) in [("", true), ("yahoo.invalid", false)] {
        let proxy = Upstream::answering(vec![answer("404 Not Found", "", "")]).await;

        // The environment is the whole process's, so another one asks.
        let asking = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "ask_through_the_proxy", "--ignored"])
            .envs([(PROXIED, "1"), ("HTTP_PROXY", proxy.base.as_str()), ("NO_PROXY", no_proxy)])
            .env_remove("http_proxy")
            .env_remove("no_proxy")
            .output()
            .await
            .unwrap();

        assert!(asking.status.success(), "{}", String::from_utf8_lossy(&asking.stdout));
        let heads = proxy.heads.lock().unwrap().clone();
        assert_eq!(heads.len(), usize::from(is_proxied), "NO_PROXY={no_proxy}: {heads:?}");
        assert!(heads.iter().all(|head| head.starts_with("GET http://yahoo.invalid/v8/finance/chart/AAPL?")));
    }
}

#[tokio::test]
#[ignore = "started by the test of the proxy, in a process of its own"]
async fn ask_through_the_proxy() {
    if std::env::var_os(PROXIED).is_none() {
        return;
    }
    let base: Url = "http://yahoo.invalid".parse().unwrap();
    let prices = YahooPrices::new(Http::new(&[&base]).unwrap(), base, Gate::new("test", Rate::UNLIMITED));
    prices.fetch(&apple(), DAYS, moment()).await.unwrap_err();
}
