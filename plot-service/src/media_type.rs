//! Which form of a chart a client prefers.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

use crate::error::PlotError;

/// A form of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Png,
    Svg,
    /// Where the picture shows what, as JSON.
    Area,
}

impl Form {
    /// In our order of preference.
    const ALL: [Self; 3] = [Self::Png, Self::Svg, Self::Area];

    /// Returns the media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Svg => "image/svg+xml",
            Self::Area => "application/json",
        }
    }

    /// Returns the form that `Accept` prefers; PNG if it names none or several equally.
    ///
    /// # Errors
    /// When it accepts none.
    pub(crate) fn preferred(headers: &HeaderMap) -> Result<Self, PlotError> {
        let accept: Vec<&str> =
            headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        let accept = accept.join(",");
        if accept.trim().is_empty() {
            return Ok(Self::Png);
        }
        let mut best = (0, Self::Png);
        for format in Self::ALL {
            let quality = quality(&accept, format.media_type());
            if quality > best.0 {
                best = (quality, format);
            }
        }
        if best.0 > 0 {
            Ok(best.1)
        } else {
            Err(PlotError::NotAcceptable(accept.chars().take(100).collect()))
        }
    }
}

/// Returns the quality of a media type in a list of media ranges, in thousandths; the most specific range decides.
/// Source: RFC 9110, section 12.5.1.
fn quality(accept: &str, media_type: &str) -> u16 {
    let kind = media_type.split('/').next().unwrap_or_default();
    let mut best = (0, 0);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let specificity = match name.split_once('/') {
            _ if name == media_type => 3,
            Some((range_kind, "*")) if range_kind == kind => 2,
            Some(("*", "*")) => 1,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        // A weight that cannot be parsed counts as absent.
        let weight = weight.and_then(|text| text.parse::<f32>().ok()).unwrap_or(1.0);
        if specificity > best.0 {
            best = (specificity, (weight.clamp(0.0, 1.0) * 1000.0).round() as u16);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn preferred(accept: &str) -> Option<Form> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
        Form::preferred(&headers).ok()
    }

    #[test]
    fn the_client_gets_the_form_it_prefers() {
        for (accept, expected) in [
            ("", Some(Form::Png)),
            ("*/*", Some(Form::Png)),
            ("image/*", Some(Form::Png)),
            ("image/png, image/svg+xml", Some(Form::Png)),
            ("image/svg+xml", Some(Form::Svg)),
            ("IMAGE/SVG+XML", Some(Form::Svg)),
            ("image/png;q=0.5, image/svg+xml;q=0.9", Some(Form::Svg)),
            ("image/svg+xml;q=0.1, */*;q=0.5", Some(Form::Png)),
            ("image/png;q=0, */*", Some(Form::Svg)),
            ("image/avif,image/webp,image/apng,*/*;q=0.8", Some(Form::Png)),
            ("image/png;q=0", None),
            ("application/json", Some(Form::Area)),
            ("application/json, image/*;q=0.5", Some(Form::Area)),
            ("text/html", None),
            ("*/*;q=0", None),
        ] {
            assert_eq!(preferred(accept), expected, "{accept}");
        }
    }
}
