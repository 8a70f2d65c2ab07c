//! Stand-ins for predict-service and plot-service: they keep the contract, wait until they are released, and record
//! the requests they get.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use config_values::HttpUrl;
use forecast_types::{
    Bar, ChartRequest, ComparisonRequest, Coverage, FeatureDay, Forecast, ForecastSession, HeldInterval,
    Interval, Level, Market, MedianError, ModelSummary, PastForecast, PooledSkill, Quantiles, Source,
    SourceReport, SourceStatus, Stock, TrackRecord,
};
use jiff::civil::Date;
use problem_details::{Problem, ProblemKind};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use url::Url;

/// All sources have responded.
pub(crate) const ALL: usize = Source::ALL.len();

/// What the stand-in of predict-service does with its next requests.
#[derive(Clone, Debug)]
pub(crate) enum Behavior {
    /// Answers with a whole forecast.
    Forecasts,
    /// Answers with this problem.
    Problem(Problem),
    /// Drops the connection in the middle of the events.
    BreaksOff,
    /// Answers with a status and text that is not a problem, as a proxy would.
    Answers(StatusCode, &'static str),
}

/// The stand-in of predict-service.
#[derive(Debug)]
pub(crate) struct Predict {
    /// Its requests, query included, oldest first.
    pub(crate) asked: Mutex<Vec<String>>,
    /// Notified of each request.
    pub(crate) noticed: Notify,
    /// The `authorization` headers it was sent.
    pub(crate) identities: Mutex<Vec<Option<String>>>,
    /// How it behaves.
    pub(crate) behavior: Mutex<Behavior>,
    /// Answers to give before the behavior applies, first in, first out.
    pub(crate) first: Mutex<VecDeque<StatusCode>>,
    /// Changes made to each forecast.
    pub(crate) edit: Mutex<fn(&mut Forecast)>,
    /// Whether a preliminary forecast follows the first source, and what is different in it.
    pub(crate) preliminary: Mutex<Option<fn(&mut Forecast)>>,
    /// Changes made to each track record.
    pub(crate) edit_record: Mutex<fn(&mut TrackRecord)>,
    /// How many of the sources have responded; the forecast follows the last.
    pub(crate) released: watch::Sender<usize>,
    /// Whether track records are answered.
    pub(crate) record_released: watch::Sender<bool>,
}

/// The stand-in of plot-service.
#[derive(Debug, Default)]
pub(crate) struct Plot {
    /// The charts it was asked to draw.
    pub(crate) asked: Mutex<Vec<ChartRequest>>,
    /// The comparisons it was asked to draw.
    pub(crate) compared: Mutex<Vec<ComparisonRequest>>,
    /// Whether it fails.
    pub(crate) failing: Mutex<bool>,
}

impl Predict {
    /// Starts it on a free port.
    pub(crate) async fn start() -> (Arc<Self>, HttpUrl) {
        let predict = Arc::new(Self {
            asked: Mutex::default(),
            noticed: Notify::new(),
            identities: Mutex::default(),
            behavior: Mutex::new(Behavior::Forecasts),
            first: Mutex::default(),
            edit: Mutex::new(|_| {}),
            preliminary: Mutex::default(),
            edit_record: Mutex::new(|_| {}),
            released: watch::Sender::new(ALL),
            record_released: watch::Sender::new(true),
        });
        let routes = Router::new()
            .route("/predict", get(answer_forecast))
            .route("/track-record", get(answer_record))
            .with_state(Arc::clone(&predict));
        (predict, serve(routes).await)
    }

    /// Returns the requests of one path.
    pub(crate) fn asked(&self, path: &str) -> Vec<String> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.starts_with(path)).cloned().collect()
    }

    fn note(&self, request: &Request) {
        self.asked.lock().unwrap().push(request.uri().to_string());
        let identity = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        self.identities.lock().unwrap().push(identity.map(str::to_owned));
        self.noticed.notify_one();
    }
}

impl Plot {
    /// Starts it on a free port.
    pub(crate) async fn start() -> (Arc<Self>, HttpUrl) {
        let plot = Arc::new(Self::default());
        let routes = Router::new()
            .route("/plot", post(answer_plot))
            .route("/plot/compare", post(answer_comparison))
            .with_state(Arc::clone(&plot));
        (plot, serve(routes).await)
    }
}

async fn serve(routes: Router) -> HttpUrl {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}/").parse().unwrap()
}

async fn answer_forecast(State(predict): State<Arc<Predict>>, request: Request) -> Response {
    predict.note(&request);
    if let Some(status) = predict.first.lock().unwrap().pop_front() {
        return (status, "<html>not you</html>").into_response();
    }
    let url = Url::parse(&format!("http://predict{}", request.uri())).unwrap();
    let value =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let behavior = predict.behavior.lock().unwrap().clone();
    match &behavior {
        Behavior::Problem(problem) if *predict.released.borrow() == ALL => {
            return problem.clone().into_response();
        }
        Behavior::Answers(status, text) => return (*status, *text).into_response(),
        _ => {}
    }
    let as_of = value("as_of").map_or(AS_OF, |day| day.parse().unwrap());
    let sessions: usize = value("history").map_or(30, |count| count.parse().unwrap());
    let mut forecast = forecast(&value("stock").unwrap(), as_of, sessions);
    (predict.edit.lock().unwrap())(&mut forecast);
    let preliminary = predict.preliminary.lock().unwrap().map(|edit| preliminary(&forecast, edit));

    let (lines, received) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(8);
    let mut released = predict.released.subscribe();
    tokio::spawn(async move {
        let event = |name: &str, json: String| Ok(Bytes::from(format!("event: {name}\ndata: {json}\n\n")));
        for (index, report) in forecast.sources.iter().enumerate() {
            if released.wait_for(|&count| count > index).await.is_err() {
                return;
            }
            let _ = lines.send(event("source", serde_json::to_string(report).unwrap())).await;
            if let Some(preliminary) = preliminary.as_ref().filter(|_| index == 0) {
                let _ = lines.send(event("preliminary", serde_json::to_string(preliminary).unwrap())).await;
            }
        }
        let last = match behavior {
            Behavior::BreaksOff => Err(std::io::Error::other("cut")),
            Behavior::Problem(problem) => event("problem", serde_json::to_string(problem.body()).unwrap()),
            _ => event("forecast", serde_json::to_string(&forecast).unwrap()),
        };
        let _ = lines.send(last).await;
    });
    let mut received = received;
    let body = Body::from_stream(futures_util::stream::poll_fn(move |context| received.poll_recv(context)));
    ([("content-type", "text/event-stream")], body).into_response()
}

/// The forecast as it is when only the first source has responded.
fn preliminary(forecast: &Forecast, edit: fn(&mut Forecast)) -> Forecast {
    let mut preliminary = forecast.clone();
    for report in &mut preliminary.sources[1..] {
        report.status = SourceStatus::Missing;
        report.detail = Some("no answer yet".to_owned());
    }
    edit(&mut preliminary);
    preliminary
}

async fn answer_record(State(predict): State<Arc<Predict>>, request: Request) -> Response {
    predict.note(&request);
    let mut released = predict.record_released.subscribe();
    let _ = released.wait_for(|&released| released).await;
    let url = Url::parse(&format!("http://predict{}", request.uri())).unwrap();
    let stock = url.query_pairs().find(|(key, _)| key == "stock").map(|(_, value)| value.into_owned());
    let mut record = track_record(&stock.unwrap());
    (predict.edit_record.lock().unwrap())(&mut record);
    ([("content-type", "application/json")], serde_json::to_vec(&record).unwrap()).into_response()
}

async fn answer_plot(State(plot): State<Arc<Plot>>, request: Request) -> Response {
    if *plot.failing.lock().unwrap() {
        return Problem::new(ProblemKind::Overloaded).into_response();
    }
    let accept = request.headers()["accept"].clone();
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let chart: ChartRequest = serde_json::from_slice(&body).unwrap();
    let (area, picture) = (area(&chart), picture(chart.width, chart.height, !chart.show_title));
    plot.asked.lock().unwrap().push(chart);
    match accept.to_str().unwrap() {
        "image/svg+xml" => ([("content-type", "image/svg+xml")], SVG).into_response(),
        "application/json" => ([("content-type", "application/json")], area).into_response(),
        _ => ([("content-type", "image/png")], picture).into_response(),
    }
}

/// A picture for a page has its real size, which the page's layout depends on; any other one is a dot.
fn picture(width: Option<u32>, height: Option<u32>, for_a_page: bool) -> Vec<u8> {
    let (Some(width), Some(height), true) = (width, height, for_a_page) else {
        return PNG.to_vec();
    };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![0xf0; (width * height) as usize]).unwrap();
    writer.finish().unwrap();
    bytes
}

/// The place of a chart's data: a fixed margin around it.
fn area(chart: &ChartRequest) -> String {
    let (width, height) = (chart.width.unwrap_or(1_200), chart.height.unwrap_or(750));
    let history = chart.history.iter().map(|bar| {
        serde_json::json!({ "date": bar.date, "prices": [bar.close], "text": format!("{}: closed", bar.date) })
    });
    let forecast = chart.forecast.iter().map(|session| {
        let (low, high) = Interval::P80.prices(&session.quantiles).unwrap();
        let text = format!("{}: 80% ${low:.0} to ${high:.0}", session.date);
        serde_json::json!({ "date": session.date, "prices": [low, high], "text": text })
    });
    let sessions: Vec<_> = history.chain(forecast).collect();
    serde_json::json!({
        "width": width, "height": height, "left": 50, "right": width - 110, "top": 40, "bottom": height - 60,
        "low": 150, "high": 220, "last": chart.history.len() - 1, "sessions": sessions,
    })
    .to_string()
}

async fn answer_comparison(State(plot): State<Arc<Plot>>, body: Bytes) -> Response {
    let comparison: ComparisonRequest = serde_json::from_slice(&body).unwrap();
    if *plot.failing.lock().unwrap() {
        return Problem::new(ProblemKind::Overloaded).into_response();
    }
    let picture = picture(comparison.width, comparison.height, comparison.hide_title);
    plot.compared.lock().unwrap().push(comparison);
    ([("content-type", "image/png")], picture).into_response()
}

/// The day of forecasts that name none.
pub(crate) const AS_OF: Date = Date::constant(2026, 11, 20);
/// A red dot of one pixel.
pub(crate) const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0,
    0, 1, 8, 2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x08, 0xd7, 0x63,
    0xf8, 0xcf, 0xc0, 0, 0, 3, 1, 1, 0, 0x18, 0xdd, 0x8d, 0xb0, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae,
    0x42, 0x60, 0x82,
];
const SVG: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>"#;

/// A forecast with steady numbers: closes around 187.20, ranges that widen.
pub(crate) fn forecast(symbol: &str, as_of: Date, sessions: usize) -> Forecast {
    let first = exchange_calendar::sessions_back(as_of, sessions);
    let days = exchange_calendar::next_sessions(first, sessions);
    let close = |index: usize| 187.2 - 4.0 * (index as f64 / 5.0).sin();
    let history = days.iter().rev().enumerate().map(|(index, &date)| Bar {
        date,
        open: close(index) - 0.5,
        high: close(index) + 1.5,
        low: close(index) - 1.5,
        close: close(index),
        volume: 50_000_000,
    });
    let mut history: Vec<Bar> = history.collect();
    history.reverse();
    let report = |source: Source, provider: &str| SourceReport {
        source,
        provider: provider.to_owned(),
        status: SourceStatus::Ok,
        used: true,
        detail: None,
        days: 30,
        last: Some(as_of),
        elapsed_ms: 210,
    };
    let features = days.iter().rev().take(30).rev().enumerate().map(|(index, &date)| FeatureDay {
        date,
        tweet_count: Some(900.0 + 40.0 * (index % 7) as f64),
        tweet_sentiment: Some(0.1),
        news_count: Some(12.0 + (index % 5) as f64),
        news_sentiment: Some(0.4),
        search_interest: Some(37.0),
    });
    Forecast {
        stock: Stock {
            symbol: symbol.parse().unwrap(),
            name: format!("{symbol} Inc."),
            currency: "USD".to_owned(),
        },
        market: Market::Simulated,
        as_of,
        generated_at: "2026-11-23T05:00:00Z".parse().unwrap(),
        history,
        forecast: coming(as_of, 187.2),
        sources: vec![
            report(Source::Prices, "Yahoo Finance"),
            report(Source::Tweets, "EODHD"),
            report(Source::News, "EODHD"),
            report(Source::Searches, "Google Trends"),
            report(Source::Reports, "SEC and Nasdaq"),
        ],
        features: features.collect(),
        shown: Vec::new(),
        model: model(),
        moving: None,
        report: None,
        events: Vec::new(),
        pooled: Some(pooled()),
        basis: None,
    }
}

fn pooled() -> PooledSkill {
    PooledSkill {
        data: "1,998 stocks, 2022-05-02 to 2024-03-08".to_owned(),
        score_ratio: 0.985,
        score_between: (0.981, 0.989),
        median_ratio: 1.0,
        coverage: vec![
            Coverage { level: 0.5, held: 0.503, outcomes: 900_000 },
            Coverage { level: 0.8, held: 0.797, outcomes: 900_000 },
            Coverage { level: 0.9, held: 0.898, outcomes: 900_000 },
        ],
    }
}

fn model() -> ModelSummary {
    ModelSummary {
        name: "fortnight-lstm".to_owned(),
        version: "1".to_owned(),
        trained_through: Date::constant(2020, 12, 31),
    }
}

fn coming(as_of: Date, from: f64) -> Vec<ForecastSession> {
    let steps = [-1.7, -1.25, -0.62, 0.0, 0.62, 1.25, 1.7];
    exchange_calendar::next_sessions(as_of, 14)
        .into_iter()
        .enumerate()
        .map(|(index, date)| {
            let spread = from * 0.018 * ((index + 1) as f64).sqrt();
            let quantiles: Quantiles = Level::ALL
                .into_iter()
                .zip(steps)
                .map(|(level, step)| (level, from + step * spread))
                .collect();
            ForecastSession { date, quantiles }
        })
        .collect()
}

/// A track record without an edge.
pub(crate) fn track_record(symbol: &str) -> TrackRecord {
    let made = exchange_calendar::sessions_back(AS_OF, 14);
    let sessions = coming(made, 185.0);
    let outcome = std::iter::once(made).chain(sessions.iter().map(|session| session.date)).map(|date| Bar {
        date,
        open: 185.0,
        high: 187.0,
        low: 184.0,
        close: 186.0,
        volume: 1,
    });
    let held = |level: f64, held: f64| HeldInterval {
        coverage: Coverage { level, held, outcomes: 2_940 },
        between: (held - 0.06, held + 0.06),
    };
    TrackRecord {
        stock: Stock {
            symbol: symbol.parse().unwrap(),
            name: format!("{symbol} Inc."),
            currency: "USD".to_owned(),
        },
        market: Market::Simulated,
        as_of: AS_OF,
        model: model(),
        forecasts: 210,
        first: Date::constant(2026, 1, 6),
        last: made,
        error: MedianError { model: 0.0412, no_change: 0.0411, ratio: 1.002 },
        by_horizon: Vec::new(),
        score_ratio: 0.99,
        coverage: vec![held(0.5, 0.51), held(0.8, 0.79), held(0.9, 0.9)],
        by_report: None,
        past: Some(PastForecast { as_of: made, forecast: sessions.clone(), outcome: outcome.collect() }),
        pooled: Some(pooled()),
    }
}
