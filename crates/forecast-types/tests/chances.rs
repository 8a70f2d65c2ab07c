//! The chances against a table that was computed apart from this code, with finer sums. A browser test holds the
//! page's script against the same table.

use forecast_types::{Level, Outlook, Quantiles, Side};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    name: String,
    sessions: Vec<[f64; 7]>,
    questions: Vec<Asked>,
}

#[derive(Deserialize)]
struct Asked {
    side: Side,
    price: f64,
    session: usize,
    on_day: f64,
    at_least_once: f64,
}

#[test]
fn the_chances_are_those_of_the_table() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("chances.json")).expect("the table is JSON");
    for Case { name, sessions, questions } in cases {
        let quantiles: Vec<Quantiles> =
            sessions.iter().map(|prices| Level::ALL.into_iter().zip(*prices).collect()).collect();
        let outlook = Outlook::of(&quantiles).expect("the table has whole ranges");
        for Asked { side, price, session, on_day, at_least_once } in questions {
            let question = format!("{name}: {side} {price} by session {session}");
            let found = outlook.on_day(session - 1, side, price);
            assert!((found - on_day).abs() < 1e-6, "{question}: {found}, expected {on_day}");
            let found = outlook.at_least_once(session - 1, side, price);
            assert!((found - at_least_once).abs() < 1e-5, "{question}: {found}, expected {at_least_once}");
        }
    }
}
