//! The tensor `statics`: what the last 280 sessions say about the width and shape of the next fourteen.
//!
//! Everything is a ratio to the window's own daily volatility σ, a count, or a date in the year, so a penny stock
//! and one at 700,000 dollars look alike. Where a stock has fewer sessions than a feature asks for, it takes those.

use std::f64::consts::TAU;

use jiff::civil::Date;

use crate::CONTEXT;
use crate::reports::{Reports, past_reactions};
use crate::sessions::{Sessions, exponential_mean, last, mean, mean_square};

/// Collects features with their names; the names are made only on request.
pub(crate) struct Collector {
    pub(crate) values: Vec<f32>,
    pub(crate) names: Option<Vec<String>>,
}

impl Collector {
    pub(crate) fn new(with_names: bool) -> Self {
        Self { values: Vec::with_capacity(256), names: with_names.then(Vec::new) }
    }

    fn push(&mut self, name: impl FnOnce() -> String, value: f64) {
        debug_assert!(value.is_finite(), "{}", name());
        self.values.push(value as f32);
        if let Some(names) = &mut self.names {
            names.push(name());
        }
    }
}

/// A move of this many daily volatilities counts as a surprise.
const SURPRISE: f64 = 3.0;

/// Appends all features of a window whose last session is `origin`; those of the reports come last.
pub(crate) fn collect(sessions: &Sessions, reports: Option<&Reports<'_>>, origin: Date, out: &mut Collector) {
    levels(sessions, out);
    ranges(sessions, out);
    parts_of_the_day(sessions, out);
    moves(sessions, out);
    volumes(sessions, out);
    jumps(sessions, out);
    calendar(origin, out);
    past_reports(sessions, reports, origin, out);
}

/// Volatility at many scales: quadratic means, which jumps dominate, and absolute means, which they do not.
fn levels(sessions: &Sessions, out: &mut Collector) {
    let sigma = sessions.sigma;
    let squares = || sessions.change.iter().map(|change| change * change);
    for lambda in [0.7, 0.85, 0.94, 0.97, 0.99] {
        out.push(|| format!("ewma_{lambda}"), volatility_ratio(exponential_mean(squares(), lambda), sigma));
    }
    for days in [3, 5, 10, 22, 66, 125, 250] {
        let quadratic = mean_square(last(&sessions.change, days));
        out.push(|| format!("root_mean_square_{days}"), volatility_ratio(quadratic, sigma));
        out.push(|| format!("mean_size_{days}"), size_ratio(mean(last(&sessions.size, days)), sigma));
    }
    for days in [22, 66, 250] {
        let sizes = last(&sessions.size, days);
        out.push(|| format!("median_size_{days}"), size_ratio(median(sizes), sigma));
        let still = sizes.iter().filter(|&&size| size < 1e-7).count() as f64 / sizes.len() as f64;
        out.push(|| format!("still_share_{days}"), still);
    }
    for days in [22, 66, 125] {
        let then = sessions.ewma[sessions.len().saturating_sub(days + 1)];
        let change = 0.5 * ((sessions.ewma[sessions.len() - 1] + floor(sigma)) / (then + floor(sigma))).ln();
        out.push(|| format!("ewma_change_{days}"), change.clamp(-2.0, 2.0));
    }
    out.push(|| "log_sigma".to_owned(), sigma.ln());
    out.push(|| "known_share".to_owned(), sessions.len() as f64 / (CONTEXT + crate::WINDOW - 1) as f64);
}

fn ranges(sessions: &Sessions, out: &mut Collector) {
    for days in [1, 3, 5, 10, 22, 66, 250] {
        let parkinson = mean(last(&sessions.parkinson, days));
        out.push(|| format!("parkinson_{days}"), volatility_ratio(parkinson, sessions.sigma));
        let rogers_satchell = mean(last(&sessions.rogers_satchell, days)).max(0.0);
        out.push(|| format!("rogers_satchell_{days}"), volatility_ratio(rogers_satchell, sessions.sigma));
    }
}

fn parts_of_the_day(sessions: &Sessions, out: &mut Collector) {
    let sigma = sessions.sigma;
    for days in [5, 22, 66, 250] {
        let overnight = last(&sessions.overnight, days);
        out.push(|| format!("overnight_{days}"), volatility_ratio(mean_square(overnight), sigma));
        let sizes = overnight.iter().map(|change| change.abs()).sum::<f64>() / overnight.len() as f64;
        out.push(|| format!("overnight_size_{days}"), size_ratio(sizes, sigma));
        let intraday = mean_square(last(&sessions.intraday, days));
        out.push(|| format!("intraday_{days}"), volatility_ratio(intraday, sigma));
        let changes = last(&sessions.change, days);
        let downside =
            changes.iter().map(|change| change.min(0.0).powi(2)).sum::<f64>() / changes.len() as f64;
        out.push(|| format!("downside_{days}"), volatility_ratio(downside, sigma));
    }
}

fn moves(sessions: &Sessions, out: &mut Collector) {
    let sigma = sessions.sigma;
    for ago in 0..3 {
        let change = sessions.log_change[sessions.len() - 1 - ago];
        out.push(|| format!("change_{ago}_ago"), (change / sigma).clamp(-6.0, 6.0));
    }
    for days in [5, 10, 22, 66, 125, 250] {
        let changes = last(&sessions.log_change, days);
        let total: f64 = changes.iter().sum();
        let scale = sigma * (changes.len() as f64).sqrt();
        out.push(|| format!("momentum_{days}"), (total / scale).clamp(-4.0, 4.0));
    }
}

fn volumes(sessions: &Sessions, out: &mut Collector) {
    for days in [1, 5, 22, 66] {
        out.push(|| format!("volume_{days}"), mean(last(&sessions.volume, days)).clamp(-4.0, 4.0));
    }
}

/// The largest move of late, and when a surprise last came.
fn jumps(sessions: &Sessions, out: &mut Collector) {
    for days in [5, 10, 22, 66, 250] {
        let largest = last(&sessions.size, days).iter().copied().fold(0.0, f64::max);
        out.push(|| format!("largest_{days}"), size_ratio(largest, sessions.sigma));
    }
    let latest = sessions.surprise.iter().rposition(|&surprise| surprise > SURPRISE);
    let since = latest.map_or(100, |day| (sessions.len() - 1 - day).min(100));
    out.push(|| "since_surprise".to_owned(), (since as f64).ln_1p() / 4.6);
    let size = latest.filter(|_| since < 100).map_or(0.0, |day| sessions.surprise[day]);
    out.push(|| "latest_surprise".to_owned(), size / 5.0);
}

/// How the price took the reports so far, and how it moves without them; all zero where no report is known.
fn past_reports(sessions: &Sessions, reports: Option<&Reports<'_>>, origin: Date, out: &mut Collector) {
    let reacted = reports.map(|reports| past_reactions(sessions, reports, origin)).unwrap_or_default();
    let count = reacted.len() as f64;
    let surprises = || reacted.iter().map(|&place| sessions.surprise[place]);
    let mean_of = |sum: f64| if count > 0.0 { sum / count } else { 0.0 };
    out.push(|| "reports".to_owned(), count.min(8.0) / 4.0);
    out.push(|| "report_surprise".to_owned(), mean_of(surprises().sum()) / 3.0);
    let squares = mean_of(surprises().map(|surprise| surprise * surprise).sum());
    out.push(|| "report_surprise_root_mean_square".to_owned(), squares.sqrt() / 3.0);
    out.push(|| "report_surprise_latest".to_owned(), surprises().next_back().unwrap_or(0.0) / 3.0);
    let since = reacted.last().map_or(0, |&place| sessions.len() - place);
    out.push(|| "since_report".to_owned(), (since as f64).ln_1p() / 4.6);
    let others: Vec<f64> = (0..sessions.len())
        .filter(|place| reacted.binary_search(place).is_err())
        .map(|place| sessions.change[place].powi(2))
        .collect();
    let mut without = |name: &'static str, variance: f64| {
        let ratio = if count > 0.0 { volatility_ratio(variance, sessions.sigma) } else { 0.0 };
        out.push(|| name.to_owned(), ratio);
    };
    without("ewma_0.94_without_reports", exponential_mean(others.iter().copied(), 0.94));
    without("root_mean_square_22_without_reports", mean(last(&others, 22)));
    without("root_mean_square_66_without_reports", mean(last(&others, 66)));
    without("root_mean_square_250_without_reports", mean(last(&others, 250)));
}

/// Companies report in the same weeks of each quarter, and Fridays precede weekends.
fn calendar(origin: Date, out: &mut Collector) {
    let first_month = (origin.month() - 1) / 3 * 3 + 1;
    let quarter_start = Date::new(origin.year(), first_month, 1).expect("the first of a month exists");
    let into_quarter = f64::from(origin.day_of_year() - quarter_start.day_of_year()) / 91.0;
    out.push(|| "quarter_sine".to_owned(), (TAU * into_quarter).sin());
    out.push(|| "quarter_cosine".to_owned(), (TAU * into_quarter).cos());
    let weekday = origin.weekday().to_monday_zero_offset();
    for day in 0..4 {
        out.push(|| format!("weekday_{day}"), f64::from(u8::from(weekday == day)));
    }
}

/// Keeps the logarithm of a variance finite where nothing moved: 1 % of σ, squared.
fn floor(sigma: f64) -> f64 {
    1e-4 * sigma * sigma
}

/// Logarithm of a volatility over σ, from a variance.
fn volatility_ratio(variance: f64, sigma: f64) -> f64 {
    0.5 * (variance + floor(sigma)).ln() - sigma.ln()
}

/// Logarithm of an absolute move over σ.
fn size_ratio(size: f64, sigma: f64) -> f64 {
    (size + 1e-2 * sigma).ln() - sigma.ln()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    let middle = sorted.len() / 2;
    let (_, upper, _) = sorted.select_nth_unstable_by(middle, f64::total_cmp);
    *upper
}
