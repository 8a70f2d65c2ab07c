//! Any body that Google Trends could send in its second and last step, or Wikimedia for articles and their views.
#![no_main]

use feature_sources::{Days, searches, wikipedia};
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;

const DAYS: Days = Days { first: date(2022, 1, 1), last: date(2022, 4, 30) };

fuzz_target!(|body: &[u8]| {
    let _ = searches::parse_explore(body);
    let now = "2022-05-02T12:00:00Z".parse().expect("this is a time");
    if let Ok(series) = searches::parse_timeline(body, DAYS, now) {
        for day in &series.days {
            assert!(DAYS.contains(day.date) && (0.0..=100.0).contains(&day.interest));
        }
    }
    let _ = wikipedia::parse_article(body);
    if let Ok(series) = wikipedia::parse_views(body, "Apple_Inc.", DAYS) {
        assert!(series.days.iter().all(|day| DAYS.contains(day.date) && day.count >= 0.0));
    }
});
