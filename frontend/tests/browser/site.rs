//! The page service on a port of its own, with stand-ins behind it.

use std::sync::Arc;

use forecast_types::Market;
use frontend::{AppState, Config};
use service_runtime::health::Readiness;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::recorded::record;
use crate::standins::{Plot, Predict};

/// A running site.
pub(crate) struct Site {
    pub(crate) predict: Arc<Predict>,
    pub(crate) plot: Arc<Plot>,
    address: String,
    pub(crate) stop: CancellationToken,
    _folder: TempDir,
}

const STOCKS: &str = "symbol,name,exchange,sector
AAPL,Apple Inc. Common Stock,NASDAQ,Technology
MSFT,Microsoft Corporation Common Stock,NASDAQ,Technology
BRK.B,Berkshire Hathaway Inc. Class B,NYSE,Finance
EVIL,<img src=x onerror=alert(1)> Corp,NYSE,Finance
APP,AppLovin Corporation Class A Common Stock,NASDAQ,Technology
";

impl Site {
    pub(crate) async fn start() -> Self {
        let (predict, predict_url) = Predict::start().await;
        let (plot, plot_url) = Plot::start().await;
        let folder = tempfile::tempdir().unwrap();
        let stocks_csv = folder.path().join("stocks.csv");
        std::fs::write(&stocks_csv, STOCKS).unwrap();
        let model_card = folder.path().join("MODEL_CARD.md");
        let card =
            "# The model\n\nText with a [link](https://example.org).\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
        std::fs::write(&model_card, card).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let market = Market::Simulated;
        let config = Config { predict_url, plot_url, stocks_csv, model_card, market, ..Config::default() };
        let stop = CancellationToken::new();
        tokio::spawn(frontend::run(listener, config, stop.clone()));
        Self { predict, plot, address, stop, _folder: folder }
    }

    /// Starts the pages over a record of some months; no other service is behind them.
    pub(crate) async fn with_record() -> (String, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let stocks_csv = folder.path().join("stocks.csv");
        std::fs::write(&stocks_csv, STOCKS).unwrap();
        let stocks = ["AAPL", "APP", "BRK.B", "EVIL", "MSFT"];
        let store_url = Some(record(&folder.path().join("store"), &stocks, 90).await);
        let state = AppState::build(Config { stocks_csv, store_url, ..Config::default() }).unwrap();
        state.refresh_store().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = frontend::router(state, Readiness::ready());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (address, folder)
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}
