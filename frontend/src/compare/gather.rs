//! Forecasts of several stocks, through the cache that all pages share.

use std::sync::Arc;

use forecast_types::Forecast;
use futures_util::{StreamExt as _, stream};
use problem_details::Problem;
use stock_list::Listing;

use crate::forecast::cache::ForecastKey;
use crate::state::AppState;

/// Forecasts requested at once for one reader: predict-service gives one client only half of its slots.
const AT_ONCE: usize = 3;

/// A stock and its newest forecast, or why there is none.
pub(crate) struct Gathered {
    pub(crate) listing: Listing,
    pub(crate) forecast: Result<Arc<Forecast>, Problem>,
}

/// Returns the newest forecast of each stock, in the same order; one that fails leaves the others alone.
pub(crate) async fn gather(state: &AppState, listings: &[Listing]) -> Vec<Gathered> {
    let one = async |listing: &Listing| {
        let key = ForecastKey { symbol: listing.symbol.clone(), as_of: None };
        Gathered { listing: listing.clone(), forecast: state.forecasts.get(&key).await }
    };
    stream::iter(listings).map(one).buffered(AT_ONCE).collect().await
}
