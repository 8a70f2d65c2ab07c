//! What EDGAR answered about companies lately: reports and the count of filings ask for the same.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use exchange_calendar::date_in_new_york;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::filings::Company;
use crate::SourceError;

/// Long enough for both sources of one forecast, short enough not to miss a filing.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(10);
/// A company with many filings takes about 50 kB.
const MOST_KEPT: usize = 64;

type Answer = Result<Arc<Company>, SourceError>;

/// The latest answers, also those on their way.
#[derive(Default)]
pub(super) struct Companies(Mutex<HashMap<u32, Asked>>);

struct Asked {
    at: Timestamp,
    answer: Shared<BoxFuture<'static, Answer>>,
}

impl fmt::Debug for Companies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Companies").finish_non_exhaustive()
    }
}

impl Asked {
    /// Says whether the answer is on its way, new, or made after `settled`, a day up to which no more is filed.
    fn serves(&self, settled: Option<Date>, now: Timestamp) -> bool {
        match self.answer.peek() {
            None => true,
            Some(Err(_)) => false,
            Some(Ok(_)) => {
                now.duration_since(self.at) < KEPT_FOR
                    || settled.is_some_and(|settled| date_in_new_york(self.at) > settled)
            }
        }
    }
}

impl Companies {
    /// Returns the answer about a company, asking only where none serves.
    pub(super) fn join_or_ask(
        &self,
        cik: u32,
        settled: Option<Date>,
        now: Timestamp,
        ask: impl Future<Output = Answer> + Send + 'static,
    ) -> Shared<BoxFuture<'static, Answer>> {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asked) = asked.get(&cik).filter(|asked| asked.serves(settled, now)) {
            return asked.answer.clone();
        }
        if asked.len() >= MOST_KEPT {
            asked.retain(|_, asked| asked.answer.peek().is_none());
        }
        let answer = ask.boxed().shared();
        asked.insert(cik, Asked { at: now, answer: answer.clone() });
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use jiff::civil::date;

    use super::*;

    #[tokio::test]
    async fn one_answer_serves_both_sources_and_a_failure_no_one_later() {
        let companies = Companies::default();
        let asked = Arc::new(AtomicU32::new(0));
        let ask = |settled, now: &str, fails: bool| {
            let asked = Arc::clone(&asked);
            companies.join_or_ask(7, settled, now.parse().unwrap(), async move {
                asked.fetch_add(1, Ordering::Relaxed);
                if fails { Err(SourceError::NoData) } else { Ok(Arc::new(Company::default())) }
            })
        };
        let friday = "2026-11-20T22:00:00Z";
        let (failed, too) = tokio::join!(ask(None, friday, true), ask(None, friday, true));
        assert!(failed.is_err() && too.is_err() && asked.load(Ordering::Relaxed) == 1);

        ask(None, friday, false).await.unwrap();
        ask(None, "2026-11-20T22:09:00Z", false).await.unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 2);

        // An answer of Friday evening says what was filed through Thursday, whenever that is asked.
        ask(Some(date(2026, 11, 19)), "2026-11-22T22:00:00Z", false).await.unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        ask(Some(date(2026, 11, 20)), "2026-11-22T22:00:00Z", false).await.unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }
}
