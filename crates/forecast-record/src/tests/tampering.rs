//! Random tampering, seeded by its number: by someone who can write to the store, or by the operator, who also has the key
//! and makes everything consistent again. With an older checkpoint, every case is found.

use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex};

use bytes::Bytes;
use jiff::ToSpan as _;
use jiff::civil::Date;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

use super::operator::{KEY, Objects, STOCKS, Session, Watched, dates, symbol, wait, write};
use super::operator::{forecast, outcome};
use crate::{Evidence, LogName, SigningKey, verify_from};

/// The session of the older checkpoint; the operator can rewrite later ones.
const OLDER: usize = 2;

/// How many to draw: 10,000 take minutes, so fewer unless `TAMPERINGS` is set.
#[expect(clippy::disallowed_methods, reason = "a test has no command line")]
pub(super) fn count(usual: u64) -> u64 {
    std::env::var("TAMPERINGS").map_or(usual, |count| count.parse().expect("TAMPERINGS is a number"))
}

/// A valid record.
pub(super) struct Base {
    pub(super) objects: Objects,
    /// The checkpoints that the verifier has kept.
    pub(super) older: String,
    sessions: Vec<Session>,
    /// The objects that verifiers read.
    read: Vec<String>,
}

pub(super) static BASE: LazyLock<Base> = LazyLock::new(|| {
    let sessions: Vec<Session> = LogName::ALL
        .into_iter()
        .flat_map(|log| (0..dates().len()).map(move |index| session(log, index, |_, _| {})))
        .collect();
    let objects = write(&KEY, &sessions);
    let note = |log: LogName| objects.0[&log.session_checkpoint(dates()[OLDER])].clone();
    let older = LogName::ALL.map(|log| String::from_utf8(note(log).into()).unwrap()).join("\n");
    let watched = Watched(&objects, Mutex::new(BTreeSet::new()));
    let verdict = wait(verify_from(&watched, &evidence(&older))).unwrap();
    assert_eq!((verdict.verified.len(), verdict.findings.len()), (2, 0), "{verdict:?}");
    let read = watched.1.into_inner().unwrap().into_iter().collect();
    Base { objects, older, sessions, read }
});

fn session(
    log: LogName,
    index: usize,
    change: impl FnOnce(&mut Vec<forecast_store::ForecastRow>, &mut Vec<forecast_store::OutcomeRow>),
) -> Session {
    Session::new(log, dates()[index], (2 * index + log as usize) as u64, change)
}

fn evidence(older: &str) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.add_checkpoints(older);
    evidence
}

/// Draws the tampering with this number.
pub(super) fn draw(number: u64) -> (&'static str, Objects) {
    let random = &mut StdRng::seed_from_u64(number);
    loop {
        let (what, objects) = match (number % 6, random.random()) {
            (0, true) => ("edit, by the operator", edit(random)),
            (0, false) => (
                "edit",
                by_hand(random, |random, bytes| {
                    let index = random.random_range(0..bytes.len());
                    bytes[index] ^= 1 << random.random_range(0..8);
                }),
            ),
            (1, true) => ("delete, by the operator", delete(random)),
            (1, false) => {
                let mut objects = BASE.objects.clone();
                objects.0.remove(BASE.read.choose(random).unwrap());
                ("delete", objects)
            }
            (2, true) => ("reorder, by the operator", reorder(random)),
            (2, false) => ("reorder", swap_objects(random)),
            (3, true) => ("truncate, by the operator", truncate(random)),
            (3, false) => (
                "truncate",
                by_hand(random, |random, bytes| bytes.truncate(random.random_range(0..bytes.len()))),
            ),
            (4, _) => ("fork", fork(random)),
            _ => ("backdate", backdate(random)),
        };
        if objects != BASE.objects {
            return (what, objects);
        }
    }
}

/// Changes one object only.
fn by_hand(random: &mut StdRng, change: impl FnOnce(&mut StdRng, &mut Vec<u8>)) -> Objects {
    let mut objects = BASE.objects.clone();
    let path = BASE.read.choose(random).unwrap();
    let mut bytes = objects.0[path].to_vec();
    change(random, &mut bytes);
    objects.0.insert(path.clone(), Bytes::from(bytes));
    objects
}

fn swap_objects(random: &mut StdRng) -> Objects {
    let mut objects = BASE.objects.clone();
    let [one, other] = [BASE.read.choose(random).unwrap(), BASE.read.choose(random).unwrap()];
    objects.0.insert(one.clone(), BASE.objects.0[other].clone());
    objects.0.insert(other.clone(), BASE.objects.0[one].clone());
    objects
}

/// Draws a session that the older checkpoint covers.
fn covered(random: &mut StdRng) -> (LogName, usize) {
    (*LogName::ALL.choose(random).unwrap(), random.random_range(0..=OLDER))
}

/// Writes the record with another session in place of one.
fn replace(log: LogName, index: usize, session: Session) -> Objects {
    let mut sessions = BASE.sessions.clone();
    sessions[log as usize * dates().len() + index] = session;
    write(&KEY, &sessions)
}

/// Writes the record with some of its sessions only.
fn keep(is_kept: impl Fn(&Session) -> bool) -> Objects {
    let sessions: Vec<Session> = BASE.sessions.iter().filter(|session| is_kept(session)).cloned().collect();
    write(&KEY, &sessions)
}

fn edit(random: &mut StdRng) -> Objects {
    let (log, index) = covered(random);
    let row = random.random_range(0..STOCKS as usize);
    let by = random.random_range(1..100);
    let what = random.random_range(0..4);
    let edited = session(log, index, |forecasts, outcomes| {
        let forecast = &mut forecasts[row];
        match what {
            0 => forecast.quantiles[3][by as usize % 14] += by,
            1 => forecast.sigma += by,
            2 => forecast.made_at -= i64::from(by),
            _ => forecast.inputs.0[by as usize % 16] ^= 1,
        }
        outcomes[row].log_return += by;
    });
    replace(log, index, edited)
}

fn delete(random: &mut StdRng) -> Objects {
    let (log, index) = covered(random);
    if random.random_bool(0.2) {
        let gone = dates()[index];
        return keep(|session| (session.log, session.date) != (log, gone));
    }
    let row = random.random_range(0..STOCKS as usize);
    let shorter = session(log, index, |forecasts, outcomes| {
        forecasts.remove(row);
        outcomes.remove(row);
    });
    replace(log, index, shorter)
}

fn reorder(random: &mut StdRng) -> Objects {
    let (log, index) = covered(random);
    let [one, other] = [0, 0].map(|_| random.random_range(0..STOCKS as usize));
    match random.random_range(0..3) {
        // Swaps the rows of two stocks.
        0 => replace(
            log,
            index,
            session(log, index, |forecasts, outcomes| {
                let symbols = (forecasts[one].symbol.clone(), forecasts[other].symbol.clone());
                (forecasts[other].symbol, forecasts[one].symbol) = symbols.clone();
                (outcomes[other].symbol, outcomes[one].symbol) = symbols;
            }),
        ),
        // Swaps two leaves but not their rows.
        1 => {
            let mut session = BASE.sessions[log as usize * dates().len() + index].clone();
            session.entries.swap(one, other);
            replace(log, index, session)
        }
        // Swaps two sessions.
        _ => {
            let mut sessions = BASE.sessions.clone();
            let first = log as usize * dates().len();
            let with = random.random_range(0..dates().len());
            sessions.swap(first + index, first + with);
            write(&KEY, &sessions)
        }
    }
}

fn truncate(random: &mut StdRng) -> Objects {
    let (log, index) = covered(random);
    if random.random_bool(0.2) {
        let end = dates()[index];
        return keep(|session| session.log != log || session.date < end);
    }
    let rows = random.random_range(1..STOCKS as usize);
    let shorter = session(log, index, |forecasts, outcomes| {
        forecasts.truncate(rows);
        outcomes.truncate(rows);
    });
    replace(log, index, shorter)
}

fn fork(random: &mut StdRng) -> Objects {
    if random.random_bool(0.1) {
        return write(&SigningKey::generate("example.org").unwrap(), &BASE.sessions);
    }
    let (log, index) = covered(random);
    let mut sessions = BASE.sessions.clone();
    for later in index..dates().len() {
        let seed = random.random();
        sessions[log as usize * dates().len() + later] = Session::new(log, dates()[later], seed, |_, _| {});
    }
    write(&KEY, &sessions)
}

fn backdate(random: &mut StdRng) -> Objects {
    let (log, index) = covered(random);
    let new = symbol(3 * random.random_range(0..STOCKS) + 1);
    let seed = random.random();
    let added = |date: Date| {
        let random = &mut StdRng::seed_from_u64(seed);
        (forecast(date, &new, random), outcome(date, &new, random))
    };
    let mut sessions = BASE.sessions.clone();
    match random.random_range(0..3) {
        // Adds a row to an old session.
        0 => {
            let (forecast, outcome) = added(dates()[index]);
            let longer = session(log, index, |forecasts, outcomes| {
                forecasts.push(forecast);
                outcomes.push(outcome);
            });
            return replace(log, index, longer);
        }
        // Inserts a new session in order.
        1 => {
            let date = dates()[0] - random.random_range(1_i64..20).days();
            sessions.insert(log as usize * dates().len(), Session::new(log, date, seed, |_, _| {}));
        }
        // Appends an old session, perhaps a second time.
        _ => {
            let date = dates()[OLDER] - random.random_range(0_i64..20).days();
            let late = Session::new(log, date, seed, |forecasts, outcomes| {
                let (forecast, outcome) = added(date);
                (*forecasts, *outcomes) = (vec![forecast], vec![outcome]);
            });
            sessions.insert((log as usize + 1) * dates().len(), late);
        }
    }
    write(&KEY, &sessions)
}

#[test]
fn every_tampering_is_found() {
    let count = count(1_200);
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let missed = Mutex::new(Vec::new());
    LazyLock::force(&BASE);
    std::thread::scope(|scope| {
        for first in 0..threads {
            let missed = &missed;
            scope.spawn(move || {
                for number in (first..count).step_by(threads as usize) {
                    let (what, objects) = draw(number);
                    let verdict = wait(verify_from(&objects, &evidence(&BASE.older))).unwrap();
                    if verdict.findings.is_empty() {
                        missed.lock().unwrap().push((number, what));
                    }
                }
            });
        }
    });
    assert_eq!(missed.into_inner().unwrap(), [], "of {count}");
}
