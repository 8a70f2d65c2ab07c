//! Answers recorded from the real upstreams, if the recordings are present; otherwise it says so.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use feature_sources::reports::{
    parse_company, parse_day, parse_earnings, parse_older, parse_tickers, quarterly_reports,
};
use feature_sources::{Days, SourceError, apewisdom, parse_sentiments, prices, searches, wikipedia};
use forecast_types::{EventKind, ReportTime, Symbol};
use jiff::Timestamp;
use jiff::civil::date;

const LONG_AGO: Days = Days { first: date(2010, 1, 1), last: date(2026, 11, 20) };

fn recordings() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/upstreams/samples");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("NOT RUN: no recorded answers at ../shared/upstreams/samples");
    None
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn now() -> Timestamp {
    "2026-11-20T22:00:00Z".parse().unwrap()
}

fn chart(
    folder: &Path,
    name: &str,
    symbol: &str,
    status: u16,
) -> Result<feature_sources::PriceSeries, SourceError> {
    prices::parse(&read(folder, name), status, &Symbol::parse(symbol).unwrap(), LONG_AGO, now())
}

#[test]
fn yahoo_answers_parse() {
    let Some(folder) = recordings() else { return };

    let apple = chart(&folder, "yahoo/aapl-49-bars-split-and-dividend.json", "AAPL", 200).unwrap();
    assert_eq!(apple.bars.len(), 49);
    assert_eq!(apple.bars[0].date, date(2020, 8, 31));
    assert!(matches!(&apple.events[0].kind, EventKind::Split { ratio } if ratio == "4:1"));
    assert!(matches!(apple.events[1].kind, EventKind::Dividend { amount } if (amount - 0.205).abs() < 1e-9));
    // No jump at the split: the closes are adjusted for it.
    assert!(apple.bars.windows(2).all(|pair| (pair[1].close / pair[0].close - 1.0).abs() < 0.1));

    let microsoft = chart(&folder, "yahoo/msft-252-bars-dividends.json", "MSFT", 200).unwrap();
    assert_eq!(microsoft.bars.len(), 252);
    assert!(microsoft.bars.windows(2).all(|pair| pair[0].date < pair[1].date));

    for (name, symbol, status, expected) in [
        ("yahoo/unknown-symbol-404.json", "NOSUCH", 404, "the symbol is unknown or delisted there"),
        ("yahoo/before-listing-400.json", "AAPL", 400, "the stock was not listed yet on those days"),
        ("yahoo/aapl-empty-weekend.json", "AAPL", 200, "no data for this stock"),
        ("yahoo/FAKE-no-timestamp-weird-quote.json", "AAPL", 200, "no data for this stock"),
        ("yahoo/yfrs-vfinx.json", "VFINX", 200, "the symbol means a mutual fund there, not this stock"),
    ] {
        let error = chart(&folder, name, symbol, status).unwrap_err();
        assert_eq!(error.to_string(), expected, "{name}");
    }
}

#[test]
fn eodhd_answers_parse() {
    let Some(folder) = recordings() else { return };

    let documented = read(&folder, "eodhd-news/two-tickers-documented.json");
    let apple = parse_sentiments(&documented, "AAPL.US", LONG_AGO).unwrap();
    assert_eq!(apple.days.len(), 5);
    assert_eq!((apple.days[0].date, apple.days[0].count), (date(2022, 2, 18), 24.0));

    for (name, days) in [
        ("eodhd-news/aapl-one-day-2026-09-08.json", 1),
        ("eodhd-news/DOC-openapi-wrapped-shape.json", 5),
        ("eodhd-tweets/SHAPE-from-clients.json", 2),
    ] {
        let series = parse_sentiments(&read(&folder, name), "AAPL.US", LONG_AGO).unwrap();
        assert_eq!(series.days.len(), days, "{name}");
    }
    for name in ["eodhd-news/empty-object.json", "eodhd-tweets/empty-array-demo-2026-09.json"] {
        let error = parse_sentiments(&read(&folder, name), "AAPL.US", LONG_AGO).unwrap_err();
        assert!(matches!(error, SourceError::NoData), "{name}: {error}");
    }
}

#[test]
fn google_trends_answers_parse() {
    let Some(folder) = recordings() else { return };

    searches::parse_explore(&read(&folder, "google-trends/explore-two-keywords.txt")).unwrap();
    let pizza = read(&folder, "google-trends/multiline-day-5-points.txt");
    let pizza = searches::parse_timeline(&pizza, LONG_AGO, now()).unwrap();
    let interest: Vec<_> = pizza.days.iter().map(|day| day.interest).collect();
    assert_eq!(interest, [100.0, 83.0, 78.0, 49.0, 50.0]);
    assert_eq!(pizza.days[0].date, date(2021, 1, 1));

    let page = read(&folder, "google-trends/error-429.html");
    assert!(matches!(searches::parse_timeline(&page, LONG_AGO, now()), Err(SourceError::Malformed { .. })));
}

#[test]
fn the_secs_answers_parse_whatever_clock_their_times_are_on() {
    let Some(folder) = recordings() else { return };
    let reports = |name: &str, cik| {
        let company = parse_company(&read(&folder, &format!("edgar/{name}")), cik).unwrap();
        let reports = quarterly_reports(company.filings(), date(2026, 11, 20));
        reports.iter().map(|report| (report.date, report.when)).collect::<Vec<_>>()
    };
    let after_close = |days: &[jiff::civil::Date]| {
        days.iter().map(|&day| (day, ReportTime::AfterClose)).collect::<Vec<_>>()
    };

    assert_eq!(
        reports("submissions-AAPL-2026Q1-eastern.json", 320_193),
        after_close(&[date(2025, 10, 30), date(2026, 1, 29)])
    );
    assert_eq!(
        reports("submissions-NVDA-2026Q1-mixed.json", 1_045_810),
        after_close(&[date(2025, 8, 27), date(2025, 11, 19), date(2026, 2, 25)])
    );
    let tesla = [date(2019, 4, 3), date(2022, 1, 26), date(2022, 7, 20), date(2022, 10, 19)];
    assert_eq!(reports("submissions-TSLA-2022-12-eastern.json", 1_318_605), after_close(&tesla));
    assert_eq!(
        reports("submissions-TSLA-2026Q1-utc.json", 1_318_605),
        after_close(&[&tesla[..], &[date(2026, 1, 28)]].concat())
    );
    assert!(parse_older(&read(&folder, "edgar/submissions-older-page-IMNN-001.json")).unwrap().is_empty());
    let tickers =
        parse_tickers(&read(&folder, "edgar/company_tickers_exchange-trimmed-2026-08.json")).unwrap();
    assert_eq!((tickers["BRK-B"], tickers["GOOG"], tickers["NVDA"]), (1_067_983, 1_652_044, 1_045_810));
}

#[test]
fn the_earnings_calendars_parse() {
    let Some(folder) = recordings() else { return };
    let day = parse_day(&read(&folder, "nasdaq-earnings/calendar-2024-07-02-trimmed.json"), date(2024, 7, 2))
        .unwrap();
    let time = |symbol: &str| day.get(&Symbol::parse(symbol).unwrap()).copied();
    assert_eq!(time("MSM"), Some(ReportTime::BeforeOpen));
    assert_eq!((time("SLP"), time("MANU")), (Some(ReportTime::AfterClose), None));

    let two_rows = read(&folder, "eodhd-calendar/DOC-earnings-two-rows.json");
    let next = parse_earnings(&two_rows, "PIGEF.US", date(2018, 11, 30)).unwrap().unwrap();
    assert_eq!((next.date, next.when), (date(2018, 12, 2), ReportTime::AfterClose));
}

#[test]
fn wikimedias_answers_parse() {
    let Some(folder) = recordings() else { return };

    let views = read(&folder, "wikipedia/per-article-daily-2020-01.json");
    let views = wikipedia::parse_views(&views, "Citi_Bank", LONG_AGO).unwrap();
    assert_eq!((views.days.len(), views.days[0].date, views.days[0].count), (1, date(2020, 1, 1), 5.0));
    let later = Days { first: date(2020, 1, 2), ..LONG_AGO };
    let body = read(&folder, "wikipedia/per-article-daily-2020-01.json");
    assert!(matches!(wikipedia::parse_views(&body, "Citi_Bank", later), Err(SourceError::NoData)));
    assert!(wikipedia::parse_views(&body, "Citigroup", LONG_AGO).is_err(), "another article");
    assert!(
        wikipedia::parse_views(&read(&folder, "wikipedia/error-404-no-data.json"), "test", LONG_AGO).is_err()
    );

    let article = wikipedia::parse_article(&read(&folder, "wikipedia/SHAPE-wikidata-answer.json")).unwrap();
    assert_eq!(article.as_deref(), Some("Apple_Inc."));
}

#[test]
fn a_page_of_mentions_parses() {
    let Some(folder) = recordings() else { return };
    apewisdom::parse_page(&read(&folder, "apewisdom/SHAPE-page-one-real-entry.json")).unwrap();
}

#[test]
fn filings_are_counted_by_the_day_they_were_filed() {
    let Some(folder) = recordings() else { return };
    let company =
        parse_company(&read(&folder, "edgar/submissions-NVDA-2026Q1-mixed.json"), 1_045_810).unwrap();
    let days = Days { first: date(2026, 2, 20), last: date(2026, 3, 4) };
    let counted = company.filings_by_day(days).unwrap().days;
    assert_eq!((counted.len(), counted[0].date, counted[12].date), (13, days.first, days.last));
    let filed: f64 = counted.iter().map(|day| day.count).sum();
    assert!(filed >= 2.0 && counted.iter().any(|day| day.count == 0.0), "{counted:?}");
    let before = Days { first: date(2015, 1, 1), last: date(2015, 2, 1) };
    assert!(
        matches!(company.filings_by_day(before), Err(SourceError::NoData)),
        "older filings are in other files"
    );
}
