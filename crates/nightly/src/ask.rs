//! Asks predict-service politely: whoever is told to wait makes all others wait, too.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use forecast_client::{ClientError, ForecastClient};
use forecast_types::{Forecast, Symbol};
use jiff::civil::Date;
use problem_details::ProblemKind;
use tokio::time::{Instant, sleep, sleep_until};

use crate::{Failure, NightlyError};

/// A longer pause is left to the next start.
const LONGEST_PAUSE: Duration = Duration::from_secs(20 * 60);
/// So long one stock waits for its turn, however often it is told to come back.
const PATIENCE: Duration = Duration::from_secs(60 * 60);
/// So long a service may be out of reach, as while it is replaced.
const OUT_OF_REACH: Duration = Duration::from_secs(120);
/// Attempts at a stock that fails by itself.
const ATTEMPTS: u32 = 3;

/// Whoever makes forecasts.
pub(crate) trait Forecasts: Sync {
    /// Returns the forecast of a stock made after a session.
    fn forecast(
        &self,
        symbol: &Symbol,
        session: Date,
    ) -> impl Future<Output = Result<Forecast, ClientError>> + Send;
}

impl Forecasts for ForecastClient {
    async fn forecast(&self, symbol: &Symbol, session: Date) -> Result<Forecast, ClientError> {
        Self::forecast(self, symbol.as_str(), Some(session)).await
    }
}

/// Asks for the forecasts of one session.
#[derive(Debug)]
pub(crate) struct Asker<'a, F> {
    forecasts: &'a F,
    session: Date,
    /// Until when nobody asks.
    pause: Mutex<Instant>,
}

/// What to do about an error.
enum Verdict {
    /// Nobody asks for so long.
    Pause(Duration),
    /// This one is asked again after so long.
    Retry(Duration),
    /// This stock has no forecast tonight.
    NoForecast,
    /// Nothing can be asked.
    Stop,
}

impl<'a, F: Forecasts> Asker<'a, F> {
    pub(crate) fn new(forecasts: &'a F, session: Date) -> Self {
        Self { forecasts, session, pause: Mutex::new(Instant::now()) }
    }

    /// Returns the forecast of a stock, or why it has none tonight.
    ///
    /// # Errors
    /// When there is no point in asking about any stock now.
    pub(crate) async fn ask(&self, symbol: &Symbol) -> Result<Result<Forecast, Failure>, NightlyError> {
        let begun = Instant::now();
        let mut attempt = 0;
        loop {
            self.pause_is_over().await;
            let error = match self.forecasts.forecast(symbol, self.session).await {
                Ok(forecast) => return Ok(Ok(forecast)),
                Err(error) => error,
            };
            attempt += 1;
            match judge(&error, attempt, begun.elapsed()) {
                Verdict::Pause(pause) if pause > LONGEST_PAUSE || begun.elapsed() > PATIENCE => {
                    let wait_minutes = pause.as_secs().div_ceil(60);
                    return Err(NightlyError::Paused { wait_minutes, reason: error.to_string() });
                }
                Verdict::Pause(pause) => self.pause(pause, &error),
                Verdict::Retry(pause) => sleep(pause).await,
                Verdict::NoForecast => return Ok(Err(Failure::of(symbol, &error))),
                Verdict::Stop => return Err(error.into()),
            }
        }
    }

    async fn pause_is_over(&self) {
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
            tracing::info!(seconds = pause.as_secs(), reason = %error, "waiting as told");
        }
    }
}

fn judge(error: &ClientError, attempt: u32, elapsed: Duration) -> Verdict {
    let backoff = Duration::from_secs(1 << attempt.min(5));
    let (status, told) = match error {
        // The day is not one of the service's, so no stock can be asked about.
        ClientError::Problem(body) if body.slug() == Some(ProblemKind::BadInput.slug()) => {
            return Verdict::Stop;
        }
        ClientError::Problem(body) => (body.status, body.retry_after_seconds),
        ClientError::Status { status, retry_after_seconds, .. } => (*status, *retry_after_seconds),
        ClientError::Unreachable { .. } | ClientError::Identity(_) if elapsed < OUT_OF_REACH => {
            return Verdict::Pause(backoff);
        }
        ClientError::Unreachable { .. } | ClientError::Identity(_) | ClientError::Setup(_) => {
            return Verdict::Stop;
        }
        ClientError::Malformed { .. } => (502, None),
    };
    let pause = told.map_or(backoff, Duration::from_secs);
    match status {
        429 | 503 => Verdict::Pause(pause),
        // Only what stands before a private service says so.
        401 | 403 => Verdict::Stop,
        500.. if attempt < ATTEMPTS => Verdict::Retry(pause.min(LONGEST_PAUSE)),
        _ => Verdict::NoForecast,
    }
}

#[cfg(test)]
mod tests;
