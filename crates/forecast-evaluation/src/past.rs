//! Remakes forecasts for past sessions, from what was known then. The evaluation scores them; a replay records them.

use exchange_calendar::next_sessions;
use forecast_model::score::ewma_sigma;
use forecast_model::{CONTEXT, FeatureWindow, HORIZON, Model, RawSeries, ReportInput, SESSIONS};
use forecast_score::{Outcome, RecordedForecast, log_price};
use forecast_types::{DailyBar, InputDigest, Report};
use jiff::civil::Date;

use crate::reports::StockReports;
use crate::sentiments::{SentimentHistory, one_scale};

/// The history of one stock from the files.
#[derive(Clone, Copy, Debug)]
pub struct PastStock<'a> {
    /// Its ticker in the files of tweets, news and searches.
    pub ticker: &'a str,
    /// Its bars, oldest first.
    pub bars: &'a [DailyBar],
    /// Tweets, news and searches.
    pub sentiments: &'a SentimentHistory,
    /// Its report dates, if known.
    pub reports: Option<&'a StockReports>,
}

/// A forecast as it would have been made after a past session.
#[derive(Clone, Debug)]
pub struct PastForecast {
    /// The index of the session among the bars.
    pub origin: usize,
    /// The forecast, as it is recorded.
    pub recorded: RecordedForecast,
    /// The report it knew of.
    pub report: Option<Report>,
    /// Identifies what the network read.
    pub inputs: InputDigest,
}

impl PastStock<'_> {
    /// Returns the indices of the sessions from `first` to `last` that have enough bars before them.
    pub fn origins(&self, first: Date, last: Date) -> impl Iterator<Item = usize> + use<> {
        let place = |date: Date, included: bool| {
            self.bars.partition_point(|bar| bar.date < date || (included && bar.date == date))
        };
        place(first, false).max(CONTEXT)..place(last, true)
    }

    /// Makes the forecasts of these sessions.
    ///
    /// # Errors
    /// When a bar has no valid price or the network fails.
    pub fn forecasts(&self, model: &Model, origins: &[usize]) -> anyhow::Result<Vec<PastForecast>> {
        let mut windows = Vec::with_capacity(origins.len());
        let mut about = Vec::with_capacity(origins.len());
        for &origin in origins {
            let first = (origin + 1).saturating_sub(SESSIONS);
            let date = self.bars[origin].date;
            let searches = self.sentiments.searches.get(self.ticker).map(|days| one_scale(days, date));
            let series = RawSeries {
                bars: &self.bars[first..=origin],
                tweets: self.sentiments.tweets.get(self.ticker).map(Vec::as_slice),
                news: self.sentiments.news.get(self.ticker).map(Vec::as_slice),
                searches: searches.as_deref(),
                reports: self.reports.and_then(|reports| reports.known_on(date)),
            };
            windows.push(FeatureWindow::build(&series, origin - first)?);
            let fast_sigma = ewma_sigma(series.bars.iter().map(|bar| bar.adjusted_close));
            let report = ReportInput::of(series.reports.as_ref(), date).shown(date);
            about.push((origin, fast_sigma, report));
        }
        let forecasts = model.forecast(&windows)?;
        let past = about.into_iter().zip(&windows).zip(forecasts);
        Ok(past
            .map(|(((origin, fast_sigma, report), window), forecast)| PastForecast {
                origin,
                recorded: RecordedForecast::round(forecast.values(), window.sigma(), fast_sigma),
                report,
                inputs: window.digest(),
            })
            .collect())
    }

    /// Returns the realized log returns of the fourteen sessions after a forecast, and the last of them. Without a trade the
    /// last price stands. `None` if the bars end earlier.
    #[must_use]
    pub fn outcome(&self, origin: usize) -> Option<(Outcome, Date)> {
        let today = self.bars[origin];
        let sessions = next_sessions(today.date, HORIZON);
        let last = *sessions.last()?;
        if self.bars.last()?.date < last {
            return None;
        }
        let before = log_price(today.adjusted_close);
        let outcome = std::array::from_fn(|ahead| {
            let after = self.bars.partition_point(|bar| bar.date <= sessions[ahead]);
            log_price(self.bars[after - 1].adjusted_close) - before
        });
        Some((outcome, last))
    }
}
