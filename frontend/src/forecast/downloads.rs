//! The forecast as files: pictures for pasting, numbers for spreadsheets and programs.

use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use forecast_types::{Bar, ChartRequest, Coverage, Forecast, GhostForecast, Interval, Level, Theme};
use jiff::civil::Date;
use problem_details::{Problem, ProblemKind};
use serde::Deserialize;
use service_runtime::extract::Query;

use super::cache::{ForecastKey, finished_record};
use super::request::ForecastRequest;
use crate::caching::{CachePolicy, respond};
use crate::clients::plot::PictureFormat;
use crate::format;
use crate::state::AppState;

/// Size and resolution of a picture, not yet checked.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct PictureQuery {
    width: Option<u32>,
    height: Option<u32>,
    scale: Option<f64>,
    /// `off` where the page around the picture has the title.
    title: Option<String>,
    download: Option<String>,
}

/// A picture of the track record waits this long for it.
const RECORD_TIMEOUT: Duration = Duration::from_secs(5);

/// `GET /forecast/{symbol}/plot.png`.
pub(crate) async fn png(
    State(state): State<AppState>,
    request: ForecastRequest,
    Query(picture): Query<PictureQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    plot(&state, &headers, &request, &picture, PictureFormat::Png).await
}

/// `GET /forecast/{symbol}/plot.svg`.
pub(crate) async fn svg(
    State(state): State<AppState>,
    request: ForecastRequest,
    Query(picture): Query<PictureQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    plot(&state, &headers, &request, &picture, PictureFormat::Svg).await
}

/// `GET /forecast/{symbol}/past.png`: the forecast of fourteen trading days ago and what happened.
pub(crate) async fn past(
    State(state): State<AppState>,
    request: ForecastRequest,
    Query(picture): Query<PictureQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let key = request.key();
    let forecast = state.forecasts.get(&key).await?;
    let record = finished_record(&mut state.forecasts.watch_record(&key), RECORD_TIMEOUT).await;
    let past = record.record().and_then(|record| record.past.clone()).ok_or_else(|| {
        Problem::new(ProblemKind::NoTrackRecord)
            .detail(format!("there is no past forecast for {}", key.symbol))
    })?;
    let ghost = GhostForecast { as_of: past.as_of, forecast: past.forecast };
    let chart = looking_back(&request, &picture, &forecast, ghost);
    let bytes = state.plot.draw(&chart, PictureFormat::Png).await?;
    Ok(respond(&headers, CachePolicy::Forecast, PictureFormat::Png.media_type(), bytes))
}

/// `GET /forecast/{symbol}/outcome.png?as_of=`: the forecast of that day and what has happened since.
pub(crate) async fn outcome(
    State(state): State<AppState>,
    request: ForecastRequest,
    Query(picture): Query<PictureQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let then = request.key();
    let now = ForecastKey { as_of: None, ..then.clone() };
    let (then, now) = tokio::try_join!(state.forecasts.get(&then), state.forecasts.get(&now))?;
    let ghost = GhostForecast { as_of: then.as_of, forecast: then.forecast.clone() };
    let mut chart = looking_back(&request, &picture, &now, ghost);
    chart.history.clone_from(&now.history);
    let bytes = state.plot.draw(&chart, PictureFormat::Png).await?;
    Ok(respond(&headers, CachePolicy::Forecast, PictureFormat::Png.media_type(), bytes))
}

async fn plot(
    state: &AppState,
    headers: &HeaderMap,
    request: &ForecastRequest,
    picture: &PictureQuery,
    format: PictureFormat,
) -> Result<Response, Problem> {
    let forecast = state.forecasts.get(&request.key()).await?;
    let mut chart = chart(&forecast, request, picture);
    chart.coverage = forecast.pooled.iter().flat_map(|pooled| &pooled.coverage).copied().find(is_headline);
    let bytes = state.plot.draw(&chart, format).await?;
    let mut response = respond(headers, CachePolicy::Forecast, format.media_type(), bytes);
    if picture.download.is_some() {
        attach(&mut response, &forecast, format.extension());
    }
    Ok(response)
}

/// Says whether a coverage is that of the range in the headline.
fn is_headline(coverage: &Coverage) -> bool {
    Interval::P80.is_measured_by(coverage)
}

fn chart(forecast: &Forecast, request: &ForecastRequest, picture: &PictureQuery) -> ChartRequest {
    ChartRequest {
        title: format!("{} · {}", request.symbol(), format::short_name(&request.listing.name)),
        subtitle: format!(
            "Closes through {}, then the next {} trading days",
            format::full_day(forecast.as_of),
            forecast.forecast.len()
        ),
        show_title: picture.title.as_deref() != Some("off"),
        currency: forecast.stock.currency.clone(),
        history: recent(forecast, request.view.range).to_vec(),
        forecast: forecast.forecast.clone(),
        width: picture.width,
        height: picture.height,
        scale: picture.scale,
        theme: request.view.theme.unwrap_or(Theme::Light),
        market: Some(forecast.market),
        symbol: Some(request.symbol().to_string()),
        as_of: Some(forecast.as_of),
        model: Some(format!("{} {}", forecast.model.name, forecast.model.version)),
        coverage: None,
        moving: forecast.moving,
        events: forecast.events.clone(),
        reports: Vec::new(),
        past: None,
    }
}

/// The chart of an earlier forecast and what happened.
fn looking_back(
    request: &ForecastRequest,
    picture: &PictureQuery,
    forecast: &Forecast,
    ghost: GhostForecast,
) -> ChartRequest {
    let mut chart = chart(forecast, request, picture);
    chart.title =
        format!("{}: the forecast of {}, and what happened", request.symbol(), format::day(ghost.as_of));
    chart.past = Some(ghost);
    chart
}

/// The last days of the history, as many as the range has.
fn recent(forecast: &Forecast, range: u16) -> &[Bar] {
    let shown = forecast.history.len().min(usize::from(range));
    &forecast.history[forecast.history.len() - shown..]
}

/// `GET /forecast/{symbol}/forecast.csv`: one row for each coming trading day.
pub(crate) async fn csv(
    State(state): State<AppState>,
    request: ForecastRequest,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let forecast = state.forecasts.get(&request.key()).await?;
    let table = table(&forecast).map_err(|error| crate::error::internal().caused_by(error))?;
    let mut response = respond(&headers, CachePolicy::Forecast, "text/csv; charset=utf-8", table);
    attach(&mut response, &forecast, "csv");
    Ok(response)
}

/// `GET /forecast/{symbol}/forecast.json`: the forecast of predict-service, with the range of history in the address.
pub(crate) async fn json(
    State(state): State<AppState>,
    request: ForecastRequest,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut forecast = (*state.forecasts.get(&request.key()).await?).clone();
    forecast.history = recent(&forecast, request.view.range).to_vec();
    let body =
        serde_json::to_vec_pretty(&forecast).map_err(|error| crate::error::internal().caused_by(error))?;
    Ok(respond(&headers, CachePolicy::Forecast, "application/json", body))
}

/// One row of the table. Numbers, dates and codes only: nothing that a spreadsheet could take for a formula.
#[derive(serde::Serialize)]
struct Row<'a> {
    symbol: &'a str,
    currency: &'a str,
    market: String,
    as_of: Date,
    session: usize,
    date: Date,
}

fn table(forecast: &Forecast) -> Result<Vec<u8>, csv::Error> {
    let currency: String =
        forecast.stock.currency.chars().filter(char::is_ascii_alphabetic).take(8).collect();
    let mut table = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    let columns = ["symbol", "currency", "market", "as_of", "session", "date"].map(str::to_owned);
    table.write_record(columns.into_iter().chain(Level::ALL.map(|level| format!("q{level}"))))?;
    for (index, session) in forecast.forecast.iter().enumerate() {
        let row = Row {
            symbol: forecast.stock.symbol.as_str(),
            currency: &currency,
            market: forecast.market.to_string(),
            as_of: forecast.as_of,
            session: index + 1,
            date: session.date,
        };
        table.serialize((row, Level::ALL.map(|level| session.quantiles.get(level).map(sensible))))?;
    }
    Ok(table.into_inner().expect("writing to memory does not fail"))
}

/// Rounds a price to six digits that count: finer than any forecast, and no tail of binary fractions.
fn sensible(price: f64) -> f64 {
    let digits = (5 - price.abs().log10().floor() as i32).clamp(2, 12);
    let scale = 10f64.powi(digits);
    (price * scale).round() / scale
}

/// Names the file after its stock and day, so that several can share a folder.
fn attach(response: &mut Response, forecast: &Forecast, extension: &str) {
    let name = format!("fortnight-{}-{}.{extension}", forecast.stock.symbol, forecast.as_of);
    let value = HeaderValue::try_from(format!("attachment; filename=\"{name}\""))
        .expect("symbols and dates are visible ASCII");
    response.headers_mut().insert(CONTENT_DISPOSITION, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_in_the_table_have_the_digits_that_count() {
        assert_eq!(sensible(187.123_456_789), 187.123);
        assert_eq!(sensible(612_345.678_9), 612_345.68);
        assert_eq!(sensible(0.000_312_345_678), 0.000_312_346);
    }
}
