//! Redis, for several instances that share what they fetched, the calls they spent, and the rates they keep to.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use feature_sources::{Ledger, Rate};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use jiff::civil::Date;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use url::Url;

use super::store::{LARGEST_ENTRY_BYTES, Store};

const PREFIX: &str = "fortnight:1:";
/// A daily count is useless once the day is over in every time zone.
const COUNT_LIFETIME_SECONDS: i64 = 2 * 86_400;
/// No request waits for a write.
const WRITE_TIMEOUT: Duration = Duration::from_secs(1);
/// Writes under way at once; more are dropped.
const MAX_WRITES: usize = 64;
/// Connecting takes several round trips.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// This many failed reads in a row open the breaker.
const MISSES_TO_OPEN: u32 = 5;

/// Why the address cannot be used. It may hold a password, so it is never repeated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddressError {
    #[error("expected redis:// in place of rediss://, as TLS to Redis is not built in")]
    Tls,
    #[error("expected an address such as redis://host:6379")]
    Malformed,
}

/// Reads the address of a Redis server.
pub(crate) fn parse_address(text: &str) -> Result<redis::Client, AddressError> {
    let address = Url::parse(text).map_err(|_| AddressError::Malformed)?;
    if matches!(address.scheme(), "rediss" | "valkeys") {
        return Err(AddressError::Tls);
    }
    redis::Client::open(address).map_err(|_| AddressError::Malformed)
}

/// How a command can fail.
enum Failure {
    /// No connection, or none that Redis accepts.
    Connection(String),
    WrongPassword,
    Late(Duration),
    /// Redis answered with an error.
    Refused(String),
}

/// A store and a ledger on a Redis server. While the breaker is open, the server is not asked at all.
#[derive(Clone)]
pub(crate) struct Redis {
    connection: ConnectionManager,
    /// How long a request waits for an answer.
    timeout: Duration,
    state: Arc<State>,
    writes: Arc<Semaphore>,
}

#[derive(Debug)]
struct State {
    /// Host and port, for the log.
    server: String,
    breaker_is_open: AtomicBool,
    /// Failed reads in a row.
    misses: AtomicU32,
    /// A refused write is logged once: Redis is full or read-only, and reads still work.
    has_refused_a_write: AtomicBool,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Redis {
    /// Takes the address and begins to connect in the background; the service does not wait for it.
    pub(crate) fn new(url: &SecretString, timeout: Duration) -> Result<Self, AddressError> {
        let client = parse_address(url.expose_secret())?;
        let state = State {
            server: client.get_connection_info().addr().to_string(),
            breaker_is_open: AtomicBool::new(true),
            misses: AtomicU32::new(0),
            has_refused_a_write: AtomicBool::new(false),
        };
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            // Longer than our own limits, which end first and say how long was waited.
            .set_connection_timeout(Some(CONNECT_TIMEOUT * 2))
            .set_response_timeout(Some(CONNECT_TIMEOUT * 2));
        let redis = Self {
            connection: ConnectionManager::new_lazy_with_config(client, config)
                .map_err(|_| AddressError::Malformed)?,
            timeout,
            state: Arc::new(state),
            writes: Arc::new(Semaphore::new(MAX_WRITES)),
        };
        tokio::spawn(redis.clone().close_breaker_when_up(false));
        Ok(redis)
    }

    /// Pings, less and less often, until the server answers.
    async fn close_breaker_when_up(self, mut is_logged: bool) {
        let server = &self.state.server;
        let mut pause = FIRST_PAUSE;
        while let Err(failure) = self.ping().await {
            if !is_logged {
                is_logged = true;
                tracing::warn!(%server, reason = %failure, "Redis cannot be used; continuing without it");
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.state.misses.store(0, Ordering::Relaxed);
        self.state.breaker_is_open.store(false, Ordering::Release);
        tracing::info!(%server, "Redis answers");
    }

    /// Succeeds once the server is connected and answers as quickly as a request needs it to.
    async fn ping(&self) -> Result<(), Failure> {
        for limit in [CONNECT_TIMEOUT, self.timeout] {
            self.run::<()>(limit, &redis::cmd("PING")).await?;
        }
        Ok(())
    }

    async fn run<T: FromRedisValue>(&self, limit: Duration, command: &Cmd) -> Result<T, Failure> {
        let mut connection = self.connection.clone();
        match timeout(limit, command.query_async(&mut connection)).await {
            Ok(outcome) => outcome.map_err(Failure::from),
            Err(_) => Err(Failure::Late(limit)),
        }
    }

    /// Runs a command that a request waits for. A command that fails is skipped and counted by the breaker.
    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        if self.state.breaker_is_open.load(Ordering::Acquire) {
            return None;
        }
        match self.run(self.timeout, command).await {
            Ok(value) => {
                self.state.misses.store(0, Ordering::Relaxed);
                Some(value)
            }
            Err(failure) => {
                let misses = self.state.misses.fetch_add(1, Ordering::Relaxed) + 1;
                if misses >= MISSES_TO_OPEN
                    || matches!(failure, Failure::Connection(_) | Failure::WrongPassword)
                {
                    self.open_breaker(&failure);
                }
                None
            }
        }
    }

    async fn store(&self, command: Cmd) {
        if self.state.breaker_is_open.load(Ordering::Acquire) {
            return;
        }
        match self.run::<()>(WRITE_TIMEOUT, &command).await {
            Err(failure @ (Failure::Connection(_) | Failure::WrongPassword)) => self.open_breaker(&failure),
            Err(Failure::Refused(reason)) => {
                if !self.state.has_refused_a_write.swap(true, Ordering::Relaxed) {
                    tracing::warn!(server = %self.state.server, reason, "Redis refuses to store series");
                }
            }
            Ok(()) | Err(Failure::Late(_)) => {}
        }
    }

    fn open_breaker(&self, failure: &Failure) {
        if !self.state.breaker_is_open.swap(true, Ordering::AcqRel) {
            let server = &self.state.server;
            tracing::warn!(%server, reason = %failure, "Redis fails; continuing without it until it answers");
            tokio::spawn(self.clone().close_breaker_when_up(true));
        }
    }
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        if matches!(error.code(), Some("NOAUTH" | "WRONGPASS")) {
            return Self::WrongPassword;
        }
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::WrongPassword,
            ErrorKind::Io | ErrorKind::Parse => Self::Connection(error.to_string()),
            _ => Self::Refused(error.to_string()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(reason) | Self::Refused(reason) => f.write_str(reason),
            Self::WrongPassword => f.write_str(
                "the password in REDIS_URL is wrong or missing; expected an address such as redis://:PASSWORD@host:6379",
            ),
            Self::Late(limit) => write!(f, "no answer within {limit:?}"),
        }
    }
}

impl Store for Redis {
    fn get(&self, key: &str) -> BoxFuture<'_, Option<Vec<u8>>> {
        // A range bounds what is read, whatever is stored there; an absent key reads as empty.
        let mut command = redis::cmd("GETRANGE");
        command.arg(format!("{PREFIX}{key}")).arg(0).arg(LARGEST_ENTRY_BYTES);
        Box::pin(async move { self.ask(&command).await.filter(|bytes: &Vec<u8>| !bytes.is_empty()) })
    }

    fn put(&self, key: String, bytes: Vec<u8>, until: Timestamp, now: Timestamp) {
        let Ok(permit) = Arc::clone(&self.writes).try_acquire_owned() else { return };
        let seconds = until.duration_since(now).as_secs().max(1);
        let mut command = redis::cmd("SET");
        command.arg(format!("{PREFIX}{key}")).arg(bytes).arg("EX").arg(seconds);
        let redis = self.clone();
        tokio::spawn(async move {
            redis.store(command).await;
            drop(permit);
        });
    }
}

impl Ledger for Redis {
    fn add(&self, day: Date, calls: i64) -> BoxFuture<'_, Option<i64>> {
        let mut command = redis::cmd("EVAL");
        command.arg(ADD).arg(1).arg(format!("{PREFIX}calls:{day}")).arg(calls).arg(COUNT_LIFETIME_SECONDS);
        Box::pin(async move { self.ask(&command).await })
    }

    fn reserve<'a>(
        &'a self,
        name: &'a str,
        rate: Rate,
        longest: Duration,
    ) -> BoxFuture<'a, Option<Result<Duration, Duration>>> {
        let mut command = redis::cmd("EVAL");
        command.arg(RESERVE).arg(1).arg(format!("{PREFIX}rate:{name}"));
        for time in [rate.interval, rate.tolerance(), longest] {
            command.arg(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
        }
        Box::pin(async move {
            let wait: i64 = self.ask(&command).await?;
            let time = Duration::from_micros(wait.unsigned_abs());
            Some(if wait < 0 { Err(time) } else { Ok(time) })
        })
    }

    fn recall<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Option<Vec<u8>>> {
        Store::get(self, name)
    }

    fn keep(&self, name: String, bytes: Vec<u8>, until: Timestamp, now: Timestamp) {
        Store::put(self, name, bytes, until, now);
    }
}

/// Adds to a count and returns the total.
const ADD: &str = "local total = redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return total";

/// The generic cell rate algorithm, in microseconds of the server's clock: the key holds the moment at which the budget
/// will be whole again. A refusal is the wait with a minus sign. No request waits for ten minutes, so a moment further
/// ahead was written by someone else and does not count.
const RESERVE: &str =
    "local interval, tolerance, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local due = math.max(now, tonumber(redis.call('GET', KEYS[1])) or now)
if due - now > tolerance + 600000000 then due = now end
local wait = math.max(0, due - now - tolerance)
if wait > longest then return -wait end
local whole = due + interval
redis.call('SET', KEYS[1], string.format('%.0f', whole), 'PX', math.ceil((whole - now) / 1000))
return wait";

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(50);

    fn redis(url: &str) -> Result<Redis, AddressError> {
        Redis::new(&SecretString::from(url), TIMEOUT)
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_answer_skips_one_read_and_five_in_a_row_open_the_breaker() {
        // The system accepts connections to it, and nobody ever answers.
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let redis = redis(&format!("redis://{}", silent.local_addr().unwrap())).unwrap();
        redis.state.breaker_is_open.store(false, Ordering::Release);
        let begun = Instant::now();

        for read in 0..MISSES_TO_OPEN {
            assert_eq!(redis.get("a").await, None);
            let waited = begun.elapsed();
            assert!((TIMEOUT * (read + 1)..TIMEOUT * (read + 2)).contains(&waited), "each waits: {waited:?}");
        }
        let waited = begun.elapsed();
        assert_eq!(redis.get("a").await, None);
        assert_eq!(begun.elapsed(), waited, "the next does not even ask");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_server_is_reported_with_the_time_waited() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let redis = redis(&format!("redis://{}", silent.local_addr().unwrap())).unwrap();
        assert_eq!(redis.ping().await.err().unwrap().to_string(), "no answer within 2s");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_was_never_reached_costs_no_time() {
        let redis = redis("redis://127.0.0.1:1").unwrap();
        let begun = Instant::now();
        assert_eq!(redis.get("a").await, None);
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn an_address_that_cannot_work_is_an_error_without_its_password() {
        for (url, expected) in [
            ("rediss://:p4ssw0rd@host:6379", "TLS to Redis is not built in"),
            ("redis//:p4ssw0rd@host", "expected an address such as redis://host:6379"),
            ("http://:p4ssw0rd@host:6379", "expected an address such as redis://host:6379"),
            ("redis://:p4ssw0rd@host:port", "expected an address such as redis://host:6379"),
        ] {
            let error = redis(url).err().unwrap().to_string();
            assert!(error.contains(expected) && !error.contains("p4ssw0rd"), "{url}: {error}");
        }
    }
}
