//! Everything that a nightly run needs: a market, predict-service and a store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use config_values::HttpUrl;
use forecast_client::ForecastClient;
use forecast_record::SigningKey;
use forecast_store::{Store, StoreUrl};
use forecast_types::Market;
use jiff::Timestamp;
use market_sim::{SimConfig, StandInMarket};
use nightly::{Nightly, NightlyConfig, NightlyError, RunOutcome};
use predict_service::{AppState, Config, Upstreams};
use service_runtime::Clock;
use service_runtime::health::Readiness;
use service_runtime::serve::serve;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Friday 20 November 2026, an hour after the close, and the Monday after.
pub(crate) const FRIDAY: &str = "2026-11-20T22:00:00Z";
pub(crate) const MONDAY: &str = "2026-11-23T22:00:00Z";

/// Signs the records of all tests, so that they can be compared.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
                   MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n\
                   -----END PRIVATE KEY-----\n";

/// A market and predict-service at a fixed time; they stop when dropped.
pub(crate) struct World {
    pub(crate) market: StandInMarket,
    pub(crate) predict: HttpUrl,
    pub(crate) now: Timestamp,
    stop: CancellationToken,
}

/// The settings that differ between runs.
pub(crate) struct Settings<'a> {
    pub(crate) store: &'a Path,
    pub(crate) list: &'a Path,
    pub(crate) task: (u32, u32),
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl World {
    pub(crate) async fn at(now: &str) -> Self {
        let now: Timestamp = now.parse().unwrap();
        let stocks_csv = repository().join("data/stocks.csv");
        let market = StandInMarket::start_with(SimConfig {
            clock: Some(Clock::fixed(now)),
            stocks_csv: Some(stocks_csv.clone()),
            record_requests: true,
            ..SimConfig::default()
        })
        .await;
        let config = Config {
            upstreams: Upstreams::stand_in(&market.url().parse().unwrap()),
            model_path: repository().join("models/fortnight.onnx"),
            stocks_csv,
            market: Market::Simulated,
            // Longer than a busy machine needs, so that no source is missing because it was slow.
            request_deadline: Duration::from_secs(100),
            source_deadline: Duration::from_secs(60),
            ..Config::default()
        };
        let state = AppState::build_at(&config, Clock::fixed(now)).unwrap();
        let readiness = Readiness::ready();
        let router = predict_service::router(state, &config, readiness.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let predict = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(serve(listener, router, config.server, readiness, stop.clone()));
        Self { market, predict, now, stop }
    }

    pub(crate) async fn night(&self, settings: &Settings<'_>) -> Result<RunOutcome, NightlyError> {
        night(&self.predict, self.now, settings).await
    }

    /// How often the market was asked for prices of each stock.
    pub(crate) fn price_requests(&self) -> BTreeMap<String, usize> {
        let mut requests = BTreeMap::new();
        for request in self.market.received().all() {
            if let Some((_, symbol)) = request.path.split_once("/v8/finance/chart/") {
                *requests.entry(symbol.to_owned()).or_default() += 1;
            }
        }
        requests
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Runs once against any predict-service.
pub(crate) async fn night(
    predict: &HttpUrl,
    now: Timestamp,
    settings: &Settings<'_>,
) -> Result<RunOutcome, NightlyError> {
    let store = StoreUrl::Folder(settings.store.to_owned());
    night_in(store, settings.list, settings.task, predict, now).await
}

/// Runs once with any store.
pub(crate) async fn night_in(
    store: StoreUrl,
    list: &Path,
    task: (u32, u32),
    predict: &HttpUrl,
    now: Timestamp,
) -> Result<RunOutcome, NightlyError> {
    let config = NightlyConfig {
        store,
        list: Some(list.to_owned()),
        first: None,
        at_once: 4,
        record_key: None,
        record_key_file: None,
        task_index: task.0,
        task_count: task.1,
    };
    let client = ForecastClient::new(predict.clone(), predict.clone()).unwrap();
    Nightly::open(&config, client, key(), Clock::fixed(now)).unwrap().run().await
}

pub(crate) fn key() -> SigningKey {
    KEY.parse().unwrap()
}

pub(crate) fn open(store: &Path) -> Store {
    Store::open(&StoreUrl::Folder(store.to_owned())).unwrap()
}

/// Writes a list with the first stocks of the repository's.
pub(crate) fn list_of(folder: &Path, stocks: usize) -> PathBuf {
    let list = stock_list::StockList::load(&repository().join("data/stocks.csv")).unwrap();
    let symbols: Vec<&str> = list.iter().take(stocks).map(|listing| listing.symbol.as_str()).collect();
    let path = folder.join("list.txt");
    std::fs::write(&path, symbols.join("\n")).unwrap();
    path
}

/// Returns every object of a store by its path. Skips the temporary files of a killed process, whose names end in `#` and a
/// number; no reader of the store sees them.
pub(crate) fn objects(store: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut objects = BTreeMap::new();
    let mut folders = vec![store.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.to_string_lossy().contains('#') {
                objects.insert(path.strip_prefix(store).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    objects
}
