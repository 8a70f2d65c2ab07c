//! Builds records as an operator who has the key could: valid ones and forged ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use bytes::Bytes;
use forecast_store::{ForecastRow, OutcomeRow, OutcomeState, ReportAhead, Store, StoreError, StoreUrl};
use forecast_types::{HORIZON, InputDigest, Market, ReportBasis, ReportTime, Symbol};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::edge::Edge;
use crate::session::SessionLeaves;
use crate::verify::Source;
use crate::{Checkpoint, LogName, Record, SigningKey};

pub(super) static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate("example.org").unwrap());
pub(super) const STOCKS: u32 = 70;

/// A store in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Objects(pub(super) BTreeMap<String, Bytes>);

impl Source for Objects {
    async fn get(&self, path: &str) -> Result<Option<Bytes>, StoreError> {
        Ok(self.0.get(path).cloned())
    }
}

/// Remembers which objects were read.
pub(super) struct Watched<'a>(pub(super) &'a Objects, pub(super) Mutex<BTreeSet<String>>);

impl Source for Watched<'_> {
    async fn get(&self, path: &str) -> Result<Option<Bytes>, StoreError> {
        self.1.lock().unwrap().insert(path.to_owned());
        self.0.get(path).await
    }
}

/// The rows of one session and the entries to record for them.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) log: LogName,
    pub(super) date: Date,
    pub(super) file: Bytes,
    pub(super) entries: Vec<String>,
}

impl Session {
    /// Makes a session of random rows, which `change` may alter.
    pub(super) fn new(
        log: LogName,
        date: Date,
        seed: u64,
        change: impl FnOnce(&mut Vec<ForecastRow>, &mut Vec<OutcomeRow>),
    ) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let symbols: Vec<Symbol> = (0..STOCKS).map(|stock| symbol(3 * stock)).collect();
        let mut forecasts: Vec<_> =
            symbols.iter().map(|symbol| forecast(date, symbol, &mut random)).collect();
        let mut outcomes: Vec<_> = symbols.iter().map(|symbol| outcome(date, symbol, &mut random)).collect();
        change(&mut forecasts, &mut outcomes);
        forecasts.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        outcomes.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        let folder = folder();
        let file = wait(async {
            let store = Store::open(&StoreUrl::Folder(folder.path().into())).unwrap();
            match log {
                LogName::Forecasts => store.seal_forecasts(date, &forecasts).await.unwrap(),
                LogName::Outcomes => store.seal_outcomes(date, &outcomes).await.unwrap(),
            };
            store.get(&log.rows(date)).await.unwrap().unwrap()
        });
        let entries = SessionLeaves::of_file(log, date, file.clone()).unwrap().entries;
        Self { log, date, file, entries }
    }
}

/// Symbols in order of their number.
pub(super) fn symbol(number: u32) -> Symbol {
    let letter = |place: u32| char::from(b'A' + u8::try_from(number / place % 26).unwrap());
    Symbol::parse(&[letter(676), letter(26), letter(1)].iter().collect::<String>()).unwrap()
}

pub(super) fn forecast(session: Date, symbol: &Symbol, random: &mut StdRng) -> ForecastRow {
    let report = random.random_bool(0.2).then(|| ReportAhead {
        session: random.random_range(1..=14),
        basis: ReportBasis::Estimated,
        when: ReportTime::AfterClose,
    });
    let quantiles = std::array::from_fn(|level| {
        std::array::from_fn::<i32, HORIZON, _>(|day| {
            (level as i32 - 3) * 800 * (day as i32 + 1) + random.random_range(0..500)
        })
    });
    ForecastRow {
        session,
        symbol: symbol.clone(),
        market: Market::Simulated,
        model: "lstm/2.0.0".parse().unwrap(),
        made_at: sealed_at(session).as_second() - 60,
        quantiles,
        sigma: random.random_range(80_000..300_000),
        fast_sigma: random.random_range(80_000..300_000),
        sources: "oompo".parse().unwrap(),
        report,
        inputs: InputDigest(random.random()),
    }
}

pub(super) fn outcome(session: Date, symbol: &Symbol, random: &mut StdRng) -> OutcomeRow {
    let log_return = random.random_range(-300_000..300_000);
    OutcomeRow { log_return, session, state: OutcomeState::Traded, symbol: symbol.clone() }
}

pub(super) fn sealed_at(session: Date) -> Timestamp {
    session.at(18, 30, 0, 0).in_tz("America/New_York").unwrap().timestamp()
}

/// The sessions of the valid record.
pub(super) fn dates() -> Vec<Date> {
    exchange_calendar::next_sessions(Date::constant(2024, 2, 12), 5)
}

/// Writes a record of these sessions without any check.
pub(super) fn write(key: &SigningKey, sessions: &[Session]) -> Objects {
    let mut objects = Objects::default();
    for log in LogName::ALL {
        let mut edge = Edge::default();
        objects.put(log.key(), format!("{}\n", key.verifier(log)));
        let mut tiles = Vec::new();
        for session in sessions.iter().filter(|session| session.log == log) {
            for entry in &session.entries {
                edge.push(entry.as_bytes(), &mut tiles);
            }
            let checkpoint = Checkpoint {
                origin: key.verifier(log).name().to_owned(),
                size: edge.size(),
                root: edge.root(),
                session: session.date,
                sealed_at: sealed_at(session.date),
                rows: crate::FileDigest::of(&session.file),
            };
            let note = checkpoint.sign(key, log);
            objects.put(log.rows(session.date), session.file.clone());
            objects.put(log.session_checkpoint(session.date), note.clone());
            objects.put(log.checkpoint(), note);
        }
        tiles.extend(edge.partial_tiles());
        for (tile, bytes) in tiles {
            objects.put(log.within(&tile.to_string()), bytes);
        }
    }
    objects
}

impl Objects {
    pub(super) async fn read(store: &Store) -> Self {
        let mut objects = Self::default();
        for path in store.list("").await.unwrap() {
            objects.0.insert(path.clone(), store.get(&path).await.unwrap().unwrap());
        }
        objects
    }

    fn put(&mut self, path: String, bytes: impl Into<Bytes>) {
        self.0.insert(path, bytes.into());
    }
}

/// A temporary folder, in memory if possible, because stores wait for the disk.
pub(super) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Opens a store and its record.
pub(super) fn open(folder: &Path, secret: &str) -> (Store, Record) {
    let store = Store::open(&StoreUrl::Folder(folder.into())).unwrap();
    (store.clone(), Record::new(store, secret.parse().unwrap()))
}

pub(super) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(super) fn next_day(date: Date) -> Date {
    date.saturating_add(1.day())
}
