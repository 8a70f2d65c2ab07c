//! "Should I trust this?": the track record in words.

use askama::Template;
use forecast_types::{Interval, Theme, TrackRecord};

use super::forecast_view::Looks;
use super::frame::theme_word;
use crate::words;

/// The answer beside the headline.
#[derive(Template)]
#[template(path = "trust.html")]
pub(crate) struct Trust {
    pub(crate) verdict: String,
    pub(crate) said: String,
    pub(crate) waiting: bool,
}

/// The figures and the picture further down.
#[derive(Template)]
#[template(path = "past.html")]
pub(crate) struct Past {
    pub(crate) record: Option<Record>,
    pub(crate) waiting: bool,
}

/// A track record in words.
pub(crate) struct Record {
    pub(crate) counted: String,
    pub(crate) held: Vec<Held>,
    pub(crate) pooled: Option<String>,
    pub(crate) picture: Option<Picture>,
}

/// One interval: what it promises and what it kept.
pub(crate) struct Held {
    pub(crate) promise: String,
    pub(crate) kept: String,
    pub(crate) between: String,
    pub(crate) outcomes: String,
}

/// The forecast of fourteen sessions ago beside what came.
pub(crate) struct Picture {
    pub(crate) caption: String,
    pub(crate) light: String,
    pub(crate) dark: String,
}

/// The default wording: an edge must be shown, never assumed.
const NO_EDGE: &str = "No measurable edge.";
/// Closer than this to "no change" is no edge in either direction.
const EDGE: f64 = 0.03;

impl Trust {
    /// Before the record has come.
    pub(crate) fn waiting() -> Self {
        let said = "That is the rule until the record shows otherwise. Past forecasts for this stock are being remade.";
        Self { verdict: NO_EDGE.to_owned(), said: said.to_owned(), waiting: true }
    }

    /// Says what the record shows, or that there is none.
    pub(crate) fn of(record: Option<&TrackRecord>) -> Self {
        let Some(record) = record.filter(|record| record.forecasts > 0) else {
            let said =
                "That is the rule until a record shows otherwise, and there is no record for this stock.";
            return Self { verdict: NO_EDGE.to_owned(), said: said.to_owned(), waiting: false };
        };
        let error = record.error;
        let compared = format!(
            "Over {} past days the middle guess for {} missed by {:.1} %, “no change” by {:.1} %.",
            words::count(u64::from(record.forecasts)),
            record.stock.symbol,
            error.model * 100.0,
            error.no_change * 100.0
        );
        let verdict = match error.ratio {
            ratio if ratio > 1.0 + EDGE => {
                format!("Here it was worse than “no change”, by {:.0} %.", (ratio - 1.0) * 100.0)
            }
            ratio if ratio < 1.0 - EDGE => format!(
                "Here it was {:.0} % closer than “no change”; that can be luck.",
                (1.0 - ratio) * 100.0
            ),
            _ => NO_EDGE.to_owned(),
        };
        let ranges = record
            .coverage
            .iter()
            .find(|held| Interval::P80.is_measured_by(&held.coverage))
            .map(|held| format!(" The 80 % range held {} of the time.", words::percent(held.coverage.held)))
            .unwrap_or_default();
        Self { verdict, said: format!("{compared}{ranges}"), waiting: false }
    }
}

impl Past {
    /// Before the record has come.
    pub(crate) fn waiting() -> Self {
        Self { record: None, waiting: true }
    }

    /// Puts the record into words.
    pub(crate) fn of(record: Option<&TrackRecord>, looks: Looks) -> Self {
        let record = record.filter(|record| record.forecasts > 0).map(|record| Record::of(record, looks));
        Self { record, waiting: false }
    }
}

impl Record {
    fn of(record: &TrackRecord, looks: Looks) -> Self {
        Self {
            counted: format!(
                "{} forecasts, made after each session from {} to {} from what was known on that day alone, held against what came.",
                words::count(u64::from(record.forecasts)),
                words::day(record.first),
                words::day(record.last)
            ),
            held: record
                .coverage
                .iter()
                .map(|held| Held {
                    promise: words::percent(held.coverage.level),
                    kept: words::percent(held.coverage.held),
                    between: format!(
                        "{} – {}",
                        words::percent(held.between.0),
                        words::percent(held.between.1)
                    ),
                    outcomes: words::count(held.coverage.outcomes),
                })
                .collect(),
            pooled: record.pooled.as_ref().map(pooled_words),
            picture: record.past.as_ref().map(|past| Picture::of(record, past, looks)),
        }
    }
}

impl Picture {
    fn of(record: &TrackRecord, past: &forecast_types::PastForecast, looks: Looks) -> Self {
        let address = |theme: Theme| {
            let theme = looks.theme.unwrap_or(theme);
            let day = looks.as_of.map(|day| format!("&as_of={day}")).unwrap_or_default();
            format!(
                "/forecast/{}/past.png?width=1040&height=420&theme={}{day}",
                record.stock.symbol,
                theme_word(theme)
            )
        };
        Self { caption: caption(past), light: address(Theme::Light), dark: address(Theme::Dark) }
    }
}

/// Says how many of the fourteen closes fell where the forecast had put them.
fn caption(past: &forecast_types::PastForecast) -> String {
    let pairs: Vec<(f64, &forecast_types::ForecastSession)> = past
        .forecast
        .iter()
        .filter_map(|session| {
            let bar = past.outcome.iter().find(|bar| bar.date == session.date)?;
            Some((bar.close, session))
        })
        .collect();
    let inside = pairs
        .iter()
        .filter(|(close, session)| {
            Interval::P80.prices(&session.quantiles).is_some_and(|(low, high)| (low..=high).contains(close))
        })
        .count();
    format!(
        "What was said after {}, and what came: {inside} of {} closes fell into the 80 % range of their session.",
        words::day(past.as_of),
        pairs.len()
    )
}

fn pooled_words(pooled: &forecast_types::PooledSkill) -> String {
    let gain = (1.0 - pooled.score_ratio) * 100.0;
    let (low, high) = ((1.0 - pooled.score_between.1) * 100.0, (1.0 - pooled.score_between.0) * 100.0);
    let ranges = if low > 0.0 {
        format!(
            "the ranges were {gain:.1} % better than the strongest simple method ({low:.1} to {high:.1} %)"
        )
    } else if high < 0.0 {
        format!("the ranges were {:.1} % worse than the strongest simple method", -gain)
    } else {
        "the ranges were as good as the strongest simple method, no better".to_owned()
    };
    let middle = match pooled.median_ratio {
        ratio if ratio < 0.99 => {
            format!("the middle guess was {:.1} % closer than “no change”", (1.0 - ratio) * 100.0)
        }
        ratio if ratio > 1.01 => {
            format!("the middle guess was {:.1} % worse than “no change”", (ratio - 1.0) * 100.0)
        }
        _ => "the middle guess was as good as “no change”, no better".to_owned(),
    };
    format!("Over all stocks ({}), days never trained on, {ranges}; {middle}.", pooled.data)
}
