//! Checks a [`ChartRequest`] field by field and makes it a [`Chart`].

use forecast_types::{ChartRequest, EventKind, ForecastSession, Level};
use jiff::civil::Date;

use crate::chart::request::{
    Band, Chart, DEFAULT_SIZE, FORECAST_SESSIONS, Fan, Fault, HEIGHT, HISTORY_SESSIONS, InvalidChart,
    LONGEST_MODEL, LONGEST_SYMBOL, LONGEST_TEXT, MOST_EVENTS, MOST_PIXELS, MOST_REPORTS, SCALE, WIDTH,
};
use crate::chart::text::clean::one_line;

pub(crate) const PRICES: std::ops::RangeInclusive<f64> = 1e-8..=1e12;
const LONGEST_RATIO: usize = 16;
/// Faults listed in one response; a broken series would otherwise fill pages.
const MOST_FAULTS: usize = 10;

impl Chart {
    /// Checks a request.
    ///
    /// # Errors
    /// With every fault found, up to ten.
    pub fn new(request: ChartRequest) -> Result<Self, InvalidChart> {
        let mut faults = Faults::default();
        check_texts(&request, &mut faults);
        check_history(&request, &mut faults);
        let last = request.history.last().map(|bar| bar.date);
        let forecast = fan(&request.forecast, "/forecast", last, &mut faults);
        let outcome = outcome(&request, &mut faults);
        check_size((request.width, request.height, request.scale), DEFAULT_SIZE, &mut faults);
        check_extras(&request, &mut faults);
        let Some(forecast) = forecast.filter(|_| faults.0.is_empty()) else {
            return Err(InvalidChart { faults: faults.0 });
        };
        Ok(Self {
            title: one_line(&request.title),
            subtitle: one_line(&request.subtitle),
            show_title: request.show_title,
            currency: request.currency,
            history: request.history.iter().map(|bar| (bar.date, bar.close)).collect(),
            forecast,
            width: request.width.unwrap_or(DEFAULT_SIZE.0),
            height: request.height.unwrap_or(DEFAULT_SIZE.1),
            scale: request.scale.unwrap_or(1.0),
            theme: request.theme,
            market: request.market,
            symbol: request.symbol.map(|text| one_line(&text)),
            as_of: request.as_of,
            model: request.model.map(|text| one_line(&text)),
            coverage: request.coverage,
            moving: request.moving.map(|moving| (moving.date, moving.price)),
            events: request.events,
            reports: request.reports,
            outcome,
        })
    }
}

/// The faults found so far.
#[derive(Default)]
pub(crate) struct Faults(pub(crate) Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        if self.0.len() < MOST_FAULTS {
            self.0.push(Fault { pointer: pointer.into(), detail: detail.into() });
        }
    }

    pub(crate) fn check(&mut self, fine: bool, pointer: &str, detail: impl FnOnce() -> String) {
        if !fine {
            self.add(pointer, detail());
        }
    }
}

fn check_texts(request: &ChartRequest, faults: &mut Faults) {
    for (pointer, text, most) in [
        ("/title", request.title.as_str(), LONGEST_TEXT),
        ("/subtitle", request.subtitle.as_str(), LONGEST_TEXT),
        ("/symbol", request.symbol.as_deref().unwrap_or_default(), LONGEST_SYMBOL),
        ("/model", request.model.as_deref().unwrap_or_default(), LONGEST_MODEL),
    ] {
        let length = text.chars().count();
        faults.check(length <= most, pointer, || format!("has {length} characters, expected at most {most}"));
    }
    faults
        .check(!one_line(&request.title).is_empty(), "/title", || "is empty, expected a headline".to_owned());
    let is_code = request.currency.len() == 3 && request.currency.bytes().all(|b| b.is_ascii_uppercase());
    faults.check(is_code, "/currency", || {
        format!("is `{}`, expected an ISO 4217 code such as USD", short(&request.currency))
    });
}

fn check_history(request: &ChartRequest, faults: &mut Faults) {
    let sessions = request.history.len();
    if !HISTORY_SESSIONS.contains(&sessions) {
        let (least, most) = HISTORY_SESSIONS.into_inner();
        return faults.add("/history", format!("has {sessions} sessions, expected {least} to {most}"));
    }
    for (i, bar) in request.history.iter().enumerate() {
        faults.check(PRICES.contains(&bar.close), &format!("/history/{i}/close"), || price_fault(bar.close));
    }
    check_dates(request.history.iter().map(|bar| bar.date), None, "/history", faults);
}

/// Checks that dates ascend, and start after `after`.
fn check_dates(dates: impl Iterator<Item = Date>, after: Option<Date>, pointer: &str, faults: &mut Faults) {
    let mut before = after;
    for (i, date) in dates.enumerate() {
        if let Some(before) = before.filter(|&before| date <= before) {
            let how = if date == before { "repeats" } else { "comes before" };
            faults.add(
                format!("{pointer}/{i}/date"),
                format!("{date} {how} {before}, expected dates that ascend"),
            );
        }
        before = Some(date);
    }
}

/// Reads a forecast into its ranges; `None` when the request has a fault, here or before.
fn fan(sessions: &[ForecastSession], pointer: &str, after: Option<Date>, faults: &mut Faults) -> Option<Fan> {
    if !FORECAST_SESSIONS.contains(&sessions.len()) {
        let (least, most) = FORECAST_SESSIONS.into_inner();
        faults.add(pointer, format!("has {} sessions, expected {least} to {most}", sessions.len()));
        return None;
    }
    check_dates(sessions.iter().map(|session| session.date), after, pointer, faults);
    let levels =
        |session: &ForecastSession| session.quantiles.iter().map(|(level, _)| level).collect::<Vec<_>>();
    let expected = levels(&sessions[0]);
    for (i, session) in sessions.iter().enumerate() {
        let at = format!("{pointer}/{i}/quantiles");
        if let Err(detail) = session.quantiles.check() {
            faults.add(at, detail);
        } else if levels(session) != expected {
            faults.add(at, "has other levels than the first session, expected the same in each");
        } else if let Some((level, price)) =
            session.quantiles.iter().find(|(_, price)| !PRICES.contains(price))
        {
            faults.add(format!("{at}/{level}"), price_fault(price));
        }
    }
    let pairs = central_pairs(&expected);
    if pairs.is_empty() {
        faults.add(format!("{pointer}/0/quantiles"), "has no range, expected a pair such as 0.1 and 0.9");
    }
    // Comparing with the number before would miss faults that a full list drops.
    if !faults.0.is_empty() {
        return None;
    }
    let series = |level: Level| {
        sessions
            .iter()
            .map(|session| session.quantiles.get(level).expect("all sessions have the same levels"))
            .collect()
    };
    let band = |(low, high): (Level, Level)| Band {
        share: high.probability() - low.probability(),
        low: series(low),
        high: series(high),
    };
    Some(Fan {
        dates: sessions.iter().map(|session| session.date).collect(),
        bands: pairs.into_iter().map(band).collect(),
    })
}

/// Finds the session of the forecast that each close since then belongs to.
fn outcome(request: &ChartRequest, faults: &mut Faults) -> Vec<(usize, f64)> {
    let mut closes = Vec::new();
    // A forecast that is too long is refused, and not searched.
    let sessions = &request.forecast[..request.forecast.len().min(*FORECAST_SESSIONS.end())];
    for (i, bar) in request.outcome.iter().take(FORECAST_SESSIONS.end() + 1).enumerate() {
        faults.check(PRICES.contains(&bar.close), &format!("/outcome/{i}/close"), || price_fault(bar.close));
        let session = sessions.iter().position(|session| session.date == bar.date);
        match session.filter(|&session| closes.last().is_none_or(|&(before, _)| before < session)) {
            Some(session) => closes.push((session, bar.close)),
            None => faults.add(
                format!("/outcome/{i}/date"),
                format!("is {}, expected a later session of the forecast", bar.date),
            ),
        }
    }
    closes
}

/// Pairs the levels that lie as far below the median as above it, widest pair first.
pub(crate) fn central_pairs(levels: &[Level]) -> Vec<(Level, Level)> {
    let mirror = |low: Level| {
        levels.iter().copied().find(|high| (low.probability() + high.probability() - 1.0).abs() < 1e-9)
    };
    levels
        .iter()
        .take_while(|level| **level < Level::MEDIAN)
        .filter_map(|&low| Some((low, mirror(low)?)))
        .collect()
}

/// Checks width, height and scale as given, with the size that counts where there is none.
pub(crate) fn check_size(
    (width, height, scale): (Option<u32>, Option<u32>, Option<f64>),
    usual: (u32, u32),
    faults: &mut Faults,
) {
    for (pointer, given, bounds) in [("/width", width, WIDTH), ("/height", height, HEIGHT)] {
        if let Some(pixels) = given.filter(|pixels| !bounds.contains(pixels)) {
            faults
                .add(pointer, format!("is {pixels}, expected {} to {} pixels", bounds.start(), bounds.end()));
        }
    }
    let scale = scale.unwrap_or(1.0);
    faults.check(SCALE.contains(&scale), "/scale", || {
        format!("is {scale}, expected {} to {}", SCALE.start(), SCALE.end())
    });
    let (width, height) = (width.unwrap_or(usual.0), height.unwrap_or(usual.1));
    let pixels = f64::from(width) * f64::from(height) * scale * scale;
    faults.check(pixels <= MOST_PIXELS || !SCALE.contains(&scale), "/scale", || {
        format!("makes {pixels:.0} pixels of {width} by {height}, expected at most {MOST_PIXELS:.0}")
    });
}

fn check_extras(request: &ChartRequest, faults: &mut Faults) {
    if let Some(coverage) = request.coverage {
        let level = coverage.level;
        faults.check(level > 0.0 && level < 1.0, "/coverage/level", || {
            format!("is {level}, expected a share between 0 and 1")
        });
        let held = coverage.held;
        faults.check((0.0..=1.0).contains(&held), "/coverage/held", || {
            format!("is {held}, expected a share from 0 to 1")
        });
    }
    if let Some(moving) = request.moving {
        faults.check(PRICES.contains(&moving.price), "/moving/price", || price_fault(moving.price));
        if let Some(last) = request.history.last().filter(|last| moving.date <= last.date) {
            let detail = format!("is {}, expected a day after the last close on {}", moving.date, last.date);
            faults.add("/moving/date", detail);
        }
    }
    let reports = request.reports.len();
    faults.check(reports <= MOST_REPORTS, "/reports", || {
        format!("has {reports} entries, expected at most {MOST_REPORTS}")
    });
    let events = request.events.len();
    faults.check(events <= MOST_EVENTS, "/events", || {
        format!("has {events} entries, expected at most {MOST_EVENTS}")
    });
    for (i, event) in request.events.iter().take(MOST_EVENTS).enumerate() {
        match &event.kind {
            EventKind::Split { ratio } => {
                let fits = (1..=LONGEST_RATIO).contains(&ratio.chars().count());
                faults.check(fits, &format!("/events/{i}/ratio"), || {
                    format!("is `{}`, expected a ratio such as 4:1", short(ratio))
                });
            }
            EventKind::Dividend { amount } => {
                faults
                    .check(PRICES.contains(amount), &format!("/events/{i}/amount"), || price_fault(*amount));
            }
        }
    }
}

pub(crate) fn price_fault(price: f64) -> String {
    format!("is {price}, expected a number from {:e} to {:e}", PRICES.start(), PRICES.end())
}

/// Shortens text so that an error message stays short.
pub(crate) fn short(text: &str) -> String {
    one_line(text).chars().take(24).collect()
}
