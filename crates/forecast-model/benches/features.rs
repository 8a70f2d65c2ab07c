//! How long the features of one window take.

use divan::{Bencher, black_box};
use forecast_model::{FeatureWindow, RawSeries, SESSIONS};
use forecast_types::{DailyBar, SearchDay, SentimentDay};
use jiff::civil::{Date, date};

fn main() {
    divan::main();
}

fn days() -> impl Iterator<Item = (usize, Date)> {
    date(2024, 1, 2).series(jiff::Span::new().days(1)).take(SESSIONS).enumerate()
}

fn bar((at, date): (usize, Date)) -> DailyBar {
    let close = 150.0 + (at as f64 * 0.7).sin() * 20.0;
    let (open, high, low) = (close * 1.002, close * 1.01, close * 0.99);
    DailyBar {
        date,
        open,
        high,
        low,
        close,
        adjusted_close: close * 0.98,
        volume: 1_000_000 + at as u64 * 999,
    }
}

#[divan::bench]
fn features_of_a_window(bencher: Bencher<'_, '_>) {
    let bars: Vec<DailyBar> = days().map(bar).collect();
    let latest = || days().skip(SESSIONS - 60);
    let sentiments: Vec<SentimentDay> =
        latest().map(|(at, date)| SentimentDay { date, count: at as f64, sentiment: 0.3 }).collect();
    let searches: Vec<SearchDay> =
        latest().map(|(at, date)| SearchDay { date, interest: (at % 100) as f64 }).collect();
    let series = RawSeries {
        bars: &bars,
        tweets: Some(&sentiments),
        news: Some(&sentiments),
        searches: Some(&searches),
        reports: None,
    };
    bencher.bench(|| FeatureWindow::build(black_box(&series), SESSIONS - 1).expect("a whole window").sigma());
}
