//! `kill -9` at random moments: after a restart, the store has the same bytes.
//!
//! `NIGHTLY_KILLS=100 cargo nextest run --release -p nightly -E 'test(killed)' --no-capture` kills 100 times.

#![expect(clippy::disallowed_methods, reason = "tests have no command line of their own")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::world::{FRIDAY, MONDAY, Settings, World, list_of, night, objects};

/// Kills by default.
const KILLS: u32 = 5;
const STOCKS: usize = 120;

/// The variable with the child's settings: store, list, predict-service and time, one per line.
const CHILD_SETTINGS: &str = "NIGHTLY_CHILD";

/// Not a test: the process that is killed.
#[tokio::test]
#[ignore = "the test below starts it"]
async fn child() {
    let lines = std::env::var(CHILD_SETTINGS).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    let settings = Settings { store: Path::new(lines[0]), list: Path::new(lines[1]), task: (0, 1) };
    night(&lines[2].parse().unwrap(), lines[3].parse().unwrap(), &settings).await.unwrap();
}

/// Runs the child until it exits, or kills it after a while.
fn run_child(world: &World, store: &Path, list: &Path, kill_after: Option<Duration>) -> bool {
    let settings = format!("{}\n{}\n{}\n{}", store.display(), list.display(), world.predict, world.now);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::child", "--ignored", "--test-threads", "1"])
        .env(CHILD_SETTINGS, settings)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    if let Some(kill_after) = kill_after {
        std::thread::sleep(kill_after);
        child.kill().unwrap();
    }
    child.wait().unwrap().success()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_ends_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let list = list_of(folder.path(), STOCKS);
    let (undisturbed, killed) = (folder.path().join("undisturbed"), folder.path().join("killed"));
    let friday = World::at(FRIDAY).await;
    for store in [&undisturbed, &killed] {
        friday.night(&Settings { store, list: &list, task: (0, 1) }).await.unwrap();
    }
    // Kills the second run, because that records outcomes too.
    let before = objects(&killed);
    let monday = World::at(MONDAY).await;
    assert!(run_child(&monday, &undisturbed, &list, None));
    let expected = objects(&undisturbed);
    let started = Instant::now();
    let rehearsal = folder.path().join("rehearsal");
    restore(&rehearsal, &before);
    assert!(run_child(&monday, &rehearsal, &list, None));
    let whole = started.elapsed();

    let kills: u32 = std::env::var("NIGHTLY_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let mut random = StdRng::seed_from_u64(17);
    let (mut hit, mut nights) = (0, 0);
    while hit < kills {
        restore(&killed, &before);
        nights += 1;
        // Several kills, then an uninterrupted run.
        for _ in 0..random.random_range(1..=3) {
            let after = whole.mul_f64(random.random_range(0.0..1.0));
            hit += u32::from(!run_child(&monday, &killed, &list, Some(after)));
        }
        assert!(run_child(&monday, &killed, &list, None));
        let after = objects(&killed);
        let paths = |objects: &std::collections::BTreeMap<_, _>| objects.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&after), paths(&expected));
        for (path, bytes) in &expected {
            assert!(after[path] == *bytes, "{} differs after {hit} kills", path.display());
        }
    }
    println!("killed {hit} times in {nights} nights of {whole:?}: the same bytes each time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_killed_while_sealing_is_sealed_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let list = list_of(folder.path(), 60);
    let [undisturbed, one, two, killed] =
        ["undisturbed", "one", "two", "killed"].map(|name| folder.path().join(name));
    let (friday, monday) = (World::at(FRIDAY).await, World::at(MONDAY).await);
    let settings = |store, task| Settings { store, list: &list, task };
    friday.night(&settings(&undisturbed, (0, 1))).await.unwrap();
    friday.night(&settings(&one, (0, 2))).await.unwrap();
    friday.night(&settings(&two, (1, 2))).await.unwrap();
    // All chunks are staged, and the first steps of sealing are done.
    let mut staged = objects(&one);
    staged.extend(objects(&two));
    let is_first = |path: &Path| path.starts_with("forecasts") || path.starts_with("log/forecasts/sealing");
    staged.extend(objects(&undisturbed).into_iter().filter(|(path, _)| is_first(path)));
    restore(&killed, &staged);

    monday.night(&settings(&killed, (0, 1))).await.unwrap();
    monday.night(&settings(&undisturbed, (0, 1))).await.unwrap();

    let (after, expected) = (objects(&killed), objects(&undisturbed));
    assert!(after.keys().eq(expected.keys()), "{:?}", after.keys());
    assert!(after == expected);
}

fn restore(store: &Path, objects: &std::collections::BTreeMap<std::path::PathBuf, Vec<u8>>) {
    let _ = std::fs::remove_dir_all(store);
    for (path, bytes) in objects {
        let path = store.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}
