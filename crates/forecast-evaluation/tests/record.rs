//! The figures of a replayed record equal those of the evaluation over the same forecasts, to the last digit.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use exchange_calendar::sessions_between;
use forecast_evaluation::evaluate::{EvaluateArgs, evaluate};
use forecast_evaluation::replay::Replay;
use forecast_model::Model;
use forecast_record::{LogName, Record, SigningKey};
use forecast_store::{
    ForecastRow, MarketSummary, OutcomeState, RecordSummary, RecordedSession, SessionRecord, Share, Store,
    StoreUrl, publish,
};
use forecast_types::{DailyBar, Interval};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use serde_json::Value;

const HEADER: &str = "ticker,date,open,high,low,close,adj_close,volume\n";

fn model_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/fortnight.onnx")
}

fn market_file(name: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/market").join(name);
    file.exists().then_some(file)
}

fn now() -> Timestamp {
    "2026-11-24T22:00:00Z".parse().unwrap()
}

fn read(prices: &Path, reports: Option<&PathBuf>) -> Replay {
    Replay::read(Model::load(&model_path()).unwrap(), &[prices.to_owned()], reports).unwrap()
}

fn open(folder: &Path) -> (Store, Record) {
    let store = Store::open(&StoreUrl::Folder(folder.to_owned())).unwrap();
    let record = Record::new(store.clone(), SigningKey::generate("test").unwrap());
    (store, record)
}

fn write(csv: &mut String, ticker: &str, bar: &DailyBar) {
    let DailyBar { date, open, high, low, close, adjusted_close, volume } = bar;
    writeln!(csv, "{ticker},{date},{open},{high},{low},{close},{adjusted_close},{volume}").unwrap();
}

/// Seven random walks to 2024-03-08; the second misses sessions, the third ends early.
fn walks() -> String {
    let days = sessions_between(date(2022, 9, 1), date(2024, 3, 8));
    let mut csv = HEADER.to_owned();
    let mut state = 7_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    for (stock, ticker) in ["AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG"].into_iter().enumerate() {
        let mut close = 50.0;
        for (place, &day) in days.iter().enumerate() {
            let open = close * (1.0 + 0.01 * random());
            close *= 1.0 + (0.02 + 0.01 * stock as f64) * (random() + random());
            let is_gap = stock == 1 && (days.len() - 40..days.len() - 36).contains(&place);
            let is_over = stock == 2 && place + 25 >= days.len();
            if !is_gap && !is_over {
                let (high, low) = (close.max(open) * 1.003, close.min(open) * 0.997);
                let bar =
                    DailyBar { date: day, open, high, low, close, adjusted_close: close, volume: 1_000 };
                write(&mut csv, ticker, &bar);
            }
        }
    }
    csv
}

async fn replayed(replay: &Replay, store: &Store, record: &Record, days: usize) -> RecordSummary {
    replay.backfill(store, record, days, now(), &|_| None, |_| ()).await.unwrap();
    RecordSummary::read(store).await.unwrap().unwrap()
}

fn evaluated(prices: &Path, reports: Option<&PathBuf>, from: Date, to: Date) -> Value {
    let report = evaluate(&EvaluateArgs {
        prices: vec![prices.to_owned()],
        from,
        to,
        every: 1.try_into().unwrap(),
        model: model_path(),
        tweets: None,
        news: None,
        searches: None,
        reports: reports.cloned(),
        only_with_sentiments: false,
        chances: false,
        json: None,
    });
    serde_json::to_value(report.unwrap()).unwrap()
}

fn same(value: &Value, figure: Option<f64>) {
    assert_eq!(value.as_f64().map(f64::to_bits), figure.map(f64::to_bits), "{value} and {figure:?}");
}

fn same_between(value: &Value, between: Option<(f64, f64)>) {
    same(&value[0], between.map(|(low, _)| low));
    same(&value[1], between.map(|(_, high)| high));
}

/// Compares every figure that both have.
fn same_figures(evaluated: &Value, summary: &RecordSummary) {
    assert_eq!(evaluated["windows"], summary.scored);
    for (interval, coverage) in summary.coverage.iter().enumerate() {
        let held = &evaluated["held"][interval]["held"];
        same(&held["value"], coverage.held.value());
        same_between(&held["between"], coverage.between);
        for (ahead, horizon) in summary.by_horizon.iter().enumerate() {
            same(&evaluated["held_at"][ahead]["held"][interval], horizon.coverage[interval].held.value());
        }
        for (third, group) in summary.by_volatility.iter().enumerate() {
            same(&evaluated["held_by_volatility"][third][interval], group.coverage[interval].held.value());
        }
    }
    for (place, &share) in summary.between_levels.iter().enumerate() {
        same(&evaluated["pit"][place], Some(share));
    }
    let skill = summary.skill.unwrap();
    same(&evaluated["over_blend"]["value"], Some(skill.over_blend));
    same_between(&evaluated["over_blend"]["between"], skill.over_blend_between);
    same(&evaluated["over_ewma"]["value"], Some(skill.over_ewma));
    same(&evaluated["median_over_no_change"]["value"], Some(skill.median_over_no_change));
}

#[tokio::test]
async fn the_record_of_simulated_bars_agrees_with_the_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    let prices = folder.path().join("prices.csv");
    std::fs::write(&prices, walks()).unwrap();
    let replay = read(&prices, None);
    let (store, record) = open(&folder.path().join("store"));

    let summary = replayed(&replay, &store, &record, 90).await;

    let (first, last) = (summary.first_session, summary.last_session);
    assert_eq!((summary.sessions, last), (90, date(2024, 3, 8)));
    same_figures(&evaluated(&prices, None, first, last), &summary);
    assert_eq!(summary.lately(usize::MAX), summary.coverage[1].held);
    assert!(summary.lately(21).of < summary.lately(22).of, "the last sessions with scores count");
    assert!(summary.coverage[1].between.is_some() && summary.by_horizon[13].coverage[0].between.is_some());
    // The third stock ends 25 sessions early: the fourteen forecasts before that are never scored.
    assert_eq!((summary.unscored.delisted, summary.unscored.not_recorded), (14, 0));
    assert_eq!(summary.scored + summary.pending + 14, summary.forecasts);

    // The forecasts of each session add up to the figures.
    let mut inside = [[0; 3]; 14];
    for session in &summary.by_session {
        let session_record = SessionRecord::read(&store, session.session).await.unwrap().unwrap();
        assert_eq!(session_record.forecasts.len() as u64, session.forecasts);
        for forecast in session_record.forecasts.iter().filter(|forecast| forecast.sessions_known() == 14) {
            for (ahead, sums) in (1..).zip(&mut inside) {
                for (sum, interval) in sums.iter_mut().zip(Interval::ALL) {
                    *sum += u64::from(forecast.inside(interval, ahead).unwrap());
                }
            }
        }
    }
    for (horizon, inside) in summary.by_horizon.iter().zip(inside) {
        assert_eq!(horizon.coverage.map(|coverage| coverage.held.inside), inside);
    }
    assert!(summary.worst.is_sorted_by(|one, other| one.widths_outside >= other.widths_outside));

    let halted = store.outcomes(date(2024, 1, 16)).await.unwrap().unwrap();
    let halted: Vec<_> = halted.iter().filter(|row| row.state == OutcomeState::Halted).collect();
    assert!(
        halted.iter().all(|row| row.symbol.as_str() == "BBB" && row.log_return == 0) && !halted.is_empty()
    );
}

#[tokio::test]
async fn an_interrupted_replay_continues_with_the_recorded_forecasts() {
    let folder = tempfile::tempdir().unwrap();
    let prices = folder.path().join("prices.csv");
    std::fs::write(&prices, walks()).unwrap();
    let replay = read(&prices, None);
    let (store, record) = open(&folder.path().join("store"));
    let sessions = replay.sessions(3);
    // It stopped after the file of the first session, an hour ago.
    let earlier = now() - jiff::SignedDuration::from_hours(1);
    let rows = replay.forecasts(&sessions[..1], earlier).unwrap().remove(&sessions[0]).unwrap();
    store.seal_forecasts(sessions[0], &rows).await.unwrap();

    let summary = replayed(&replay, &store, &record, 3).await;

    assert_eq!(summary.sessions, 3);
    assert_eq!(store.forecasts(sessions[0]).await.unwrap().unwrap(), rows);
    let market = MarketSummary::read(&store).await.unwrap().unwrap();
    assert_eq!((market.session, market.forecasts), (sessions[2], 6));
    assert_eq!(market.held_today, Share { inside: 6 - market.left_below - market.left_above, of: 6 });
    assert_eq!(market.widest.len(), 6);
    assert!(market.widest.is_sorted_by(|one, other| one.width() >= other.width()));
}

#[tokio::test]
async fn the_record_of_a_year_of_real_bars_agrees_with_the_evaluation() {
    let Some((all, reports)) =
        market_file("prices_2010_2024.parquet").zip(market_file("report_dates.csv.gz"))
    else {
        println!("skipped: the market files are not there");
        return;
    };
    let all = price_history::read(&all).unwrap();
    let mut csv = HEADER.to_owned();
    for ticker in ["AAPL", "AMD", "BRK.B", "GME", "JNJ", "JPM", "KO", "NVDA", "TSLA", "XOM"] {
        let bars = all.bars(ticker).unwrap_or_default();
        bars[bars.len().saturating_sub(560)..].iter().for_each(|bar| write(&mut csv, ticker, bar));
    }
    let folder = tempfile::tempdir().unwrap();
    let prices = folder.path().join("prices.csv");
    std::fs::write(&prices, csv).unwrap();
    let (store, record) = open(&folder.path().join("store"));

    let summary = replayed(&read(&prices, Some(&reports)), &store, &record, 250).await;

    let (first, last) = (summary.first_session, summary.last_session);
    same_figures(&evaluated(&prices, Some(&reports), first, last), &summary);
    assert_eq!(summary.sessions, 250);
    assert!(summary.by_report.iter().all(|group| group.forecasts > 100), "{:?}", summary.by_report);
}

/// Bytes of a leaf in the log: two for the length, the entry, and the hash.
const LEAF: u64 = 94;

#[tokio::test]
#[ignore = "takes minutes and needs the market files; prints its figures"]
async fn a_million_forecasts_of_the_market_are_logged_and_scored() {
    let prices = market_file("prices_2010_2024.parquet").expect("the market files");
    let replay = read(&prices, market_file("report_dates.csv.gz").as_ref());
    let folder = tempfile::tempdir().unwrap();
    let (store, record) = open(folder.path());
    store.write_baseline(replay.version(), replay.base()).await.unwrap();
    let (mut making, mut logging) = (0.0, 0.0);
    let mut sealed = std::collections::BTreeMap::new();
    for part in replay.sessions(545).chunks(64) {
        let start = Instant::now();
        let forecasts = replay.forecasts(part, now()).unwrap();
        making += start.elapsed().as_secs_f64();
        let start = Instant::now();
        for (session, rows) in forecasts {
            let outcomes = replay.outcomes(session);
            let files = RecordedSession {
                forecasts: Some(store.seal_forecasts(session, &rows).await.unwrap()),
                outcomes: Some(store.seal_outcomes(session, &outcomes).await.unwrap()),
            };
            record.seal(LogName::Forecasts, session, now()).await.unwrap();
            record.seal(LogName::Outcomes, session, now()).await.unwrap();
            sealed.insert(session, files);
        }
        logging += start.elapsed().as_secs_f64();
    }
    let start = Instant::now();
    publish(&store, sealed.clone(), now(), &|_| None).await.unwrap();
    let scoring = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let summary = RecordSummary::read(&store).await.unwrap().unwrap();
    let record_ms = start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    MarketSummary::read(&store).await.unwrap().unwrap();
    let market_ms = start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    SessionRecord::read(&store, summary.first_session).await.unwrap().unwrap();
    let session_ms = start.elapsed().as_secs_f64() * 1e3;
    let bytes: u64 =
        sealed.values().filter_map(|files| files.forecasts.as_ref()).map(|file| file.bytes).sum();
    let outcomes: u64 =
        sealed.values().filter_map(|files| files.outcomes.as_ref()).map(|file| file.bytes).sum();
    let each = |bytes: u64| bytes as f64 / summary.forecasts as f64;
    println!(
        "{} forecasts, {} scored: made in {making:.1} s, logged in {logging:.1} s, scored in {scoring:.1} s",
        summary.forecasts, summary.scored
    );
    println!(
        "{:.1} bytes each, {:.1} with the leaf; outcomes {:.1}",
        each(bytes),
        each(bytes) + LEAF as f64,
        each(outcomes)
    );
    println!("summaries read in {record_ms:.1} ms and {market_ms:.1} ms, a session in {session_ms:.1} ms");
    assert!(summary.forecasts >= 1_000_000);
    assert!(each(bytes) + (LEAF as f64) < 300.0);
}

#[tokio::test]
async fn a_forecast_of_real_bars_takes_less_than_300_bytes_with_its_leaf() {
    let Some(prices) = market_file("prices_2010_2024.parquet") else {
        println!("skipped: the market files are not there");
        return;
    };
    let replay = read(&prices, None);
    let session = replay.sessions(1);
    let rows: Vec<ForecastRow> = replay.forecasts(&session, now()).unwrap().remove(&session[0]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path());

    let file = store.seal_forecasts(session[0], &rows).await.unwrap();

    assert_eq!(store.forecasts(session[0]).await.unwrap().unwrap(), rows);
    let each = file.bytes as f64 / file.rows as f64 + LEAF as f64;
    println!("{each:.1} bytes each");
    assert!(rows.len() > 1_900 && each < 300.0, "{each} bytes each");
}
