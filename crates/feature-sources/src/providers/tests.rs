use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::date;

use super::*;

/// Answers at once what it is told to, or never.
#[derive(Debug)]
struct Scripted {
    provider: Provider,
    answer: Option<Result<u8, SourceError>>,
    deadlines: Arc<Mutex<Vec<Duration>>>,
}

impl Provide<u8> for Scripted {
    fn provider(&self) -> Provider {
        self.provider
    }

    fn ask<'a>(&'a self, _: &'a StockDays, moment: Moment) -> BoxFuture<'a, Result<Values<u8>, SourceError>> {
        self.deadlines.lock().unwrap().push(moment.deadline - Instant::now());
        Box::pin(async move {
            match self.answer.clone() {
                Some(answer) => answer.map(Values::Trained),
                None => {
                    tokio::time::sleep_until(moment.deadline).await;
                    Err(SourceError::Late)
                }
            }
        })
    }
}

async fn ask(
    first: Option<Result<u8, SourceError>>,
    second: Option<Result<u8, SourceError>>,
) -> (Result<Provided<u8>, SourceError>, Vec<u64>) {
    let deadlines: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let scripted = |provider, answer| -> Arc<dyn Provide<u8>> {
        Arc::new(Scripted { provider, answer, deadlines: Arc::clone(&deadlines) })
    };
    let providers = Providers::new(
        vec![scripted(Provider::GoogleTrends, first), scripted(Provider::Wikipedia, second)],
        "off",
    );
    let days = Days { first: date(2026, 11, 2), last: date(2026, 11, 20) };
    let wanted = StockDays { symbol: Symbol::parse("AAPL").unwrap(), cik: None, days };
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let moment = Moment { now, deadline: Instant::now() + Duration::from_secs(4), ahead: 0 };
    let answer = providers.ask(&wanted, moment).await;
    let seconds = deadlines.lock().unwrap().iter().map(Duration::as_secs).collect();
    (answer, seconds)
}

#[tokio::test(start_paused = true)]
async fn the_first_that_answers_wins() {
    let (answer, asked) = ask(Some(Ok(1)), Some(Ok(2))).await;
    let answer = answer.unwrap();
    assert_eq!((answer.provider, answer.trained(), asked.len()), (Provider::GoogleTrends, Some(&1), 1));

    let (answer, _) = ask(Some(Err(SourceError::NoData)), Some(Ok(2))).await;
    let answer = answer.unwrap();
    assert_eq!((answer.provider, answer.trained()), (Provider::Wikipedia, Some(&2)));
    assert!(!answer.is_stopgap, "the first has nothing, and will not have anything soon");
}

#[tokio::test(start_paused = true)]
async fn a_silent_first_provider_leaves_half_of_the_time_to_the_second() {
    let (answer, asked) = ask(None, Some(Ok(2))).await;
    assert_eq!(asked, [2, 2]);
    let answer = answer.unwrap();
    assert!(answer.provider == Provider::Wikipedia && answer.is_stopgap);
}

#[tokio::test(start_paused = true)]
async fn every_failure_is_named_and_equal_ones_once() {
    let (both, _) = ask(Some(Err(SourceError::NoToken)), Some(Err(SourceError::NoData))).await;
    let both = both.unwrap_err();
    assert_eq!(both.to_string(), "Google Trends: no token set; Wikipedia: no data for this stock");
    assert!(both.is_no_data() && both.is_settled() && !both.is_not_configured());

    let (both, _) = ask(None, None).await;
    let both = both.unwrap_err();
    assert_eq!(both.to_string(), "Google Trends, Wikipedia: no answer in time");
    assert!(!both.is_settled() && both.may_pass());
}
