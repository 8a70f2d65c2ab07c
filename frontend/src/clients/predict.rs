//! predict-service: forecasts with their progress, and track records.

use std::time::Duration;

use forecast_types::{Forecast, SourceReport, Symbol, TrackRecord};
use identity_tokens::IdentityTokens;
use jiff::civil::Date;
use problem_details::Body;
use reqwest::{Client, Response};
use serde::de::DeserializeOwned;
use url::Url;

use super::sse::{SseEvent, SseReader};
use super::upstream::{Service, Upstream, UpstreamError};

/// A forecast with 250 sessions of history is about 40 kB, a track record about 10 kB.
const LONGEST_BODY_BYTES: usize = 2 * 1024 * 1024;

/// What predict-service says of a forecast before it is finished.
#[derive(Debug)]
pub(crate) enum Step {
    /// A source has responded.
    Source(SourceReport),
    /// The forecast without the sources that have not responded yet.
    Preliminary(Box<Forecast>),
}

/// Asks predict-service.
#[derive(Debug)]
pub(crate) struct PredictClient(Upstream);

impl PredictClient {
    pub(crate) fn new(base: Url, http: Client, identity: IdentityTokens, deadline: Duration) -> Self {
        Self(Upstream::new(Service::Predict, base, http, identity, deadline))
    }

    /// Returns the forecast for a stock with that many sessions of history; reports each step on the way.
    pub(crate) async fn forecast(
        &self,
        stock: &Symbol,
        as_of: Option<Date>,
        history: u16,
        on_step: impl FnMut(Step),
    ) -> Result<Forecast, UpstreamError> {
        let query = query(stock, as_of, Some(history));
        let exchange = async {
            let response = self
                .0
                .send("/predict", |http, url| {
                    http.get(url).query(&query).header("accept", "text/event-stream")
                })
                .await?;
            self.read_events(response, stock, on_step).await
        };
        self.0.within_deadline(exchange).await
    }

    /// Returns how good the model's forecasts for a stock have been.
    pub(crate) async fn track_record(
        &self,
        stock: &Symbol,
        as_of: Option<Date>,
    ) -> Result<TrackRecord, UpstreamError> {
        let query = query(stock, as_of, None);
        let exchange = async {
            let response = self
                .0
                .send("/track-record", |http, url| {
                    http.get(url).query(&query).header("accept", "application/json")
                })
                .await?;
            let bytes = self.0.body(response, LONGEST_BODY_BYTES).await?;
            let record: TrackRecord = self.parse("track record", &bytes)?;
            if let Some(past) = &record.past {
                self.check_sessions(&past.forecast)?;
            }
            Ok(record)
        };
        self.0.within_deadline(exchange).await
    }

    async fn read_events(
        &self,
        mut response: Response,
        stock: &Symbol,
        mut on_step: impl FnMut(Step),
    ) -> Result<Forecast, UpstreamError> {
        let mut reader = SseReader::default();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.0.unreachable(error))? {
            let events = reader.read(&chunk).map_err(|error| self.0.malformed(error.to_string()))?;
            for SseEvent { name, data } in events {
                match name.as_str() {
                    "source" => on_step(Step::Source(self.parse("source event", data.as_bytes())?)),
                    "preliminary" => {
                        let forecast = self.parse("preliminary forecast", data.as_bytes())?;
                        on_step(Step::Preliminary(Box::new(self.checked(forecast, stock)?)));
                    }
                    "forecast" => return self.checked(self.parse("forecast", data.as_bytes())?, stock),
                    "problem" => {
                        let body: Body = self.parse("problem event", data.as_bytes())?;
                        return Err(self.problem(body));
                    }
                    _ => {}
                }
            }
        }
        Err(self.0.malformed("the events ended before the forecast"))
    }

    fn problem(&self, body: Body) -> UpstreamError {
        match axum::http::StatusCode::from_u16(body.status) {
            Ok(status) if status.is_client_error() || status.is_server_error() => {
                UpstreamError::Problem { service: self.0.service, status, body: Box::new(body) }
            }
            _ => self.0.malformed(format!("a problem with status {}", body.status)),
        }
    }

    fn parse<T: DeserializeOwned>(&self, what: &str, bytes: &[u8]) -> Result<T, UpstreamError> {
        serde_json::from_slice(bytes).map_err(|error| self.0.malformed(format!("unreadable {what}: {error}")))
    }

    /// Pages rely on these promises, so they are checked here and not in the middle of a page.
    fn checked(&self, forecast: Forecast, asked: &Symbol) -> Result<Forecast, UpstreamError> {
        if forecast.stock.symbol != *asked {
            return Err(self.0.malformed(format!("requested {asked}, got {}", forecast.stock.symbol)));
        }
        if forecast.history.is_empty() || forecast.forecast.is_empty() {
            return Err(self.0.malformed("a forecast without sessions"));
        }
        if let Some(bar) = forecast.history.iter().find(|bar| !(bar.close.is_finite() && bar.close > 0.0)) {
            return Err(self.0.malformed(format!("the close of {} is {}", bar.date, bar.close)));
        }
        self.check_sessions(&forecast.forecast)?;
        Ok(forecast)
    }

    fn check_sessions(&self, sessions: &[forecast_types::ForecastSession]) -> Result<(), UpstreamError> {
        for session in sessions {
            session
                .quantiles
                .check()
                .map_err(|reason| self.0.malformed(format!("session {}: {reason}", session.date)))?;
            if let Some(level) =
                forecast_types::Level::ALL.into_iter().find(|&level| session.quantiles.get(level).is_none())
            {
                return Err(self.0.malformed(format!("session {} has no quantile {level}", session.date)));
            }
        }
        Ok(())
    }
}

fn query(stock: &Symbol, as_of: Option<Date>, history: Option<u16>) -> Vec<(&'static str, String)> {
    let mut pairs = vec![("stock", stock.to_string())];
    pairs.extend(as_of.map(|day| ("as_of", day.to_string())));
    pairs.extend(history.map(|sessions| ("history", sessions.to_string())));
    pairs
}
