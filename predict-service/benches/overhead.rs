//! What a request costs beyond its slowest source.
//!
//! `cargo bench --workspace --bench overhead` starts the service and the stand-in market on loopback and asks for one
//! stock after another, each for the first time, so that every request fetches from all five sources and runs the
//! network. The time of the slowest source, as the answer reports it in whole milliseconds, is taken off the time the
//! client waited: what remains includes the HTTP exchange with the client itself and up to a millisecond of rounding.
//!
//! Two rounds: sources that answer at once, and sources that take 10 ms for each answer. Between two requests the
//! service is asked for its health, which costs it nothing; that time is the machine's share of the figures.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run ends")]

use std::path::Path;
use std::time::{Duration, Instant};

use forecast_types::{Forecast, Market, Source};
use market_sim::{Fault, SimConfig, StandInMarket};
use predict_service::{Config, Upstreams};
use stock_list::StockList;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Friday 20 November 2026, an hour after the close.
const NOW: &str = "2026-11-20T22:00:00Z";
const REQUESTS: usize = 500;
/// Requests before the measurement, to open the connections.
const WARM_UP: usize = 20;
/// What a request may take beyond its slowest source.
const ALLOWED: Duration = Duration::from_millis(5);

#[tokio::main]
async fn main() {
    println!("{REQUESTS} first requests, one after another; time beyond the slowest source, in ms\n");
    println!("{:<26} {:>6} {:>6} {:>6} {:>6}  within 5 ms", "sources", "p50", "p90", "p99", "max");
    for (name, delay) in [("answer at once", None), ("10 ms for each answer", Some(10))] {
        let Measured { beyond, idle } = measure(delay).await;
        print_row(name, beyond);
        print_row("  GET /health in between", idle);
    }
}

fn print_row(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    let (within, all) = (times.iter().filter(|&&time| time <= ALLOWED).count(), times.len());
    let (p50, p90, p99, max) = (at(50), at(90), at(99), at(100));
    println!("{name:<26} {p50:>6.2} {p90:>6.2} {p99:>6.2} {max:>6.2}  {within} of {all}");
}

/// What was measured in one round.
struct Measured {
    /// Time beyond the slowest source.
    beyond: Vec<Duration>,
    /// Requests that do nothing.
    idle: Vec<Duration>,
}

async fn measure(delay_ms: Option<u64>) -> Measured {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let stocks_csv = repository.join("data/stocks.csv");
    let market = StandInMarket::start_with(SimConfig {
        now: Some(NOW.parse().unwrap()),
        stocks_csv: Some(stocks_csv.clone()),
        ..SimConfig::default()
    })
    .await;
    if let Some(milliseconds) = delay_ms {
        Source::ALL.into_iter().for_each(|source| market.fail(source, Fault::Delay { milliseconds }));
    }
    let config = Config {
        upstreams: Upstreams::stand_in(&market.url().parse().unwrap()),
        model_path: repository.join("models/fortnight.onnx"),
        stocks_csv: stocks_csv.clone(),
        market: Market::Simulated,
        now: Some(NOW.parse().unwrap()),
        ..Config::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let service = tokio::spawn(predict_service::run(listener, config, stop.clone()));
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let symbols: Vec<String> = StockList::load(&stocks_csv)
        .unwrap()
        .iter()
        .take(WARM_UP + REQUESTS)
        .map(|listing| listing.symbol.to_string())
        .collect();

    let mut measured = Measured { beyond: Vec::new(), idle: Vec::new() };
    for (number, symbol) in symbols.iter().enumerate() {
        let url = format!("http://{address}/predict?stock={symbol}");
        let begun = Instant::now();
        let body = client.get(url).send().await.unwrap().bytes().await.unwrap();
        let waited = begun.elapsed();
        let forecast: Forecast = serde_json::from_slice(&body)
            .unwrap_or_else(|error| panic!("{symbol}: {error}: {}", String::from_utf8_lossy(&body)));
        let slowest = forecast.sources.iter().map(|report| report.elapsed_ms).max().unwrap_or_default();
        if number >= WARM_UP {
            measured.beyond.push(waited.saturating_sub(Duration::from_millis(slowest)));
            let begun = Instant::now();
            client.get(format!("http://{address}/health")).send().await.unwrap().bytes().await.unwrap();
            measured.idle.push(begun.elapsed());
        }
    }
    stop.cancel();
    service.await.unwrap().unwrap();
    measured
}
