//! Reads the posted chart, so that whatever is wrong with it is told with the path of its field.

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use forecast_types::ChartRequest;
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, IgnoredAny, SeqAccess, Visitor};
use serde_path_to_error::{Path, Segment};

use crate::chart::{FORECAST_SESSIONS, Fault, HISTORY_SESSIONS, InvalidChart, MOST_EVENTS};
use crate::error::PlotError;

/// Longest body read, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimit(pub(crate) usize);

/// A body that has come in, not yet looked into.
pub(crate) struct Posted {
    bytes: Bytes,
    is_whole: bool,
    limit: BodyLimit,
}

/// Takes in a body of JSON.
///
/// # Errors
/// When it is not called JSON or breaks off.
pub(crate) async fn collect(headers: &HeaderMap, body: Body, limit: BodyLimit) -> Result<Posted, PlotError> {
    let kind = headers.get(CONTENT_TYPE).map_or("missing", |value| value.to_str().unwrap_or("unreadable"));
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence != "application/json" && !(essence.starts_with("application/") && essence.ends_with("+json")) {
        return Err(PlotError::NotJson(kind.chars().take(100).collect()));
    }
    let (bytes, is_whole) = up_to(body, limit).await?;
    Ok(Posted { bytes, is_whole, limit })
}

impl Posted {
    /// Reads the chart. That takes a core for a while, so it belongs on the bounded pool.
    ///
    /// # Errors
    /// When it is too long, or not a chart.
    pub(crate) fn read(&self) -> Result<ChartRequest, PlotError> {
        if self.is_whole { parse(&self.bytes) } else { Err(too_long(&self.bytes, self.limit)) }
    }
}

/// Collects a body up to the limit, and says whether that was all of it.
async fn up_to(mut body: Body, BodyLimit(limit): BodyLimit) -> Result<(Bytes, bool), PlotError> {
    let mut collected = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(part) = frame.map_err(PlotError::Unread)?.into_data() else { continue };
        let room = limit - collected.len();
        collected.extend_from_slice(&part[..part.len().min(room)]);
        if part.len() > room {
            return Ok((collected.into(), false));
        }
    }
    Ok((collected.into(), true))
}

/// A body that was cut off: where its beginning shows a list beyond all bounds, that list is what is wrong.
fn too_long(beginning: &[u8], BodyLimit(limit): BodyLimit) -> PlotError {
    match parse::<Lengths>(beginning) {
        Err(PlotError::Invalid(invalid))
            if !invalid.faults.iter().any(|fault| fault.detail.starts_with(CUT_OFF)) =>
        {
            PlotError::Invalid(invalid)
        }
        _ => PlotError::TooLarge(limit),
    }
}

const CUT_OFF: &str = "EOF";

fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, PlotError> {
    let mut source = serde_json::Deserializer::from_slice(json);
    serde_path_to_error::deserialize(&mut source).map_err(|error| {
        let fault = Fault { pointer: pointer(error.path()), detail: reason(error.inner()) };
        PlotError::Invalid(InvalidChart { faults: vec![fault] })
    })
}

fn reason(error: &serde_json::Error) -> String {
    let text: String = error.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.chars().take(200).collect()
}

/// Writes a path as a JSON pointer. Source: RFC 6901.
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        let step = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => {
                key.chars().take(40).collect::<String>().replace('~', "~0").replace('/', "~1")
            }
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&step);
    }
    pointer
}

/// Only the lengths of a request's lists; reading stops where one of them is beyond its bound.
#[derive(Deserialize)]
struct Lengths {
    #[serde(default, rename = "history")]
    _history: AtMost<{ *HISTORY_SESSIONS.end() }>,
    #[serde(default, rename = "forecast")]
    _forecast: AtMost<{ *FORECAST_SESSIONS.end() }>,
    #[serde(default, rename = "events")]
    _events: AtMost<MOST_EVENTS>,
}

#[derive(Default)]
struct AtMost<const MOST: usize>;

impl<'de, const MOST: usize> Deserialize<'de> for AtMost<MOST> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Counter<const MOST: usize>;
        impl<'de, const MOST: usize> Visitor<'de> for Counter<MOST> {
            type Value = AtMost<MOST>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut length = 0;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    length += 1;
                    if length > MOST {
                        return Err(A::Error::custom(format!("has more than {MOST} entries")));
                    }
                }
                Ok(AtMost)
            }
        }
        source.deserialize_seq(Counter::<MOST>)
    }
}
