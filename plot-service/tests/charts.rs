//! What every chart guarantees: the same bytes each time, text as text, labels within bounds, faults by field.
#![expect(clippy::unwrap_used, reason = "a test may panic in its helpers too")]

#[path = "../samples/mod.rs"]
mod samples;

use forecast_types::{Bar, ChartRequest, Coverage, Level, Quantiles, Report, ReportBasis, ReportTime};
use plot_service::chart::{Chart, InvalidChart, png, svg};
use proptest::prelude::*;

fn drawn(request: ChartRequest) -> (Vec<u8>, String) {
    let chart = Chart::new(request).unwrap();
    (png(&chart), svg(&chart))
}

fn refusal(change: impl FnOnce(&mut ChartRequest)) -> InvalidChart {
    let mut request = samples::month();
    change(&mut request);
    Chart::new(request).unwrap_err()
}

fn pointers(invalid: &InvalidChart) -> Vec<&str> {
    invalid.faults.iter().map(|fault| fault.pointer.as_str()).collect()
}

#[test]
fn the_same_request_gives_the_same_bytes() {
    for (name, request) in samples::all() {
        assert_eq!(drawn(request.clone()), drawn(request), "{name}");
    }
}

#[test]
fn a_drawing_on_another_thread_with_a_cold_cache_gives_the_same_bytes() {
    let here = drawn(samples::month());
    let there = std::thread::spawn(|| drawn(samples::month())).join().unwrap();
    assert_eq!(here, there);
}

#[test]
fn the_png_has_its_size_color_space_and_description() {
    let mut request = samples::month();
    request.scale = Some(2.0);
    let bytes = drawn(request).0;

    let reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
    let info = reader.info();
    assert_eq!((info.width, info.height), (2_400, 1_500));
    assert!(info.srgb.is_some());
    let density = info.pixel_dims.unwrap();
    // 192 to the inch.
    assert_eq!((density.xppu, density.yppu), (7_559, 7_559));
    let notes: Vec<(&str, &str)> = info
        .uncompressed_latin1_text
        .iter()
        .map(|note| (note.keyword.as_str(), note.text.as_str()))
        .collect();
    for note in [
        ("symbol", "AAPL"),
        ("as_of", "2026-11-20"),
        ("model", "fortnight-lstm 1.0.0"),
        ("market", "simulated"),
    ] {
        assert!(notes.contains(&note), "{note:?} in {notes:?}");
    }
}

#[test]
fn the_notes_contain_text_beyond_latin_unchanged() {
    let request = samples::named("other-scripts");
    let title = request.title.clone();
    let bytes = drawn(request).0;
    let reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
    let notes = &reader.info().utf8_text;
    assert!(notes.iter().any(|note| note.keyword == "Title" && note.get_text().unwrap() == title));
}

#[test]
fn the_svg_is_self_contained_with_text_as_text_and_a_description() {
    for (name, request) in samples::all() {
        let title = request.title.clone();
        let svg = drawn(request).1;
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{name}");
        assert!(
            svg.contains("<title id=\"title\">") && svg.contains("<desc id=\"desc\">Daily closes from"),
            "{name}"
        );
        assert!(svg.contains(">80% range</text>"), "{name}");
        for external in ["href", "url(", "<script", "<style", "<image", "@import", "onload"] {
            assert!(!svg.contains(external), "{name}: {external}");
        }
        let escaped = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        assert!(svg.contains(&escaped), "{name}: the title is missing");
    }
}

#[test]
fn the_tag_is_in_the_picture_unless_prices_are_live() {
    use forecast_types::Market;
    for (market, words) in [
        (Some(Market::Simulated), Some("Simulated market")),
        (Some(Market::Replay), Some("Replay of past prices")),
        (Some(Market::Live), None),
        (None, None),
    ] {
        for width in [360, 1_200] {
            let svg = drawn(ChartRequest { market, width: Some(width), ..samples::month() }).1;
            let tag = |words: &str| svg.contains(&format!(">{words}</text>"));
            assert_eq!(tag("Simulated market"), words == Some("Simulated market"), "{market:?}");
            assert_eq!(tag("Replay of past prices"), words == Some("Replay of past prices"), "{market:?}");
        }
    }
}

#[test]
fn the_footer_has_the_measured_coverage_and_the_disclaimer() {
    let coverage = Some(Coverage { level: 0.8, held: 0.7963, outcomes: 12_345 });
    let svg = drawn(ChartRequest { coverage, ..samples::month() }).1;
    assert!(svg.contains(
        ">Across all stocks, 79.6% of 12,345 past closes fell in the 80% range. A forecast is a range of outcomes, not advice.</text>"
    ));
}

#[test]
fn a_chart_without_title_still_names_itself_and_its_market() {
    for width in [360, 1_200] {
        let svg = drawn(ChartRequest { show_title: false, width: Some(width), ..samples::month() }).1;
        assert!(svg.contains("<title id=\"title\">Apple: 80% chance of "), "in the metadata");
        assert_eq!(svg.matches("Apple: 80% chance of ").count(), 1, "not in the picture");
        assert!(svg.contains(">Simulated market</text>"));
    }
}

#[test]
fn the_last_close_is_named_and_each_range_has_one_label() {
    let svg = drawn(samples::month()).1;
    assert!(svg.contains(">last close</text>") && svg.contains(">$228.50</text>"));
    for range in ["50% range", "80% range", "90% range"] {
        assert_eq!(svg.matches(&format!(">{range}</text>")).count(), 1, "{range}");
    }
    assert!(!svg.contains("median"));
}

#[test]
fn a_forecast_of_the_past_is_scored_and_each_close_marked_inside_or_outside() {
    let chart = Chart::new(samples::looking_back(14)).unwrap();
    let svg = svg(&chart);
    assert!(svg.contains(" of 14 inside the 80% range</text>"), "in the picture");
    assert!(
        svg.contains("Closes since then: ") && svg.contains(" of 14 inside the 80% range."),
        "in the description"
    );
    assert!(svg.contains(">close on Nov 2</text>") && !svg.contains(">last close</text>"));
    let area = serde_json::to_value(plot_service::chart::area(&chart)).unwrap();
    let (inside, outside): (Vec<_>, Vec<_>) = area["sessions"].as_array().unwrap()[30..]
        .iter()
        .map(|session| session["text"].as_str().unwrap())
        .partition(|text| text.ends_with(", inside"));
    assert!(!inside.is_empty() && !outside.is_empty(), "{inside:?} {outside:?}");
    assert!(outside.iter().all(|text| text.contains(", closed at $") && text.ends_with(", outside")));
    assert!(svg.contains(&format!(">{} of 14 inside the 80% range</text>", inside.len())));
    assert_eq!(svg.matches("fill=\"#b42318\"").count(), outside.len(), "one ring for each close outside");
}

#[test]
fn the_area_says_where_the_picture_has_its_data() {
    for (name, request) in samples::all() {
        let chart = Chart::new(request).unwrap();
        let area = serde_json::to_value(plot_service::chart::area(&chart)).unwrap();
        let at = |key: &str| area[key].as_f64().unwrap();
        assert!(at("left") < at("right") && at("right") < at("width"), "{name}: {area}");
        assert!(at("top") < at("bottom") && at("bottom") < at("height"), "{name}: {area}");
        // The dot of the last close is drawn where the area says.
        let sessions = area["sessions"].as_array().unwrap();
        let last = area["last"].as_u64().unwrap() as f64;
        let close = sessions[last as usize]["prices"][0].as_f64().unwrap();
        let x = at("left") + (at("right") - at("left")) * last / (sessions.len() - 1) as f64;
        let y = at("bottom") - (at("bottom") - at("top")) * (close - at("low")) / (at("high") - at("low"));
        let svg = svg(&chart);
        let dots = svg.lines().filter(|line| line.starts_with("<circle "));
        let near = |dot: &str| {
            let place = |name| attribute(dot, name).unwrap();
            (place("cx") - x).abs() < 0.2 && (place("cy") - y).abs() < 0.2
        };
        assert!(dots.into_iter().any(near), "{name}: no dot at {x}, {y}");
    }
}

#[test]
fn a_title_that_almost_fits_is_set_smaller_and_not_cut() {
    let svg = drawn(samples::named("low")).1;
    assert!(svg.contains(">Apple: 80% chance of $217–$249 by Dec 10</text>"), "{svg}");
}

#[test]
fn a_coming_report_is_marked_and_one_beyond_the_forecast_is_not() {
    let mut request = samples::month();
    let report = |date, basis| Report {
        date,
        when: ReportTime::AfterClose,
        basis,
        spread_sessions: None,
        session: None,
    };
    let (soon, end) = (request.forecast[2].date, request.forecast[13].date);
    request.reports = vec![report(soon, ReportBasis::Announced)];
    let svg = drawn(request.clone()).1;
    assert!(svg.contains(">reports Nov 25, after close</text>"));
    assert!(svg.contains("The company reports Nov 25, after close."), "in the description");

    request.reports = vec![report(soon, ReportBasis::Estimated), report(end, ReportBasis::Announced)];
    let svg = drawn(request).1;
    assert!(svg.contains(">report expected about Nov 25</text>"));
    // The price reacts on the day after the last one shown.
    assert!(!svg.contains(">reports Dec 10"));

    let mut request = samples::month();
    let later =
        Report { when: ReportTime::BeforeOpen, ..report(end.tomorrow().unwrap(), ReportBasis::Estimated) };
    request.reports = vec![later];
    assert!(!drawn(request).1.contains(">report expected"));
}

#[test]
fn invalid_input_is_refused_with_the_path_of_its_field() {
    type Change = fn(&mut ChartRequest);
    let cases: [(&str, Change); 26] = [
        ("/history", |c| c.history.clear()),
        ("/history", |c| c.history.truncate(1)),
        ("/history", |c| c.history = vec![c.history[0]; 100_000]),
        ("/history/3/close", |c| c.history[3].close = f64::NAN),
        ("/history/3/close", |c| c.history[3].close = f64::INFINITY),
        ("/history/3/close", |c| c.history[3].close = -1.0),
        ("/history/0/close", |c| c.history[0].close = 0.0),
        ("/history/8/date", |c| c.history.swap(7, 8)),
        ("/history/5/date", |c| c.history[5].date = c.history[4].date),
        ("/forecast", |c| c.forecast.clear()),
        ("/forecast", |c| c.forecast = vec![c.forecast[0].clone(); 1_000]),
        ("/forecast/0/date", |c| c.forecast[0].date = c.history[29].date),
        ("/forecast/2/quantiles", |c| set(c, 2, Level::P05, 1e6)),
        ("/forecast/2/quantiles", |c| set(c, 2, Level::P95, f64::NAN)),
        ("/forecast/1/quantiles", |c| c.forecast[1].quantiles = Quantiles::default()),
        ("/forecast/4/quantiles", |c| c.forecast[4].quantiles = [(Level::MEDIAN, 1.0)].into_iter().collect()),
        ("/outcome/0/date", |c| c.outcome = vec![c.history[3]]),
        ("/outcome/1/date", |c| c.outcome = vec![Bar { date: c.forecast[0].date, ..c.history[0] }; 2]),
        ("/title", |c| c.title = "A".repeat(10_000)),
        ("/title", |c| c.title = "\u{200b} \n".to_owned()),
        ("/currency", |c| c.currency = "<script>".to_owned()),
        ("/width", |c| c.width = Some(0)),
        ("/height", |c| c.height = Some(u32::MAX)),
        ("/scale", |c| c.scale = Some(f64::NAN)),
        ("/scale", |c| (c.width, c.height, c.scale) = (Some(2_400), Some(1_600), Some(3.0))),
        ("/coverage/held", |c| c.coverage = Some(Coverage { level: 0.8, held: 1.2, outcomes: 1 })),
    ];
    for (expected, change) in cases {
        let invalid = refusal(change);
        assert!(pointers(&invalid).contains(&expected), "{expected} in {:?}", invalid.faults);
        assert!(invalid.faults.len() <= 10);
        assert!(invalid.faults.iter().all(|fault| fault.detail.len() < 200), "{:?}", invalid.faults);
    }
}

fn set(request: &mut ChartRequest, session: usize, level: Level, price: f64) {
    let quantiles = &mut request.forecast[session].quantiles;
    *quantiles = quantiles.iter().map(|(at, old)| (at, if at == level { price } else { old })).collect();
}

#[test]
fn long_titles_markup_and_control_characters_are_safe() {
    for title in [
        "W".repeat(2_000),
        "<script>alert(1)</script>".to_owned(),
        "]]><!--\"'&amp;".to_owned(),
        "\u{202e}desrever\u{0}\u{7}\r\n".to_owned(),
        "𝕬𝖕𝖕𝖑𝖊 👩‍👩‍👧‍👦 ﷽ 漢字かな한글 שלום مرحبا".to_owned(),
        "e\u{301}\u{301}\u{301}\u{301}".repeat(100),
    ] {
        for width in [320, 1_200] {
            let request = ChartRequest { title: title.clone(), width: Some(width), ..samples::month() };
            let (png, svg) = drawn(request);
            assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && !svg.contains("<script"), "{title}");
            assert!(svg.chars().all(|c| c == '\n' || !c.is_control()), "{title}");
        }
    }
}

/// Reads `name="…"` of an element.
fn attribute(element: &str, name: &str) -> Option<f64> {
    element.split_once(&format!(" {name}=\""))?.1.split('"').next()?.parse().ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_leaves_the_canvas_and_no_end_labels_overlap(
        width in 320u32..1_600,
        height in 240u32..1_000,
        exponent in -5.0..6.0f64,
        daily in 0.000_1..0.15f64,
        sessions in 2usize..260,
    ) {
        let mut request = samples::walk("Any", 10f64.powf(exponent), daily, sessions.max(30));
        request.history.drain(..request.history.len() - sessions);
        request.width = Some(width);
        request.height = Some(height);
        let Ok(chart) = Chart::new(request) else { return Ok(()) };
        let svg = svg(&chart);

        let texts: Vec<&str> = svg.lines().filter(|line| line.starts_with("<text ")).collect();
        let mut column: Vec<(f64, f64)> = Vec::new();
        for text in &texts {
            let x = attribute(text, "x").unwrap();
            let y = attribute(text, "y").unwrap();
            let size = attribute(text, "font-size").unwrap();
            let right = x + attribute(text, "textLength").unwrap();
            prop_assert!(x >= 0.0 && right <= f64::from(width) + 0.5, "{text}");
            prop_assert!(y - size * 0.73 >= 0.0 && y <= f64::from(height), "{text}");
            prop_assert!(size >= 11.0, "{text}");
            if text.contains("% range</text>") || text.contains('–') {
                column.push((y, size));
            }
        }
        prop_assert!(!column.is_empty());
        let is_disclaimer = |text: &str| text.ends_with("advice.</text>") && !text.contains('…');
        prop_assert!(texts.iter().any(|text| is_disclaimer(text)), "the disclaimer is cut");
        for pair in column.windows(2) {
            prop_assert!(pair[1].0 - pair[1].1 * 0.73 >= pair[0].0, "{column:?}");
        }
    }
}
