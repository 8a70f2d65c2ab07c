//! Every fault against every upstream, alone and all optional ones together, and against every other provider.
//!
//! The matrix is printed: `cargo nextest run --workspace --release --no-capture -E 'test(every_fault)'`. With
//! `FAULT_MATRIX=docs/fault-matrix.md` before it, it is also written there (paths from the repository's root).
//!
//! Time is checked without a race. Where a source never ends, the service runs with its default deadlines, and may
//! answer neither before the source's deadline nor after the request's: it would call the latter `request-timeout`,
//! which no case expects. Where a fault shows at once, the deadlines are longer than this test waits for an answer.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use feature_sources::{Provider, ProviderList};
use forecast_types::{Source, SourceStatus};
use futures_util::{StreamExt as _, stream};
use market_sim::{Fault, RefusingPort, Upstream};
use predict_service::{Config, Upstreams};
use tokio::time::timeout;

use crate::helpers::{TOKEN, TestApp, config, market, report, repository};
use crate::logged;

/// Where a source never ends: the service's own default.
const SOURCE_DEADLINE: Duration = Duration::from_secs(5);
/// Ends a case that hangs. Longer than the default deadlines, shorter than [`NOT_WAITED_FOR`].
const BOUND: Duration = Duration::from_secs(25);
/// The source deadline where a fault shows at once, and how long a silent source is silent.
const NOT_WAITED_FOR: Duration = Duration::from_secs(60);
/// Cases in progress at once; those with a silent source mostly wait.
const AT_ONCE: usize = 4;
const SILENT_AT_ONCE: usize = 10;

const OPTIONAL: [Source; 4] = [Source::Tweets, Source::News, Source::Searches, Source::Reports];

/// A fault by its name; `None` is a port that refuses connections, which the stand-in cannot do by itself.
fn faults() -> Vec<(&'static str, Option<Fault>)> {
    let status = |status| Some(Fault::Status { status, retry_after_seconds: None });
    vec![
        ("refused", None),
        ("reset", Some(Fault::Reset)),
        ("delay", Some(Fault::Delay { milliseconds: milliseconds(NOT_WAITED_FOR) })),
        ("drip", Some(Fault::Drip { bytes: 1, milliseconds: 500 })),
        ("301", Some(Fault::MovedTo { location: "http://127.0.0.1:1/elsewhere".to_owned() })),
        ("302-sorry", Some(Fault::Sorry)),
        ("401", status(401)),
        ("402", status(402)),
        ("403", status(403)),
        ("404", status(404)),
        ("429", status(429)),
        ("429-retry-after", Some(Fault::Status { status: 429, retry_after_seconds: Some(90) })),
        ("500", status(500)),
        ("empty-body", Some(Fault::EmptyBody)),
        ("html-200", Some(Fault::Html)),
        ("truncated", Some(Fault::TruncatedJson)),
        ("broken-off", Some(Fault::BrokenOff)),
        ("wrong-types", Some(Fault::WrongTypes)),
        ("huge-body", Some(Fault::HugeBody { mebibytes: 64 })),
        ("[]-for-{}", Some(Fault::EmptyArray)),
    ]
}

/// What the price source's failure becomes.
fn expected_problem(fault: &str) -> (u16, &'static str) {
    match fault {
        "delay" | "drip" => (504, "prices-late"),
        "429" | "429-retry-after" => (503, "prices-rate-limited"),
        "404" => (404, "no-prices"),
        "302-sorry" | "401" | "402" | "403" => (503, "prices-unavailable"),
        _ => (502, "prices-unavailable"),
    }
}

/// What fails, and which sources are missing then.
#[derive(Clone)]
struct Target {
    name: String,
    failing: Vec<Upstream>,
    missing: Vec<Source>,
    /// Who serves the sources, where it is not the first choice alone.
    configure: fn(&mut Upstreams),
}

impl Target {
    fn of(sources: &[Source]) -> Self {
        Self {
            name: sources.iter().map(|source| source.as_str()).collect::<Vec<_>>().join("+"),
            failing: sources.iter().map(|&source| source.into()).collect(),
            missing: sources.to_vec(),
            configure: |_| {},
        }
    }

    fn provider(name: &str, failing: Upstream, missing: &[Source], configure: fn(&mut Upstreams)) -> Self {
        Self { name: name.to_owned(), failing: vec![failing], missing: missing.to_vec(), configure }
    }

    /// The sources by their first choice, then the other providers.
    fn all() -> Vec<Self> {
        let wikipedia = |upstreams: &mut Upstreams| {
            upstreams.searches = ProviderList::only(Provider::Wikipedia);
        };
        let filings = |upstreams: &mut Upstreams| upstreams.news = ProviderList::only(Provider::SecFilings);
        let mentions = |upstreams: &mut Upstreams| upstreams.tweets = ProviderList::only(Provider::Apewisdom);
        let both = |upstreams: &mut Upstreams| upstreams.searches = ProviderList::all(Source::Searches);
        let prices = |upstreams: &mut Upstreams| upstreams.prices = ProviderList::all(Source::Prices);
        let first_choices = Source::ALL.map(|source| Self::of(&[source]));
        let others = [
            Self::of(&OPTIONAL),
            Self::provider("wikidata", Upstream::Articles, &[Source::Searches], wikipedia),
            Self::provider("wikipedia", Upstream::Pageviews, &[Source::Searches], wikipedia),
            Self::provider("sec-filings", Upstream::Reports, &[Source::News, Source::Reports], filings),
            Self::provider("apewisdom", Upstream::Mentions, &[Source::Tweets], mentions),
            Self::provider(SECOND_CHOICE, Upstream::Searches, &[], both),
            Self::provider(PRICES_SECOND_CHOICE, Upstream::Bulk, &[], prices),
        ];
        first_choices.into_iter().chain(others).collect()
    }

    /// Returns what a source fails by.
    fn upstream(&self, source: Source) -> Upstream {
        match *self.failing {
            [only] => only,
            _ => source.into(),
        }
    }
}

/// The first provider fails, the second answers.
const SECOND_CHOICE: &str = "google-trends, then wikipedia";
const PRICES_SECOND_CHOICE: &str = "eodhd-bulk, then yahoo";

/// What the reason must say for an optional source.
fn expected_words(fault: &str, upstream: Upstream) -> &'static str {
    let is_eodhd = matches!(upstream, Upstream::Tweets | Upstream::News);
    let is_reports = upstream == Upstream::Reports;
    match fault {
        "refused" => "no connection",
        "reset" => "connection",
        "delay" | "drip" => "no answer in time",
        "301" => "a redirect instead of data",
        "302-sorry" => "this address is blocked, next try after Nov 20, 22:3",
        "403" if is_reports => "the SEC does not accept EDGAR_CONTACT",
        "401" | "403" => "access refused",
        "402" if is_eodhd => "daily call budget spent, resets at 00:00 UTC",
        "402" => "access refused: status 402",
        "404" if is_eodhd || upstream == Upstream::Pageviews => "no data for this stock",
        "404" if is_reports => "the symbol is unknown or delisted there",
        "404" => "the server answered 404",
        "429" | "429-retry-after" if is_reports => "rate limited, next try after Nov 20, 22:10 UTC",
        "429" => "rate limited, next try after Nov 20, 22:0",
        "429-retry-after" => "rate limited, next try after Nov 20, 22:02 UTC",
        "500" => "the server answered 500",
        "empty-body" => "the body is empty",
        "html-200" => "a web page instead of data",
        "truncated" => "the JSON breaks off",
        "broken-off" => "breaks off",
        "wrong-types" => "the JSON is not of the documented form",
        "huge-body" => "the body is too large",
        "[]-for-{}" if is_eodhd => "no data for this stock",
        "[]-for-{}" => "the JSON is not of the documented form",
        other => panic!("nothing is expected of {other}"),
    }
}

/// A line of the matrix.
struct Line {
    fault: &'static str,
    failing: String,
    answered: &'static str,
    status: u16,
    elapsed: Duration,
    reported: String,
}

struct Case {
    fault: &'static str,
    set: Option<Fault>,
    target: Target,
}

impl Case {
    /// A port that refuses stands for a whole host, and EODHD serves several sources.
    fn missing(&self) -> Vec<Source> {
        let eodhd = [Upstream::Tweets, Upstream::News];
        let is_eodhd = |upstream: &Upstream| eodhd.contains(upstream) || *upstream == Upstream::Bulk;
        let host_is_down = self.set.is_none() && self.target.failing.iter().any(is_eodhd);
        let is_missing = |&source: &Source| {
            self.target.missing.contains(&source) || (host_is_down && eodhd.contains(&source.into()))
        };
        Source::ALL.into_iter().filter(is_missing).collect()
    }

    /// Runs it and returns the line of the matrix.
    async fn run(self) -> Result<Line, String> {
        let market = market().await;
        let refusing = RefusingPort::take().map_err(|error| error.to_string())?;
        let mut config = config(&market);
        if self.is_late() {
            let default = Config::default();
            assert_eq!(default.source_deadline, SOURCE_DEADLINE);
            config.source_deadline = default.source_deadline;
            config.request_deadline = default.request_deadline;
        }
        assert!(self.is_late() || config.source_deadline >= NOT_WAITED_FOR);
        (self.target.configure)(&mut config.upstreams);
        for &upstream in &self.target.failing {
            let url: config_values::HttpUrl = refusing.url().parse().unwrap();
            match (&self.set, upstream) {
                (Some(fault), _) => market.fail(upstream, fault.clone()),
                (None, Upstream::Prices) => config.upstreams.yahoo_url = url,
                (None, Upstream::Bulk | Upstream::Tweets | Upstream::News) => {
                    config.upstreams.eodhd_url = url;
                }
                (None, Upstream::Searches) => config.upstreams.trends_url = url,
                (None, Upstream::Articles) => config.upstreams.wikidata_url = url,
                (None, Upstream::Pageviews) => config.upstreams.wikimedia_url = url,
                (None, Upstream::Mentions) => config.upstreams.apewisdom_url = url,
                (None, Upstream::Reports) => {
                    config.upstreams.edgar_data_url = url.clone();
                    config.upstreams.edgar_www_url = url.clone();
                    config.upstreams.nasdaq_url = url;
                }
            }
        }
        let app = TestApp::spawn(config).await;

        let begun = Instant::now();
        let answer = timeout(BOUND, app.predict("AAPL")).await.map_err(|_| "no answer at all".to_owned())?;
        let elapsed = begun.elapsed();

        let reported = self.judge(&answer)?;
        let has_second_choice = [SECOND_CHOICE, PRICES_SECOND_CHOICE].contains(&self.target.name.as_str());
        let earliest = if has_second_choice { SOURCE_DEADLINE / 2 } else { SOURCE_DEADLINE };
        if self.is_late() && elapsed < earliest {
            return Err(format!("given up after {elapsed:?}, before the deadline"));
        }
        // The answer shows neither the upstream's address and answer nor our token.
        for secret in [TOKEN, "127.0.0.1", "api_token", "/api/", "<html", "<!DOCTYPE", "panicked"] {
            if answer.body.contains(secret) {
                return Err(format!("the answer shows `{secret}`: {}", answer.body));
            }
        }
        app.stop().await;
        let answered = match (self.is_late(), has_second_choice) {
            (false, _) => "at once",
            (true, false) => "at the deadline",
            (true, true) => "at half the deadline",
        };
        let (fault, failing, status) = (self.fault, self.target.name, answer.status.as_u16());
        Ok(Line { fault, failing, answered, status, elapsed, reported })
    }

    /// Says whether the failing source never ends by itself.
    fn is_late(&self) -> bool {
        matches!(self.fault, "delay" | "drip")
    }

    fn judge(&self, answer: &crate::helpers::Answer) -> Result<String, String> {
        if self.target.failing.contains(&Upstream::Prices) {
            let problem = answer.problem();
            let got = (problem.status, problem.slug().unwrap_or_default());
            if got != expected_problem(self.fault) {
                return Err(format!("{got:?} instead of {:?}: {problem:?}", expected_problem(self.fault)));
            }
            let retry_after = answer.headers.get("retry-after").and_then(|value| value.to_str().ok());
            if problem.status >= 500 && retry_after.is_none() {
                return Err("no Retry-After".to_owned());
            }
            if self.fault == "429-retry-after" && retry_after != Some("90") {
                return Err(format!("Retry-After {retry_after:?} instead of 90"));
            }
            return Ok(problem.detail.unwrap_or_default());
        }
        let forecast = answer.forecast();
        if forecast.forecast.len() != 14 || forecast.sources.len() != Source::ALL.len() {
            return Err(answer.body.clone());
        }
        let mut reported = BTreeMap::new();
        for source in Source::ALL {
            let report = report(&forecast, source);
            let (expected, words) = if self.missing().contains(&source) {
                (SourceStatus::Missing, expected_words(self.fault, self.target.upstream(source)))
            } else {
                (SourceStatus::Ok, "")
            };
            let detail = report.detail.clone().unwrap_or_default();
            if report.status != expected || !detail.contains(words) {
                return Err(format!(
                    "{source}: {:?} `{detail}`, expected {expected:?} `{words}`",
                    report.status
                ));
            }
            let second_choice = source == Source::Searches && self.target.name == SECOND_CHOICE;
            if report.used != (expected == SourceStatus::Ok && !second_choice) {
                return Err(format!("{source}: used is {}", report.used));
            }
            if second_choice {
                reported.insert(format!("{}: shown, not used", report.provider), ());
            }
            if source == Source::Prices && self.target.name == PRICES_SECOND_CHOICE {
                reported.insert(format!("prices from {}", report.provider), ());
            }
            if !detail.is_empty() {
                reported.insert(detail, ());
            }
        }
        Ok(reported.into_keys().collect::<Vec<_>>().join(" | "))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_every_upstream_is_survived_and_reported() {
    logged::begin();
    let targets = Target::all();
    let cases: Vec<Case> = faults()
        .into_iter()
        .flat_map(|(fault, set)| {
            targets.iter().map(move |target| Case { fault, set: set.clone(), target: target.clone() })
        })
        .collect();
    let tasks_before = tasks();

    let (silent, at_once): (Vec<Case>, Vec<Case>) = cases.into_iter().partition(Case::is_late);
    let mut results = run_all(at_once, AT_ONCE).await;
    results.extend(run_all(silent, SILENT_AT_ONCE).await);

    let failures: Vec<String> = results
        .iter()
        .filter_map(|(name, result)| result.as_ref().err().map(|error| format!("{name}: {error}")))
        .collect();
    let lines: Vec<&Line> = results.iter().filter_map(|(_, result)| result.as_ref().ok()).collect();
    println!("{}\n{} cases, {} failed", printed(&lines), results.len(), failures.len());
    assert!(failures.is_empty(), "{failures:#?}");
    if let Some(path) = std::env::var_os("FAULT_MATRIX") {
        std::fs::write(repository().join(path), document(&lines)).unwrap();
    }
    for line in logged::lines() {
        assert!(!line.contains(TOKEN), "{line}");
    }
    // No fault leaves work behind.
    let all_ended = async {
        while tasks() > tasks_before {
            tokio::task::yield_now().await;
        }
    };
    timeout(BOUND, all_ended).await.unwrap_or_else(|_| panic!("{} tasks are left over", tasks()));
}

async fn run_all(cases: Vec<Case>, at_once: usize) -> Vec<(String, Result<Line, String>)> {
    let run = |case: Case| async move {
        let name = format!("{} at {}", case.fault, case.target.name);
        (name, case.run().await)
    };
    stream::iter(cases).map(run).buffered(at_once).collect().await
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap()
}

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

fn printed(lines: &[&Line]) -> String {
    let mut matrix =
        format!("{:<16} {:<20} {:<6} {:>8}  reported\n", "fault", "upstream", "status", "elapsed");
    for Line { fault, failing, status, elapsed, reported, .. } in lines {
        let elapsed = elapsed.as_millis();
        writeln!(matrix, "{fault:<16} {failing:<20} {status:<6} {elapsed:>5} ms  {reported}").unwrap();
    }
    matrix
}

/// The matrix as a page, without milliseconds, so that it changes only with the behavior.
fn document(lines: &[&Line]) -> String {
    let mut page = format!(
        "# Fault matrix\n\n\
         What a request for a stock returns when its sources fail: every fault in each of the five by its first \
         provider, in the\nfour optional ones together, and in each other provider. The test `fault_matrix.rs` of \
         predict-service writes this\npage and checks every line:\n\n\
         ```sh\n\
         FAULT_MATRIX=docs/fault-matrix.md cargo nextest run --workspace --release -E 'test(every_fault)'\n\
         ```\n\n\
         The request is made at 22:00 UTC with a source deadline of {} s. \"At once\" includes two retries where \
         a retry can\nhelp.\n\n\
         | fault | upstream | status | answered | reported |\n| --- | --- | --- | --- | --- |\n",
        SOURCE_DEADLINE.as_secs()
    );
    for Line { fault, failing, answered, status, reported, .. } in lines {
        let reported = reported.replace(" | ", "<br>");
        writeln!(page, "| {fault} | {failing} | {status} | {answered} | {reported} |").unwrap();
    }
    page
}
