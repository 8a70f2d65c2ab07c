//! What a comparison shows, read from its SVG, and what it refuses.
#![expect(clippy::unwrap_used, reason = "a test may panic in its helpers too")]

use forecast_types::{ComparedStock, ComparisonRequest, Level, Market, Quantiles, Theme};
use plot_service::chart::InvalidChart;
use plot_service::chart::compare::{Comparison, paint, png, svg};

/// A stock whose ranges are as wide as its volatility, around its last close.
fn stock(symbol: &str, name: &str, close: f64, width: f64) -> ComparedStock {
    let steps = [-1.65, -1.28, -0.67, 0.0, 0.69, 1.34, 1.75];
    let quantiles: Quantiles =
        Level::ALL.into_iter().zip(steps.map(|step| close * (1.0 + step * width))).collect();
    ComparedStock {
        symbol: symbol.parse().unwrap(),
        name: name.to_owned(),
        currency: "USD".to_owned(),
        close,
        quantiles,
    }
}

fn three() -> ComparisonRequest {
    ComparisonRequest {
        title: "NVDA, KO, BRK.A: ranges of the close on Thu, Mar 28".to_owned(),
        subtitle: "Compared with the last close".to_owned(),
        hide_title: false,
        stocks: vec![
            stock("NVDA", "NVIDIA Corporation", 856.1, 0.09),
            stock("KO", "Coca-Cola Company (The)", 59.7, 0.024),
            stock("BRK.A", "Berkshire Hathaway Inc. Class A", 612_345.0, 0.031),
        ],
        width: None,
        height: None,
        scale: None,
        theme: Theme::Light,
        market: Some(Market::Simulated),
    }
}

fn drawn(request: ComparisonRequest) -> String {
    svg(&Comparison::new(request).unwrap())
}

fn faults(request: ComparisonRequest) -> InvalidChart {
    Comparison::new(request).unwrap_err()
}

#[test]
fn each_stock_has_its_prices_and_changes() {
    let svg = drawn(three());
    for words in [
        "NVDA",
        "$757–$959",
        "−11.5% to +12.1%",
        "$612,",
        "last close",
        "+10%",
        "Simulated market",
        "not advice",
    ] {
        assert!(svg.contains(words), "{words}: {svg}");
    }
    assert!(svg.find(">NVDA<") < svg.find(">KO<"), "the order of the request");
}

#[test]
fn a_comparison_looks_as_it_was_reviewed() {
    insta::assert_snapshot!(drawn(three()));
}

#[test]
fn on_a_phone_names_and_changes_are_above_the_bars_and_all_of_it_fits() {
    let phone = ComparisonRequest { width: Some(400), height: Some(368), hide_title: true, ..three() };
    let svg = drawn(phone.clone());
    assert!(svg.contains("−11.5% to +12.1%") && !svg.contains(">$757–$959<"), "{svg}");
    assert!(!svg.contains(">Compared with the last close<"), "the page has the title");
    let dark = ComparisonRequest { theme: Theme::Dark, ..phone };
    assert_ne!(svg, drawn(dark));
}

#[test]
fn the_same_request_gives_the_same_picture_at_any_scale() {
    let double = ComparisonRequest { scale: Some(2.0), ..three() };
    let comparison = Comparison::new(double).unwrap();
    let picture = paint(&comparison);
    assert_eq!((picture.width, picture.height), (2_400, 2 * (220 + 3 * 72)));
    assert_eq!(png(&comparison), png(&comparison));
}

#[test]
fn from_one_to_twelve_stocks_and_any_width_can_be_drawn() {
    for stocks in [1, 6, 12] {
        for (width, height) in [(320, 240), (400, 900), (2_400, 1_600)] {
            let request = ComparisonRequest {
                stocks: vec![stock("KO", &"long name ".repeat(20), 0.000_3, 0.4); stocks],
                width: Some(width),
                height: Some(height),
                ..three()
            };
            assert!(!drawn(request).contains("NaN"), "{stocks} stocks on {width} by {height}");
        }
    }
}

#[test]
fn what_cannot_be_drawn_is_named_by_its_field() {
    type Change = fn(&mut ComparisonRequest);
    let cases: [(&str, &str, Change); 7] = [
        ("/stocks", "has 0 entries", |request| request.stocks.clear()),
        ("/stocks", "has 13 entries", |request| request.stocks = vec![request.stocks[0].clone(); 13]),
        ("/stocks/1/close", "expected a number", |request| request.stocks[1].close = 0.0),
        ("/stocks/0/currency", "ISO 4217", |request| request.stocks[0].currency = "dollar".to_owned()),
        ("/stocks/2/quantiles", "no quantile", |request| request.stocks[2].quantiles = Quantiles::default()),
        ("/title", "is empty", |request| request.title = " ".to_owned()),
        ("/width", "expected 320 to 2400", |request| request.width = Some(10)),
    ];
    for (pointer, detail, change) in cases {
        let mut request = three();
        change(&mut request);
        let found = faults(request).faults;
        assert!(found[0].pointer == pointer && found[0].detail.contains(detail), "{found:?}");
    }
}
