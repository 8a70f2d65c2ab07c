//! Redis, for several instances that share what they fetched and the calls they spent.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use feature_sources::Ledger;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use jiff::civil::Date;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::store::Store;

const PREFIX: &str = "fortnight:1:";
/// A day's count is of no use after the day, wherever on earth it ends.
const CALLS_KEPT_SECONDS: i64 = 2 * 86_400;
/// A write may take its time, for nobody waits for it.
const WRITE_PATIENCE: Duration = Duration::from_secs(1);
/// Writes under way at once; more are forgotten.
const WRITES: usize = 64;
const PING_PATIENCE: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A store and a ledger on a Redis server. While the server is away it is not asked at all.
#[derive(Clone)]
pub(crate) struct Redis {
    connection: ConnectionManager,
    /// How long a request waits for an answer.
    patience: Duration,
    is_up: Arc<AtomicBool>,
    writes: Arc<Semaphore>,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("is_up", &self.is_up).finish_non_exhaustive()
    }
}

impl Redis {
    /// Takes the address and begins to connect in the background; the service does not wait for it.
    ///
    /// # Errors
    /// When the address makes no sense.
    pub(crate) fn new(url: &SecretString, patience: Duration) -> Result<Self, redis::RedisError> {
        let client = redis::Client::open(url.expose_secret())?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(PING_PATIENCE))
            .set_response_timeout(Some(PING_PATIENCE));
        let redis = Self {
            connection: ConnectionManager::new_lazy_with_config(client, config)?,
            patience,
            is_up: Arc::new(AtomicBool::new(false)),
            writes: Arc::new(Semaphore::new(WRITES)),
        };
        redis.wait_until_up();
        Ok(redis)
    }

    /// Pings until the server answers, less and less often.
    fn wait_until_up(&self) {
        let (mut connection, is_up) = (self.connection.clone(), Arc::clone(&self.is_up));
        tokio::spawn(async move {
            let mut pause = FIRST_PAUSE;
            loop {
                let ping = redis::cmd("PING");
                let answered = timeout(PING_PATIENCE, ping.exec_async(&mut connection)).await;
                if matches!(answered, Ok(Ok(()))) {
                    is_up.store(true, Ordering::Release);
                    tracing::info!("Redis answers");
                    return;
                }
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        });
    }

    /// Runs one command, unless the server is away; a failure takes it out of use until it answers again.
    async fn ask<T>(
        &self,
        patience: Duration,
        command: impl Future<Output = redis::RedisResult<T>>,
    ) -> Option<T> {
        if !self.is_up.load(Ordering::Acquire) {
            return None;
        }
        match timeout(patience, command).await {
            Ok(Ok(value)) => Some(value),
            failed => {
                if self.is_up.swap(false, Ordering::AcqRel) {
                    let reason = match failed {
                        Ok(Err(error)) => error.to_string(),
                        _ => format!("no answer within {} ms", patience.as_millis()),
                    };
                    tracing::warn!(reason, "Redis is left alone until it answers again");
                    self.wait_until_up();
                }
                None
            }
        }
    }
}

impl Store for Redis {
    fn get(&self, key: &str) -> BoxFuture<'_, Option<Vec<u8>>> {
        let key = format!("{PREFIX}{key}");
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let mut command = redis::cmd("GET");
            command.arg(key);
            self.ask(self.patience, command.query_async::<Option<Vec<u8>>>(&mut connection)).await.flatten()
        })
    }

    fn put(&self, key: String, bytes: Vec<u8>, until: Timestamp, now: Timestamp) {
        let Ok(permit) = Arc::clone(&self.writes).try_acquire_owned() else { return };
        let redis = self.clone();
        let seconds = until.duration_since(now).as_secs().max(1);
        tokio::spawn(async move {
            let mut connection = redis.connection.clone();
            let mut command = redis::cmd("SET");
            command.arg(format!("{PREFIX}{key}")).arg(bytes).arg("EX").arg(seconds);
            redis.ask(WRITE_PATIENCE, command.exec_async(&mut connection)).await;
            drop(permit);
        });
    }
}

impl Ledger for Redis {
    fn add(&self, day: Date, calls: i64) -> BoxFuture<'_, Option<i64>> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let key = format!("{PREFIX}calls:{day}");
            let mut both = redis::pipe();
            both.atomic()
                .cmd("INCRBY")
                .arg(&key)
                .arg(calls)
                .cmd("EXPIRE")
                .arg(&key)
                .arg(CALLS_KEPT_SECONDS)
                .ignore();
            let (total,): (i64,) = self.ask(self.patience, both.query_async(&mut connection)).await?;
            Some(total)
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use tokio::time::Instant;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(5);

    #[tokio::test(start_paused = true)]
    async fn a_server_that_falls_silent_costs_five_milliseconds_once() {
        // Takes connections, for the system does, and never says a word.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("redis://{}", silent.local_addr().unwrap());
        let redis = Redis::new(&SecretString::from(url), PATIENCE).unwrap();
        redis.is_up.store(true, Ordering::Release);
        let begun = Instant::now();

        assert_eq!(redis.get("a").await, None);
        let waited = begun.elapsed();
        assert_eq!(redis.get("b").await, None);
        assert_eq!(redis.add(date(2026, 11, 23), 10).await, None);

        assert!((PATIENCE..PATIENCE * 2).contains(&waited), "{waited:?}");
        assert_eq!(begun.elapsed(), waited, "the others do not even ask");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_was_never_reached_costs_nothing() {
        let redis = Redis::new(&SecretString::from("redis://127.0.0.1:1"), PATIENCE).unwrap();
        let begun = Instant::now();
        assert_eq!(redis.get("a").await, None);
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
