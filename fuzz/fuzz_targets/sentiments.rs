//! Any body that EODHD, the SEC or ApeWisdom could send.
#![no_main]

use feature_sources::{Days, apewisdom, parse_sentiments, reports};
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;

const DAYS: Days = Days { first: date(2022, 1, 1), last: date(2022, 4, 30) };

fuzz_target!(|body: &[u8]| {
    if let Ok(series) = parse_sentiments(body, "AAPL.US", DAYS) {
        assert!(!series.days.is_empty());
        for day in &series.days {
            assert!(DAYS.contains(day.date) && day.count >= 0.0 && (-1.0..=1.0).contains(&day.sentiment));
        }
    }
    let _ = apewisdom::parse_page(body);
    if let Ok(series) = reports::parse_company(body, 320_193).and_then(|company| company.filings_by_day(DAYS)) {
        assert!(series.days.iter().all(|day| DAYS.contains(day.date)));
    }
});
