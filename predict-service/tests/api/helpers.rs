//! The running service and a client for it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use feature_sources::{Provider, ProviderList};
use forecast_types::{Forecast, Market, Source, SourceReport};
use jiff::Timestamp;
use market_sim::{SimConfig, StandInMarket};
use predict_service::{Config, Upstreams};
use problem_details::Body as Problem;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const TOKEN: &str = "s3cr3t-t0k3n";

/// Friday 20 November 2026, an hour after the close.
pub(crate) const FRIDAY_EVENING: &str = "2026-11-20T22:00:00Z";

/// A test that hangs fails after this.
const TIMEOUT: Duration = Duration::from_secs(120);

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A simulated market an hour after Friday's close.
pub(crate) async fn market() -> StandInMarket {
    market_at(FRIDAY_EVENING).await
}

pub(crate) async fn market_at(now: &str) -> StandInMarket {
    let clock_start: Timestamp = now.parse().unwrap();
    let config = SimConfig {
        now: Some(clock_start),
        record_requests: true,
        stocks_csv: Some(repository().join("data/stocks.csv")),
        ..SimConfig::default()
    };
    StandInMarket::start_with(config).await
}

/// The service's configuration for a market: its addresses, no budgets, and its own time.
///
/// The deadlines are longer than a busy machine needs; a test of deadlines sets its own.
pub(crate) fn config(market: &StandInMarket) -> Config {
    Config {
        upstreams: Upstreams {
            eodhd_api_token: Some(SecretString::from(TOKEN)),
            // No other provider answers in their place; its own tests ask for that.
            tweets: ProviderList::only(Provider::Eodhd),
            news: ProviderList::only(Provider::Eodhd),
            searches: ProviderList::only(Provider::GoogleTrends),
            ..Upstreams::stand_in(&market.url().parse().unwrap())
        },
        // The same tests can run with another model.
        model_path: std::env::var_os("MODEL_PATH")
            .map_or_else(|| repository().join("models/fortnight.onnx"), PathBuf::from),
        stocks_csv: repository().join("data/stocks.csv"),
        market: Market::Simulated,
        now: Some(FRIDAY_EVENING.parse().unwrap()),
        request_deadline: Duration::from_secs(100),
        source_deadline: Duration::from_secs(60),
        ..Config::default()
    }
}

/// The service in this process, on a port of its own. It stops when dropped.
pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    client: reqwest::Client,
    stop: CancellationToken,
    service: Option<JoinHandle<anyhow::Result<()>>>,
}

/// What the service answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl TestApp {
    pub(crate) async fn spawn(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let service = Some(tokio::spawn(predict_service::run(listener, config, stop.clone())));
        let client =
            reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(TIMEOUT).build().unwrap();
        Self { address, client, stop, service }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_as(path, "application/json").await
    }

    pub(crate) async fn get_as(&self, path: &str, accept: &str) -> Answer {
        let url = format!("http://{}{path}", self.address);
        let response = self.client.get(url).header("accept", accept).send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, body: response.text().await.unwrap() }
    }

    pub(crate) async fn predict(&self, stock: &str) -> Answer {
        self.get(&format!("/predict?stock={stock}")).await
    }

    /// Stops the service and waits until it has released everything.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        if let Some(service) = self.service.take() {
            service.await.unwrap().unwrap();
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Answer {
    pub(crate) fn forecast(&self) -> Forecast {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn problem(&self) -> Problem {
        assert_eq!(self.headers["content-type"], problem_details::MEDIA_TYPE, "{}", self.body);
        let problem: Problem = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem.status, self.status.as_u16());
        assert!(problem.request_id.is_some());
        problem
    }
}

pub(crate) fn report(forecast: &Forecast, source: Source) -> &SourceReport {
    forecast.sources.iter().find(|report| report.source == source).unwrap()
}
