//! A running Fortnight and a way to ask it.

use std::path::PathBuf;

use fortnight::{Running, StartArgs, launch};
use reqwest::redirect::Policy;
use serde_json::Value;

/// A Friday evening after the close; tests do not depend on the day they run.
pub(crate) const FRIDAY_NIGHT: &str = "2026-11-21T03:00:00Z";

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The bare command on free ports, at a fixed evening, with the files of this repository.
pub(crate) fn args() -> StartArgs {
    StartArgs {
        now: Some(FRIDAY_NIGHT.parse().expect("a moment")),
        stocks_csv: root().join("data/stocks.csv"),
        model_path: root().join("models/fortnight.onnx"),
        model_card: root().join("models/MODEL_CARD.md"),
        ..StartArgs::default()
    }
}

pub(crate) struct Fortnight {
    pub(crate) running: Running,
    client: reqwest::Client,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The last part of a problem's `type`.
    pub(crate) fn slug(&self) -> String {
        assert_eq!(self.content_type, "application/problem+json", "{}", self.text());
        let json = self.json();
        let kind = json["type"].as_str().expect("a problem has a type");
        kind.rsplit('/').next().unwrap_or_default().to_owned()
    }
}

impl Fortnight {
    pub(crate) async fn start() -> Self {
        Self::start_with(args()).await
    }

    pub(crate) async fn start_with(args: StartArgs) -> Self {
        let running = launch(&args).await.expect("Fortnight starts");
        let client = reqwest::Client::builder().redirect(Policy::none()).build().expect("a client");
        Self { running, client }
    }

    /// Asks the page's service.
    pub(crate) async fn page(&self, path: &str) -> Answer {
        self.ask(self.running.addresses.frontend.join(path).expect("a path"), &[("accept", "text/html")])
            .await
    }

    /// Asks predict-service.
    pub(crate) async fn predict(&self, query: &str) -> Answer {
        let url = self.running.addresses.predict.join(&format!("/predict?{query}")).expect("a query");
        self.ask(url, &[]).await
    }

    pub(crate) async fn ask(&self, url: url::Url, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.client.get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.expect("an answer");
        let headers = response.headers().clone();
        let content_type =
            headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let status = response.status().as_u16();
        Answer { status, content_type, headers, body: response.bytes().await.expect("a body").to_vec() }
    }
}
