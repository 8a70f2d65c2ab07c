use forecast_store::Store;
use jiff::ToSpan as _;

use super::operator::{self, KEY, Objects, Session, dates, folder, next_day, sealed_at, wait, write};
use crate::{LogName, Record, RecordError, SigningKey};

fn sessions() -> Vec<Session> {
    (0..).zip(dates()).map(|(seed, date)| Session::new(LogName::Forecasts, date, seed, |_, _| {})).collect()
}

fn open(folder: &tempfile::TempDir) -> (Store, Record) {
    operator::open(folder.path(), &KEY.secret())
}

#[test]
fn sealing_again_keeps_the_first_checkpoint() {
    let (folder, sessions) = (folder(), sessions());
    wait(async {
        let (store, record) = open(&folder);
        for session in &sessions {
            store.create_same(&session.log.rows(session.date), session.file.clone()).await.unwrap();
            let first = record.seal(session.log, session.date, sealed_at(session.date)).await.unwrap();
            // Sealing again later keeps the first time.
            let later = sealed_at(session.date) + 5.minutes();
            assert_eq!(record.seal(session.log, session.date, later).await.unwrap(), first);
            assert_eq!(record.newest(session.log).await.unwrap(), Some(first.clone()));
            assert_eq!(record.session(session.log, session.date).await.unwrap(), Some(first));
        }
        let sealed = Objects::read(&store).await;
        let expected = write(&KEY, &sessions);
        for (path, bytes) in expected.0.iter().filter(|(path, _)| !path.contains("outcomes")) {
            assert_eq!(sealed.0.get(path), Some(bytes), "{path}");
        }
    });
}

#[test]
fn tasks_that_seal_at_the_same_time_agree() {
    let (folder, sessions) = (folder(), sessions());
    wait(async {
        let (store, record) = open(&folder);
        let (_, other) = open(&folder);
        for session in &sessions {
            store.create_same(&session.log.rows(session.date), session.file.clone()).await.unwrap();
            let time = sealed_at(session.date);
            let seals = futures_util::future::join(
                record.seal(session.log, session.date, time),
                other.seal(session.log, session.date, time + 1.second()),
            );
            let (one, two) = seals.await;
            assert_eq!(one.unwrap(), two.unwrap());
        }
        let newest = record.newest(LogName::Forecasts).await.unwrap().unwrap();
        assert_eq!((newest.session, newest.size), (sessions[4].date, 350));
    });
}

#[test]
fn recorded_rows_cannot_be_replaced_and_sessions_cannot_be_inserted() {
    let (folder, sessions) = (folder(), sessions());
    let other = Session::new(LogName::Forecasts, sessions[0].date, 99, |_, _| {});
    wait(async {
        let (store, record) = open(&folder);
        let [first, second, third, ..] = &sessions[..] else { unreachable!() };
        for session in [first, third] {
            store.create_same(&session.log.rows(session.date), session.file.clone()).await.unwrap();
            record.seal(session.log, session.date, sealed_at(session.date)).await.unwrap();
        }
        let before = Objects::read(&store).await;

        store.put(&second.log.rows(second.date), second.file.clone()).await.unwrap();
        let error = record.seal(second.log, second.date, sealed_at(third.date)).await.unwrap_err();
        assert!(matches!(error, RecordError::Backdated { .. }), "{error}");

        store.put(&first.log.rows(first.date), other.file).await.unwrap();
        let error = record.seal(first.log, first.date, sealed_at(first.date)).await.unwrap_err();
        assert_eq!(error.to_string(), "2024-02-13 is already recorded with different rows");

        let missing = next_day(third.date);
        let error = record.seal(LogName::Forecasts, missing, sealed_at(missing)).await.unwrap_err();
        assert_eq!(error.to_string(), "forecasts/session=2024-02-16/forecasts.parquet: it is missing");
        let after = Objects::read(&store).await;
        for (path, bytes) in before.0.iter().filter(|(path, _)| path.starts_with("log/")) {
            assert_eq!(after.0.get(path), Some(bytes), "{path}");
        }
    });
}

#[test]
fn an_unfinished_session_is_finished_first() {
    let (folder, sessions) = (folder(), sessions());
    wait(async {
        let (store, record) = open(&folder);
        for session in &sessions[..2] {
            store.create_same(&session.log.rows(session.date), session.file.clone()).await.unwrap();
        }
        record.seal(LogName::Forecasts, sessions[0].date, sealed_at(sessions[0].date)).await.unwrap();
        // As if the process had died after the first step.
        let log = LogName::Forecasts;
        for path in [log.checkpoint(), log.session_checkpoint(sessions[0].date)] {
            store.delete(&path).await.unwrap();
        }
        let error = record.seal(log, sessions[1].date, sealed_at(sessions[1].date)).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "2024-02-14 cannot be recorded before 2024-02-13, which is unfinished; seal 2024-02-13 again"
        );
        let later = sealed_at(sessions[1].date);
        let first = record.seal(log, sessions[0].date, later).await.unwrap();
        assert_eq!(first.sealed_at, sealed_at(sessions[0].date), "the first time is kept");

        // As if another process had swapped an old checkpoint in: the log continues where it was.
        let old = store.get(&log.checkpoint()).await.unwrap().unwrap();
        let second = record.seal(log, sessions[1].date, later).await.unwrap();
        store.put(&log.checkpoint(), old).await.unwrap();
        assert_eq!(record.seal(log, sessions[1].date, later).await.unwrap(), second);
        assert_eq!(record.newest(log).await.unwrap(), Some(second));
    });
}

#[test]
fn a_damaged_log_is_not_extended() {
    let (folder, sessions) = (folder(), sessions());
    wait(async {
        let (store, record) = open(&folder);
        for session in &sessions[..2] {
            store.create_same(&session.log.rows(session.date), session.file.clone()).await.unwrap();
        }
        let log = LogName::Forecasts;
        record.seal(log, sessions[0].date, sealed_at(sessions[0].date)).await.unwrap();
        let other = Record::new(store.clone(), SigningKey::generate("example.org").unwrap());
        let error = other.seal(log, sessions[1].date, sealed_at(sessions[1].date)).await.unwrap_err();
        assert_eq!(error.to_string(), "log/forecasts/key already exists in the store with different content");

        let path = "log/forecasts/tile/0/000.p/70";
        let mut tile = store.get(path).await.unwrap().unwrap().to_vec();
        tile[9] ^= 1;
        store.put(path, tile).await.unwrap();
        let error = record.seal(log, sessions[1].date, sealed_at(sessions[1].date)).await.unwrap_err();
        assert_eq!(error.to_string(), "log/forecasts/checkpoint: its root does not match the last tiles");
    });
}
