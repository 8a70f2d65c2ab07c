//! Quarterly reports: the past ones from the SEC's EDGAR, the next one from a calendar where it is announced.

mod calendars;
mod companies;
mod contact;
mod edgar;
mod filings;
mod nasdaq;
mod quarterly;
mod tickers;
mod timing;

use std::sync::Arc;

use exchange_calendar::{date_in_new_york, last_settled};
use forecast_types::{ReportDate, Symbol};
use serde::{Deserialize, Serialize};

use crate::{Days, Moment, SourceError};

pub use calendars::{Calendars, parse_earnings};
pub use contact::{Contact, ContactError};
pub use edgar::Edgar;
pub use filings::{Company, Filing, parse_company, parse_older};
pub use nasdaq::parse_day;
pub use quarterly::quarterly_reports;
pub use tickers::parse_tickers;

/// When a company reported, and when it will.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportSeries {
    /// Oldest first, one for each quarter.
    pub past: Vec<ReportDate>,
    /// The next one, where the company has announced it or it came after the days asked for; only where they end today.
    pub announced: Option<ReportDate>,
    /// What is missing, for people; `None` where nothing is.
    pub partial_reason: Option<String>,
}

/// Asks the SEC for past reports, and EODHD or Nasdaq for the next one.
#[derive(Debug)]
pub struct Reports {
    edgar: Arc<Edgar>,
    calendars: Calendars,
}

impl Reports {
    /// Makes a client.
    #[must_use]
    pub fn new(edgar: impl Into<Arc<Edgar>>, calendars: Calendars) -> Self {
        Self { edgar: edgar.into(), calendars }
    }

    /// Returns the reports within `days`, and the next one if `days` end with the last settled session or later.
    /// Three years show when a company usually reports. `cik` is its number at the SEC, looked up where it is not known.
    ///
    /// # Errors
    /// One variant of [`SourceError`] for each way the SEC fails; no report at all is [`SourceError::NoData`].
    pub async fn fetch(
        &self,
        symbol: &Symbol,
        cik: Option<u32>,
        days: Days,
        moment: Moment,
    ) -> Result<ReportSeries, SourceError> {
        let is_now = days.last >= last_settled(moment.now);
        let known_on = if is_now { date_in_new_york(moment.now).max(days.last) } else { days.last };
        let filed = self.edgar.filings(symbol, cik, days, moment).await?;
        let mut past = quarterly_reports(&filed.filings, known_on);
        past.retain(|report| report.date >= days.first);
        let out_already = past.split_off(past.partition_point(|report| report.date <= days.last));
        if past.is_empty() && out_already.is_empty() {
            return Err(SourceError::NoData);
        }
        let mut partial_reason = filed.partial_reason;
        let mut announced = out_already.first().copied();
        if is_now && announced.is_none() {
            let next = self.calendars.next(symbol, &past, days.last, moment).await;
            announced = next.unwrap_or_else(|error| {
                let reason = format!("whether the next date is announced is unknown: {error}");
                partial_reason = Some(match partial_reason.take() {
                    Some(first) => format!("{first}; {reason}"),
                    None => reason,
                });
                None
            });
        }
        Ok(ReportSeries { past, announced, partial_reason })
    }
}
