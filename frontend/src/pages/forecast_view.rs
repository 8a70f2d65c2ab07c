//! The forecast in finished words and marks: everything its template needs, computed once, here.

use askama::Template;
use exchange_calendar::{MarketState, market_state, next_sessions, session_hours};
use forecast_types::{
    Forecast, ForecastSession, HORIZON, Interval, Level, Market, Source, SourceReport, SourceStatus, Theme,
};
use jiff::Timestamp;
use jiff::civil::Date;

use super::frame::{notice, theme_word};
use super::small_charts::{FeatureChart, RangeScale, RangeStrip, feature_charts};
use crate::caching::content_hash;
use crate::forecasts::HISTORY;
use crate::words;

/// The ranges of history a page offers, in sessions.
pub(crate) const RANGES: [u16; 3] = [7, 30, 90];

/// What the address asks to see of a forecast.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looks {
    pub(crate) as_of: Option<Date>,
    pub(crate) range: u16,
    pub(crate) theme: Option<Theme>,
}

/// The forecast part of the page.
#[derive(Template)]
#[template(path = "forecast_body.html")]
pub(crate) struct ForecastBody {
    pub(crate) notice: Option<&'static str>,
    pub(crate) headline: String,
    pub(crate) middle: String,
    pub(crate) lean: String,
    pub(crate) last_close: String,
    pub(crate) last_change: Option<String>,
    pub(crate) as_of: String,
    pub(crate) looking_back: bool,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) moving: Option<String>,
    pub(crate) market: String,
    pub(crate) trust: String,
    pub(crate) chart: Chart,
    pub(crate) ranges: Vec<RangeLink>,
    pub(crate) rows: Vec<Row>,
    pub(crate) scale: RangeScale,
    pub(crate) features: Vec<FeatureChart>,
    pub(crate) sources: Vec<SourceLine>,
    pub(crate) missing: Option<String>,
    pub(crate) past: String,
    pub(crate) path: String,
    pub(crate) as_of_iso: String,
    pub(crate) newest_iso: String,
    pub(crate) earlier: String,
    pub(crate) later: Option<String>,
    pub(crate) share: String,
    pub(crate) file_query: String,
    pub(crate) made_iso: String,
    pub(crate) made: String,
    pub(crate) model: String,
    pub(crate) trained_through: String,
}

/// The picture in the sizes and themes a reader may need.
pub(crate) struct Chart {
    pub(crate) alt: String,
    pub(crate) wide_light: String,
    pub(crate) wide_dark: String,
    pub(crate) narrow_light: String,
    pub(crate) narrow_dark: String,
}

/// What came of a forecast of the past, as a picture.
pub(crate) struct Outcome {
    pub(crate) light: String,
    pub(crate) dark: String,
    pub(crate) said: String,
}

/// A link to the same forecast with another range of history.
pub(crate) struct RangeLink {
    pub(crate) label: String,
    pub(crate) href: String,
    pub(crate) current: bool,
}

/// One session of the table.
pub(crate) struct Row {
    pub(crate) day: String,
    pub(crate) iso: String,
    pub(crate) early: bool,
    pub(crate) middle: String,
    pub(crate) half: String,
    pub(crate) eighty: String,
    pub(crate) ninety: String,
    pub(crate) strip: RangeStrip,
}

/// One source as its row in the list says it.
#[derive(Clone, Debug)]
pub(crate) struct SourceLine {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) provider: String,
    pub(crate) status: &'static str,
    pub(crate) word: &'static str,
    pub(crate) said: String,
}

/// Size of the picture on a wide and on a narrow screen, in CSS pixels.
const WIDE: (u32, u32) = (1040, 520);
const NARROW: (u32, u32) = (400, 400);

impl ForecastBody {
    /// Puts a forecast into words. `framed` is the market the frame around it speaks of; `trust` and `past` are the
    /// finished parts about the track record.
    pub(crate) fn new(
        forecast: &Forecast,
        looks: Looks,
        framed: Market,
        trust: String,
        past: String,
    ) -> Self {
        let currency = forecast.stock.currency.as_str();
        let symbol = &forecast.stock.symbol;
        let path = format!("/forecast/{symbol}");
        let last = forecast.history.last().expect("predict's client refuses a forecast without history");
        let end = forecast.forecast.last().expect("predict's client refuses a forecast without sessions");
        let newest = exchange_calendar::last_settled(forecast.generated_at);
        let scale = RangeScale::of(&forecast.forecast, last.close);
        Self {
            notice: notice(forecast.market).filter(|_| forecast.market != framed),
            headline: headline(forecast, end),
            middle: words::spoken_price(median(end), currency),
            lean: words::chance_above(&end.quantiles, last.close).map(words::lean).unwrap_or_default(),
            last_close: words::price(last.close, currency),
            last_change: last_change(forecast),
            as_of: words::day(forecast.as_of),
            looking_back: looks.as_of.is_some() && forecast.as_of < newest,
            outcome: Outcome::of(forecast, looks, newest, &path),
            moving: forecast.moving.map(|moving| {
                format!(
                    "{} so far on {}",
                    words::price(moving.price, currency),
                    words::short_day(moving.date)
                )
            }),
            market: market_words(forecast.market, forecast.generated_at),
            trust,
            chart: Chart::of(forecast, looks, &path),
            ranges: RANGES.iter().map(|&range| range_link(range, looks, &path)).collect(),
            rows: forecast.forecast.iter().map(|session| row(session, currency, &scale)).collect(),
            features: feature_charts(&forecast.features, &forecast.sources),
            sources: forecast.sources.iter().map(SourceLine::of).collect(),
            missing: missing_words(&forecast.sources),
            past,
            as_of_iso: forecast.as_of.to_string(),
            newest_iso: newest.to_string(),
            earlier: link(
                &path,
                Some(exchange_calendar::sessions_back(forecast.as_of, HORIZON)),
                looks.range,
                looks.theme,
            ),
            later: later(forecast.as_of, newest).map(|day| link(&path, day, looks.range, looks.theme)),
            share: link(&path, Some(forecast.as_of), looks.range, None),
            file_query: file_query(forecast, looks.range),
            made_iso: forecast.generated_at.to_string(),
            made: forecast.generated_at.strftime("%-d %b %Y, %H:%M UTC").to_string(),
            model: format!("{} {}", forecast.model.name, forecast.model.version),
            trained_through: words::day(forecast.model.trained_through),
            path,
            scale,
        }
    }
}

impl Chart {
    fn of(forecast: &Forecast, looks: Looks, path: &str) -> Self {
        // The address changes with the numbers, so a kept picture never contradicts the table beside it.
        let version = version(forecast);
        let address = |(width, height): (u32, u32), theme: Theme| {
            format!(
                "{path}/plot.png?as_of={}&range={}&width={width}&height={height}&theme={}&v={version}",
                forecast.as_of,
                looks.range,
                theme_word(theme)
            )
        };
        // A theme in the address holds for the picture too.
        let (light, dark) = match looks.theme {
            Some(theme) => (theme, theme),
            None => (Theme::Light, Theme::Dark),
        };
        Self {
            alt: alt_text(forecast, looks.range),
            wide_light: address(WIDE, light),
            wide_dark: address(WIDE, dark),
            narrow_light: address(NARROW, light),
            narrow_dark: address(NARROW, dark),
        }
    }
}

impl Outcome {
    /// Only where something has come since, and not so long ago that today's picture leaves it out.
    fn of(forecast: &Forecast, looks: Looks, newest: Date, path: &str) -> Option<Self> {
        let since = exchange_calendar::sessions_between(forecast.as_of, newest).len().saturating_sub(1);
        let in_view = usize::from(HISTORY).saturating_sub(HORIZON);
        let day = looks.as_of.filter(|_| (1..in_view).contains(&since))?;
        let address = |theme: Theme| {
            let theme = theme_word(looks.theme.unwrap_or(theme));
            format!("{path}/outcome.png?as_of={day}&width=1040&height=420&theme={theme}")
        };
        let said =
            format!("What was said after {}, and the {since} closes since.", words::day(forecast.as_of));
        Some(Self { light: address(Theme::Light), dark: address(Theme::Dark), said })
    }
}

impl SourceLine {
    /// Says what became of a source.
    pub(crate) fn of(report: &SourceReport) -> Self {
        let (status, word) = match report.status {
            SourceStatus::Ok => ("ok", "complete"),
            SourceStatus::Partial => ("partial", "in part"),
            SourceStatus::Missing => ("missing", "missing"),
        };
        let mut said = Vec::new();
        if report.days > 0 {
            let through = report.last.map(|day| format!(" to {}", words::short_day(day))).unwrap_or_default();
            said.push(format!("{} sessions{through}", report.days));
        }
        said.extend(report.detail.clone());
        if report.elapsed_ms > 0 {
            said.push(format!("{} ms", words::count(report.elapsed_ms)));
        }
        Self {
            id: report.source.as_str(),
            name: source_name(report.source),
            provider: report.provider.clone(),
            status,
            word,
            said: said.join(" · "),
        }
    }
}

/// The name of a source at the head of its row.
pub(crate) fn source_name(source: Source) -> &'static str {
    match source {
        Source::Prices => "Prices",
        Source::Tweets => "Tweets",
        Source::News => "News",
        Source::Searches => "Searches",
    }
}

/// Returns an address of the page; what is default is left out.
pub(crate) fn link(path: &str, as_of: Option<Date>, range: u16, theme: Option<Theme>) -> String {
    let mut pairs = Vec::new();
    pairs.extend(as_of.map(|day| format!("as_of={day}")));
    pairs.extend((range != RANGES[1]).then(|| format!("range={range}")));
    pairs.extend(theme.map(|theme| format!("theme={}", theme_word(theme))));
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// Returns a short name of a forecast's numbers.
pub(crate) fn version(forecast: &Forecast) -> String {
    let numbers = serde_json::to_vec(&(&forecast.history, &forecast.forecast, &forecast.model))
        .expect("a forecast that came as JSON goes as JSON");
    content_hash(&numbers)
}

fn file_query(forecast: &Forecast, range: u16) -> String {
    format!("as_of={}&range={range}", forecast.as_of)
}

fn headline(forecast: &Forecast, end: &ForecastSession) -> String {
    let sessions = forecast.forecast.len();
    match words::spoken_range(&end.quantiles, Interval::P80, &forecast.stock.currency) {
        Some((low, high)) => format!("In {sessions} sessions, probably between {low} and {high}."),
        None => format!("The next {sessions} sessions."),
    }
}

fn alt_text(forecast: &Forecast, range: u16) -> String {
    let currency = forecast.stock.currency.as_str();
    let shown = forecast.history.len().min(usize::from(range));
    let history = &forecast.history[forecast.history.len() - shown..];
    let (first, last) = (&history[0], &history[shown - 1]);
    let end = forecast.forecast.last().expect("predict's client refuses a forecast without sessions");
    let (low, high) = words::spoken_range(&end.quantiles, Interval::P80, currency).unwrap_or_default();
    format!(
        "Chart: {} closed at {} on {} and at {} on {}; from there bands widen over {} sessions to between {low} and \
         {high} (80 in 100) on {}, middle guess {}.",
        forecast.stock.symbol,
        words::price(first.close, currency),
        words::short_day(first.date),
        words::price(last.close, currency),
        words::short_day(last.date),
        forecast.forecast.len(),
        words::short_day(end.date),
        words::spoken_price(median(end), currency),
    )
}

fn median(session: &ForecastSession) -> f64 {
    session.quantiles.median().expect("predict's client refuses a session without a median")
}

fn last_change(forecast: &Forecast) -> Option<String> {
    let [.., before, last] = forecast.history.as_slice() else { return None };
    (before.close > 0.0).then(|| words::change(last.close / before.close - 1.0))
}

/// Says whether the exchanges trade at the moment the forecast was made.
fn market_words(market: Market, now: Timestamp) -> String {
    if market == Market::Replay {
        return "Replayed days have no opening bell.".to_owned();
    }
    match market_state(now) {
        MarketState::Open { closes, .. } => {
            format!("Markets are open and close in {}.", words::span(closes.duration_since(now)))
        }
        MarketState::Closed { session, opens } => format!(
            "Markets are closed; they open on {} at 9:30 in New York, in {}.",
            words::short_day(session),
            words::span(opens.duration_since(now))
        ),
    }
}

/// Says in one sentence what the forecast had to do without.
fn missing_words(sources: &[SourceReport]) -> Option<String> {
    let gone: Vec<&str> = sources
        .iter()
        .filter(|report| report.status == SourceStatus::Missing)
        .map(|report| report.source.as_str())
        .collect();
    let listed = match gone.as_slice() {
        [] => return None,
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    };
    Some(format!(
        "Made without {listed}. The model knows they are missing and does not take them for nought; the reasons \
         stand under Sources."
    ))
}

fn range_link(range: u16, looks: Looks, path: &str) -> RangeLink {
    RangeLink {
        label: range.to_string(),
        href: link(path, looks.as_of, range, looks.theme),
        current: range == looks.range,
    }
}

/// Fourteen sessions later, or now; nothing where this is the newest day.
fn later(as_of: Date, newest: Date) -> Option<Option<Date>> {
    if as_of >= newest {
        return None;
    }
    let day = next_sessions(as_of, HORIZON).last().copied()?;
    Some((day < newest).then_some(day))
}

fn row(session: &ForecastSession, currency: &str, scale: &RangeScale) -> Row {
    let price =
        |level| session.quantiles.get(level).map(|price| words::price(price, currency)).unwrap_or_default();
    let range = |interval: Interval| {
        let (low, high) = interval.edges();
        format!("{} – {}", price(low), price(high))
    };
    Row {
        day: words::day(session.date),
        iso: session.date.to_string(),
        early: session_hours(session.date).is_some_and(|hours| hours.early),
        middle: price(Level::MEDIAN),
        half: range(Interval::P50),
        eighty: range(Interval::P80),
        ninety: range(Interval::P90),
        strip: RangeStrip::of(session, scale),
    }
}
