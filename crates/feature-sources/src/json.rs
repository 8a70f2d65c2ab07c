//! Reads JSON as upstreams write it: with malformed rows and with numbers that JSON does not allow.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::SourceError;
use crate::fetch::trim;

/// Reads JSON. If it cannot be read, the error says what the body contains instead.
///
/// The bare `NaN` and `Infinity` that some serializers write, although JSON has none, are read as `null`.
pub(crate) fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, SourceError> {
    let body = trim(body);
    match body.first() {
        None => Err(SourceError::malformed("the body is empty")),
        Some(b'<') => Err(SourceError::malformed("a web page instead of data")),
        Some(b'{' | b'[') => {
            serde_json::from_slice(body)
                .or_else(|error| {
                    if error.is_syntax() { serde_json::from_slice(&without_nan(body)) } else { Err(error) }
                })
                .map_err(|error| {
                    let what = if error.is_eof() {
                        "the JSON breaks off"
                    } else {
                        "the JSON is not of the documented form"
                    };
                    SourceError::malformed_by(what, error)
                })
        }
        Some(_) => Err(SourceError::malformed("text instead of data")),
    }
}

/// Reads a list row by row where one of them is not of the documented form; returns the rest and how many are not.
///
/// # Errors
/// When it is no list.
pub(crate) fn read_rows<T: DeserializeOwned>(list: &RawValue) -> Result<(Vec<T>, usize), SourceError> {
    if let Ok(rows) = serde_json::from_str(list.get()) {
        return Ok((rows, 0));
    }
    let all: Vec<&RawValue> = read_borrowed(list)?;
    let rows: Vec<T> = all.iter().filter_map(|row| serde_json::from_str(row.get()).ok()).collect();
    let odd = all.len() - rows.len();
    if rows.is_empty() && odd > 0 {
        return Err(SourceError::malformed("the JSON is not of the documented form"));
    }
    Ok((rows, odd))
}

fn read_borrowed(list: &RawValue) -> Result<Vec<&RawValue>, SourceError> {
    serde_json::from_str(list.get())
        .map_err(|error| SourceError::malformed_by("the JSON is not of the documented form", error))
}

/// Replaces every number JSON does not know, outside of texts.
fn without_nan(body: &[u8]) -> Vec<u8> {
    const UNKNOWN: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    let mut sound = Vec::with_capacity(body.len());
    let (mut at, mut is_text) = (0, false);
    while let Some(&byte) = body.get(at) {
        if is_text && byte == b'\\' {
            sound.extend_from_slice(&body[at..body.len().min(at + 2)]);
            at += 2;
            continue;
        }
        is_text ^= byte == b'"';
        let unknown = UNKNOWN.into_iter().find(|unknown| !is_text && body[at..].starts_with(unknown));
        sound.extend_from_slice(if unknown.is_some() { b"null" } else { &body[at..=at] });
        at += unknown.map_or(1, <[u8]>::len);
    }
    sound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_json_does_not_know_are_null_outside_of_texts() {
        let body = br#"{"a":[NaN,-Infinity,1,Infinity],"NaN \" NaN":"NaN, \\"}"#;
        let read: serde_json::Value = read_json(body).unwrap();
        assert_eq!(read, serde_json::json!({"a": [null, null, 1, null], "NaN \" NaN": "NaN, \\"}));
    }

    #[test]
    fn an_odd_row_is_left_out_and_counted() {
        let rows = |list: &str| {
            read_rows::<u32>(&RawValue::from_string(list.to_owned()).unwrap())
                .map_err(|error| error.to_string())
        };
        assert_eq!(rows("[1,2]"), Ok((vec![1, 2], 0)));
        assert_eq!(rows(r#"[1,null,"2",{},3]"#), Ok((vec![1, 3], 3)));
        assert_eq!(rows("[]"), Ok((vec![], 0)));
        assert!(rows(r#"["1"]"#).is_err() && rows("7").is_err(), "nothing in it is a row");
    }
}
