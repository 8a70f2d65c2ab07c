//! Questions about one price, and their answers in words that say no more than a forecast knows.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::distribution::Outlook;
use crate::{Forecast, Level, Market, Quantiles, Stock, format};

/// On which side of a price a close counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Closes above the price.
    Above,
    /// Closes below the price.
    Below,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Above => "above",
            Self::Below => "below",
        })
    }
}

/// How likely is a close on this side of the price, on this day and at least once until then?
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question {
    /// The side.
    pub side: Side,
    /// The price.
    pub price: f64,
    /// The session.
    pub by: Date,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// Neither `above` nor `below` is there.
    #[error("is missing; expected a price, as in above=920 or below=850")]
    NoPrice,
    /// Both are.
    #[error("cannot be combined with above; ask about one price at a time")]
    TwoPrices,
    /// The price is no positive number.
    #[error("\"{given}\" is not a price; expected a positive number such as 920")]
    NotAPrice {
        /// The side it was given for.
        side: Side,
        /// The start of what was given.
        given: String,
    },
    /// There is no day.
    #[error("is missing; expected one of the coming trading days, such as 2024-03-28")]
    NoDay,
    /// The day is no date.
    #[error("\"{0}\" is not a date; expected one such as 2024-03-28")]
    NotADay(String),
    /// The day is not one of the forecast's.
    #[error("{by} is not one of the {sessions} trading days of this forecast, {first} to {last}")]
    NotASession {
        /// The day.
        by: Date,
        /// How many sessions there are.
        sessions: usize,
        /// The first of them.
        first: Date,
        /// The last of them.
        last: Date,
    },
    /// The forecast lacks quantiles.
    #[error("cannot be answered: the forecast has no complete ranges")]
    NoRanges,
}

impl QuestionError {
    /// Returns the parameter that is wrong.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::NoPrice | Self::NotAPrice { side: Side::Above, .. } => "above",
            Self::TwoPrices | Self::NotAPrice { side: Side::Below, .. } => "below",
            Self::NoDay | Self::NotADay(_) | Self::NotASession { .. } | Self::NoRanges => "by",
        }
    }
}

impl Question {
    /// Reads a question from the parameters of a query; empty ones count as missing. A price may be written as people
    /// do: `$1,250.50`.
    ///
    /// # Errors
    /// When there is not exactly one price, it is not positive, or the day is not a date.
    pub fn parse(above: Option<&str>, below: Option<&str>, by: Option<&str>) -> Result<Self, QuestionError> {
        let given =
            |text: Option<&str>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let (side, price) = match (given(above), given(below)) {
            (Some(price), None) => (Side::Above, price),
            (None, Some(price)) => (Side::Below, price),
            (None, None) => return Err(QuestionError::NoPrice),
            (Some(_), Some(_)) => return Err(QuestionError::TwoPrices),
        };
        let price =
            parse_price(&price).ok_or_else(|| QuestionError::NotAPrice { side, given: quotable(&price) })?;
        let by = given(by).ok_or(QuestionError::NoDay)?;
        let by = by.parse().map_err(|_| QuestionError::NotADay(quotable(&by)))?;
        Ok(Self { side, price, by })
    }

    /// Answers from a forecast.
    ///
    /// # Errors
    /// When the day is not one of its sessions.
    pub fn answer(&self, forecast: &Forecast) -> Result<ChanceAnswer, QuestionError> {
        let Self { side, price, by } = *self;
        let sessions = &forecast.forecast;
        let (Some(first), Some(last)) = (sessions.first(), sessions.last()) else {
            return Err(QuestionError::NoRanges);
        };
        let index =
            sessions.iter().position(|session| session.date == by).ok_or(QuestionError::NotASession {
                by,
                sessions: sessions.len(),
                first: first.date,
                last: last.date,
            })?;
        let quantiles = sessions.iter().map(|session| &session.quantiles);
        let outlook = Outlook::of(quantiles).ok_or(QuestionError::NoRanges)?;
        let on_day = Chance::of(outlook.on_day(index, side, price));
        let at_least_once = Chance::of(outlook.at_least_once(index, side, price));
        let Stock { symbol, currency, .. } = &forecast.stock;
        let question =
            format!("{symbol} closes {side} {} on {}", asked_price(price, currency), format::day(by));
        Ok(ChanceAnswer {
            stock: forecast.stock.clone(),
            market: forecast.market,
            as_of: forecast.as_of,
            side,
            price,
            by,
            sessions: index + 1,
            words: format!("Chance that {question}: {on_day}. At least once by then: {at_least_once}."),
            on_day,
            at_least_once,
            quantiles: sessions[index].quantiles.clone(),
        })
    }
}

/// A price as it was asked for: `$920`, `$9.50`.
#[must_use]
pub fn asked_price(price: f64, currency: &str) -> String {
    let text = format::price(price, currency);
    text.strip_suffix(".00").map_or_else(|| text.clone(), str::to_owned)
}

fn parse_price(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('$').unwrap_or(text).replace(',', "");
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let price: f64 = is_plain.then(|| digits.parse().ok()).flatten()?;
    (price > 0.0 && price.is_finite()).then_some(price)
}

fn quotable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(20).collect()
}

/// A chance, as far as a forecast knows it: its quantiles end at 5% and 95%.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Chance {
    /// The chance, or the bound below or above which it is.
    #[cfg_attr(feature = "openapi", schema(minimum = 0.05, maximum = 0.95))]
    pub chance: f64,
    /// Whether it is the chance itself or a bound.
    pub bound: Bound,
    /// The chance in words: `23%`, `under 5%`, `over 95%`.
    pub words: String,
}

/// What the number of a [`Chance`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// The chance itself.
    Exact,
    /// The chance is below it.
    Below,
    /// The chance is above it.
    Above,
}

impl Chance {
    /// Keeps what can be said about a share from 0 to 1.
    #[must_use]
    pub fn of(share: f64) -> Self {
        let (low, high) = (Level::P05.probability(), Level::P95.probability());
        // A quantile's own price has its level, whatever the last digit of the arithmetic says.
        let share = (share * 1e4).round() / 1e4;
        if share < low {
            Self { chance: low, bound: Bound::Below, words: format!("under {}", format::percent(low)) }
        } else if share > high {
            Self { chance: high, bound: Bound::Above, words: format!("over {}", format::percent(high)) }
        } else {
            // Rounded as the page's script does it: halves upward.
            let words = format::percent((share * 100.0).round() / 100.0);
            Self { chance: share, bound: Bound::Exact, words }
        }
    }
}

impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// How likely a close beyond a price is: the answer of `GET /predict/chance`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChanceAnswer {
    /// The stock.
    pub stock: Stock,
    /// Whether the prices are real.
    pub market: Market,
    /// The last settled session the forecast was made from.
    pub as_of: Date,
    /// Which closes count.
    pub side: Side,
    /// The price asked about.
    pub price: f64,
    /// The session asked about.
    pub by: Date,
    /// How many sessions ahead it is, from 1.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 14))]
    pub sessions: usize,
    /// The chance that the session closes there.
    pub on_day: Chance,
    /// The chance that it or a session before it closes there.
    pub at_least_once: Chance,
    /// Both in words.
    pub words: String,
    /// The quantiles of the session, which the chance rests on.
    pub quantiles: Quantiles,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_may_be_written_as_people_do() {
        for (text, price) in [("920", 920.0), (" $1,250.50 ", 1250.5), ("0.31", 0.31)] {
            let question = Question::parse(Some(text), Some(""), Some("2024-03-28")).unwrap();
            assert_eq!((question.side, question.price), (Side::Above, price));
        }
        for text in ["0", "-5", "1e400", "inf", "NaN", "$", ".", "1.2.3", "about 900"] {
            let error = Question::parse(None, Some(text), Some("2024-03-28")).unwrap_err();
            assert_eq!(error.field(), "below", "{text}");
            assert!(error.to_string().ends_with("is not a price; expected a positive number such as 920"));
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let field = |above, below, by| Question::parse(above, below, by).unwrap_err().field();
        assert_eq!(field(None, None, Some("2024-03-28")), "above");
        assert_eq!(field(Some("920"), Some("850"), Some("2024-03-28")), "below");
        assert_eq!(field(Some("920"), None, None), "by");
        assert_eq!(field(Some("920"), None, Some("soon")), "by");
    }

    #[test]
    fn words_say_no_more_than_the_quantiles_know() {
        for (share, words, chance, bound) in [
            (0.0, "under 5%", 0.05, Bound::Below),
            (0.049_94, "under 5%", 0.05, Bound::Below),
            (0.049_999_99, "5%", 0.05, Bound::Exact),
            (0.2312, "23%", 0.2312, Bound::Exact),
            (0.950_000_01, "95%", 0.95, Bound::Exact),
            (0.96, "over 95%", 0.95, Bound::Above),
        ] {
            let known = Chance::of(share);
            assert_eq!((known.words.as_str(), known.chance, known.bound), (words, chance, bound), "{share}");
        }
    }

    #[test]
    fn a_price_is_repeated_as_it_was_asked() {
        assert_eq!(asked_price(920.0, "USD"), "$920");
        assert_eq!(asked_price(9.5, "USD"), "$9.50");
    }
}
