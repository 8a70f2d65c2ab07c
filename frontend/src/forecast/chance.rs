//! The question about a price: its form and its answer, both ways, below the chart.

use askama::Template;
use forecast_types::{Forecast, Level, Question, QuestionError, Side, asked_price};
use serde::Deserialize;

use super::headline::end;
use super::links::{View, path, theme_word};
use crate::format;

/// A question as the address has it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Asked {
    above: Option<String>,
    below: Option<String>,
    by: Option<String>,
}

impl Asked {
    /// Returns whether the address asks about no price.
    pub(crate) fn is_empty(&self) -> bool {
        self.price().is_none()
    }

    /// Returns the parameters that ask the same again.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'static str, String)> {
        [("above", &self.above), ("below", &self.below), ("by", &self.by)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)))
    }

    fn price(&self) -> Option<&str> {
        [&self.above, &self.below]
            .into_iter()
            .flatten()
            .map(|price| price.trim())
            .find(|price| !price.is_empty())
    }
}

/// The form, with the answer to the question that was asked or to a first one.
#[derive(Template)]
#[template(path = "chance.html")]
pub(crate) struct ChanceForm {
    path: String,
    symbol: String,
    currency: String,
    /// What else the address says about the page.
    kept: Vec<(&'static str, String)>,
    price: String,
    days: Vec<Day>,
    answers: Vec<SideAnswer>,
    problem: Option<String>,
    last_close: f64,
}

struct Day {
    iso: String,
    name: String,
    chosen: bool,
    /// The prices of the seven quantiles, which the script computes with.
    quantiles: String,
}

struct SideAnswer {
    side: &'static str,
    question: String,
    on_day: String,
    at_least_once: String,
}

impl ChanceForm {
    pub(super) fn of(forecast: &Forecast, view: View, asked: &Asked) -> Self {
        let currency = forecast.stock.currency.as_str();
        let first = first_question(forecast);
        let question = if asked.is_empty() {
            Ok(first)
        } else {
            let by = asked.by.as_deref().filter(|by| !by.is_empty());
            let last_day = first.by.to_string();
            Question::parse(asked.above.as_deref(), asked.below.as_deref(), Some(by.unwrap_or(&last_day)))
        };
        let answers = question.clone().and_then(|question| answers(forecast, question));
        let by = question.as_ref().map_or(first.by, |question| question.by);
        let price = match (&question, asked.price()) {
            (Ok(question), _) => asked_price(question.price, currency),
            (Err(_), price) => price.unwrap_or_default().chars().take(20).collect(),
        };
        Self {
            path: path(&forecast.stock.symbol, ""),
            symbol: forecast.stock.symbol.to_string(),
            currency: currency.to_owned(),
            kept: kept(view),
            price,
            days: forecast
                .forecast
                .iter()
                .map(|session| Day {
                    iso: session.date.to_string(),
                    name: format::day(session.date),
                    chosen: session.date == by,
                    quantiles: session
                        .quantiles
                        .iter()
                        .map(|(_, price)| digits(price))
                        .collect::<Vec<_>>()
                        .join(" "),
                })
                .collect(),
            problem: answers.as_ref().err().map(problem),
            answers: answers.unwrap_or_default(),
            last_close: forecast.history.last().map_or(0.0, |bar| bar.close),
        }
    }
}

/// Asks about the upper edge of the last 50% range, rounded as people would ask.
fn first_question(forecast: &Forecast) -> Question {
    let end = end(forecast);
    let edge = end.quantiles.get(Level::P75).unwrap_or_default();
    let step = 10_f64.powf(edge.log10().floor() - 2.0);
    let price = if edge > 0.0 { (edge / step).round() * step } else { edge };
    Question { side: Side::Above, price, by: end.date }
}

/// Answers for the side that was asked about, then for the other.
fn answers(forecast: &Forecast, asked: Question) -> Result<Vec<SideAnswer>, QuestionError> {
    let other = match asked.side {
        Side::Above => Side::Below,
        Side::Below => Side::Above,
    };
    [asked.side, other].into_iter().map(|side| answer(forecast, Question { side, ..asked })).collect()
}

fn answer(forecast: &Forecast, question: Question) -> Result<SideAnswer, QuestionError> {
    let answer = question.answer(forecast)?;
    let price = asked_price(question.price, &forecast.stock.currency);
    let (symbol, side) = (&forecast.stock.symbol, question.side);
    Ok(SideAnswer {
        side: match side {
            Side::Above => "above",
            Side::Below => "below",
        },
        question: format!("Chance that {symbol} closes {side} {price} on {}", format::day(question.by)),
        on_day: answer.on_day.words,
        at_least_once: answer.at_least_once.words,
    })
}

/// Eight digits are more than any answer shows.
fn digits(price: f64) -> String {
    let decimals = (7.0 - price.log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{price:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn problem(error: &QuestionError) -> String {
    match error {
        QuestionError::NotASession { first, last, .. } => {
            format!("Choose a trading day from {} to {}.", format::day(*first), format::day(*last))
        }
        QuestionError::NotAPrice { given, .. } => {
            format!("“{given}” is not a price. Enter a positive number such as 920.")
        }
        QuestionError::TwoPrices => "Ask about one price at a time.".to_owned(),
        other => format::sentence(&format!("{} {other}", other.field())),
    }
}

fn kept(view: View) -> Vec<(&'static str, String)> {
    let day = view.as_of.map(|day| ("as_of", day.to_string()));
    let range = (view.range != super::links::DEFAULT_RANGE).then(|| ("range", view.range.to_string()));
    let theme = view.theme.map(|theme| ("theme", theme_word(theme).to_owned()));
    [day, range, theme].into_iter().flatten().collect()
}
