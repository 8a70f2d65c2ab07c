//! `GET /forecast/{symbol}`: the forecast page.
//!
//! A warm forecast is sent as one whole page. Where it must be made first, a browser gets the page at once with a
//! list of the four sources; its script then listens to `/forecast/{symbol}/events`, and a browser without scripts
//! is sent on to the same address with `wait=1`, which answers when all is ready. Whoever does not ask for HTML by
//! name (a script, a link preview) gets the whole page when it is ready, too.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse as _, Redirect, Response};
use forecast_types::{Forecast, Source, Symbol, Theme, TrackRecord};
use jiff::civil::Date;
use problem_details::Problem;
use serde::Deserialize;
use service_runtime::extract::{Path, Query};
use stock_list::Listing;

use super::forecast_view::{ForecastBody, Looks, RANGES, SourceLine, link, source_name};
use super::frame::{Frame, notice, page, render, theme_word};
use super::record_view::{Past, Trust};
use crate::caching::Keep;
use crate::error::{bad_input, unknown_stock};
use crate::forecasts::{Ask, finished_record, outcome};
use crate::state::App;
use crate::words;

/// The query of the page and of everything under it, as it came.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Question {
    as_of: Option<String>,
    range: Option<String>,
    theme: Option<String>,
    wait: Option<String>,
}

/// What was asked, checked.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) listing: &'a Listing,
    pub(crate) ask: Ask,
    pub(crate) looks: Looks,
}

#[derive(Template)]
#[template(path = "forecast.html")]
struct ForecastPage {
    frame: Frame,
    name: String,
    symbol: String,
    kind: String,
    previous: Option<Neighbour>,
    next: Option<Neighbour>,
    events: Option<String>,
    wait: String,
    body: String,
}

struct Neighbour {
    symbol: String,
    name: String,
    href: String,
}

/// The list of sources while they are on their way.
#[derive(Template)]
#[template(path = "loading.html")]
struct Loading {
    sources: Vec<SourceLine>,
}

/// A record that is not there by then is told later, or not at all.
const RECORD_PATIENCE: Duration = Duration::from_secs(3);

/// Shows the page.
pub(crate) async fn show(
    State(app): State<App>,
    Path(symbol): Path<String>,
    Query(question): Query<Question>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = Asked::check(&app, &symbol, &question)?;
    if asked.ask.symbol.as_str() != symbol {
        return Ok(Redirect::permanent(&asked.address()).into_response());
    }
    let mut making = app.forecasts.watch(&asked.ask);
    let mut recording = app.forecasts.watch_record(&asked.ask);
    if !may_wait_in_sight(&headers, &question) {
        let forecast = outcome(&mut making).await?;
        let record = app.forecasts.record_within(&asked.ask, RECORD_PATIENCE).await;
        let (trust, past) = record_parts(record.as_deref(), asked.looks);
        return Ok(asked.whole_page(&app, &headers, &forecast, (trust, past), false));
    }

    let ready = tokio::time::timeout(app.config.first_byte(), async {
        let forecast = outcome(&mut making).await?;
        Ok::<_, Problem>((forecast, finished_record(&mut recording).await))
    });
    match ready.await {
        Ok(Ok((forecast, record))) => {
            let parts = record_parts(record.as_deref(), asked.looks);
            Ok(asked.whole_page(&app, &headers, &forecast, parts, false))
        }
        Ok(Err(problem)) => Err(problem),
        Err(_not_yet) => {
            let made = making.borrow().outcome.clone();
            match made {
                Some(outcome) => {
                    let parts = (render(&Trust::waiting()), render(&Past::waiting()));
                    Ok(asked.whole_page(&app, &headers, &*outcome?, parts, true))
                }
                None => Ok(asked.page(&app, &headers, Keep::Never, loading(), true)),
            }
        }
    }
}

/// A reader whose browser can show progress, and who has not asked to wait.
fn may_wait_in_sight(headers: &HeaderMap, question: &Question) -> bool {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    question.wait.is_none() && accepts.contains("text/html")
}

fn loading() -> String {
    let line = |source: Source| SourceLine {
        id: source.as_str(),
        name: source_name(source),
        provider: String::new(),
        status: "waiting",
        word: "on its way",
        said: String::new(),
    };
    render(&Loading { sources: Source::ALL.into_iter().map(line).collect() })
}

/// Renders the two parts about the track record.
pub(crate) fn record_parts(record: Option<&TrackRecord>, looks: Looks) -> (String, String) {
    (render(&Trust::of(record)), render(&Past::of(record, looks)))
}

impl<'a> Asked<'a> {
    /// Checks path and query against the list and the calendar.
    pub(crate) fn check(app: &'a App, symbol: &str, question: &Question) -> Result<Self, Problem> {
        let parsed = Symbol::parse(symbol).map_err(|error| unknown_stock(symbol).caused_by(error))?;
        let listing = app.stocks.get(&parsed).ok_or_else(|| unknown_stock(symbol))?;
        let looks = Looks {
            as_of: question.as_of.as_deref().filter(|text| !text.is_empty()).map(parse_day).transpose()?,
            range: question.range.as_deref().map_or(Ok(RANGES[1]), parse_range)?,
            theme: question.theme.as_deref().map(parse_theme).transpose()?,
        };
        let ask = Ask { symbol: listing.symbol.clone(), as_of: looks.as_of };
        Ok(Self { listing, ask, looks })
    }

    fn path(&self) -> String {
        format!("/forecast/{}", self.ask.symbol)
    }

    fn address(&self) -> String {
        link(&self.path(), self.looks.as_of, self.looks.range, self.looks.theme)
    }

    fn with(&self, base: &str, pair: &str) -> String {
        let address = link(base, self.looks.as_of, self.looks.range, self.looks.theme);
        match (pair.is_empty(), address.contains('?')) {
            (true, _) => address,
            (false, true) => format!("{address}&{pair}"),
            (false, false) => format!("{address}?{pair}"),
        }
    }

    /// The page with its forecast; `record_pending` where the script should wait for the record.
    fn whole_page(
        &self,
        app: &App,
        headers: &HeaderMap,
        forecast: &Forecast,
        (trust, past): (String, String),
        record_pending: bool,
    ) -> Response {
        let body = render(&ForecastBody::new(forecast, self.looks, forecast.market, trust, past));
        let keep = if record_pending { Keep::Never } else { Keep::Page };
        let mut page = self.build(app, headers, body, record_pending);
        page.frame.notice = notice(forecast.market);
        super::frame::page(headers, keep, &page)
    }

    fn page(&self, app: &App, headers: &HeaderMap, keep: Keep, body: String, pending: bool) -> Response {
        page(headers, keep, &self.build(app, headers, body, pending))
    }

    fn build(&self, app: &App, headers: &HeaderMap, body: String, pending: bool) -> ForecastPage {
        let Listing { symbol, name, .. } = self.listing;
        let title = format!("{symbol}: the next fourteen sessions · Fortnight");
        let description = format!(
            "What the next fourteen trading sessions may bring for {name}, and how sure anyone can be."
        );
        let mut frame =
            Frame::new(app, headers, &self.address(), &title, &description).themed(self.looks.theme);
        let origin = frame.canonical.strip_suffix(&self.address()).unwrap_or_default().to_owned();
        let theme = theme_word(self.looks.theme.unwrap_or(Theme::Light));
        let size = format!(
            "width=1200&height=630{}",
            if self.looks.theme.is_some() { String::new() } else { format!("&theme={theme}") }
        );
        frame.picture = Some(format!("{origin}{}", self.with(&format!("{}/plot.png", self.path()), &size)));
        let neighbours = app.stocks.neighbours(symbol);
        let neighbour = |listing: &Listing| Neighbour {
            symbol: listing.symbol.to_string(),
            name: listing.name.clone(),
            href: link(
                &format!("/forecast/{}", listing.symbol),
                self.looks.as_of,
                self.looks.range,
                self.looks.theme,
            ),
        };
        ForecastPage {
            frame,
            name: words::short_name(name).to_owned(),
            symbol: symbol.to_string(),
            kind: kind(self.listing),
            previous: neighbours.and_then(|around| around.previous).map(neighbour),
            next: neighbours.and_then(|around| around.next).map(neighbour),
            events: pending.then(|| self.with(&format!("{}/events", self.path()), "")),
            wait: self.with(&self.path(), "wait=1"),
            body,
        }
    }
}

/// Its name as listed, exchange and sector, as far as they say anything new.
fn kind(listing: &Listing) -> String {
    let whole = if words::short_name(&listing.name) == listing.name { "" } else { listing.name.as_str() };
    [whole, listing.exchange.as_str(), listing.sector.as_str()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

fn parse_day(text: &str) -> Result<Date, Problem> {
    let shown: String = text.chars().filter(|c| !c.is_control()).take(20).collect();
    text.parse()
        .map_err(|_| bad_input("as_of", format!("`{shown}` is no day; expected one such as 2026-11-20")))
}

fn parse_range(text: &str) -> Result<u16, Problem> {
    let shown: String = text.chars().filter(|c| !c.is_control()).take(20).collect();
    RANGES
        .into_iter()
        .find(|range| range.to_string() == text)
        .ok_or_else(|| bad_input("range", format!("`{shown}` is no range; expected 7, 30 or 90 sessions")))
}

fn parse_theme(text: &str) -> Result<Theme, Problem> {
    let shown: String = text.chars().filter(|c| !c.is_control()).take(20).collect();
    [Theme::Light, Theme::Dark]
        .into_iter()
        .find(|&theme| theme_word(theme) == text)
        .ok_or_else(|| bad_input("theme", format!("`{shown}` is no theme; expected light or dark")))
}
