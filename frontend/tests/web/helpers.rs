//! A page service in this process, and a client of it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use frontend::{AppState, Config};
use http_body_util::BodyExt as _;
use service_runtime::health::Readiness;
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::standins::{Plot, Predict};

/// What a browser says it accepts for a page.
pub(crate) const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

const STOCKS: &str = "symbol,name,exchange,sector
AAPL,Apple Inc. Common Stock,NASDAQ,Technology
MSFT,Microsoft Corporation Common Stock,NASDAQ,Technology
BRK.B,Berkshire Hathaway Inc. Class B,NYSE,Finance
EVIL,<script>alert(1)</script> \"&' Corp,NYSE,<b>Sector</b>
TWIN,Twin Corp,NYSE,Finance
TWINB,Twin Corp,NYSE,Finance
";

/// The service with its stand-ins.
pub(crate) struct TestApp {
    pub(crate) predict: Arc<Predict>,
    pub(crate) plot: Arc<Plot>,
    pub(crate) state: AppState,
    pub(crate) router: Router,
    _folder: TempDir,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts with a changed configuration.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let (predict, predict_url) = Predict::start().await;
        let (plot, plot_url) = Plot::start().await;
        let folder = tempfile::tempdir().unwrap();
        let stocks_csv = folder.path().join("stocks.csv");
        std::fs::write(&stocks_csv, STOCKS).unwrap();
        let model_card = folder.path().join("MODEL_CARD.md");
        std::fs::write(&model_card, "# The model\n\nIt has a *card*.\n\n![Coverage](coverage.svg)\n")
            .unwrap();
        std::fs::write(folder.path().join("coverage.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>")
            .unwrap();
        let allowed_hosts = vec!["fortnight.test".to_owned()];
        let mut config =
            Config { predict_url, plot_url, stocks_csv, model_card, allowed_hosts, ..Config::default() };
        change(&mut config);
        let state = AppState::build(config).unwrap();
        let router = frontend::router(state.clone(), Readiness::ready());
        Self { predict, plot, state, router, _folder: folder }
    }

    /// Asks as a program would.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    /// Asks as a browser would for a page.
    pub(crate) async fn browse(&self, path: &str) -> Answer {
        self.get_with(path, &[("accept", BROWSER)]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        Answer::read(self.response(path, headers).await).await
    }

    /// Returns the response before its body has come.
    pub(crate) async fn response(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::get(path).header("host", "fortnight.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Fails the test with the page where the status is another one.
    pub(crate) fn expect(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }
}
