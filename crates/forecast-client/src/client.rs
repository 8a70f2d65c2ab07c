use std::sync::Arc;
use std::time::Duration;

use config_values::HttpUrl;
use forecast_types::{
    ChartRequest, Forecast, ForecastSession, HORIZON, Level, ModelDescription, TrackRecord,
};
use identity_tokens::{Given, IdentityTokens, Platform};
use jiff::civil::Date;
use problem_details::Body;
use reqwest::header::{ACCEPT, RETRY_AFTER};
use reqwest::{Client, RequestBuilder};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use service_runtime::Clock;

use crate::{ClientError, Service};

/// Longer than the deadlines of the services, so that their own error arrives first.
const TIMEOUT: Duration = Duration::from_secs(30);
const PNG: &str = "image/png";

/// A client of the two services; cheap to clone.
#[derive(Clone, Debug)]
pub struct ForecastClient {
    http: Client,
    predict: HttpUrl,
    plot: HttpUrl,
    /// Proves to a private predict-service who is calling.
    identity: Option<Arc<IdentityTokens>>,
}

impl ForecastClient {
    /// Makes a client of the services at these addresses; nothing is sent yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(predict: HttpUrl, plot: HttpUrl) -> Result<Self, ClientError> {
        let mut http = Client::builder()
            .user_agent(concat!("fortnight/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(2))
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            // Both services are ours; a proxy for outside traffic does not reach loopback.
            .no_proxy();
        // Reading the machine's certificates takes longer than a cached response.
        if [&predict, &plot].iter().all(|url| url.scheme() == "http") {
            http = http.tls_certs_only([]);
        }
        let http = http.build().map_err(ClientError::Setup)?;
        Ok(Self { http, predict, plot, identity: None })
    }

    /// Proves to a private predict-service who is calling.
    #[must_use]
    pub fn identify(mut self, given: Given, platform: &Platform, clock: Clock) -> Self {
        let tokens = IdentityTokens::new(&self.predict, given, platform, &self.http, clock);
        tracing::info!(predict = tokens.origin(), "identity tokens come from");
        self.identity = Some(Arc::new(tokens));
        self
    }

    /// Returns the forecast for a stock, given as a symbol in any spelling or a listed name.
    ///
    /// # Errors
    /// When the service cannot be reached, has no forecast, or sends something else.
    pub async fn forecast(&self, stock: &str, as_of: Option<Date>) -> Result<Forecast, ClientError> {
        let forecast: Forecast = self.ask("/predict", stock, as_of).await?;
        if forecast.history.is_empty() {
            return Err(malformed(Service::Predict, "a forecast without history"));
        }
        check_sessions(&forecast.forecast)?;
        Ok(forecast)
    }

    /// Returns the track record of the model's forecasts for a stock.
    ///
    /// # Errors
    /// As [`Self::forecast`].
    pub async fn track_record(&self, stock: &str, as_of: Option<Date>) -> Result<TrackRecord, ClientError> {
        self.ask("/track-record", stock, as_of).await
    }

    /// Returns the model behind the forecasts.
    ///
    /// # Errors
    /// As [`Self::forecast`].
    pub async fn model(&self) -> Result<ModelDescription, ClientError> {
        self.ask_with("/model", &[]).await
    }

    /// Returns a chart as PNG.
    ///
    /// # Errors
    /// As [`Self::forecast`].
    pub async fn draw(&self, chart: &ChartRequest) -> Result<Vec<u8>, ClientError> {
        let request = self.http.post(address(&self.plot, "/plot")).header(ACCEPT, PNG).json(chart);
        self.send(Service::Plot, request).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        stock: &str,
        as_of: Option<Date>,
    ) -> Result<T, ClientError> {
        let day = as_of.map(|day| ("as_of", day.to_string()));
        let query: Vec<_> = [("stock", stock.to_owned())].into_iter().chain(day).collect();
        self.ask_with(path, &query).await
    }

    async fn ask_with<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<T, ClientError> {
        let mut request = self.http.get(address(&self.predict, path)).query(query);
        if let Some(identity) = &self.identity
            && let Some(token) = identity.token().await?
        {
            request = request.bearer_auth(token.expose_secret());
        }
        let body = self.send(Service::Predict, request).await?;
        serde_json::from_slice(&body).map_err(|error| malformed(Service::Predict, error.to_string()))
    }

    async fn send(&self, service: Service, request: RequestBuilder) -> Result<Vec<u8>, ClientError> {
        let address = match service {
            Service::Predict => &self.predict,
            Service::Plot => &self.plot,
        };
        let unreachable = |error: reqwest::Error| ClientError::Unreachable {
            service,
            address: address.to_string(),
            source: error.without_url(),
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let retry_after =
            response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = response.bytes().await.map_err(unreachable)?;
        if status.is_success() {
            return Ok(body.into());
        }
        match serde_json::from_slice::<Body>(&body) {
            Ok(problem) => Err(ClientError::Problem(Box::new(problem))),
            Err(_) => Err(ClientError::Status {
                service,
                status: status.as_u16(),
                retry_after_seconds: retry_after,
            }),
        }
    }
}

/// Appends a path to a service's address, which may have one of its own.
fn address(base: &HttpUrl, path: &str) -> reqwest::Url {
    let mut url = (**base).clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

fn malformed(service: Service, reason: impl Into<String>) -> ClientError {
    ClientError::Malformed { service, reason: reason.into() }
}

fn check_sessions(sessions: &[ForecastSession]) -> Result<(), ClientError> {
    let wrong = |reason: String| malformed(Service::Predict, reason);
    if sessions.len() != HORIZON {
        return Err(wrong(format!("expected {HORIZON} sessions, got {}", sessions.len())));
    }
    for session in sessions {
        session.quantiles.check().map_err(|reason| wrong(format!("session {}: {reason}", session.date)))?;
        if let Some(level) = Level::ALL.into_iter().find(|&level| session.quantiles.get(level).is_none()) {
            return Err(wrong(format!("session {} has no quantile {level}", session.date)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_appended_to_an_address_with_a_path() {
        let base: HttpUrl = "http://localhost:8000/base/".parse().unwrap();
        assert_eq!(address(&base, "/predict").as_str(), "http://localhost:8000/base/predict");
    }

    #[tokio::test]
    async fn an_unreachable_service_is_named_with_its_address() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let nowhere: HttpUrl = format!("http://{free}").parse().unwrap();
        let client = ForecastClient::new(nowhere.clone(), nowhere).unwrap();

        let error = client.forecast("AAPL", None).await.unwrap_err();

        let message = error.to_string();
        assert_eq!(message, format!("predict-service cannot be reached at http://{free}/; is it running?"));
    }
}
