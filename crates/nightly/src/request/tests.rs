use std::collections::VecDeque;

use forecast_client::Service;
use futures_util::future::join_all;
use jiff::civil::date;
use problem_details::Problem;

use super::*;

/// Returns the prepared errors, then that there are no prices, and records the time of each request.
struct Prepared {
    answers: Mutex<VecDeque<ClientError>>,
    requests: Mutex<Vec<Instant>>,
}

impl Prepared {
    fn new(answers: impl IntoIterator<Item = ClientError>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().collect()), requests: Mutex::default() }
    }

    fn seconds_after(&self, start: Instant) -> Vec<u64> {
        self.requests.lock().unwrap().iter().map(|request| request.duration_since(start).as_secs()).collect()
    }
}

impl ForecastSource for Prepared {
    async fn forecast(&self, _symbol: &Symbol, _session: Date) -> Result<Forecast, ClientError> {
        self.requests.lock().unwrap().push(Instant::now());
        Err(self.answers.lock().unwrap().pop_front().unwrap_or_else(|| problem(ProblemKind::NoPrices, None)))
    }
}

fn problem(kind: ProblemKind, retry_after: Option<u64>) -> ClientError {
    let problem = Problem::new(kind);
    let problem = match retry_after {
        Some(seconds) => problem.retry_after_seconds(seconds),
        None => problem,
    };
    ClientError::Problem(Box::new(problem.body().clone()))
}

fn status(status: u16, retry_after_seconds: Option<u64>) -> ClientError {
    ClientError::Status { service: Service::Predict, status, retry_after_seconds }
}

fn symbol() -> Symbol {
    Symbol::parse("AAPL").unwrap()
}

async fn request(service: &Prepared) -> Result<Result<Forecast, Failure>, NightlyError> {
    Requester::new(service, date(2026, 11, 20)).request(&symbol()).await
}

#[tokio::test(start_paused = true)]
async fn it_retries_after_the_requested_time() {
    for (answer, seconds) in [
        (problem(ProblemKind::TooManyRequests, Some(1)), 1),
        (problem(ProblemKind::PricesRateLimited, Some(90)), 90),
        (problem(ProblemKind::Overloaded, None), 2),
        (status(429, Some(7)), 7),
        (status(503, None), 2),
        (problem(ProblemKind::PricesLate, Some(15)), 15),
        (ClientError::Malformed { service: Service::Predict, reason: String::new() }, 2),
    ] {
        let service = Prepared::new([answer]);
        let start = Instant::now();

        let failure = request(&service).await.unwrap().unwrap_err();

        assert_eq!(service.seconds_after(start), [0, seconds]);
        assert_eq!((failure.symbol.as_str(), failure.kind.as_str()), ("AAPL", "No prices"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_applies_to_all_requests() {
    let service = Prepared::new([problem(ProblemKind::PricesRateLimited, Some(60))]);
    let requester = Requester::new(&service, date(2026, 11, 20));
    let start = Instant::now();

    requester.pause(Duration::from_secs(5), &status(429, None));
    let (one, two) = (symbol(), symbol());
    join_all([requester.request(&one), requester.request(&two)]).await;

    let seconds = service.seconds_after(start);
    assert!(seconds.iter().all(|&second| second == 5 || second >= 65), "{seconds:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failing_stock_is_given_up_after_three_attempts() {
    let service = Prepared::new((0..9).map(|_| problem(ProblemKind::PricesUnavailable, Some(15))));
    let start = Instant::now();

    let failure = request(&service).await.unwrap().unwrap_err();

    assert_eq!(service.seconds_after(start), [0, 15, 30]);
    assert_eq!(failure.kind, "Prices unavailable");
}

#[tokio::test(start_paused = true)]
async fn a_stock_without_prices_is_requested_once() {
    let service = Prepared::new([]);
    assert!(request(&service).await.unwrap().is_err());
    assert_eq!(service.requests.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_long_pause_and_a_refusal_end_the_run() {
    let paused = Prepared::new([problem(ProblemKind::PricesPaused, Some(3_600))]);
    let error = request(&paused).await.unwrap_err().to_string();
    assert!(error.starts_with("predict-service asks to wait for 60 minutes: "), "{error}");

    let unknown_day = Prepared::new([problem(ProblemKind::BadInput, None)]);
    assert!(matches!(request(&unknown_day).await, Err(NightlyError::Client(_))));

    let refused = Prepared::new([status(403, None)]);
    assert_eq!(
        request(&refused).await.unwrap_err().to_string(),
        "predict-service answered 403 without an explanation"
    );
}

#[tokio::test(start_paused = true)]
async fn endless_refusals_end_the_run() {
    let service = Prepared::new((0..5_000).map(|_| problem(ProblemKind::Overloaded, Some(1))));
    assert!(matches!(request(&service).await, Err(NightlyError::Paused { .. })));
}
