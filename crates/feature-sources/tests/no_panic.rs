//! No answer, however odd, makes a parser panic or lets a day through that was not asked for.

use feature_sources::{Days, apewisdom, parse_sentiments, prices, reports, searches, wikipedia};
use forecast_types::Symbol;
use jiff::civil::date;
use proptest::prelude::*;

const DAYS: Days = Days { first: date(2022, 1, 1), last: date(2022, 4, 30) };

/// A sound chart answer, cut and changed below.
const CHART: &str = r#"{"chart":{"result":[{"meta":{"currency":"USD","symbol":"AAPL","exchangeName":"NMS","fullExchangeName":"NasdaqGS","instrumentType":"EQUITY","gmtoffset":-18000,"timezone":"EST","exchangeTimezoneName":"America/New_York","hasPrePostMarketData":true,"priceHint":2,"currentTradingPeriod":{"pre":{"timezone":"EST","start":1,"end":2,"gmtoffset":-18000},"regular":{"timezone":"EST","start":2,"end":3,"gmtoffset":-18000},"post":{"timezone":"EST","start":3,"end":4,"gmtoffset":-18000}},"dataGranularity":"1d","range":"","validRanges":[]},"timestamp":[1645108200,1645194600,1645540200],"events":{"dividends":{"1645540200":{"amount":0.2,"date":1645540200}}},"indicators":{"quote":[{"open":[1.0,2,3],"high":[2,3,4],"low":[0.5,1,2],"close":[1.5,2.5,3.5],"volume":[1,2,null]}],"adjclose":[{"adjclose":[1.4,2.4,3.5]}]}}],"error":null}}"#;
const SENTIMENTS: &str = r#"{"AAPL.US":[{"date":"2022-02-22","count":23,"normalized":0.6152},{"date":"2022-02-21","count":23,"normalized":0.3668}]}"#;
const TIMELINE: &str = ")]}',\n{\"default\":{\"timelineData\":[{\"time\":\"1645488000\",\"value\":[100]},{\"time\":\"1645574400\",\"value\":[83],\"isPartial\":true}]}}";
const EXPLORE: &str =
    ")]}'\n{\"widgets\":[{\"request\":{\"resolution\":\"DAY\"},\"token\":\"T\",\"id\":\"TIMESERIES\"}]}";

const COMPANY: &str = r#"{"cik":"0000320193","filings":{"recent":{"form":["10-Q","8-K"],"items":["","2.02,9.01"],"filingDate":["2022-02-23","2022-02-22"],"reportDate":["2021-12-31","2022-02-22"],"acceptanceDateTime":["2022-02-23T06:01:32.000Z","2022-02-22T16:30:33.000Z"]},"files":[{"name":"CIK0000320193-submissions-001.json","filingTo":"2015-01-02"}]}}"#;
const CALENDAR: &str =
    r#"{"data":{"asOf":"Tue, Feb 22, 2022","rows":[{"symbol":"AAPL","time":"time-pre-market"}]}}"#;
const EARNINGS: &str =
    r#"{"earnings":[{"code":"AAPL.US","report_date":"2022-05-03","before_after_market":"AfterMarket"}]}"#;

const VIEWS: &str = r#"{"items":[{"project":"en.wikipedia","article":"Apple_Inc.","timestamp":"2022022200","views":5},{"article":"Apple_Inc.","timestamp":"2022022300","views":7}]}"#;
const ARTICLE: &str = r#"{"results":{"bindings":[{"enwiki":{"type":"uri","value":"https://en.wikipedia.org/wiki/Apple_Inc."}}]}}"#;
const MENTIONS: &str =
    r#"{"count":1,"pages":1,"results":[{"rank":1,"ticker":"MU","mentions":1338,"mentions_24h_ago":"2503"}]}"#;

/// Replaces a piece of a text by another.
fn damaged(sound: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let odd = prop_oneof![
        Just("null".to_owned()),
        Just("\"Infinity\"".to_owned()),
        Just("-1".to_owned()),
        Just("1e400".to_owned()),
        Just("9223372036854775807".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("[[[[".to_owned()),
        ".{0,12}",
    ];
    (0..sound.len(), 0_usize..40, odd).prop_map(move |(start, length, odd)| {
        let mut bytes = sound.as_bytes().to_vec();
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, odd.into_bytes());
        bytes
    })
}

fn any_body(sound: &'static str) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => damaged(sound), 1 => proptest::collection::vec(any::<u8>(), 0..200)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn charts(body in any_body(CHART), status in prop_oneof![Just(200_u16), Just(404), Just(500)]) {
        let symbol = Symbol::parse("AAPL").unwrap();
        if let Ok(series) = prices::parse(&body, status, &symbol, DAYS, "2022-03-01T12:00:00Z".parse().unwrap()) {
            prop_assert!(series.bars.windows(2).all(|pair| pair[0].date < pair[1].date));
            for bar in &series.bars {
                prop_assert!(DAYS.contains(bar.date));
                prop_assert!(bar.low > 0.0 && bar.low <= bar.open.min(bar.close) && bar.high >= bar.open.max(bar.close));
                prop_assert!(bar.adjusted_close.is_finite() && bar.adjusted_close > 0.0);
            }
        }
    }

    #[test]
    fn sentiments(body in any_body(SENTIMENTS)) {
        if let Ok(series) = parse_sentiments(&body, "AAPL.US", DAYS) {
            prop_assert!(!series.days.is_empty());
            prop_assert!(series.days.iter().all(|day| DAYS.contains(day.date) && day.sentiment.abs() <= 1.0));
        }
    }

    #[test]
    fn timelines(body in any_body(TIMELINE)) {
        if let Ok(series) = searches::parse_timeline(&body, DAYS, "2022-03-01T12:00:00Z".parse().unwrap()) {
            prop_assert!(series.days.iter().all(|day| DAYS.contains(day.date) && (0.0..=100.0).contains(&day.interest)));
        }
    }

    #[test]
    fn companies(body in any_body(COMPANY)) {
        if let Ok(company) = reports::parse_company(&body, 320_193) {
            let dates = reports::quarterly_reports(company.filings(), DAYS.last);
            prop_assert!(dates.windows(2).all(|pair| pair[0].date < pair[1].date));
            prop_assert!(dates.iter().all(|report| report.date <= DAYS.last));
        }
    }

    #[test]
    fn calendars(day in any_body(CALENDAR), earnings in any_body(EARNINGS)) {
        let _ = reports::parse_day(&day, date(2022, 2, 22));
        if let Ok(Some(report)) = reports::parse_earnings(&earnings, "AAPL.US", DAYS.last) {
            prop_assert!(report.date > DAYS.last);
        }
    }

    #[test]
    fn views(body in any_body(VIEWS)) {
        if let Ok(series) = wikipedia::parse_views(&body, "Apple_Inc.", DAYS) {
            prop_assert!(!series.days.is_empty());
            prop_assert!(series.days.iter().all(|day| DAYS.contains(day.date) && day.count >= 0.0));
        }
    }

    #[test]
    fn filings(body in any_body(COMPANY)) {
        if let Ok(series) = reports::parse_company(&body, 320_193).and_then(|company| company.filings_by_day(DAYS)) {
            prop_assert!(series.days.iter().all(|day| DAYS.contains(day.date)));
        }
    }

    #[test]
    fn articles_and_mentions(article in any_body(ARTICLE), mentions in any_body(MENTIONS)) {
        if let Ok(Some(title)) = wikipedia::parse_article(&article) {
            prop_assert!(!title.is_empty() && !title.contains(char::is_control));
        }
        let _ = apewisdom::parse_page(&mentions);
    }

    #[test]
    fn explores(body in any_body(EXPLORE)) {
        let _ = searches::parse_explore(&body);
    }
}
