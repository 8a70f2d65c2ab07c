//! plot-service: numbers in, a picture out.

use std::time::Duration;

use forecast_types::ChartRequest;
use reqwest::Client;
use url::Url;

use super::identity::IdentityTokens;
use super::upstream::{Service, Upstream, UpstreamError};

const LONGEST_PICTURE_BYTES: usize = 8 * 1024 * 1024;

/// Asks plot-service.
#[derive(Debug)]
pub(crate) struct PlotClient(Upstream);

/// The form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureFormat {
    Png,
    Svg,
}

impl PictureFormat {
    /// Returns the media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Svg => "image/svg+xml",
        }
    }

    /// Returns the ending of a file's name.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
        }
    }
}

impl PlotClient {
    pub(crate) fn new(base: Url, http: Client, identity: IdentityTokens, deadline: Duration) -> Self {
        Self(Upstream::new(Service::Plot, base, http, identity, deadline))
    }

    /// Returns the picture of a chart.
    pub(crate) async fn draw(
        &self,
        chart: &ChartRequest,
        format: PictureFormat,
    ) -> Result<Vec<u8>, UpstreamError> {
        let exchange = async {
            let response = self
                .0
                .send("/plot", |http, url| http.post(url).header("accept", format.media_type()).json(chart))
                .await?;
            let kind = response.headers().get("content-type").and_then(|value| value.to_str().ok());
            if !kind.is_some_and(|kind| kind.starts_with(format.media_type())) {
                let got = kind.unwrap_or("nothing").to_owned();
                return Err(self.0.malformed(format!("requested {}, got {got}", format.media_type())));
            }
            self.0.body(response, LONGEST_PICTURE_BYTES).await
        };
        self.0.within_deadline(exchange).await
    }
}
