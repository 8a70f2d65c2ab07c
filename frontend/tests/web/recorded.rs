//! A store with a record of some months, made from random numbers that resemble a market.

use std::collections::BTreeMap;
use std::path::Path;

use exchange_calendar::{next_sessions, sessions_back};
use forecast_store::{
    ForecastRow, ListedStock, ModelVersion, OutcomeRow, OutcomeState, RecordedSession, ReportAhead,
    SourceLetters, Store, StoreUrl, publish,
};
use forecast_types::{InputDigest, Market, ReportBasis, ReportTime, SourceStatus, Symbol};
use jiff::civil::Date;

/// The last session of the record.
pub(crate) const LAST: Date = Date::constant(2026, 11, 20);
/// Standard normal quantiles of the seven levels.
const STEPS: [f64; 7] = [-1.645, -1.282, -0.674, 0.0, 0.674, 1.282, 1.645];
pub(crate) const CHECKPOINT: &str = "fortnight/forecasts\n400\nAAAA\n";

/// Records forecasts and outcomes of some simulated stocks for some sessions.
pub(crate) async fn record(folder: &Path, stocks: &[&str], sessions: usize) -> StoreUrl {
    record_of(Market::Simulated, folder, stocks, sessions).await
}

/// As [`record`], with prices of another market.
pub(crate) async fn record_of(market: Market, folder: &Path, stocks: &[&str], sessions: usize) -> StoreUrl {
    let url = StoreUrl::Folder(folder.to_owned());
    let store = Store::open(&url).unwrap();
    let model = ModelVersion::new("fortnight-lstm", "2.0.0").unwrap();
    let blend: [[f64; 7]; 14] =
        std::array::from_fn(|ahead| STEPS.map(|step| 1.1 * step * (ahead as f64 + 1.0).sqrt()));
    store.write_baseline(&model, &blend).await.unwrap();
    let mut symbols: Vec<Symbol> = stocks.iter().map(|symbol| symbol.parse().unwrap()).collect();
    symbols.sort();
    let mut random = 14_u64;
    let mut normal = || {
        let draws = (0..12).map(|_| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as f64 / f64::from(1_u32 << 31)
        });
        draws.sum::<f64>() - 6.0
    };
    let mut sealed = BTreeMap::new();
    for session in next_sessions(sessions_back(LAST, sessions), sessions) {
        let common = 0.5 * normal();
        let (mut forecasts, mut outcomes) = (Vec::new(), Vec::new());
        for (index, symbol) in symbols.iter().enumerate() {
            let sigma = 0.008 + 0.004 * (index % 7) as f64;
            let reports = (session.day() as usize + 5 * index) % 40 < 14;
            let width = sigma * if reports { 1.3 } else { 1.0 };
            forecasts.push(ForecastRow {
                session,
                symbol: symbol.clone(),
                market,
                model: model.clone(),
                made_at: 1_790_000_000,
                quantiles: STEPS.map(|step| {
                    std::array::from_fn(|ahead| {
                        (width * step * (ahead as f64 + 1.0).sqrt() * 1e5).round() as i32
                    })
                }),
                sigma: (sigma * 1e7).round() as i32,
                fast_sigma: (sigma * (1.0 + 0.2 * common.abs()) * 1e7).round() as i32,
                sources: SourceLetters::new(|_| SourceStatus::Ok),
                report: reports.then_some(ReportAhead {
                    session: (index % 9) as u8 + 1,
                    basis: if index % 2 == 0 { ReportBasis::Announced } else { ReportBasis::Estimated },
                    when: ReportTime::AfterClose,
                }),
                inputs: InputDigest([index as u8; 16]),
            });
            let moved = sigma * (0.9 * normal() + common);
            outcomes.push(OutcomeRow {
                session,
                symbol: symbol.clone(),
                log_return: (moved * 1e7).round() as i32,
                state: OutcomeState::Traded,
            });
        }
        let files = RecordedSession {
            forecasts: Some(store.seal_forecasts(session, &forecasts).await.unwrap()),
            outcomes: Some(store.seal_outcomes(session, &outcomes).await.unwrap()),
        };
        sealed.insert(session, files);
    }
    store.put("log/forecasts/checkpoint", CHECKPOINT).await.unwrap();
    let sealed_at = "2026-11-21T02:10:00Z".parse().unwrap();
    publish(&store, sealed, sealed_at, &listed).await.unwrap();
    url
}

fn listed(symbol: &Symbol) -> Option<ListedStock> {
    let sectors = ["Technology", "Finance", "Health Care", "Energy", ""];
    let index = usize::from(symbol.as_str().as_bytes()[0]);
    let name = match symbol.as_str() {
        "EVIL" => "<script>alert(1)</script> Corp".to_owned(),
        other => format!("{other} Holdings Inc. Common Stock"),
    };
    Some(ListedStock { name, sector: sectors[index % sectors.len()].to_owned() })
}
