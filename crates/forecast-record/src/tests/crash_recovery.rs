//! Kills a process that seals sessions, 200 times, and checks that nothing it reported is lost.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use forecast_store::Store;
use forecast_types::Symbol;
use jiff::civil::Date;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::operator::{KEY, Objects, folder, forecast, open, sealed_at, symbol, wait};
use crate::proof::continues;
use crate::{Evidence, LogName, Record, verify_from};

const LOG: LogName = LogName::Forecasts;
const KILLS: usize = 200;
const SESSIONS: usize = 800;
const ROWS: u32 = 20;

/// Seals all sessions that are not sealed yet and prints each when it is.
#[test]
#[ignore = "the test below starts it as a process and kills it"]
fn seals_sessions() {
    let mut lines = std::io::stdin().lines().map(Result::unwrap);
    let [folder, secret] = [(); 2].map(|()| lines.next().unwrap());
    let (store, record) = open(Path::new(&folder), &secret);
    wait(async {
        let last = record.newest(LOG).await.unwrap().map_or(Date::constant(2020, 1, 1), |last| last.session);
        let symbols: Vec<Symbol> = (0..ROWS).map(symbol).collect();
        let sessions = exchange_calendar::next_sessions(Date::constant(2020, 1, 1), SESSIONS);
        for session in sessions.into_iter().filter(|session| *session > last) {
            let random = &mut StdRng::seed_from_u64(session.day_of_year() as u64);
            let rows: Vec<_> = symbols.iter().map(|symbol| forecast(session, symbol, random)).collect();
            store.seal_forecasts(session, &rows).await.unwrap();
            let sealed = record.seal(LOG, session, sealed_at(session)).await.unwrap();
            let mut out = std::io::stdout().lock();
            writeln!(out, "sealed {} {session}", sealed.size).unwrap();
            out.flush().unwrap();
        }
    });
}

fn start(folder: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "tests::crash_recovery::seals_sessions", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    write!(input, "{}\n{}\n", folder.display(), KEY.secret()).unwrap();
    child
}

/// Returns the sessions that the process reported as sealed, in order.
fn acknowledged(child: &mut Child) -> Vec<(u64, Date)> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let sealed = |line: String| {
        // The first line begins with what the test harness prints.
        let (_, sealed) = line.split_once("sealed ")?;
        let (size, session) = sealed.split_once(' ')?;
        Some((size.parse().unwrap(), session.parse().ok()?))
    };
    lines.filter_map(sealed).collect()
}

/// Counts how far a process got: two objects for each session, at the start and at the end of sealing.
fn steps(folder: &Path) -> usize {
    let count =
        |path: &str| std::fs::read_dir(folder.join("log/forecasts").join(path)).map_or(0, Iterator::count);
    count("sealing") + count("checkpoints")
}

/// Checks that the last acknowledged session is recorded, and that the log extends it.
async fn check(store: &Store, record: &Record, last: (u64, Date), everything: bool) {
    let (size, session) = last;
    let kept = record.session(LOG, session).await.unwrap().expect("the session is recorded");
    assert_eq!(kept.size, size);
    let newest = record.newest(LOG).await.unwrap().expect("the log is there");
    let proof = record.consistency(LOG, size, newest.size).await.unwrap();
    assert!(continues((size, kept.root), (newest.size, newest.root), &proof), "{session}");
    if everything {
        let mut evidence = Evidence::default();
        evidence.add_checkpoints(&kept.sign(&KEY, LOG));
        let verdict = verify_from(store, &evidence).await.unwrap();
        assert_eq!(verdict.findings, []);
    }
}

#[test]
fn no_acknowledged_session_is_lost_when_the_process_is_killed() {
    let folder = folder();
    let (store, record) = open(folder.path(), &KEY.secret());
    let random = &mut StdRng::seed_from_u64(1);
    let mut last = None;
    for kill in 0..KILLS {
        let until = steps(folder.path()) + random.random_range(1..=4);
        let mut child = start(folder.path());
        while steps(folder.path()) < until && child.try_wait().unwrap().is_none() {}
        // Somewhere in the steps that follow.
        for _ in 0..random.random_range(0..30) {
            steps(folder.path());
        }
        child.kill().unwrap();
        let killed = !child.wait().unwrap().success();
        assert!(killed, "all sessions were sealed before kill {kill}");
        last = acknowledged(&mut child).pop().or(last);
        if let Some(last) = last {
            wait(check(&store, &record, last, kill % 20 == 0));
        }
    }
    assert!(last.is_some(), "some sessions were sealed");

    let mut child = start(folder.path());
    assert_eq!(acknowledged(&mut child).pop().map(|(size, _)| size), Some(SESSIONS as u64 * u64::from(ROWS)));
    child.wait().unwrap();
    let undisturbed = self::folder();
    let mut child = start(undisturbed.path());
    acknowledged(&mut child);
    child.wait().unwrap();
    wait(async {
        let expected = Objects::read(&open(undisturbed.path(), &KEY.secret()).0).await;
        let found = Objects::read(&store).await;
        assert_eq!(found.0.keys().collect::<Vec<_>>(), expected.0.keys().collect::<Vec<_>>());
        let different = found.0.iter().filter(|(path, bytes)| expected.0.get(*path) != Some(bytes));
        assert_eq!(different.map(|(path, _)| path).collect::<Vec<_>>(), [""; 0]);
    });
}
