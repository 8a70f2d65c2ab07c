use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::{Notify, oneshot, watch};

use super::*;

#[derive(Clone, Debug, PartialEq)]
struct Answer(u32, Timestamp);

impl Expires for Answer {
    fn fresh_until(&self) -> Timestamp {
        self.1
    }
}

/// Steps so far, then the answer.
#[derive(Debug, Default)]
struct Steps(Vec<&'static str>, Option<Answer>);

impl Progress for Steps {
    type Outcome = Answer;

    fn outcome(&self) -> Option<&Answer> {
        self.1.as_ref()
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Work that ends at once.
fn answer(
    number: u32,
    fresh_until: i64,
) -> impl FnOnce(watch::Sender<Option<Answer>>) -> std::future::Ready<()> {
    move |progress| {
        progress.send_replace(Some(Answer(number, at(fresh_until))));
        std::future::ready(())
    }
}

#[tokio::test]
async fn a_thousand_requests_share_one_piece_of_work() {
    let flight = SingleFlight::<&str, Option<Answer>>::new(10);
    let started = Arc::new(AtomicU32::new(0));
    let release = Arc::new(Notify::new());
    let mut all: Vec<_> = (0..1_000)
        .map(|_| {
            let (started, release) = (Arc::clone(&started), Arc::clone(&release));
            flight.join_or_start(&"AAPL", at(0), |progress| async move {
                let number = started.fetch_add(1, Ordering::Relaxed);
                release.notified().await;
                progress.send_replace(Some(Answer(number, at(100))));
            })
        })
        .collect();

    release.notify_one();

    for shared in &mut all {
        assert!(!shared.was_ready);
        assert_eq!(shared.outcome().await, Ok(Answer(0, at(100))));
    }
    assert_eq!(started.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn everyone_sees_every_step() {
    let flight = SingleFlight::<&str, Steps>::new(10);
    let (go_on, wait) = oneshot::channel::<()>();
    let mut first = flight.join_or_start(&"AAPL", at(0), |progress| async move {
        progress.send_modify(|steps| steps.0.push("prices"));
        wait.await.unwrap();
        progress.send_modify(|steps| steps.0.push("news"));
        progress.send_modify(|steps| steps.1 = Some(Answer(1, at(10))));
    });
    first.progress.changed().await.unwrap();
    let mut late = flight.join_or_start(&"AAPL", at(0), |_| async { unreachable!("it is in progress") });
    assert_eq!(late.progress.borrow().0, ["prices"]);

    go_on.send(()).unwrap();

    for shared in [&mut first, &mut late] {
        assert_eq!(shared.outcome().await.unwrap().0, 1);
        assert_eq!(shared.progress.borrow().0, ["prices", "news"]);
    }
}

#[tokio::test]
async fn a_fresh_outcome_is_ready_and_an_expired_one_is_made_again() {
    let flight = SingleFlight::<&str, Option<Answer>>::new(10);
    let mut first = flight.join_or_start(&"AAPL", at(0), answer(1, 10));
    assert_eq!(first.outcome().await.unwrap().0, 1);

    let mut second = flight.join_or_start(&"AAPL", at(9), answer(2, 19));
    assert!(second.was_ready);
    assert_eq!(second.outcome().await.unwrap().0, 1);
    let mut third = flight.join_or_start(&"AAPL", at(10), answer(3, 20));
    assert!(!third.was_ready);
    assert_eq!(third.outcome().await.unwrap().0, 3);
}

#[tokio::test]
async fn an_outcome_that_is_never_fresh_serves_only_those_who_waited() {
    let flight = SingleFlight::<&str, Option<Answer>>::new(10);
    let mut first = flight.join_or_start(&"AAPL", at(5), answer(1, 5));
    let mut joined = flight.join_or_start(&"AAPL", at(5), answer(2, 5));
    let outcomes = (first.outcome().await.unwrap().0, joined.outcome().await.unwrap().0);

    let mut next = flight.join_or_start(&"AAPL", at(5), answer(3, 5));

    assert!(outcomes.0 == 1 && !next.was_ready);
    assert_eq!(next.outcome().await.unwrap().0, 3);
}

#[tokio::test]
async fn work_goes_on_when_its_caller_leaves() {
    let flight = SingleFlight::<&str, Option<Answer>>::new(10);
    let (release, wait) = oneshot::channel::<()>();
    drop(flight.join_or_start(&"AAPL", at(0), |progress| async move {
        wait.await.unwrap();
        progress.send_replace(Some(Answer(1, at(10))));
    }));
    let mut other = flight.join_or_start(&"AAPL", at(0), answer(2, 10));

    release.send(()).unwrap();

    assert_eq!(other.outcome().await.unwrap().0, 1);
}

#[tokio::test]
async fn work_in_progress_is_shared_beyond_the_capacity_of_the_cache() {
    let flight = SingleFlight::<u32, Option<Answer>>::new(2);
    let started = Arc::new(AtomicU32::new(0));
    let (release, wait) = watch::channel(false);
    let mut all: Vec<_> = (0..400)
        .map(|number| {
            let (started, mut wait) = (Arc::clone(&started), wait.clone());
            flight.join_or_start(&(number % 100), at(0), move |progress| async move {
                started.fetch_add(1, Ordering::Relaxed);
                wait.wait_for(|released| *released).await.unwrap();
                progress.send_replace(Some(Answer(number, at(100))));
            })
        })
        .collect();

    release.send(true).unwrap();

    for (number, shared) in (0..).zip(&mut all) {
        assert_eq!(shared.outcome().await.unwrap().0, number % 100);
    }
    assert_eq!(started.load(Ordering::Relaxed), 100);
}

#[tokio::test]
async fn the_cache_is_bounded() {
    let flight = SingleFlight::<u32, Option<Answer>>::new(3);
    for number in 0..50 {
        flight.join_or_start(&number, at(0), answer(number, 100)).outcome().await.unwrap();
    }
    while !lock(&flight.in_progress).is_empty() {
        tokio::task::yield_now().await;
    }
    flight.cached.run_pending_tasks();
    assert!(flight.cached.entry_count() <= 3);
}

#[tokio::test]
async fn a_panic_is_reported_and_the_next_request_tries_again() {
    let flight = SingleFlight::<&str, Option<Answer>>::new(10);
    let mut failed = flight.join_or_start(&"AAPL", at(0), |_| async { panic!("on purpose") });
    assert_eq!(failed.outcome().await, Err(NoOutcome));

    let mut again = flight.join_or_start(&"AAPL", at(0), answer(2, 10));

    assert_eq!(again.outcome().await.unwrap().0, 2);
}

#[tokio::test]
async fn the_work_carries_the_request_id_of_the_request_that_started_it() {
    let flight = SingleFlight::<&str, Option<Answer>>::new(10);
    let context = RequestContext::from_headers(&axum::http::HeaderMap::new());
    let (send, receive) = oneshot::channel();

    let start = async {
        flight.join_or_start(&"AAPL", at(0), |_| async move {
            send.send(RequestContext::current()).unwrap();
        })
    };
    drop(context.clone().scope(start).await);

    assert_eq!(receive.await.unwrap(), Some(context));
}
