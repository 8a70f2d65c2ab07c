//! The forecast as files: pictures for pasting, numbers for spreadsheets and programs.

use std::fmt::Write as _;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use forecast_types::{ChartRequest, Forecast, GhostForecast, Interval, Level, Theme};
use problem_details::{Problem, ProblemKind};
use serde::Deserialize;
use service_runtime::extract::{Path, Query};

use crate::caching::{Keep, cached};
use crate::clients::plot::PictureFormat;
use crate::error::bad_input;
use crate::forecasts::Ask;
use crate::pages::forecast::{Asked, Question};
use crate::state::App;
use crate::words;

/// Size and resolution of a picture, as they came.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct PictureQuestion {
    width: Option<u32>,
    height: Option<u32>,
    scale: Option<f64>,
    download: Option<String>,
}

/// A picture does not wait longer than this for the figures of the track record.
const RECORD_PATIENCE: Duration = Duration::from_millis(50);

/// `GET /forecast/{symbol}/plot.png`.
pub(crate) async fn png(
    State(app): State<App>,
    Path(symbol): Path<String>,
    Query(question): Query<Question>,
    Query(picture): Query<PictureQuestion>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    plot(&app, &headers, Asked::check(&app, &symbol, &question)?, &picture, PictureFormat::Png).await
}

/// `GET /forecast/{symbol}/plot.svg`.
pub(crate) async fn svg(
    State(app): State<App>,
    Path(symbol): Path<String>,
    Query(question): Query<Question>,
    Query(picture): Query<PictureQuestion>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    plot(&app, &headers, Asked::check(&app, &symbol, &question)?, &picture, PictureFormat::Svg).await
}

/// `GET /forecast/{symbol}/past.png`: the forecast of fourteen sessions ago beside what came.
pub(crate) async fn past(
    State(app): State<App>,
    Path(symbol): Path<String>,
    Query(question): Query<Question>,
    Query(picture): Query<PictureQuestion>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = Asked::check(&app, &symbol, &question)?;
    let forecast = app.forecasts.get(&asked.ask).await?;
    let record = app.forecasts.record_within(&asked.ask, Duration::from_secs(5)).await;
    let past = record.and_then(|record| record.past.clone()).ok_or_else(|| {
        Problem::new(ProblemKind::NoTrackRecord)
            .detail(format!("there is no past forecast for {}", asked.ask.symbol))
    })?;
    let mut chart = chart(&forecast, &asked, &picture);
    chart.title = format!("{}: said on {}, and what came", asked.ask.symbol, words::short_day(past.as_of));
    chart.past = Some(GhostForecast { as_of: past.as_of, forecast: past.forecast });
    let bytes = app.plot.draw(&chart, PictureFormat::Png).await?;
    Ok(cached(&headers, Keep::Forecast, PictureFormat::Png.media_type(), bytes))
}

/// `GET /forecast/{symbol}/outcome.png?as_of=`: the forecast of that day beside what has come since.
pub(crate) async fn outcome(
    State(app): State<App>,
    Path(symbol): Path<String>,
    Query(question): Query<Question>,
    Query(picture): Query<PictureQuestion>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = Asked::check(&app, &symbol, &question)?;
    let now = Ask { as_of: None, ..asked.ask.clone() };
    let (then, now) = tokio::try_join!(app.forecasts.get(&asked.ask), app.forecasts.get(&now))?;
    let mut chart = chart(&now, &asked, &picture);
    chart.title = format!("{}: said on {}, and what came", asked.ask.symbol, words::short_day(then.as_of));
    chart.history = now.history.clone();
    chart.past = Some(GhostForecast { as_of: then.as_of, forecast: then.forecast.clone() });
    let bytes = app.plot.draw(&chart, PictureFormat::Png).await?;
    Ok(cached(&headers, Keep::Forecast, PictureFormat::Png.media_type(), bytes))
}

async fn plot(
    app: &App,
    headers: &HeaderMap,
    asked: Asked<'_>,
    picture: &PictureQuestion,
    format: PictureFormat,
) -> Result<Response, Problem> {
    let forecast = app.forecasts.get(&asked.ask).await?;
    let mut chart = chart(&forecast, &asked, picture);
    if app.forecasts.pooled().is_none() {
        app.forecasts.record_within(&asked.ask, RECORD_PATIENCE).await;
    }
    chart.coverage = app.forecasts.pooled().and_then(|pooled| {
        pooled.coverage.iter().copied().find(|coverage| Interval::P80.is_measured_by(coverage))
    });
    let bytes = app.plot.draw(&chart, format).await?;
    let mut response = cached(headers, Keep::Forecast, format.media_type(), bytes);
    if picture.download.is_some() {
        let ending = if format == PictureFormat::Png { "png" } else { "svg" };
        attach(&mut response, &forecast, ending);
    }
    Ok(response)
}

fn chart(forecast: &Forecast, asked: &Asked<'_>, picture: &PictureQuestion) -> ChartRequest {
    ChartRequest {
        title: format!("{} · {}", asked.ask.symbol, words::short_name(&asked.listing.name)),
        subtitle: format!(
            "Closes to {}, then the next {} sessions",
            words::day(forecast.as_of),
            forecast.forecast.len()
        ),
        show_title: true,
        currency: forecast.stock.currency.clone(),
        history: recent(forecast, asked.looks.range).to_vec(),
        forecast: forecast.forecast.clone(),
        width: picture.width,
        height: picture.height,
        scale: picture.scale,
        theme: asked.looks.theme.unwrap_or(Theme::Light),
        market: Some(forecast.market),
        symbol: Some(asked.ask.symbol.to_string()),
        as_of: Some(forecast.as_of),
        model: Some(format!("{} {}", forecast.model.name, forecast.model.version)),
        coverage: None,
        moving: forecast.moving,
        events: forecast.events.clone(),
        reports: Vec::new(),
        past: None,
    }
}

/// The last sessions of the history, as many as asked for.
fn recent(forecast: &Forecast, range: u16) -> &[forecast_types::Bar] {
    let shown = forecast.history.len().min(usize::from(range));
    &forecast.history[forecast.history.len() - shown..]
}

/// `GET /forecast/{symbol}/forecast.csv`: one line a coming session.
pub(crate) async fn csv(
    State(app): State<App>,
    Path(symbol): Path<String>,
    Query(question): Query<Question>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = Asked::check(&app, &symbol, &question)?;
    let forecast = app.forecasts.get(&asked.ask).await?;
    let mut response = cached(&headers, Keep::Forecast, "text/csv; charset=utf-8", table(&forecast));
    attach(&mut response, &forecast, "csv");
    Ok(response)
}

/// `GET /forecast/{symbol}/forecast.json`: the forecast as predict-service gave it, with the range asked for.
pub(crate) async fn json(
    State(app): State<App>,
    Path(symbol): Path<String>,
    Query(question): Query<Question>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = Asked::check(&app, &symbol, &question)?;
    let mut forecast = (*app.forecasts.get(&asked.ask).await?).clone();
    forecast.history = recent(&forecast, asked.looks.range).to_vec();
    let body =
        serde_json::to_vec_pretty(&forecast).map_err(|error| bad_input("forecast", error.to_string()))?;
    Ok(cached(&headers, Keep::Forecast, "application/json", body))
}

/// Numbers and dates only: nothing a spreadsheet could take for a formula.
fn table(forecast: &Forecast) -> String {
    let mut text = String::from("symbol,currency,market,as_of,session,date");
    for level in Level::ALL {
        let _ = write!(text, ",q{level}");
    }
    text.push('\n');
    for (index, session) in forecast.forecast.iter().enumerate() {
        let _ = write!(
            text,
            "{},{},{},{},{},{}",
            forecast.stock.symbol,
            code(&forecast.stock.currency),
            forecast.market,
            forecast.as_of,
            index + 1,
            session.date
        );
        for level in Level::ALL {
            let _ = write!(text, ",{}", session.quantiles.get(level).unwrap_or_default());
        }
        text.push('\n');
    }
    text
}

/// A currency code is letters; anything else in its place stays out of the file.
fn code(currency: &str) -> String {
    currency.chars().filter(char::is_ascii_alphabetic).take(8).collect()
}

/// Names the file after what it holds, so that several in one folder stay apart.
fn attach(response: &mut Response, forecast: &Forecast, ending: &str) {
    let name = format!("fortnight-{}-{}.{ending}", forecast.stock.symbol, forecast.as_of);
    let value = HeaderValue::try_from(format!("attachment; filename=\"{name}\""))
        .expect("symbols and dates are visible ASCII");
    response.headers_mut().insert(CONTENT_DISPOSITION, value);
}
