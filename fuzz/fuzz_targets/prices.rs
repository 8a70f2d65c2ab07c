//! Any body Yahoo could send: no panic, and no bar outside the days asked for.
#![no_main]

use feature_sources::{Days, prices};
use forecast_types::Symbol;
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;

const DAYS: Days = Days { first: date(2022, 1, 1), last: date(2022, 4, 30) };

fuzz_target!(|body: &[u8]| {
    let symbol = Symbol::parse("AAPL").expect("AAPL is a symbol");
    let now = "2022-05-02T12:00:00Z".parse().expect("this is a time");
    let status = if body.len() % 7 == 0 { 404 } else { 200 };
    if let Ok(series) = prices::parse(body, status, &symbol, DAYS, now) {
        assert!(!series.bars.is_empty());
        assert!(series.bars.windows(2).all(|pair| pair[0].date < pair[1].date));
        for bar in &series.bars {
            assert!(DAYS.contains(bar.date));
            assert!(bar.low > 0.0 && bar.low <= bar.high && bar.adjusted_close.is_finite() && bar.adjusted_close > 0.0);
        }
    }
});
