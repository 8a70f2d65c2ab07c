//! Requests forecasts from predict-service. When it asks one request to wait, all requests wait.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use forecast_client::{ClientError, ForecastClient};
use forecast_types::{Forecast, Symbol};
use jiff::civil::Date;
use problem_details::ProblemKind;
use tokio::time::{Instant, sleep, sleep_until};

use crate::{Failure, NightlyError};

/// A longer pause ends the run; the next start continues.
const LONGEST_PAUSE: Duration = Duration::from_secs(20 * 60);
/// The longest that one stock waits while the service is busy.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// How long a service may be unreachable, for example while it is redeployed.
const LONGEST_OUTAGE: Duration = Duration::from_secs(120);
/// Attempts for a stock whose own request fails.
const ATTEMPTS: u32 = 3;

/// A source of forecasts: predict-service, or a fake in tests.
pub(crate) trait ForecastSource: Sync {
    /// Returns the forecast of a stock made after a session.
    fn forecast(
        &self,
        symbol: &Symbol,
        session: Date,
    ) -> impl Future<Output = Result<Forecast, ClientError>> + Send;
}

impl ForecastSource for ForecastClient {
    async fn forecast(&self, symbol: &Symbol, session: Date) -> Result<Forecast, ClientError> {
        Self::forecast(self, symbol.as_str(), Some(session)).await
    }
}

/// Requests the forecasts of one session.
#[derive(Debug)]
pub(crate) struct Requester<'a, F> {
    forecasts: &'a F,
    session: Date,
    /// No request is sent before this time.
    pause: Mutex<Instant>,
}

/// How to react to an error.
enum Reaction {
    /// All requests pause for this long.
    Pause(Duration),
    /// This request is repeated after this long.
    Retry(Duration),
    /// There is no forecast for this stock.
    NoForecast,
    /// No request can succeed.
    Stop,
}

impl<'a, F: ForecastSource> Requester<'a, F> {
    pub(crate) fn new(forecasts: &'a F, session: Date) -> Self {
        Self { forecasts, session, pause: Mutex::new(Instant::now()) }
    }

    /// Returns the forecast of a stock, or why there is none.
    ///
    /// # Errors
    /// When no stock can be requested now.
    pub(crate) async fn request(&self, symbol: &Symbol) -> Result<Result<Forecast, Failure>, NightlyError> {
        let start = Instant::now();
        let mut attempt = 0;
        loop {
            self.wait_for_pause().await;
            let error = match self.forecasts.forecast(symbol, self.session).await {
                Ok(forecast) => return Ok(Ok(forecast)),
                Err(error) => error,
            };
            attempt += 1;
            match reaction(&error, attempt, start.elapsed()) {
                Reaction::Pause(pause) if pause > LONGEST_PAUSE || start.elapsed() > LONGEST_WAIT => {
                    let wait_minutes = pause.as_secs().div_ceil(60);
                    return Err(NightlyError::Paused { wait_minutes, reason: error.to_string() });
                }
                Reaction::Pause(pause) => self.pause(pause, &error),
                Reaction::Retry(pause) => sleep(pause).await,
                Reaction::NoForecast => return Ok(Err(Failure::of(symbol, &error))),
                Reaction::Stop => return Err(error.into()),
            }
        }
    }

    async fn wait_for_pause(&self) {
        loop {
            let until = *self.pause.lock().unwrap_or_else(PoisonError::into_inner);
            if until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    }

    fn pause(&self, pause: Duration, error: &ClientError) {
        let until = Instant::now() + pause;
        let mut held = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        if *held < until {
            *held = until;
            tracing::info!(seconds = pause.as_secs(), reason = %error, "pausing requests");
        }
    }
}

fn reaction(error: &ClientError, attempt: u32, elapsed: Duration) -> Reaction {
    let backoff = Duration::from_secs(1 << attempt.min(5));
    let (status, retry_after) = match error {
        // The service rejects the session, so no stock can be requested.
        ClientError::Problem(body) if body.slug() == Some(ProblemKind::BadInput.slug()) => {
            return Reaction::Stop;
        }
        ClientError::Problem(body) => (body.status, body.retry_after_seconds),
        ClientError::Status { status, retry_after_seconds, .. } => (*status, *retry_after_seconds),
        ClientError::Unreachable { .. } | ClientError::Identity(_) if elapsed < LONGEST_OUTAGE => {
            return Reaction::Pause(backoff);
        }
        ClientError::Unreachable { .. } | ClientError::Identity(_) | ClientError::Setup(_) => {
            return Reaction::Stop;
        }
        ClientError::Malformed { .. } => (502, None),
    };
    let pause = retry_after.map_or(backoff, Duration::from_secs);
    match status {
        429 | 503 => Reaction::Pause(pause),
        // Only the proxy in front of a private service returns these.
        401 | 403 => Reaction::Stop,
        500.. if attempt < ATTEMPTS => Reaction::Retry(pause.min(LONGEST_PAUSE)),
        _ => Reaction::NoForecast,
    }
}

#[cfg(test)]
mod tests;
