use jiff::civil::date;

use super::*;

const DAYS: Days = Days { first: date(2021, 1, 1), last: date(2021, 1, 4) };

/// An answer to the question for [`DAYS`], put long after them.
fn timeline(points: &str) -> Result<SearchSeries, SourceError> {
    timeline_at(points, "2021-02-01T12:00:00Z")
}

fn timeline_at(points: &str, now: &str) -> Result<SearchSeries, SourceError> {
    let body = format!(")]}}',\n{{\"default\":{{\"timelineData\":[{points}]}}}}");
    parse_timeline(body.as_bytes(), DAYS, now.parse().unwrap())
}

/// A point for a day of January 2021 with whatever follows its time.
fn point(day: i64, rest: &str) -> String {
    format!(r#"{{"time":"{}",{rest}}}"#, 1_609_459_200 + (day - 1) * DAY_SECONDS)
}

fn sound(days: impl IntoIterator<Item = i64>) -> Vec<String> {
    days.into_iter().map(|day| point(day, r#""value":[40],"hasData":[true]"#)).collect()
}

fn dates(series: &SearchSeries) -> Vec<i8> {
    series.days.iter().map(|day| day.date.day()).collect()
}

#[test]
fn the_widget_keeps_its_request_word_for_word() {
    let body =
        b")]}'\n{\"widgets\":[{\"id\":\"GEO_MAP\"},{\"request\":{\"time\":\"a b\", \"resolution\":\"DAY\"},\
        \"token\":\"T0\",\"id\":\"TIMESERIES\"}]}";
    let widget = parse_explore(body).unwrap();
    assert_eq!(widget.request, "{\"time\":\"a b\", \"resolution\":\"DAY\"}");
    assert_eq!(widget.token, "T0");
}

#[test]
fn every_day_that_is_over_makes_it_whole() {
    let all = sound(1..=4).join(",");
    let series = timeline(&all).unwrap();
    assert_eq!((dates(&series), series.partial_reason), (vec![1, 2, 3, 4], None));

    // On the evening of the last day that day is not over, whether it comes as unfinished or not at all.
    for today in ["", r#",{"time":"1609718400","value":[83],"isPartial":true}"#] {
        let series =
            timeline_at(&format!("{}{today}", sound(1..=3).join(",")), "2021-01-04T23:00:00Z").unwrap();
        assert_eq!((dates(&series), series.partial_reason), (vec![1, 2, 3], None), "{today}");
    }
}

#[test]
fn a_day_without_data_is_missing_and_never_zero() {
    for odd in [
        r#""value":[0],"hasData":[false]"#,
        r#""value":[],"hasData":[false]"#,
        r#""value":[null]"#,
        r#""value":["NA"]"#,
        r#""value":[NaN]"#,
        r#""value":[101]"#,
        r#""value":7"#,
    ] {
        let mut points = sound([1, 3, 4]);
        points.insert(1, point(2, odd));
        let series = timeline(&points.join(",")).unwrap();
        assert_eq!(dates(&series), [1, 3, 4], "{odd}");
        assert_eq!(series.partial_reason.as_deref(), Some("1 day came without data"), "{odd}");
    }
}

#[test]
fn a_series_that_ends_early_says_where() {
    let series = timeline(&sound(1..=2).join(",")).unwrap();
    assert_eq!(series.partial_reason.as_deref(), Some("2 days came without data, nothing after 2021-01-02"));

    let mut points = sound(1..=3);
    points.push(point(4, r#""value":[],"hasData":[false]"#));
    let today = timeline_at(&points.join(","), "2021-01-04T23:00:00Z").unwrap();
    assert_eq!(today.partial_reason.as_deref(), Some("1 day came without data, nothing after 2021-01-03"));
}

#[test]
fn a_true_zero_is_a_value() {
    let series =
        timeline(&[sound(1..=3), vec![point(4, r#""value":[0],"hasData":[true]"#)]].concat().join(","));
    let series = series.unwrap();
    assert_eq!((series.days[3].interest, series.partial_reason), (0.0, None));
}

#[test]
fn no_interest_at_all_is_missing() {
    for points in ["", r#"{"time":"1609459200","value":[0]},{"time":"1609545600","value":[0]}"#] {
        assert!(matches!(timeline(points), Err(SourceError::NoData)), "{points}");
    }
}

#[test]
fn an_answer_without_a_single_sound_point_is_malformed() {
    for points in [
        r#"{"time":1609459200,"value":[1]}"#,
        r#"{"time":"soon","value":[1]}"#,
        r#"{"time":"1609459201","value":[1]}"#,
        r#"{"time":"99999999999999999","value":[1]}"#,
        "null",
    ] {
        assert!(matches!(timeline(points), Err(SourceError::Malformed { .. })), "{points}");
    }
}
