//! What is wrong with a body, in words for people who write JSON rather than for those who program this service.

use serde_json::error::Category;

/// Fields that hold a day.
const DATE_FIELDS: [&str; 2] = ["date", "as_of"];
const LONGEST: usize = 300;

/// Explains why a body cannot be read. The words follow the name of the field, `field` being the last part of it.
pub(crate) fn explain(error: &serde_json::Error, field: &str) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = error.to_string();
    let message = text.strip_suffix(&place).unwrap_or(&text);
    let words = match error.classify() {
        Category::Eof => format!("breaks off{place}"),
        Category::Syntax | Category::Io => format!("is not JSON: {message}{place}"),
        Category::Data => wrong_value(message, field),
    };
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect()
}

/// Explains JSON that is well formed but not what the field holds. Source: the messages of `serde::de::Error`.
fn wrong_value(message: &str, field: &str) -> String {
    if let Some(name) = message.strip_prefix("missing field ") {
        return format!("lacks the field {name}");
    }
    if let Some(name) = message.strip_prefix("duplicate field ") {
        return format!("has the field {name} twice");
    }
    if let Some(name) = message.strip_prefix("unknown field ") {
        return format!("has the unknown field {name}");
    }
    if DATE_FIELDS.contains(&field) {
        return "is not a day, expected a date such as 2026-11-24".to_owned();
    }
    if let Some(variant) = message.strip_prefix("unknown variant ") {
        return format!("is {variant}");
    }
    if message.starts_with("invalid length ") && message.contains("expected struct ") {
        return "is a list, expected an object".to_owned();
    }
    if message.starts_with("more than ") {
        return format!("has {message}");
    }
    let wrong = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    match wrong.and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((given, expected)) => {
            format!("is {}, expected {}", given_words(given), expected_words(expected))
        }
        None => format!("is wrong: {message}"),
    }
}

fn given_words(given: &str) -> String {
    match given.split_once(' ') {
        Some(("integer", number)) | Some(("floating", number)) => {
            number.trim_start_matches("point ").trim_matches('`').to_owned()
        }
        Some(("boolean", value)) => value.trim_matches('`').to_owned(),
        Some(("string", text)) => format!("the text {text}"),
        Some(("unit", _)) => "null".to_owned(),
        _ => match given {
            "map" => "an object".to_owned(),
            "sequence" => "a list".to_owned(),
            other => other.to_owned(),
        },
    }
}

fn expected_words(expected: &str) -> &str {
    match expected {
        "f64" | "f32" => "a number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "a string" | "string" | "variant identifier" | "field identifier" => "a text",
        "a sequence" => "a list",
        "a map" => "an object",
        _ if expected.starts_with("struct ") || expected.starts_with("internally tagged") => "an object",
        _ if expected.starts_with("enum ") => "a text",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use forecast_types::ChartRequest;

    use super::*;

    fn explained(json: &str, field: &str) -> String {
        explain(&serde_json::from_str::<ChartRequest>(json).unwrap_err(), field)
    }

    #[test]
    fn every_kind_of_mistake_is_explained_in_plain_words() {
        for (json, field, words) in [
            ("", "", "breaks off at line 1 column 0"),
            ("x", "", "is not JSON: expected value at line 1 column 1"),
            ("[]", "", "is a list, expected an object"),
            ("{}", "", "lacks the field `title`"),
            (r#"{"title": 5}"#, "title", "is 5, expected a text"),
            (r#"{"title": 1.5}"#, "title", "is 1.5, expected a text"),
            (r#"{"title": null}"#, "title", "is null, expected a text"),
            (r#"{"title": {}}"#, "title", "is an object, expected a text"),
            (r#"{"title": true}"#, "title", "is true, expected a text"),
            (r#"{"title": "a", "title": "b"}"#, "title", "has the field `title` twice"),
            (r#"{"width": -5}"#, "width", "is -5, expected a whole number from 0"),
            (r#"{"scale": "big"}"#, "scale", "is the text \"big\", expected a number"),
            (r#"{"history": {}}"#, "history", "is an object, expected a list"),
            (r#"{"theme": "sepia"}"#, "theme", "is `sepia`, expected `light` or `dark`"),
            (
                r#"{"as_of": "2026-11-24T00:00:00Z"}"#,
                "as_of",
                "is not a day, expected a date such as 2026-11-24",
            ),
            (r#"{"as_of": 20261124}"#, "as_of", "is not a day, expected a date such as 2026-11-24"),
        ] {
            assert_eq!(explained(json, field), words, "{json}");
        }
        assert!(
            explained(r#"{"titel": "a"}"#, "titel")
                .starts_with("has the unknown field `titel`, expected one of ")
        );
    }
}
