//! `GET /embed/{symbol}`: the forecast as a small card that any site can embed.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use forecast_types::Interval;
use forecast_types::format::month_day;
use problem_details::Problem;

use crate::assets;
use crate::caching::CachePolicy;
use crate::forecast::cache::finished_record;
use crate::forecast::headline::end;
use crate::forecast::links::{address, theme_word};
use crate::forecast::request::ForecastRequest;
use crate::forecast::small_charts::{RangeScale, RangeStrip};
use crate::forecast::track_record::measured;
use crate::format;
use crate::pages::frame::{notice, page, page_with_status};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "embed.html")]
struct Card {
    css: String,
    theme: Option<&'static str>,
    notice: Option<&'static str>,
    symbol: String,
    name: String,
    day: String,
    low: String,
    high: String,
    spread: String,
    strip: RangeStrip,
    scale: RangeScale,
    last_close: String,
    as_of: String,
    coverage: String,
    href: String,
}

/// The card of a failure.
#[derive(Template)]
#[template(path = "embed_problem.html")]
struct ProblemCard {
    css: String,
    heading: &'static str,
    detail: String,
}

/// Shows the card. It waits for the forecast, because a frame cannot show progress meanwhile.
pub(crate) async fn show(
    State(state): State<AppState>,
    request: ForecastRequest,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !request.is_canonical {
        let path = format!("/embed/{}", request.symbol());
        return Ok(Redirect::permanent(&address(&path, request.view.pairs())).into_response());
    }
    let key = request.key();
    let forecast = state.forecasts.get(&key).await?;
    let record = finished_record(&mut state.forecasts.watch_record(&key), state.config.first_byte).await;
    let end = end(&forecast);
    let currency = forecast.stock.currency.as_str();
    let last = forecast.history.last().expect("the client refuses a forecast without history").close;
    let (low, high) = Interval::P80.prices(&end.quantiles).unwrap_or((last, last));
    let (low_words, high_words) =
        format::price_range(&end.quantiles, Interval::P80, currency).unwrap_or_default();
    // The card has one strip, so the scale is that of the last day.
    let scale = RangeScale::of(std::slice::from_ref(end), last, &[]);
    let card = Card {
        css: assets::address("embed.css"),
        theme: request.view.theme.map(theme_word),
        notice: notice(forecast.market),
        symbol: request.symbol().to_string(),
        name: format::short_name(&request.listing.name).to_owned(),
        day: month_day(end.date),
        low: low_words,
        high: high_words,
        spread: format!("±{}", format::percent_with((high - low) / 2.0 / last, 1)),
        strip: RangeStrip::of(end, &scale),
        scale,
        last_close: format::price(last, currency),
        as_of: month_day(forecast.as_of),
        coverage: measured(&forecast, &record),
        href: request.view.page(request.symbol()),
    };
    Ok(page(&headers, CachePolicy::Forecast, &card))
}

/// Shows a failure as a card.
pub(crate) fn problem(status: StatusCode, heading: &'static str, detail: String) -> Response {
    page_with_status(status, &ProblemCard { css: assets::address("embed.css"), heading, detail })
}
