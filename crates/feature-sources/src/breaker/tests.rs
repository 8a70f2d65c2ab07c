use super::*;

fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn after(seconds: u64) -> Timestamp {
    later(noon(), Duration::from_secs(seconds))
}

fn fail(breaker: &Breaker, now: Timestamp) {
    breaker.record(&Err::<(), _>(SourceError::malformed("a web page instead of data")), now);
}

#[test]
fn five_failures_in_a_row_open_it_and_each_later_one_for_longer() {
    let breaker = Breaker::new("test");
    for _ in 1..FAILURES_TO_OPEN {
        fail(&breaker, noon());
        assert!(breaker.check(noon()).is_ok());
    }
    // The last two were under way together.
    fail(&breaker, noon());
    fail(&breaker, noon());
    assert_eq!(breaker.check(noon()).unwrap_err().until(), Some(after(10)));

    fail(&breaker, after(10));
    assert_eq!(breaker.check(after(10)).unwrap_err().until(), Some(after(10 + 20)));

    breaker.record(&Ok(()), after(30));
    fail(&breaker, after(30));
    assert!(breaker.check(after(30)).is_ok(), "a success resets the count");
}

#[test]
fn a_question_the_upstream_rejects_is_no_failure_of_its_own() {
    let breaker = Breaker::new("test");
    for _ in 0..FAILURES_TO_OPEN * 2 {
        breaker.record(&Err::<(), _>(SourceError::ServerError(422)), noon());
    }
    assert!(breaker.check(noon()).is_ok());
}

#[test]
fn retry_after_is_obeyed_for_days_and_refusals_without_it_cost_more_each_time() {
    const DAY: u64 = 24 * 60 * 60;
    let breaker = Breaker::new("test");
    let asked = |seconds| Some(Duration::from_secs(seconds));

    assert_eq!(breaker.rate_limited(noon(), asked(7)).until(), Some(after(7)));
    assert_eq!(breaker.rate_limited(after(8), None).until(), Some(after(8 + 120)));
    assert_eq!(breaker.rate_limited(after(200), None).until(), Some(after(200 + 240)));
    assert_eq!(breaker.rate_limited(after(500), asked(DAY)).until(), Some(after(500 + DAY)));
    let next = 500 + DAY;
    let forever = breaker.rate_limited(after(next), asked(u64::MAX));
    assert_eq!(forever.until(), Some(after(next + 7 * DAY)), "a week is the most");

    assert!(breaker.check(after(next)).is_err());
    assert!(breaker.check(after(next + 7 * DAY)).is_ok());
}

#[test]
fn refusals_of_requests_sent_together_count_once_and_none_closes_it_earlier() {
    let breaker = Breaker::new("test");
    for _ in 0..20 {
        assert_eq!(breaker.rate_limited(noon(), None).until(), Some(after(60)));
    }
    assert_eq!(breaker.rate_limited(noon(), Some(Duration::from_secs(1))).until(), Some(after(60)));
    assert!(matches!(breaker.blocked(noon()), SourceError::Blocked { .. }));
    assert!(matches!(breaker.rate_limited(noon(), None), SourceError::Blocked { .. }), "the longer holds");
}
