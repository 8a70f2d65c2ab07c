//! plot-service: numbers in, a picture out.

use std::time::Duration;

use forecast_types::{ChartRequest, ComparisonRequest};
use identity_tokens::IdentityTokens;
use reqwest::Client;
use serde::Serialize;
use url::Url;

use super::upstream::{Service, Upstream, UpstreamError};

const LONGEST_PICTURE_BYTES: usize = 8 * 1024 * 1024;

/// Asks plot-service.
#[derive(Debug)]
pub(crate) struct PlotClient(Upstream);

/// The form of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChartForm {
    Png,
    Svg,
    /// Where the picture shows what, as JSON.
    Area,
}

impl ChartForm {
    /// Returns the media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Svg => "image/svg+xml",
            Self::Area => "application/json",
        }
    }

    /// Returns the ending of a file's name.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
            Self::Area => "json",
        }
    }
}

impl PlotClient {
    pub(crate) fn new(base: Url, http: Client, identity: IdentityTokens, deadline: Duration) -> Self {
        Self(Upstream::new(Service::Plot, base, http, identity, deadline))
    }

    /// Returns a chart in a form.
    pub(crate) async fn draw(&self, chart: &ChartRequest, form: ChartForm) -> Result<Vec<u8>, UpstreamError> {
        self.post("/plot", chart, form).await
    }

    /// Returns the picture of several stocks.
    pub(crate) async fn compare(
        &self,
        stocks: &ComparisonRequest,
        form: ChartForm,
    ) -> Result<Vec<u8>, UpstreamError> {
        self.post("/plot/compare", stocks, form).await
    }

    async fn post(
        &self,
        path: &str,
        body: &impl Serialize,
        form: ChartForm,
    ) -> Result<Vec<u8>, UpstreamError> {
        let exchange = async {
            let response = self
                .0
                .send(path, |http, url| http.post(url).header("accept", form.media_type()).json(body))
                .await?;
            let kind = response.headers().get("content-type").and_then(|value| value.to_str().ok());
            if !kind.is_some_and(|kind| kind.starts_with(form.media_type())) {
                let got = kind.unwrap_or("nothing").to_owned();
                return Err(self.0.malformed(format!("requested {}, got {got}", form.media_type())));
            }
            self.0.body(response, LONGEST_PICTURE_BYTES).await
        };
        self.0.within_deadline(exchange).await
    }
}
