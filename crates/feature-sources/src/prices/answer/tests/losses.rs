//! What an answer may lack or get wrong, and what becomes of it.

use super::*;

/// As they stand in the text of an answer.
const ODD_PRICES: [&str; 9] =
    ["null", "NaN", "-Infinity", "\"Infinity\"", "\"NaN\"", "\"n/a\"", "0", "-3.0", "1e300"];

#[test]
fn null_bars_are_left_out_and_a_null_last_bar_is_awaited_not_filled() {
    let mut answer = answer(&week());
    for series in ["open", "high", "low", "close", "volume"] {
        set(&mut answer, &format!("/indicators/quote/0/{series}/1"), Value::Null);
        set(&mut answer, &format!("/indicators/quote/0/{series}/4"), Value::Null);
    }

    let series = parsed(&answer, FRIDAY_EVENING).unwrap();

    assert_eq!(
        series.bars.iter().map(|bar| bar.date.day()).collect::<Vec<_>>(),
        [16, 18, 19],
        "the 17th and the 20th came as null"
    );
    assert!(series.newest_is_pending);
    assert_eq!(
        series.partial_reason.as_deref(),
        Some("the session of 2026-11-20 is not available yet; 1 session came without prices: 2026-11-17")
    );
}

#[test]
fn an_impossible_close_costs_its_bar_only() {
    for odd in ODD_PRICES {
        let mut answer = with_text(&answer(&week()), "/indicators/quote/0/close/2", odd);
        answer = answer.replace("\"regularMarketPrice\":101.5", "\"regularMarketPrice\":\"Infinity\"");

        let series = parsed_text(&answer, FRIDAY_EVENING).unwrap();

        assert_eq!(series.bars.len(), 4, "{odd}");
        let reason = series.partial_reason;
        assert_eq!(reason.as_deref(), Some("1 session came without prices: 2026-11-18"), "{odd}");
    }
}

#[test]
fn a_close_is_enough_for_a_bar() {
    for odd in ODD_PRICES {
        let answer = answer(&week());
        for (name, open, high, low) in
            [("open", 105.0, 106.0, 104.0), ("high", 104.5, 105.0, 104.0), ("low", 104.5, 106.0, 104.5)]
        {
            let answer = with_text(&answer, &format!("/indicators/quote/0/{name}/4"), odd);

            let series = parsed_text(&answer, FRIDAY_EVENING).unwrap();

            let last = series.bars.last().unwrap();
            assert_eq!((series.bars.len(), last.date), (5, date(2026, 11, 20)), "{name} {odd}");
            assert_eq!(
                (last.open, last.high, last.low, last.close),
                (open, high, low, 105.0),
                "{name} {odd}"
            );
            let reason = series.partial_reason;
            assert_eq!(
                reason.as_deref(),
                Some("1 session came without an open, high or low"),
                "{name} {odd}"
            );
        }
    }
}

#[test]
fn whole_series_but_the_closes_may_be_absent_or_cut_short() {
    for (name, reason) in [
        ("open", "5 sessions came without an open, high or low"),
        ("high", "5 sessions came without an open, high or low"),
        ("low", "5 sessions came without an open, high or low"),
        ("volume", "5 sessions came without a volume"),
    ] {
        for series in [None, Some(Value::Null), Some(json!([])), Some(json!([1.0])), Some(json!("none"))] {
            let mut answer = answer(&week());
            let quote = answer.pointer_mut("/chart/result/0/indicators/quote/0").unwrap();
            match &series {
                Some(value) => quote[name] = value.clone(),
                None => drop(quote.as_object_mut().unwrap().remove(name)),
            }

            let read = parsed(&answer, FRIDAY_EVENING).unwrap();

            assert_eq!(read.bars.iter().map(|bar| bar.close).sum::<f64>(), 515.0, "{name} {series:?}");
            assert_eq!(read.partial_reason.as_deref(), Some(reason), "{name} {series:?}");
        }
    }
}

#[test]
fn a_volume_that_cannot_be_read_is_reported_and_costs_nothing_else() {
    for (odd, volume) in
        [("1.5e6", 1_500_000), ("\"7\"", 7), ("-1", 0), ("\"Infinity\"", 0), ("NaN", 0), ("null", 0)]
    {
        let answer = with_text(&answer(&week()), "/indicators/quote/0/volume/2", odd);

        let series = parsed_text(&answer, FRIDAY_EVENING).unwrap();

        assert_eq!((series.bars.len(), series.bars[2].volume), (5, volume), "{odd}");
        let reason = (volume == 0).then(|| "1 session came without a volume".to_owned());
        assert_eq!(series.partial_reason, reason, "{odd}");
    }
}

#[test]
fn a_row_without_its_time_costs_itself_only() {
    for odd in ["null", "\"soon\"", "NaN"] {
        let answer = with_text(&answer(&week()), "/timestamp/2", odd);
        let series = parsed_text(&answer, FRIDAY_EVENING).unwrap();
        assert_eq!(series.bars.len(), 4, "{odd}");
        let reason = series.partial_reason;
        assert_eq!(reason.as_deref(), Some("1 session came without prices: 2026-11-18"), "{odd}");
    }
}

#[test]
fn the_calendar_counts_the_sessions_that_did_not_come() {
    let mut sessions = exchange_calendar::sessions_between(date(2026, 11, 2), date(2026, 11, 20));
    sessions.retain(|day| !(3..=12).contains(&day.day()) && day.day() != 17);
    let mut answer = answer(&sessions);
    // A row of nulls is no session either, wherever it stands.
    for series in ["open", "high", "low", "close", "volume"] {
        set(&mut answer, &format!("/indicators/quote/0/{series}/0"), Value::Null);
    }

    let series = parsed(&answer, FRIDAY_EVENING).unwrap();

    assert_eq!(
        series.partial_reason.as_deref(),
        Some("10 sessions came without prices, the last on 2026-11-17"),
        "the 2nd to the 12th and the 17th; the market is closed on weekends"
    );
}

#[test]
fn a_session_missing_at_the_end_of_a_past_question_is_not_awaited() {
    let series = parsed(&answer(&week()[..4]), "2026-12-01T12:00:00Z").unwrap();
    assert_eq!(series.partial_reason.as_deref(), Some("1 session came without prices: 2026-11-20"));
}

#[test]
fn descriptive_fields_may_be_missing() {
    let mut answer = answer(&week());
    let meta = answer.pointer_mut("/chart/result/0/meta").unwrap().as_object_mut().unwrap();
    meta.retain(|name, _| name == "exchangeTimezoneName");
    meta.insert("currency".to_owned(), Value::Null);
    meta.insert("tradingPeriods".to_owned(), json!({"unheard": 1}));

    let series = parsed(&answer, FRIDAY_EVENING).unwrap();

    assert_eq!((series.bars.len(), series.currency.as_str(), series.partial_reason), (5, "USD", None));
}

#[test]
fn without_the_name_of_its_time_zone_an_answer_is_read_in_new_yorks() {
    for offset in [json!(-18_000), json!(-14_400), Value::Null] {
        let mut answer = answer(&week());
        let meta = answer.pointer_mut("/chart/result/0/meta").unwrap();
        meta["gmtoffset"] = offset.clone();
        meta.as_object_mut().unwrap().remove("exchangeTimezoneName");

        let series = parsed(&answer, FRIDAY_EVENING).unwrap();

        assert_eq!(series.bars.len(), 5, "{offset}");
        let reason = series.partial_reason;
        assert_eq!(reason.as_deref(), Some("the time zone's name was absent and is assumed"), "{offset}");
    }
}

#[test]
fn prices_on_two_scales_are_put_on_one_and_reported() {
    let mut answer = answer(&week());
    answer["chart"]["result"][0]["events"] = json!({"splits": {"9": {
        "date": open(date(2026, 11, 20)), "numerator": 1, "denominator": 15, "splitRatio": "1:15"}}});
    for at in [0, 2] {
        for series in ["quote/0/open", "quote/0/high", "quote/0/low", "quote/0/close", "adjclose/0/adjclose"]
        {
            let pointer = format!("/indicators/{series}/{at}");
            let price = answer.pointer(&format!("/chart/result/0{pointer}")).unwrap().as_f64().unwrap();
            set(&mut answer, &pointer, json!(price / 15.0));
        }
    }

    let series = parsed(&answer, FRIDAY_EVENING).unwrap();

    for (bar, close) in series.bars.iter().zip([101.0, 102.0, 103.0, 104.0, 105.0]) {
        assert!((bar.close - close).abs() < 1e-9 && (bar.adjusted_close - close).abs() < 1e-9, "{bar:?}");
    }
    assert_eq!(
        series.partial_reason.as_deref(),
        Some("prices of 2 sessions came on another scale (a split or unit not applied) and were corrected")
    );
}

#[test]
fn one_price_of_a_bar_in_another_unit_is_not_believed() {
    for (name, reason) in [
        (
            "close",
            "prices of 1 session came on another scale (a split or unit not applied) and were corrected",
        ),
        ("high", "1 session came without an open, high or low"),
        ("low", "1 session came without an open, high or low"),
    ] {
        for factor in [100.0, 0.01] {
            let mut answer = answer(&week());
            let pointer = format!("/indicators/quote/0/{name}/2");
            let price = answer.pointer(&format!("/chart/result/0{pointer}")).unwrap().as_f64().unwrap();
            set(&mut answer, &pointer, json!(price * factor));

            let series = parsed(&answer, FRIDAY_EVENING).unwrap();

            let bar = series.bars[2];
            assert!(
                (bar.close - 103.0).abs() < 1e-9 && bar.high < 105.0 && bar.low > 101.0,
                "{name}: {bar:?}"
            );
            assert_eq!(series.partial_reason.as_deref(), Some(reason), "{name} {factor}");
        }
    }
}

#[test]
fn a_delisted_symbol_is_not_called_a_fund() {
    let mut nothing = answer(&week());
    let result = &mut nothing["chart"]["result"][0];
    result["meta"]["exchangeName"] = json!("YHD");
    result["meta"]["instrumentType"] = json!("MUTUALFUND");
    result["meta"]["currency"] = Value::Null;
    let mut empty = nothing.clone();
    empty["chart"]["result"][0].as_object_mut().unwrap().remove("timestamp");
    set(&mut empty, "/indicators", json!({"quote": [{}], "adjclose": [{}]}));
    for answer in [nothing, empty] {
        let error = parsed(&answer, FRIDAY_EVENING).unwrap_err();
        assert!(matches!(error, SourceError::UnknownSymbol), "{error}");
    }
}

#[test]
fn a_price_that_only_repeats_itself_is_no_price() {
    let sessions = exchange_calendar::sessions_between(date(2026, 11, 2), date(2026, 11, 20));
    let mut frozen = answer(&sessions);
    for series in ["quote/0/open", "quote/0/high", "quote/0/low", "quote/0/close", "adjclose/0/adjclose"] {
        set(&mut frozen, &format!("/indicators/{series}"), json!(vec![5.0; sessions.len()]));
    }
    for volume in [json!(vec![0; sessions.len()]), Value::Null] {
        set(&mut frozen, "/indicators/quote/0/volume", volume);
        let error = parsed(&frozen, FRIDAY_EVENING).unwrap_err();
        assert_eq!(error.to_string(), "the stock has not traded since 2026-11-02");
    }
}

#[test]
fn absent_adjusted_closes_are_worked_out_from_the_dividends() {
    let dividend = json!({"dividends": {"1": {"amount": 2.06, "date": open(date(2026, 11, 19))}}});
    for adjusted in [json!([]), json!([{}]), json!([{"adjclose": [1.0]}]), Value::Null] {
        let mut answer = answer(&week());
        answer["chart"]["result"][0]["events"] = dividend.clone();
        set(&mut answer, "/indicators/adjclose", adjusted.clone());

        let series = parsed(&answer, FRIDAY_EVENING).unwrap();

        let factors: Vec<_> = series.bars.iter().map(|bar| bar.adjusted_close / bar.close).collect();
        // The dividend is 2% of the close of 103 on the 18th.
        for (factor, expected) in factors.iter().zip([0.98, 0.98, 0.98, 1.0, 1.0]) {
            assert!((factor - expected).abs() < 1e-12, "{adjusted}: {factors:?}");
        }
    }
}
