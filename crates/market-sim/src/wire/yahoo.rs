//! Yahoo's chart API, `/v8/finance/chart/{symbol}`, for daily bars.

mod answer;
mod session;
mod window;

use axum::response::Response;
use forecast_types::Symbol;
use jiff::Timestamp;

use super::{Parameters, respond};
use crate::market::Market;

const JSON: &str = "application/json;charset=utf-8";

/// Answers `GET /v8/finance/chart/{symbol}`.
pub(crate) fn chart(market: &Market, symbol: &str, query: Option<&str>, now: Timestamp) -> Response {
    let today = exchange_calendar::date_in_new_york(now);
    let stock = spelled(symbol).into_iter().find_map(|symbol| market.stock(&symbol, today));
    let Some(stock) = stock else {
        return error(404, "Not Found", "No data found, symbol may be delisted");
    };
    let window = match window::Window::of(&Parameters::of(query), now) {
        Ok(window) => window,
        Err(description) => return error(422, "Unprocessable Entity", &description),
    };
    let rows = session::Rows::of(&stock, now);
    if rows.get(0).is_none_or(|first| window.end <= first.stamp) {
        let description =
            format!("Data doesn't exist for startDate = {}, endDate = {}", window.start, window.end);
        return error(400, "Bad Request", &description);
    }
    respond(200, JSON, answer::write(symbol, &stock, &rows, &window, now))
}

/// Returns what a symbol in Yahoo's spelling may mean; a dot is the separator of other markets there.
fn spelled(symbol: &str) -> Vec<Symbol> {
    if symbol.contains(['.', '/', '^', '$']) {
        return Vec::new();
    }
    let upper = symbol.to_ascii_uppercase();
    let texts = match upper.rsplit_once('-') {
        Some((root, "WT")) => vec![format!("{root}.WS"), format!("{root}.W")],
        Some((root, "UN")) => vec![format!("{root}.U")],
        _ => vec![upper],
    };
    texts.iter().filter_map(|text| Symbol::parse(text).ok()).collect()
}

fn error(status: u16, code: &str, description: &str) -> Response {
    let body = serde_json::json!({
        "chart": { "result": null, "error": { "code": code, "description": description } }
    });
    respond(status, JSON, body.to_string())
}
