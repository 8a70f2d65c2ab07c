//! The walk of a price: volatility that clusters, shocks with heavy tails, jumps at quarterly reports.
//!
//! A day's return is `β · market + own`, where both parts follow GARCH(1,1) with Student-t shocks (Bollerslev 1987).
//! A weak pull keeps the price near its usual level over the years; over fourteen sessions it has no visible effect.

use std::collections::HashSet;

use forecast_types::DailyBar;
use jiff::civil::Date;
use rand::rngs::StdRng;
use rand_distr::{Distribution as _, StandardNormal, StudentT};

use super::profile::{MARKET_VOLATILITY, Profile};
use super::random::stream;

/// Weight of yesterday's squared shock.
const ALPHA: f64 = 0.09;
/// Weight of yesterday's variance.
const BETA: f64 = 0.885;
/// Heavy tails, as daily returns have them.
const DEGREES_OF_FREEDOM: f64 = 5.0;
/// Share of the way back to its usual level that a price goes in a session.
const PULL: f64 = 0.002;
/// Returns beyond this are cut; exchanges would have halted trading long before.
const LARGEST_MOVE: f64 = 0.6;

/// A GARCH(1,1) process of unit variance.
struct Garch {
    variance: f64,
    shocks: StudentT<f64>,
}

impl Garch {
    fn new() -> Self {
        let shocks = StudentT::new(DEGREES_OF_FREEDOM).expect("five degrees of freedom are positive");
        Self { variance: 1.0, shocks }
    }

    /// Returns the next shock and the standard deviation it was drawn with.
    fn next(&mut self, random: &mut StdRng) -> (f64, f64) {
        // A Student t of ν degrees of freedom has variance ν / (ν − 2).
        let unit = ((DEGREES_OF_FREEDOM - 2.0) / DEGREES_OF_FREEDOM).sqrt();
        let deviation = self.variance.sqrt();
        let shock = deviation * unit * self.shocks.sample(random);
        self.variance = (1.0 - ALPHA - BETA) + ALPHA * shock * shock + BETA * self.variance;
        self.variance = self.variance.min(40.0);
        (shock, deviation)
    }
}

/// Returns the market's returns, one a session.
pub(super) fn market_returns(seed: u64, sessions: usize) -> Vec<f64> {
    let mut random = stream(seed, "", "market");
    let mut garch = Garch::new();
    (0..sessions)
        .map(|_| (MARKET_VOLATILITY * garch.next(&mut random).0).clamp(-0.12, 0.12) + 0.0003)
        .collect()
}

/// One session of the walk, before splits and dividends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) bar: DailyBar,
    /// The return in units of its usual size: what people talk about.
    pub(super) surprise: f64,
    pub(super) is_report: bool,
}

/// Walks a stock through the sessions from the first of the whole market on; those before its listing are left out.
/// `reactions` are the sessions on which the price reacts to a report.
pub(super) fn walk(
    profile: &Profile,
    seed: u64,
    sessions: &[Date],
    market: &[f64],
    first: usize,
    reactions: &HashSet<Date>,
) -> Vec<Step> {
    let mut random = stream(seed, profile.symbol.as_str(), "walk");
    let mut normal = move || -> f64 { StandardNormal.sample(&mut random) };
    let mut shocks_random = stream(seed, profile.symbol.as_str(), "shocks");
    let mut reports_random = stream(seed, profile.symbol.as_str(), "reports");
    let mut garch = Garch::new();
    let usual = (profile.own_volatility.powi(2) + (profile.beta * MARKET_VOLATILITY).powi(2)).sqrt();

    let mut log_price = 6.0 * profile.own_volatility * normal();
    let mut activity = 0.0;
    let mut steps = Vec::with_capacity(sessions.len() - first);
    for (at, (&date, &market_return)) in sessions.iter().zip(market).enumerate() {
        let (shock, deviation) = garch.next(&mut shocks_random);
        let is_report = reactions.contains(&date);
        let surprise: f64 = StandardNormal.sample(&mut reports_random);
        let jump = if is_report { profile.report_jump * surprise } else { 0.0 };
        let move_ = profile.beta * market_return + profile.own_volatility * shock - PULL * log_price;
        let total = (move_ + jump).clamp(-LARGEST_MOVE, LARGEST_MOVE);
        let spread = profile.own_volatility * deviation;

        let before = profile.price * log_price.exp();
        log_price += total;
        let close = profile.price * log_price.exp();
        // Reports come out while the exchange is closed, so their jump is in the opening price.
        let open =
            before * (jump + 0.35 * move_ + 0.3 * spread * normal()).clamp(-LARGEST_MOVE, LARGEST_MOVE).exp();
        let high = open.max(close) * (0.6 * spread * normal().abs()).exp();
        let low = open.min(close) * (-0.6 * spread * normal().abs()).exp();

        let surprise = total / usual;
        activity = 0.75 * activity + 0.22 * normal();
        let busy = 1.0 + 0.35 * surprise.abs().min(8.0) + if is_report { 1.0 } else { 0.0 };
        let volume = profile.dollar_volume / profile.price * busy * f64::exp(activity) * 0.75;
        if at >= first {
            let bar = DailyBar {
                date,
                open: ticks(open),
                high: ticks(high),
                low: ticks(low),
                close: ticks(close),
                adjusted_close: ticks(close),
                volume: volume.max(100.0) as u64,
            };
            steps.push(Step { bar, surprise, is_report });
        }
    }
    steps
}

/// Prices move by cents, those below a dollar by hundredths of a cent.
fn ticks(price: f64) -> f64 {
    let per_dollar = if price >= 1.0 { 100.0 } else { 10_000.0 };
    ((price * per_dollar).round() / per_dollar).max(0.0001)
}
