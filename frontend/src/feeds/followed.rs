//! The stocks that a feed or calendar follows.

use std::sync::Arc;

use exchange_calendar::session_hours;
use forecast_types::Forecast;
use jiff::Timestamp;
use problem_details::{Problem, ProblemKind};
use stock_list::Listing;

use crate::compare::gather::{Gathered, gather};
use crate::compare::request::named;
use crate::error::bad_input;
use crate::state::AppState;

/// The most stocks in one feed or calendar.
const MOST: usize = 20;

/// A stock with its newest forecast.
pub(super) struct Followed {
    pub(super) listing: Listing,
    pub(super) forecast: Arc<Forecast>,
}

impl Followed {
    /// Returns when the forecast's last prices became known, which does not change until the next session.
    pub(super) fn known_since(&self) -> Timestamp {
        let hours = session_hours(self.forecast.as_of);
        hours.map_or(self.forecast.generated_at, |hours| hours.close)
    }
}

/// Returns the named stocks that have a forecast. Unknown stocks are skipped, so that one delisting does not break a feed
/// of several.
pub(super) async fn followed(state: &AppState, stocks: &str) -> Result<Vec<Followed>, Problem> {
    let (stocks, unknown) = named(&state.stocks, stocks);
    if stocks.len() > MOST {
        return Err(bad_input("stocks", format!("more than {MOST} stocks")));
    }
    if stocks.is_empty() {
        let unknown = unknown.join(", ");
        return Err(
            Problem::new(ProblemKind::UnknownStock).detail(format!("no stock is called \"{unknown}\""))
        );
    }
    let (mut followed, mut failure) = (Vec::new(), None);
    for Gathered { listing, forecast } in gather(state, &stocks).await {
        match forecast {
            Ok(forecast) => followed.push(Followed { listing, forecast }),
            Err(problem) => failure = Some(problem),
        }
    }
    match failure {
        Some(problem) if followed.is_empty() => Err(problem),
        _ => Ok(followed),
    }
}
