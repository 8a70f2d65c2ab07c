//! plot-service: numbers in, a picture out.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use forecast_types::{ChartRequest, ComparisonRequest};
use identity_tokens::IdentityTokens;
use moka::future::Cache;
use reqwest::Client;
use serde::Serialize;
use url::Url;

use super::upstream::{Service, Upstream, UpstreamError};
use crate::caching::TaggedBody;

const LONGEST_PICTURE_BYTES: usize = 8 * 1024 * 1024;
/// The same numbers give the same picture until plot-service is replaced by a newer one.
const KEPT: Duration = Duration::from_secs(3600);
/// An unused picture is dropped after this.
const IDLE: Duration = Duration::from_secs(300);
/// Memory an entry needs in addition to its numbers and its picture.
const ENTRY_BYTES: usize = 512;

/// Asks plot-service, and keeps what it drew. Requests for the same picture share one drawing.
#[derive(Debug)]
pub(crate) struct PlotClient {
    upstream: Upstream,
    drawn: Cache<Drawing, TaggedBody>,
}

/// A picture to ask plot-service for; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drawing {
    path: &'static str,
    form: ChartForm,
    numbers: Bytes,
    /// Computed once, because the numbers take some kilobytes.
    hash: u64,
}

/// The form of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

impl Drawing {
    /// The chart of a stock.
    pub(crate) fn chart(chart: &ChartRequest, form: ChartForm) -> Self {
        Self::new("/plot", chart, form)
    }

    /// Several stocks side by side.
    pub(crate) fn comparison(stocks: &ComparisonRequest, form: ChartForm) -> Self {
        Self::new("/plot/compare", stocks, form)
    }

    fn new(path: &'static str, numbers: &impl Serialize, form: ChartForm) -> Self {
        let numbers: Bytes = serde_json::to_vec(numbers).expect("charts have text keys only").into();
        let mut hasher = DefaultHasher::new();
        (path, form, &numbers).hash(&mut hasher);
        Self { path, form, numbers, hash: hasher.finish() }
    }

    /// Memory it takes.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len() + ENTRY_BYTES
    }
}

impl Hash for Drawing {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.hash);
    }
}

impl PlotClient {
    /// Makes a client that keeps pictures within a budget of bytes; the least useful ones make room.
    pub(crate) fn new(
        base: Url,
        http: Client,
        identity: IdentityTokens,
        deadline: Duration,
        budget_bytes: u64,
    ) -> Self {
        let weight = |drawing: &Drawing, picture: &TaggedBody| {
            u32::try_from(drawing.len() + picture.len()).unwrap_or(u32::MAX)
        };
        let drawn = Cache::builder()
            .max_capacity(budget_bytes)
            .weigher(weight)
            .time_to_live(KEPT)
            .time_to_idle(IDLE)
            .build();
        Self { upstream: Upstream::new(Service::Plot, base, http, identity, deadline), drawn }
    }

    /// Returns a picture, drawn or kept.
    pub(crate) async fn draw(&self, drawing: Drawing) -> Result<TaggedBody, UpstreamError> {
        if let Some(picture) = self.drawn.get(&drawing).await {
            return Ok(picture);
        }
        let post = self.post(drawing.clone());
        self.drawn.try_get_with(drawing, post).await.map_err(|error| (*error).clone())
    }

    async fn post(&self, Drawing { path, form, numbers, .. }: Drawing) -> Result<TaggedBody, UpstreamError> {
        let exchange = async {
            let response = self
                .upstream
                .send(path, |http, url| {
                    http.post(url)
                        .header(ACCEPT, form.media_type())
                        .header(CONTENT_TYPE, "application/json")
                        .body(numbers.clone())
                })
                .await?;
            let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            if !kind.is_some_and(|kind| kind.starts_with(form.media_type())) {
                let got = kind.unwrap_or("nothing").to_owned();
                return Err(self.upstream.malformed(format!("requested {}, got {got}", form.media_type())));
            }
            self.upstream.body(response, LONGEST_PICTURE_BYTES).await
        };
        self.upstream.within_deadline(exchange).await.map(TaggedBody::new)
    }
}
