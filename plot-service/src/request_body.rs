//! Reads the posted chart. What is wrong with it is reported with the path of its field.

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use forecast_types::{ChartRequest, ComparisonRequest};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, IgnoredAny, SeqAccess, Visitor};
use serde_path_to_error::{Path, Segment, Track};

use crate::chart::{FORECAST_SESSIONS, Fault, HISTORY_SESSIONS, InvalidChart, MOST_EVENTS};
use crate::error::PlotError;
use crate::json_error::explain;

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
const UTF16_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Largest body that is read, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimit(pub(crate) usize);

/// A body that has been received but not read yet.
pub(crate) struct Posted {
    bytes: Bytes,
    is_whole: bool,
    limit: BodyLimit,
}

/// Receives a body of JSON.
///
/// # Errors
/// When it is not called JSON, is compressed, or breaks off.
pub(crate) async fn collect(headers: &HeaderMap, body: Body, limit: BodyLimit) -> Result<Posted, PlotError> {
    let kind = headers.get(CONTENT_TYPE).map_or("missing", |value| value.to_str().unwrap_or("unreadable"));
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence != "application/json" && !(essence.starts_with("application/") && essence.ends_with("+json")) {
        return Err(PlotError::NotJson(kind.chars().take(100).collect()));
    }
    if let Some(coding) = coding(headers) {
        return Err(PlotError::Encoded(coding));
    }
    let (bytes, is_whole) = up_to(body, limit).await?;
    Ok(Posted { bytes, is_whole, limit })
}

impl Posted {
    /// Reads the chart. Parsing is CPU work, so it belongs on the bounded worker pool.
    ///
    /// # Errors
    /// When it is too long, or not a chart.
    pub(crate) fn read(&self) -> Result<ChartRequest, PlotError> {
        self.read_or(too_long)
    }

    /// Reads a comparison, whose lists are never too long for the limit of a body by themselves.
    ///
    /// # Errors
    /// When it is too long, or not a comparison.
    pub(crate) fn read_comparison(&self) -> Result<ComparisonRequest, PlotError> {
        self.read_or(|_, BodyLimit(limit)| PlotError::TooLarge(limit))
    }

    fn read_or<T: DeserializeOwned>(
        &self,
        too_long: impl FnOnce(&[u8], BodyLimit) -> PlotError,
    ) -> Result<T, PlotError> {
        if UTF16_MARKS.iter().any(|mark| self.bytes.starts_with(mark)) {
            let detail = "starts with the byte-order mark of UTF-16, expected UTF-8".to_owned();
            let faults = vec![Fault { pointer: String::new(), detail }];
            return Err(InvalidChart { faults }.into());
        }
        if self.is_whole { parse(&self.bytes) } else { Err(too_long(&self.bytes, self.limit)) }
    }
}

/// Receives a body up to the limit, and returns whether that was all of it.
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

/// Returns what the body is compressed with, if it is.
fn coding(headers: &HeaderMap) -> Option<String> {
    let codings = headers.get_all(CONTENT_ENCODING).iter();
    let codings = codings.flat_map(|value| value.to_str().unwrap_or("unreadable").split(','));
    let coding = codings.map(str::trim).find(|coding| !coding.is_empty() && !is_identity(coding))?;
    Some(coding.chars().take(40).collect())
}

fn is_identity(coding: &str) -> bool {
    coding.eq_ignore_ascii_case("identity")
}

/// Explains a body that is longer than the limit: where its beginning has a list that is too long, the list is named.
fn too_long(beginning: &[u8], BodyLimit(limit): BodyLimit) -> PlotError {
    match read::<Lengths>(beginning) {
        Err(error) if !error.inner().is_eof() => invalid(error.path(), error.inner()),
        _ => PlotError::TooLarge(limit),
    }
}

fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, PlotError> {
    read(json).map_err(|error| invalid(error.path(), error.inner()))
}

type Unreadable = serde_path_to_error::Error<serde_json::Error>;

/// Reads one JSON document. A byte-order mark before it is ignored, as RFC 8259, section 8.1, allows.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unreadable> {
    let json = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
    let mut source = serde_json::Deserializer::from_slice(json);
    let mut track = Track::new();
    let read = T::deserialize(serde_path_to_error::Deserializer::new(&mut source, &mut track));
    read.and_then(|value| source.end().map(|()| value)).map_err(|error| Unreadable::new(track.path(), error))
}

fn invalid(path: &Path, error: &serde_json::Error) -> PlotError {
    let pointer = pointer(path);
    let field = pointer.rsplit('/').next().unwrap_or_default();
    let detail = explain(error, field);
    PlotError::Invalid(InvalidChart { faults: vec![Fault { pointer, detail }] })
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

/// Only the lengths of a request's lists; reading stops when one of them is too long.
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
                        return Err(A::Error::custom(format!("more than {MOST} entries")));
                    }
                }
                Ok(AtMost)
            }
        }
        source.deserialize_seq(Counter::<MOST>)
    }
}
