//! `GET /compare?stocks=NVDA,KO`: stocks side by side, in percent of their last closes.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use forecast_types::{HORIZON, Market};
use jiff::civil::Date;

use super::gather::gather;
use super::outlook::Outlook;
use super::request::{CompareRequest, MOST_COMPARED, picture};
use crate::caching::{CachePolicy, content_hash};
use crate::format;
use crate::origin::public_origin;
use crate::pages::frame::{Frame, notice, page, page_with_status};
use crate::pages::problem::in_short;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage {
    frame: Frame,
    heading: String,
    /// The stocks as they stand in the form.
    typed: String,
    days: Vec<DayChoice>,
    /// The day that is compared.
    day: Option<String>,
    stocks: Vec<Compared>,
    /// Sentences about stocks that are not shown.
    missing: Vec<String>,
    picture: Option<Picture>,
    share: String,
}

struct DayChoice {
    session: usize,
    label: String,
    chosen: bool,
}

struct Compared {
    outlook: Outlook,
    /// The day, where it differs from that of the first stock.
    other_day: Option<String>,
    /// The address without this stock.
    without: String,
}

struct Picture {
    wide: Size,
    narrow: Size,
    alt: String,
}

/// A picture in both themes.
struct Size {
    light: String,
    dark: String,
    width: u32,
    height: u32,
}

/// Width, height of the frame and height of a row, in CSS pixels.
const WIDE: (u32, u32, u32) = (1040, 150, 68);
const NARROW: (u32, u32, u32) = (400, 170, 66);
const LOWEST: u32 = 260;

/// Shows the page.
pub(crate) async fn show(
    State(state): State<AppState>,
    request: CompareRequest,
    headers: HeaderMap,
) -> Response {
    if !request.is_canonical {
        return Redirect::to(&request.page()).into_response();
    }
    let mut missing: Vec<String> = request.unknown.iter().map(|name| unknown(name)).collect();
    let mut outlooks: Vec<Outlook> = Vec::new();
    let mut status = StatusCode::OK;
    let mut market = state.config.market;
    let mut dates: Vec<Date> = Vec::new();
    for gathered in gather(&state, &request.stocks).await {
        match gathered.forecast {
            Ok(forecast) => {
                market = forecast.market;
                if dates.is_empty() {
                    dates = forecast.forecast.iter().map(|session| session.date).collect();
                }
                outlooks.push(Outlook::new(&gathered.listing, &forecast, request.session));
            }
            Err(problem) => {
                missing.push(format!("{}: {}.", gathered.listing.symbol, in_short(&problem)));
                status = problem.status();
            }
        }
    }
    let left_out: Vec<&str> = request.left_out.iter().map(|listing| listing.symbol.as_str()).collect();
    if !left_out.is_empty() {
        missing.push(format!("At most {MOST_COMPARED} stocks fit; left out: {}.", left_out.join(", ")));
    }
    let works = !outlooks.is_empty() || request.stocks.is_empty();
    let template = build(&state, &headers, &request, outlooks, missing, (&dates, market));
    if works { page(&headers, CachePolicy::Page, &template) } else { page_with_status(status, &template) }
}

fn unknown(name: &str) -> String {
    format!(
        "We don’t know a stock called “{name}”, or several companies have a name like it. Try its symbol."
    )
}

fn build(
    state: &AppState,
    headers: &HeaderMap,
    request: &CompareRequest,
    outlooks: Vec<Outlook>,
    missing: Vec<String>,
    (dates, market): (&[Date], Market),
) -> ComparePage {
    let symbols: Vec<&str> = outlooks.iter().map(|outlook| outlook.symbol.as_str()).collect();
    let heading = match symbols.as_slice() {
        [] => "Compare stocks".to_owned(),
        [first @ .., last] if !first.is_empty() => format!("Compare {} and {last}", first.join(", ")),
        only => format!("Compare {} with another stock", only.join("")),
    };
    let first_day = outlooks.first().map(|outlook| outlook.day);
    let title = match first_day {
        Some(day) => {
            let spreads = outlooks.iter().map(|one| format!("{} {}", one.symbol, one.spread_words));
            format!("{} by {} · Fortnight", spreads.collect::<Vec<_>>().join(", "), format::day(day))
        }
        None => format!("{heading} · Fortnight"),
    };
    let description = "The ranges in which the prices of several US stocks may be over the next 14 trading days, in \
                       percent of their last closes.";
    let mut frame = Frame::new(state, headers, &request.page(), &title, description).unlisted();
    frame.notice = notice(market);
    let picture = (!outlooks.is_empty()).then(|| Picture::of(request, &outlooks));
    frame.picture = public_origin(&state.config, headers).filter(|_| picture.is_some()).map(|origin| {
        let size = [("width", "1200"), ("height", "630")].map(|(name, value)| (name, value.to_owned()));
        format!("{origin}{}", super::request::picture(request, size))
    });
    let typed: Vec<&str> = request
        .stocks
        .iter()
        .map(|listing| listing.symbol.as_str())
        .chain(request.unknown.iter().map(String::as_str))
        .collect();
    let stocks = outlooks.into_iter().map(|outlook| Compared {
        other_day: (Some(outlook.day) != first_day).then(|| format::day(outlook.day)),
        without: request.without(&outlook.symbol),
        outlook,
    });
    ComparePage {
        frame,
        heading,
        typed: typed.join(", "),
        days: days(dates, request.session),
        day: first_day.map(format::full_day),
        stocks: stocks.collect(),
        missing,
        picture,
        share: request.page(),
    }
}

fn days(dates: &[Date], chosen: usize) -> Vec<DayChoice> {
    let label = |session: usize| match dates.get(session - 1) {
        Some(&date) => format!("{} ({})", format::day(date), format::plural(session as u64, "trading day")),
        None => format::plural(session as u64, "trading day"),
    };
    (1..=HORIZON)
        .map(|session| DayChoice { session, label: label(session), chosen: session == chosen })
        .collect()
}

impl Picture {
    fn of(request: &CompareRequest, outlooks: &[Outlook]) -> Self {
        let said: Vec<String> = outlooks
            .iter()
            .map(|one| format!("{} {} ({})", one.symbol, one.changes[1], one.prices))
            .collect();
        let said = said.join("; ");
        let version = content_hash(said.as_bytes());
        let size = |(width, frame, row): (u32, u32, u32)| {
            let height = (frame + row * outlooks.len() as u32).max(LOWEST);
            let address = |theme: &str| {
                let pairs = [
                    ("width", width.to_string()),
                    ("height", height.to_string()),
                    ("theme", theme.to_owned()),
                    ("title", "off".to_owned()),
                    ("v", version.clone()),
                ];
                picture(request, pairs)
            };
            Size { light: address("light"), dark: address("dark"), width, height }
        };
        Self { wide: size(WIDE), narrow: size(NARROW), alt: format!("Bars of the 80% ranges: {said}.") }
    }
}
