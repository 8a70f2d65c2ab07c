//! Nasdaq's earnings calendar: who reports on a day.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};

use exchange_calendar::date_in_new_york;
use forecast_types::{ReportTime, Symbol};
use jiff::civil::Date;
use reqwest::header::{ORIGIN, REFERER};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::timeout_at;
use url::Url;

use crate::fetch::exchange;
use crate::json::read_json;
use crate::{Gate, Http, Moment, SourceError, refusal};

/// The companies that report on a day at a stated time.
type Day = HashMap<Symbol, ReportTime>;

/// Asks Nasdaq, once a day about each day: all stocks share the answer.
#[derive(Debug)]
pub(super) struct Nasdaq {
    http: Http,
    base: Url,
    gate: Gate,
    days: std::sync::Mutex<BTreeMap<Date, Arc<Mutex<Option<Kept>>>>>,
}

#[derive(Debug)]
struct Kept {
    fetched: Date,
    day: Arc<Day>,
}

impl Nasdaq {
    pub(super) fn new(http: Http, base: Url, gate: Gate) -> Self {
        Self { http, base, gate, days: std::sync::Mutex::default() }
    }

    /// Returns who reports on a day.
    pub(super) async fn day(&self, day: Date, moment: Moment) -> Result<Arc<Day>, SourceError> {
        let today = date_in_new_york(moment.now);
        let slot = {
            let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
            days.retain(|&kept, _| kept == day || kept >= today);
            Arc::clone(days.entry(day).or_default())
        };
        // Held while the day is fetched, so that it is fetched once.
        let mut kept = timeout_at(moment.deadline, slot.lock()).await.map_err(|_| SourceError::Late)?;
        if let Some(kept) = kept.as_ref().filter(|kept| kept.fetched == today) {
            return Ok(Arc::clone(&kept.day));
        }
        let fetched = Arc::new(self.fetch(day, moment).await?);
        *kept = Some(Kept { fetched: today, day: Arc::clone(&fetched) });
        Ok(fetched)
    }

    async fn fetch(&self, day: Date, moment: Moment) -> Result<Day, SourceError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("the base address is checked to be http or https")
            .pop_if_empty()
            .extend(["api", "calendar", "earnings"]);
        url.query_pairs_mut().append_pair("date", &day.to_string());
        self.gate
            .run(moment, || async {
                // What its own pages send.
                let request = self
                    .http
                    .get(url.clone())
                    .header(ORIGIN, "https://www.nasdaq.com")
                    .header(REFERER, "https://www.nasdaq.com/");
                let answer = exchange(request, moment.deadline).await?;
                refusal::check(&answer, self.gate.breaker(), moment.now)?;
                match answer.status.as_u16() {
                    200 => parse_day(&answer.body, day),
                    300..=399 => Err(SourceError::malformed("a redirect instead of data")),
                    status => Err(SourceError::ServerError(status)),
                }
            })
            .await
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Option<Data>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(default)]
    as_of: Option<String>,
    #[serde(default)]
    rows: Option<Vec<Row>>,
}

#[derive(Deserialize)]
struct Row {
    symbol: String,
    time: String,
}

/// Reads who reports on a day. Rows without a stated time are left out: most of them are guesses by an algorithm.
///
/// # Errors
/// [`SourceError::Malformed`] where the answer is about another day or of another form.
pub fn parse_day(body: &[u8], day: Date) -> Result<Day, SourceError> {
    let Answer { data } = read_json(body)?;
    // Both are null for a day on which no one reports.
    let Some(Data { as_of, rows: Some(rows) }) = data else { return Ok(Day::new()) };
    let other_day = |text: String| Date::strptime("%a, %b %d, %Y", text.trim()).is_ok_and(|date| date != day);
    if as_of.is_some_and(other_day) {
        return Err(SourceError::malformed("another day than the one asked for"));
    }
    let time = |text: &str| match text {
        "time-pre-market" => Some(ReportTime::BeforeOpen),
        "time-after-hours" => Some(ReportTime::AfterClose),
        _ => None,
    };
    Ok(rows.iter().filter_map(|row| Some((Symbol::parse(&row.symbol).ok()?, time(&row.time)?))).collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const DAY: Date = date(2024, 7, 2);

    #[test]
    fn only_rows_with_a_stated_time_count() {
        let body = br#"{"data":{"asOf":"Tue, Jul 2, 2024","headers":{},"rows":[
            {"symbol":"WDS","time":"time-not-supplied","marketCap":"$35,715,483,192","noOfEsts":"N/A"},
            {"symbol":"MSM","time":"time-pre-market","epsForecast":"$1.33"},
            {"symbol":"BRK/B","time":"time-after-hours","epsForecast":""},
            {"symbol":"?","time":"time-after-hours"}]},"message":null,"status":{"rCode":200}}"#;
        let day = parse_day(body, DAY).unwrap();
        let time = |symbol| day.get(&Symbol::parse(symbol).unwrap()).copied();
        assert_eq!(time("MSM"), Some(ReportTime::BeforeOpen));
        assert_eq!((time("BRK.B"), time("WDS")), (Some(ReportTime::AfterClose), None));
        assert_eq!(day.len(), 2);
        assert!(parse_day(body, date(2024, 7, 3)).is_err(), "it is about another day");
    }

    #[test]
    fn a_day_without_reports_may_be_null() {
        for body in [r#"{"data":null}"#, r#"{"data":{"asOf":null,"rows":null}}"#, r#"{"data":{"rows":[]}}"#] {
            assert!(parse_day(body.as_bytes(), DAY).unwrap().is_empty(), "{body}");
        }
        assert!(
            parse_day(b"<html>", DAY).is_err()
                && parse_day(br#"{"data":{"rows":[{"symbol":4}]}}"#, DAY).is_err()
        );
    }
}
