//! The forecast's part of the page: everything its template needs, computed once, here.

use askama::Template;
use exchange_calendar::{last_settled, next_sessions, previous_session, session_hours, sessions_back};
use forecast_types::{Bar, Forecast, ForecastSession, HORIZON, Interval, Market, SourceReport};
use jiff::civil::Date;

use super::cache::RecordState;
use super::chance::ChanceForm;
use super::chart::Picture;
use super::headline;
use super::links::{RANGES, View, address, path};
use super::outcome::{hit, score};
use super::report::{report_line, tag};
use super::request::ForecastRequest;
use super::small_charts::{FeatureChart, RangeScale, RangeStrip, feature_charts};
use super::sources::{SourceRow, missing_sources, rows_so_far};
use super::stage::Stage;
use super::track_record::{Past, Trust, Verdict};
use crate::format;
use crate::pages::frame::{notice, render};

/// The forecast part of the page.
#[derive(Template)]
#[template(path = "forecast_body.html")]
pub(crate) struct ForecastBody {
    pub(crate) notice: Option<&'static str>,
    pub(crate) headline: String,
    pub(crate) midpoint: String,
    pub(crate) midpoint_change: String,
    pub(crate) direction: String,
    pub(crate) chance_below: String,
    pub(crate) last_close: String,
    pub(crate) last_change: Option<String>,
    pub(crate) as_of: String,
    pub(crate) looking_back: bool,
    /// How many closes since were inside the 80% range.
    pub(crate) score: Option<String>,
    pub(crate) moving: Option<String>,
    pub(crate) market_hours: String,
    pub(crate) report: Option<String>,
    /// What is still loading, or what the sources that came last have changed.
    pub(crate) stage: Option<String>,
    pub(crate) trust: String,
    pub(crate) chart: String,
    pub(crate) chance: String,
    pub(crate) ranges: Vec<RangeLink>,
    pub(crate) rows: Vec<Row>,
    pub(crate) scale: RangeScale,
    pub(crate) features: Vec<FeatureChart>,
    pub(crate) sources: Vec<SourceRow>,
    pub(crate) missing: Option<String>,
    pub(crate) past: String,
    pub(crate) path: String,
    pub(crate) as_of_iso: String,
    pub(crate) newest_iso: String,
    pub(crate) previous_day: String,
    pub(crate) next_day: Option<String>,
    pub(crate) earlier: String,
    pub(crate) later: Option<String>,
    pub(crate) share: String,
    pub(crate) downloads: Vec<Download>,
    pub(crate) symbol: String,
    /// Whether feeds can be offered: they need an absolute address.
    pub(crate) follows: bool,
    pub(crate) made_iso: String,
    pub(crate) made: String,
    pub(crate) model: String,
    pub(crate) trained_through: String,
}

/// The range that people call a year.
const YEAR: u16 = RANGES[RANGES.len() - 1];

/// A link to the same forecast with another range of history.
pub(crate) struct RangeLink {
    pub(crate) label: String,
    /// Said after the label to those who cannot see the row.
    pub(crate) unit: &'static str,
    pub(crate) href: String,
    pub(crate) current: bool,
}

/// A link to the forecast as a file.
pub(crate) struct Download {
    pub(crate) label: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) href: String,
}

/// One trading day of the table.
pub(crate) struct Row {
    pub(crate) day: String,
    pub(crate) iso: String,
    pub(crate) early: bool,
    pub(crate) report: Option<String>,
    /// Whether a phone shows it before the reader asks for all days.
    pub(crate) key: bool,
    pub(crate) half: String,
    pub(crate) eighty: String,
    pub(crate) ninety: String,
    /// Half the width of the 80% range, as a share of the last close.
    pub(crate) spread: String,
    pub(crate) strip: RangeStrip,
    /// What the stock closed at, where the day has passed.
    pub(crate) close: Option<Close>,
}

/// The close of a day, and whether its 80% range contained it.
pub(crate) struct Close {
    pub(crate) price: String,
    pub(crate) x: f64,
    pub(crate) inside: bool,
}

/// The parts of the page that a track record changes.
pub(crate) struct RecordParts {
    pub(crate) headline: String,
    pub(crate) trust: String,
    pub(crate) past: String,
}

impl RecordParts {
    pub(crate) fn of(forecast: &Forecast, record: &RecordState, view: View) -> Self {
        Self {
            headline: headline::headline(forecast, Verdict::of(record)),
            trust: render(&Trust::of(forecast, record)),
            past: render(&Past::of(forecast, record, view)),
        }
    }
}

impl ForecastBody {
    /// Puts a forecast, and what has happened since, into words. `framed` is the market that the frame around it names.
    pub(crate) fn new(
        forecast: &Forecast,
        outcome: &[Bar],
        request: &ForecastRequest,
        framed: Market,
        record: &RecordState,
    ) -> Self {
        let view = request.view;
        let currency = forecast.stock.currency.as_str();
        let symbol = &forecast.stock.symbol;
        let last = forecast.history.last().expect("the client refuses a forecast without history");
        let newest = last_settled(forecast.generated_at);
        let looking_back = view.as_of.is_some() && forecast.as_of < newest;
        let scale = RangeScale::of(&forecast.forecast, last.close, outcome);
        let RecordParts { headline, trust, past } = RecordParts::of(forecast, record, view);
        let at = |as_of| View { as_of, ..view }.page(symbol);
        Self {
            notice: notice(forecast.market).filter(|_| forecast.market != framed),
            headline,
            midpoint: format::round_price(headline::midpoint(headline::end(forecast)), currency),
            midpoint_change: headline::midpoint_change(forecast, last.close),
            direction: headline::direction(forecast, last.close),
            chance_below: headline::chance_below(forecast, last.close),
            last_close: format::price(last.close, currency),
            last_change: headline::last_change(forecast),
            as_of: format::full_day(forecast.as_of),
            looking_back,
            score: score(&forecast.forecast, outcome),
            moving: forecast.moving.map(|moving| {
                format!("{} so far on {}", format::price(moving.price, currency), format::day(moving.date))
            }),
            market_hours: if looking_back {
                String::new()
            } else {
                headline::market_hours(forecast.market, forecast.generated_at)
            },
            report: report_line(forecast),
            stage: None,
            trust,
            chart: render(&Picture::chart(forecast, outcome, view)),
            chance: render(&ChanceForm::of(forecast, view, &request.asked)),
            ranges: RANGES.map(|range| range_link(range, view, forecast)).into(),
            rows: rows(forecast, outcome, last.close, &scale),
            scale,
            features: feature_charts(forecast),
            sources: forecast.sources.iter().map(SourceRow::of).collect(),
            missing: missing_sources(&forecast.sources),
            past,
            path: path(symbol, ""),
            as_of_iso: forecast.as_of.to_string(),
            newest_iso: newest.to_string(),
            previous_day: at(Some(previous_session(forecast.as_of))),
            next_day: later(forecast.as_of, newest, 1).map(at),
            earlier: at(Some(sessions_back(forecast.as_of, HORIZON))),
            later: later(forecast.as_of, newest, HORIZON).map(at),
            share: View { as_of: Some(forecast.as_of), theme: None, ..view }.page(symbol),
            downloads: downloads(forecast, view),
            symbol: symbol.to_string(),
            follows: request.origin.is_some(),
            made_iso: forecast.generated_at.to_string(),
            made: forecast.generated_at.strftime("%b %-d, %Y, %H:%M UTC").to_string(),
            model: format!("{} {}", forecast.model.name, forecast.model.version),
            trained_through: format::full_day(forecast.model.trained_through),
        }
    }

    /// Marks the forecast as one that some sources may still change.
    pub(crate) fn still_loading(mut self, ended: &[SourceReport]) -> Self {
        self.stage = Some(render(&Stage::still_loading(ended)));
        self.sources = rows_so_far(ended);
        self.missing = missing_sources(ended);
        self
    }

    /// Says what has changed since the preliminary forecast that the reader has seen.
    pub(crate) fn settled(mut self, preliminary: &Forecast, forecast: &Forecast) -> Self {
        self.stage = Some(render(&Stage::settled(preliminary, forecast)));
        self
    }
}

fn range_link(range: u16, view: View, forecast: &Forecast) -> RangeLink {
    RangeLink {
        label: if range == YEAR { "1 year".to_owned() } else { range.to_string() },
        unit: if range == YEAR { "" } else { " trading days" },
        href: View { range, ..view }.page(&forecast.stock.symbol),
        current: range == view.range,
    }
}

fn downloads(forecast: &Forecast, view: View) -> Vec<Download> {
    const SIZE: [(&str, &str); 3] = [("width", "1200"), ("height", "750"), ("download", "1")];
    let day = [("as_of", forecast.as_of.to_string()), ("range", view.range.to_string())];
    let file = |label, kind, name, more: &[(&'static str, &str)]| {
        let more = more.iter().map(|&(key, value)| (key, value.to_owned()));
        let href = address(&path(&forecast.stock.symbol, name), day.iter().cloned().chain(more));
        Download { label, kind, href }
    };
    vec![
        file("PNG", "image", "plot.png", &SIZE),
        file("SVG", "image", "plot.svg", &SIZE),
        file("CSV", "table", "forecast.csv", &[]),
        file("JSON", "data", "forecast.json", &[]),
    ]
}

/// Some trading days later, or now; nothing where this is the newest day.
fn later(as_of: Date, newest: Date, days: usize) -> Option<Option<Date>> {
    if as_of >= newest {
        return None;
    }
    let day = next_sessions(as_of, days).last().copied()?;
    Some((day < newest).then_some(day))
}

fn rows(forecast: &Forecast, outcome: &[Bar], last_close: f64, scale: &RangeScale) -> Vec<Row> {
    let currency = forecast.stock.currency.as_str();
    let row = |(index, session): (usize, &ForecastSession)| {
        let prices = |interval: Interval| interval.prices(&session.quantiles).unwrap_or_default();
        let range = |interval| {
            let (low, high) = prices(interval);
            format!("{} – {}", format::price(low, currency), format::price(high, currency))
        };
        let (low, high) = prices(Interval::P80);
        let spread = (high - low) / 2.0 / last_close;
        Row {
            day: format::day(session.date),
            iso: session.date.to_string(),
            early: session_hours(session.date).is_some_and(|hours| hours.early),
            report: forecast.report.filter(|report| report.date == session.date).map(|report| tag(&report)),
            key: index == 0 || (index + 1) % 5 == 0 || index + 1 == forecast.forecast.len(),
            half: range(Interval::P50),
            eighty: range(Interval::P80),
            ninety: range(Interval::P90),
            spread: format!("±{}", format::percent_with(spread, 1)),
            strip: RangeStrip::of(session, scale),
            close: hit(session, outcome).map(|(close, inside)| Close {
                price: format::price(close, currency),
                x: scale.place(close),
                inside,
            }),
        }
    };
    forecast.forecast.iter().enumerate().map(row).collect()
}
