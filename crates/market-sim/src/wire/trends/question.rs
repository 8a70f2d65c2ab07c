//! What a client asks Google Trends: keywords and a window.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Value, json};

/// Chosen by the server from the window's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolution {
    Hour,
    Day,
    Week,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) keywords: Vec<String>,
    pub(super) first: Date,
    pub(super) last: Date,
    pub(super) resolution: Resolution,
    geo: String,
}

/// At most this many keywords are compared.
const MOST_KEYWORDS: usize = 5;

impl Question {
    /// Reads the `req` of an explore; `None` where Google would answer 400.
    pub(super) fn parse(req: &str, now: Timestamp) -> Option<Self> {
        let req: Value = serde_json::from_str(req).ok()?;
        let items = req.get("comparisonItem")?.as_array()?;
        let keywords = items
            .iter()
            .map(|item| item.get("keyword")?.as_str().map(str::to_owned))
            .collect::<Option<Vec<String>>>()?;
        if keywords.is_empty()
            || keywords.len() > MOST_KEYWORDS
            || keywords.iter().any(|keyword| keyword.trim().is_empty())
        {
            return None;
        }
        let today = TimeZone::UTC.to_datetime(now).date();
        let (first, last) = window(items.first()?.get("time")?.as_str()?, today)?;
        if first > last || last > today {
            return None;
        }
        let geo = items.first()?.get("geo").and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(Self { keywords, first, last, resolution: resolution(first, last), geo })
    }

    /// The request the token signs.
    pub(super) fn widget_request(&self) -> Value {
        let geo = if self.geo.is_empty() { json!({}) } else { json!({ "country": self.geo }) };
        let items: Vec<Value> = self
            .keywords
            .iter()
            .map(|keyword| {
                json!({
                    "geo": geo,
                    "complexKeywordsRestriction": { "keyword": [{ "type": "BROAD", "value": keyword }] },
                })
            })
            .collect();
        json!({
            "time": format!("{} {}", self.first, self.last),
            "resolution": match self.resolution {
                Resolution::Hour => "HOUR",
                Resolution::Day => "DAY",
                Resolution::Week => "WEEK",
            },
            "locale": "en-US",
            "comparisonItem": items,
            "requestOptions": { "property": "", "backend": "IZG", "category": 0 },
            "userConfig": { "userType": "USER_TYPE_SCRAPER" },
        })
    }

    /// Reads a request that was made by [`Question::widget_request`].
    pub(super) fn of_widget(request: &Value) -> Option<Self> {
        let (first, last) = request.get("time")?.as_str()?.split_once(' ')?;
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        let keywords = request
            .get("comparisonItem")?
            .as_array()?
            .iter()
            .map(|item| {
                item.pointer("/complexKeywordsRestriction/keyword/0/value")?.as_str().map(str::to_owned)
            })
            .collect::<Option<Vec<String>>>()?;
        Some(Self { keywords, first, last, resolution: resolution(first, last), geo: String::new() })
    }
}

fn window(time: &str, today: Date) -> Option<(Date, Date)> {
    let back = |span: Span| today.checked_sub(span).ok().map(|first| (first, today));
    match time {
        "now 7-d" => back(Span::new().days(7)),
        "today 1-m" => back(Span::new().months(1)),
        "today 3-m" => back(Span::new().months(3)),
        "today 12-m" => back(Span::new().months(12)),
        _ => {
            let (first, last) = time.split_once(' ')?;
            Some((first.parse().ok()?, last.parse().ok()?))
        }
    }
}

/// HOUR to 7 days, DAY to 269, WEEK from 270 on.
fn resolution(first: Date, last: Date) -> Resolution {
    let days = first.until(last).map_or(0, |span| span.get_days()) + 1;
    match days {
        ..=7 => Resolution::Hour,
        8..=269 => Resolution::Day,
        _ => Resolution::Week,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(time: &str) -> Option<Question> {
        let req = json!({ "comparisonItem": [{ "keyword": "AAPL", "geo": "US", "time": time }] });
        Question::parse(&req.to_string(), "2026-11-20T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_server_chooses_the_resolution() {
        for (time, expected) in [
            ("2026-11-01 2026-11-07", Resolution::Hour),
            ("2026-11-01 2026-11-08", Resolution::Day),
            ("2026-02-25 2026-11-20", Resolution::Day),
            ("2026-02-24 2026-11-20", Resolution::Week),
            ("today 3-m", Resolution::Day),
        ] {
            assert_eq!(ask(time).unwrap().resolution, expected, "{time}");
        }
    }

    #[test]
    fn reversed_future_and_senseless_windows_are_refused() {
        for time in ["2026-11-20 2026-11-01", "2026-11-01 2026-11-21", "yesterday", ""] {
            assert_eq!(ask(time), None, "{time}");
        }
        assert_eq!(Question::parse("{}", Timestamp::UNIX_EPOCH), None);
    }

    #[test]
    fn the_widget_request_reads_back() {
        let question = ask("2026-10-01 2026-11-20").unwrap();
        let back = Question::of_widget(&question.widget_request()).unwrap();
        assert_eq!(
            (back.keywords, back.first, back.last),
            (question.keywords, question.first, question.last)
        );
    }
}
