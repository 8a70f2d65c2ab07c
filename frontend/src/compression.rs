//! Compression of cached pages and files; every other answer is compressed as it is sent.

use std::io::Write as _;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

/// A content coding a reader accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

/// Qualities of brotli and gzip for pages: compresses well in a quarter of the time that the best quality takes.
const FOR_PAGES: (u32, u32) = (5, 6);
/// Qualities for files, which are compressed once.
const BEST: (u32, u32) = (11, 9);
const BROTLI_WINDOW_BITS: u32 = 18;
const BUFFER_BYTES: usize = 4096;

impl Encoding {
    /// Returns the smallest form that the reader accepts.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let accepts = |wanted: &str| {
            accepted.split(',').any(|coding| {
                let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
                name.trim().eq_ignore_ascii_case(wanted) && !is_zero(parameters)
            })
        };
        match () {
            () if accepts("br") => Self::Brotli,
            () if accepts("gzip") => Self::Gzip,
            () => Self::Identity,
        }
    }

    /// Returns the value of `Content-Encoding`, if there is one.
    pub(crate) fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// Compresses a page.
    pub(crate) fn compress(self, bytes: &[u8]) -> Vec<u8> {
        self.compress_with(bytes, FOR_PAGES)
    }

    /// Compresses what is sent for as long as the program runs.
    pub(crate) fn compress_best(self, bytes: &[u8]) -> Vec<u8> {
        self.compress_with(bytes, BEST)
    }

    fn compress_with(self, bytes: &[u8], (brotli, gzip): (u32, u32)) -> Vec<u8> {
        let mut compressed = Vec::with_capacity(bytes.len() / 3);
        match self {
            Self::Brotli => {
                let mut writer =
                    brotli::CompressorWriter::new(&mut compressed, BUFFER_BYTES, brotli, BROTLI_WINDOW_BITS);
                writer.write_all(bytes).expect("writing to memory does not fail");
            }
            Self::Gzip => {
                let mut writer =
                    flate2::write::GzEncoder::new(&mut compressed, flate2::Compression::new(gzip));
                writer.write_all(bytes).expect("writing to memory does not fail");
                writer.finish().expect("writing to memory does not fail");
            }
            Self::Identity => compressed.extend_from_slice(bytes),
        }
        compressed
    }
}

/// Says whether the parameters of a coding refuse it (RFC 9110, section 12.4.2).
fn is_zero(parameters: &str) -> bool {
    parameters
        .trim()
        .strip_prefix("q=")
        .and_then(|weight| weight.trim().parse::<f32>().ok())
        .is_some_and(|weight| weight <= 0.0)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use axum::http::HeaderValue;

    use super::*;

    fn accepted(value: &'static str) -> Encoding {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));
        Encoding::accepted(&headers)
    }

    #[test]
    fn the_smallest_accepted_form_is_sent() {
        assert_eq!(accepted("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(accepted("gzip, deflate"), Encoding::Gzip);
        assert_eq!(accepted("br;q=0, GZIP;q=0.5"), Encoding::Gzip);
        assert_eq!(accepted("identity"), Encoding::Identity);
        assert_eq!(Encoding::accepted(&HeaderMap::new()), Encoding::Identity);
    }

    #[test]
    fn compressed_pages_read_back() {
        let text = "a page ".repeat(500);
        let mut gzip = String::new();
        let compressed = Encoding::Gzip.compress(text.as_bytes());
        flate2::read::GzDecoder::new(&compressed[..]).read_to_string(&mut gzip).unwrap();
        let mut br = String::new();
        let compressed = Encoding::Brotli.compress(text.as_bytes());
        brotli::Decompressor::new(&compressed[..], BUFFER_BYTES).read_to_string(&mut br).unwrap();
        assert_eq!((gzip.as_str(), br.as_str()), (text.as_str(), text.as_str()));
    }
}
