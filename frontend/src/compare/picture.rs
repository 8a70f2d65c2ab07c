//! `GET /compare/plot.png`: the bars of a comparison.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use forecast_types::{ComparedStock, ComparisonRequest, Forecast, Market, Theme};
use problem_details::{Problem, ProblemKind};
use serde::Deserialize;
use service_runtime::extract::Query;
use stock_list::Listing;

use super::gather::gather;
use super::outlook::session_of;
use super::request::CompareRequest;
use crate::caching::CachePolicy;
use crate::clients::plot::{ChartForm, Drawing};
use crate::format;
use crate::state::AppState;

/// Size and colors of the picture; plot-service checks them.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct PictureQuery {
    width: Option<u32>,
    height: Option<u32>,
    scale: Option<f64>,
    theme: Option<Theme>,
    /// `off` where the page around the picture has the title.
    title: Option<String>,
}

/// Draws the stocks that have a forecast.
pub(crate) async fn show(
    State(state): State<AppState>,
    request: CompareRequest,
    Query(query): Query<PictureQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut failure = Problem::new(ProblemKind::NotFound).detail("the address names no stock to compare");
    let mut stocks = Vec::new();
    let mut market = Market::Live;
    let mut day = None;
    for gathered in gather(&state, &request.stocks).await {
        match gathered.forecast {
            Ok(forecast) => {
                market = forecast.market;
                day.get_or_insert(session_of(&forecast, request.session).date);
                stocks.push(compared(&gathered.listing, &forecast, request.session));
            }
            Err(problem) => failure = problem,
        }
    }
    let Some(day) = day else { return Err(failure) };
    let symbols: Vec<String> = stocks.iter().map(|stock| stock.symbol.to_string()).collect();
    let comparison = ComparisonRequest {
        title: format!("{}: ranges of the close on {}", symbols.join(", "), format::day(day)),
        subtitle: "Compared with the last close".to_owned(),
        hide_title: query.title.as_deref() == Some("off"),
        stocks,
        width: query.width,
        height: query.height,
        scale: query.scale,
        theme: query.theme.unwrap_or_default(),
        market: Some(market),
    };
    let picture = state.plot.draw(Drawing::comparison(&comparison, ChartForm::Png)).await?;
    Ok(picture.respond(&headers, CachePolicy::Forecast, ChartForm::Png.media_type()))
}

fn compared(listing: &Listing, forecast: &Forecast, session: usize) -> ComparedStock {
    ComparedStock {
        symbol: listing.symbol.clone(),
        name: format::short_name(&listing.name).to_owned(),
        currency: forecast.stock.currency.clone(),
        close: forecast.history.last().expect("the client refuses a forecast without history").close,
        quantiles: session_of(forecast, session).quantiles.clone(),
    }
}
