use forecast_types::{DailyBar, InputDigest, SearchDay, SentimentDay};
use sha2::{Digest as _, Sha256};

use crate::reports::{ReportInput, Reports};
use crate::sessions::{Sessions, last};
use crate::statics::{self, Collector};
use crate::{AHEAD_FEATURES, HORIZON, SENTIMENT_FEATURES, SERIES_FEATURES, WINDOW, ahead, sentiments};

/// What the sources delivered for one stock, oldest first; `None` is a missing source.
#[derive(Clone, Copy, Debug)]
pub struct RawSeries<'a> {
    /// Settled sessions. A window reads up to [`crate::SESSIONS`] of them.
    pub bars: &'a [DailyBar],
    /// Tweets by calendar day.
    pub tweets: Option<&'a [SentimentDay]>,
    /// News by calendar day.
    pub news: Option<&'a [SentimentDay]>,
    /// Searches by calendar day, all of one answer and so on one scale.
    pub searches: Option<&'a [SearchDay]>,
    /// Quarterly reports.
    pub reports: Option<Reports<'a>>,
}

impl<'a> RawSeries<'a> {
    /// Takes prices alone; every other source is missing.
    #[must_use]
    pub fn of_bars(bars: &'a [DailyBar]) -> Self {
        Self { bars, tweets: None, news: None, searches: None, reports: None }
    }
}

/// Says why no window could be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeatureError {
    /// The stock is too young.
    #[error("{have} settled sessions, {need} needed")]
    TooLittleHistory {
        /// Sessions up to the origin.
        have: usize,
        /// Sessions needed.
        need: usize,
    },
    /// The origin is not one of the bars.
    #[error("session {origin} was requested, but there are only {bars}")]
    NoSuchSession {
        /// The index given.
        origin: usize,
        /// How many bars there are.
        bars: usize,
    },
    /// A tensor has another length than its shape gives.
    #[error("tensor {name} has {got} values, expected {expected}")]
    Shape {
        /// The tensor.
        name: &'static str,
        /// Values it has.
        got: usize,
        /// Values it must have.
        expected: usize,
    },
    /// A bar holds something that is no price.
    #[error("the bar of {date} has the price {price}, expected a positive number")]
    NotAPrice {
        /// The session.
        date: jiff::civil::Date,
        /// The price, as text.
        price: String,
    },
}

/// One origin session as the network reads it: four tensors, and the volatility that scales its answer.
///
/// - `series`, shape `[WINDOW, SERIES_FEATURES]`, oldest session first: change, overnight and intraday part, range
///   less one and root of the move's size, all in daily volatilities σ, and the logarithm of the volume less its mean.
/// - `sentiments`, shape `[WINDOW, SENTIMENT_FEATURES]`: see the module `sentiments`.
/// - `statics`, shape `[static_names().len()]`: see the module `statics`.
/// - `ahead`, shape `[HORIZON, AHEAD_FEATURES]`, next session first: see the module `ahead`.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureWindow {
    pub(crate) series: Vec<f32>,
    pub(crate) sentiments: Vec<f32>,
    pub(crate) statics: Vec<f32>,
    pub(crate) ahead: Vec<f32>,
    pub(crate) sigma: f64,
}

impl FeatureWindow {
    /// Builds the window whose last session is `bars[origin]`; later bars are not read, later days of the other
    /// sources do not count.
    ///
    /// # Errors
    /// When fewer than [`WINDOW`] sessions lead up to the origin, or a bar in reach holds no price.
    pub fn build(series: &RawSeries<'_>, origin: usize) -> Result<Self, FeatureError> {
        let Some(origin_bar) = series.bars.get(origin) else {
            return Err(FeatureError::NoSuchSession { origin, bars: series.bars.len() });
        };
        if origin + 1 < WINDOW {
            return Err(FeatureError::TooLittleHistory { have: origin + 1, need: WINDOW });
        }
        check_prices(&series.bars[(origin + 1).saturating_sub(crate::SESSIONS)..=origin])?;

        let sessions = Sessions::read(series.bars, origin);
        let report = ReportInput::of(series.reports.as_ref(), origin_bar.date);
        let reports = series.reports.as_ref().filter(|_| report != ReportInput::Unknown);
        let mut collector = Collector::new(false);
        statics::collect(&sessions, reports, origin_bar.date, &mut collector);
        Ok(Self {
            series: series_tensor(&sessions),
            sentiments: sentiments::tensor(&sentiments::feature_days(series, origin)),
            statics: collector.values,
            ahead: ahead::tensor(&sessions, &report, origin_bar.date),
            sigma: sessions.sigma,
        })
    }

    /// Takes over tensors made elsewhere, such as the golden pairs beside a model.
    ///
    /// # Errors
    /// When a tensor has another length than the shapes above give.
    pub fn from_tensors(
        series: Vec<f32>,
        sentiments: Vec<f32>,
        statics: Vec<f32>,
        ahead: Vec<f32>,
        sigma: f64,
    ) -> Result<Self, FeatureError> {
        for (name, got, expected) in [
            ("series", series.len(), WINDOW * SERIES_FEATURES),
            ("sentiments", sentiments.len(), WINDOW * SENTIMENT_FEATURES),
            ("statics", statics.len(), static_names().len()),
            ("ahead", ahead.len(), HORIZON * AHEAD_FEATURES),
        ] {
            if got != expected {
                return Err(FeatureError::Shape { name, got, expected });
            }
        }
        Ok(Self { series, sentiments, statics, ahead, sigma })
    }

    /// Returns the tensor `series`, row by row.
    #[must_use]
    pub fn series(&self) -> &[f32] {
        &self.series
    }

    /// Returns the tensor `sentiments`, row by row.
    #[must_use]
    pub fn sentiments(&self) -> &[f32] {
        &self.sentiments
    }

    /// Returns the tensor `statics`.
    #[must_use]
    pub fn statics(&self) -> &[f32] {
        &self.statics
    }

    /// Returns the tensor `ahead`, row by row.
    #[must_use]
    pub fn ahead(&self) -> &[f32] {
        &self.ahead
    }

    /// Returns the daily volatility σ in which the network answers, as a simple return.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// Identifies what the network reads: the SHA-256 of the four tensors in the order above, each value as four
    /// bytes, lowest first.
    #[must_use]
    pub fn digest(&self) -> InputDigest {
        let mut hash = Sha256::new();
        for tensor in [&self.series, &self.sentiments, &self.statics, &self.ahead] {
            hash.update(tensor.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>());
        }
        let hash = hash.finalize();
        InputDigest(std::array::from_fn(|place| hash[place]))
    }
}

/// Returns the names of the features in `statics`, in order.
#[must_use]
pub fn static_names() -> Vec<String> {
    let flat = DailyBar {
        date: jiff::civil::date(2024, 1, 2),
        open: 1.0,
        high: 1.0,
        low: 1.0,
        close: 1.0,
        adjusted_close: 1.0,
        volume: 0,
    };
    let bars = [flat; WINDOW];
    let mut collector = Collector::new(true);
    statics::collect(&Sessions::read(&bars, WINDOW - 1), None, flat.date, &mut collector);
    collector.names.unwrap_or_default()
}

fn check_prices(bars: &[DailyBar]) -> Result<(), FeatureError> {
    for bar in bars {
        for price in [bar.open, bar.high, bar.low, bar.close, bar.adjusted_close] {
            if !price.is_finite() || price <= 0.0 {
                return Err(FeatureError::NotAPrice { date: bar.date, price: price.to_string() });
            }
        }
    }
    Ok(())
}

/// The oldest session of a stock with exactly [`WINDOW`] bars has no return; its row is zero.
fn series_tensor(sessions: &Sessions) -> Vec<f32> {
    let known = sessions.len().min(WINDOW);
    let mut tensor = vec![0.0; (WINDOW - known) * SERIES_FEATURES];
    let scaled = |value: f64| (value / sessions.sigma).clamp(-8.0, 8.0) as f32;
    let rows = last(&sessions.change, known)
        .iter()
        .zip(last(&sessions.overnight, known))
        .zip(last(&sessions.intraday, known))
        .zip(last(&sessions.range, known))
        .zip(last(&sessions.volume, known));
    for ((((&change, &overnight), &intraday), &range), &volume) in rows {
        tensor.push(scaled(change));
        tensor.push(scaled(overnight));
        tensor.push(scaled(intraday));
        tensor.push(scaled(range) - 1.0);
        tensor.push(volume.clamp(-4.0, 4.0) as f32);
        tensor.push(scaled(change.abs()).sqrt() - 0.7);
    }
    tensor
}
