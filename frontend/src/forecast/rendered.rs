//! Finished forecast pages, rendered and compressed once and sent for as long as what they show is current.

use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::Response;
use forecast_types::{Forecast, Symbol, TrackRecord};
use moka::sync::Cache;

use super::links::View;
use crate::caching::CachedBody;
use crate::compression::Encoding;

/// A page that nobody requests is dropped after this.
const IDLE: Duration = Duration::from_secs(300);
/// Memory an entry needs in addition to its body.
const ENTRY_BYTES: usize = 512;

/// Which page, in which form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PageKey {
    pub(crate) symbol: Symbol,
    pub(crate) view: View,
    /// Where absolute links lead; one of the few that the configuration allows.
    pub(crate) origin: Option<String>,
    pub(crate) encoding: Encoding,
}

/// Rendered pages within a budget of bytes; the least useful ones make room.
#[derive(Debug)]
pub(crate) struct RenderedPages(Cache<PageKey, RenderedPage>);

#[derive(Clone, Debug)]
struct RenderedPage {
    body: CachedBody,
    /// What the page was rendered from. It is current while these are the forecast and record in use.
    forecast: Weak<Forecast>,
    record: Option<Weak<TrackRecord>>,
}

impl RenderedPages {
    pub(crate) fn new(budget_bytes: u64) -> Self {
        let weight = |_: &PageKey, page: &RenderedPage| {
            u32::try_from(page.body.len() + ENTRY_BYTES).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(budget_bytes).weigher(weight).time_to_idle(IDLE).build())
    }

    /// Answers with the page of this forecast and record, rendering it where that has not been done yet.
    pub(crate) fn respond(
        &self,
        headers: &HeaderMap,
        key: PageKey,
        forecast: &Arc<Forecast>,
        record: Option<&Arc<TrackRecord>>,
        render: impl FnOnce() -> String,
    ) -> Response {
        if let Some(page) = self.0.get(&key).filter(|page| page.shows(forecast, record)) {
            return page.body.respond(headers);
        }
        let html = render();
        let body = CachedBody::new(
            html.as_bytes(),
            Bytes::from(key.encoding.compress(html.as_bytes())),
            key.encoding,
        );
        let response = body.respond(headers);
        let page =
            RenderedPage { body, forecast: Arc::downgrade(forecast), record: record.map(Arc::downgrade) };
        self.0.insert(key, page);
        response
    }
}

impl RenderedPage {
    fn shows(&self, forecast: &Arc<Forecast>, record: Option<&Arc<TrackRecord>>) -> bool {
        // A weak pointer keeps its address from being used again, so equal addresses are the same value.
        let same_record = match (&self.record, record) {
            (None, None) => true,
            (Some(shown), Some(record)) => shown.as_ptr() == Arc::as_ptr(record),
            _ => false,
        };
        same_record && self.forecast.as_ptr() == Arc::as_ptr(forecast)
    }
}
