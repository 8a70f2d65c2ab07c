//! Any body EODHD could send.
#![no_main]

use feature_sources::{Days, parse_sentiments};
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
});
