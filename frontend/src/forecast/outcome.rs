//! What happened after a forecast of the past: the closes since, and how many of them its 80% range contains.

use exchange_calendar::{last_settled, next_sessions, sessions_between};
use forecast_types::{Bar, Forecast, ForecastSession, HORIZON, Interval};

use super::cache::{ForecastCache, ForecastKey, HISTORY};
use super::request::ForecastRequest;
use crate::format;

/// Returns the closes of the forecast's sessions that have settled since; none where the forecast is the newest one,
/// or where the prices cannot be had.
pub(crate) async fn closes_since(
    forecasts: &ForecastCache,
    request: &ForecastRequest,
    forecast: &Forecast,
) -> Vec<Bar> {
    let (key, newest) = (request.key(), last_settled(forecast.generated_at));
    if key.as_of.is_none() || forecast.as_of >= newest {
        return Vec::new();
    }
    // The newest forecast is probably cached already; a day of long ago is not in its history.
    let end = next_sessions(forecast.as_of, HORIZON).last().copied();
    let is_recent = sessions_between(forecast.as_of, newest).len() < usize::from(HISTORY);
    let later = ForecastKey { as_of: end.filter(|&end| !is_recent && end < newest), ..key };
    match forecasts.get_early(&later).await {
        Ok(later) => since(forecast, &later.history),
        Err(_reported_by_the_client) => Vec::new(),
    }
}

/// Picks the closes of a forecast's sessions, on the scale of the forecast: a split in between changes all prices.
fn since(forecast: &Forecast, history: &[Bar]) -> Vec<Bar> {
    let Some(made) = forecast.history.last() else { return Vec::new() };
    let Some(same) = history.iter().find(|bar| bar.date == made.date) else { return Vec::new() };
    let scale = made.close / same.close;
    let is_forecast = |bar: &&Bar| forecast.forecast.iter().any(|session| session.date == bar.date);
    let scaled = |bar: &Bar| Bar { close: bar.close * scale, ..*bar };
    history.iter().filter(is_forecast).map(scaled).collect()
}

/// Says whether the 80% range of its day contains a close; nothing where there is no close of that day.
pub(super) fn hit(session: &ForecastSession, closes: &[Bar]) -> Option<(f64, bool)> {
    let close = closes.iter().find(|bar| bar.date == session.date)?.close;
    let (low, high) = Interval::P80.prices(&session.quantiles)?;
    Some((close, (low..=high).contains(&close)))
}

/// Counts the closes inside the 80% range: `12 of 14 closes were inside the 80% range`.
pub(super) fn score(sessions: &[ForecastSession], closes: &[Bar]) -> Option<String> {
    let hits: Vec<bool> = sessions.iter().filter_map(|session| Some(hit(session, closes)?.1)).collect();
    let inside = hits.iter().filter(|&&hit| hit).count();
    let closes = format::plural(u64::try_from(hits.len()).ok()?, "close");
    let were = if hits.len() == 1 { "was" } else { "were" };
    (!hits.is_empty()).then(|| format!("{inside} of {closes} {were} inside the 80% range"))
}

#[cfg(test)]
mod tests {
    use forecast_types::Level;
    use jiff::civil::{Date, date};

    use super::*;

    fn session(date: Date) -> ForecastSession {
        let prices = [90.0, 92.0, 96.0, 100.0, 104.0, 108.0, 110.0];
        ForecastSession { date, quantiles: Level::ALL.into_iter().zip(prices).collect() }
    }

    fn bar(date: Date, close: f64) -> Bar {
        Bar { date, open: close, high: close, low: close, close, volume: 1 }
    }

    #[test]
    fn a_close_is_inside_outside_or_still_to_come() {
        let (monday, tuesday, wednesday) = (date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 18));
        let closes = [bar(monday, 91.0), bar(tuesday, 108.0)];
        assert_eq!(hit(&session(monday), &closes), Some((91.0, false)));
        assert_eq!(hit(&session(tuesday), &closes), Some((108.0, true)));
        assert_eq!(hit(&session(wednesday), &closes), None);
        let sessions = [monday, tuesday, wednesday].map(session);
        assert_eq!(score(&sessions, &closes).unwrap(), "1 of 2 closes were inside the 80% range");
        assert_eq!(score(&sessions, &closes[1..]).unwrap(), "1 of 1 close was inside the 80% range");
        assert_eq!(score(&sessions, &[]), None);
    }
}
