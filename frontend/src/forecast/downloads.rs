//! The forecast as files: pictures for pasting, numbers for spreadsheets and programs.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use forecast_types::{Bar, ChartRequest, Coverage, Forecast, Interval, Theme};
use problem_details::{Problem, ProblemKind};
use serde::Deserialize;
use service_runtime::extract::Query;

use super::cache::finished_record;
use super::chart::version;
use super::drawings::DrawingKey;
use super::outcome::closes_since;
use super::request::ForecastRequest;
use crate::caching::{CachePolicy, respond};
use crate::clients::plot::{ChartForm, Drawing};
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
    /// The numbers that the page around the picture shows.
    v: Option<String>,
    download: Option<String>,
}

impl PictureQuery {
    fn shows_title(&self) -> bool {
        self.title.as_deref() != Some("off")
    }
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
    plot(&state, &headers, &request, &picture, ChartForm::Png).await
}

/// `GET /forecast/{symbol}/plot.svg`.
pub(crate) async fn svg(
    State(state): State<AppState>,
    request: ForecastRequest,
    Query(picture): Query<PictureQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    plot(&state, &headers, &request, &picture, ChartForm::Svg).await
}

/// `GET /forecast/{symbol}/plot.json`: where `plot.png` of the same query shows which session and price.
pub(crate) async fn area(
    State(state): State<AppState>,
    request: ForecastRequest,
    Query(picture): Query<PictureQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    plot(&state, &headers, &request, &picture, ChartForm::Area).await
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
    let mut chart = chart(&forecast, &request, &picture);
    chart.title =
        format!("{}: the forecast of {}, and what happened", request.symbol(), format::day(past.as_of));
    let known = forecast.history.partition_point(|bar| bar.date <= past.as_of);
    chart.history = last(&forecast.history[..known], request.view.range).to_vec();
    chart.outcome = past.outcome.into_iter().filter(|bar| bar.date > past.as_of).collect();
    chart.forecast = past.forecast;
    let picture = state.plot.draw(Drawing::chart(&chart, ChartForm::Png)).await?;
    Ok(picture.respond(&headers, CachePolicy::Forecast, ChartForm::Png.media_type()))
}

async fn plot(
    state: &AppState,
    headers: &HeaderMap,
    request: &ForecastRequest,
    picture: &PictureQuery,
    form: ChartForm,
) -> Result<Response, Problem> {
    let (key, drawing_key) = (request.key(), drawing_key(request, picture, form));
    let known = state.drawings.get(&drawing_key);
    let is_known = |forecast: &Arc<Forecast>| known.as_ref().is_some_and(|known| known.is_of(forecast));
    let forecast = match &picture.v {
        Some(v) => state.forecasts.find(&key, |shown| is_known(shown) || version(shown) == *v).await?,
        None => state.forecasts.get(&key).await?,
    };
    let outcome = closes_since(&state.forecasts, request, &forecast).await;
    let drawing = match known.filter(|known| known.shows(&forecast, &outcome)) {
        Some(known) => known.drawing,
        None => {
            let mut chart = chart(&forecast, request, picture);
            chart.coverage =
                forecast.pooled.iter().flat_map(|pooled| &pooled.coverage).copied().find(is_headline);
            chart.outcome = outcome.clone();
            let drawing = Drawing::chart(&chart, form);
            state.drawings.keep(drawing_key, drawing.clone(), &forecast, outcome);
            drawing
        }
    };
    let drawn = state.plot.draw(drawing).await?;
    let mut response = drawn.respond(headers, CachePolicy::Forecast, form.media_type());
    if picture.download.is_some() {
        attach(&mut response, &forecast, form.extension());
    }
    Ok(response)
}

fn drawing_key(request: &ForecastRequest, picture: &PictureQuery, form: ChartForm) -> DrawingKey {
    DrawingKey {
        symbol: request.symbol().clone(),
        view: request.view,
        form,
        width: picture.width,
        height: picture.height,
        scale: picture.scale.map(f64::to_bits),
        show_title: picture.shows_title(),
        numbers: picture.v.clone(),
    }
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
        show_title: picture.shows_title(),
        currency: forecast.stock.currency.clone(),
        history: last(&forecast.history, request.view.range).to_vec(),
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
        reports: forecast.report.into_iter().collect(),
        outcome: Vec::new(),
    }
}

/// The last days of a history, as many as a range has.
fn last(history: &[Bar], range: u16) -> &[Bar] {
    &history[history.len().saturating_sub(usize::from(range))..]
}

/// `GET /forecast/{symbol}/forecast.csv`: one row for each trading day, past and coming, as many as the range shows.
pub(crate) async fn csv(
    State(state): State<AppState>,
    request: ForecastRequest,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let forecast = state.forecasts.get(&request.key()).await?;
    let history = last(&forecast.history, request.view.range);
    let table = forecast_types::table::csv([(&*forecast, history)]);
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
    forecast.history = last(&forecast.history, request.view.range).to_vec();
    let body =
        serde_json::to_vec_pretty(&forecast).map_err(|error| crate::error::internal().caused_by(error))?;
    Ok(respond(&headers, CachePolicy::Forecast, "application/json", body))
}

/// Names the file after its stock and day, so that several can share a folder.
fn attach(response: &mut Response, forecast: &Forecast, extension: &str) {
    let name = format!("fortnight-{}-{}.{extension}", forecast.stock.symbol, forecast.as_of);
    let value = HeaderValue::try_from(format!("attachment; filename=\"{name}\""))
        .expect("symbols and dates are visible ASCII");
    response.headers_mut().insert(CONTENT_DISPOSITION, value);
}
