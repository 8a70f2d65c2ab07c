use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A quantile level strictly between 0 and 1, kept as whole thousandths so that it compares exactly.
///
/// On the wire it is the decimal text a person writes: `"0.05"`, `"0.5"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Level(u16);

/// Says that a text is not a quantile level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a quantile level; expected a number between 0.001 and 0.999 such as 0.05")]
pub struct LevelError(String);

impl Level {
    /// The 5 % level, lower edge of the 90 % interval.
    pub const P05: Self = Self(50);
    /// The 10 % level, lower edge of the 80 % interval.
    pub const P10: Self = Self(100);
    /// The 25 % level, lower edge of the 50 % interval.
    pub const P25: Self = Self(250);
    /// The median.
    pub const MEDIAN: Self = Self(500);
    /// The 75 % level, upper edge of the 50 % interval.
    pub const P75: Self = Self(750);
    /// The 90 % level, upper edge of the 80 % interval.
    pub const P90: Self = Self(900);
    /// The 95 % level, upper edge of the 90 % interval.
    pub const P95: Self = Self(950);

    /// The seven levels of every Fortnight forecast, ascending.
    pub const ALL: [Self; 7] =
        [Self::P05, Self::P10, Self::P25, Self::MEDIAN, Self::P75, Self::P90, Self::P95];

    /// Returns the level as a probability.
    #[must_use]
    pub fn probability(self) -> f64 {
        f64::from(self.0) / 1000.0
    }

    /// Reads a level from text such as `0.05`.
    ///
    /// # Errors
    /// When the text is not a number in 0.001..=0.999, or has more than three decimals.
    pub fn parse(text: &str) -> Result<Self, LevelError> {
        let error = || LevelError(text.chars().take(16).collect());
        let thousandths = text.parse::<f64>().map_err(|_| error())? * 1000.0;
        let whole = thousandths.round();
        let fits = (1.0..=999.0).contains(&whole) && (thousandths - whole).abs() < 1e-6;
        if fits { Ok(Self(whole as u16)) } else { Err(error()) }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // f64 prints the shortest text that reads back, so 0.05 stays "0.05".
        write!(f, "{}", self.probability())
    }
}

impl TryFrom<String> for Level {
    type Error = LevelError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Level> for String {
    fn from(level: Level) -> Self {
        level.to_string()
    }
}

/// Prices by quantile level, for example the close of one session: `{"0.05": 171.2, …, "0.95": 203.9}`.
///
/// Whether they are finite and in order is checked where they are received from outside ([`Quantiles::check`]).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quantiles(BTreeMap<Level, f64>);

impl Quantiles {
    /// Returns the price at a level, if it is there.
    #[must_use]
    pub fn get(&self, level: Level) -> Option<f64> {
        self.0.get(&level).copied()
    }

    /// Returns the median price, if it is there.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        self.get(Level::MEDIAN)
    }

    /// Iterates over levels and prices, lowest level first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Level, f64)> + '_ {
        self.0.iter().map(|(&level, &price)| (level, price))
    }

    /// Says what is wrong with these quantiles: none at all, a price that is not a positive number, a crossing.
    ///
    /// # Errors
    /// With a sentence that names the level and the values.
    pub fn check(&self) -> Result<(), String> {
        if self.0.is_empty() {
            return Err("there is no quantile".to_owned());
        }
        let mut below: Option<(Level, f64)> = None;
        for (level, price) in self.iter() {
            if !price.is_finite() || price <= 0.0 {
                return Err(format!("quantile {level} is {price}, expected a positive number"));
            }
            if let Some((lower, least)) = below.filter(|&(_, least)| price < least) {
                return Err(format!("quantile {level} is {price}, below quantile {lower} at {least}"));
            }
            below = Some((level, price));
        }
        Ok(())
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Quantiles {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
        let object = ObjectBuilder::new().description(Some("Prices by quantile level; they never cross."));
        let with_level = |object: ObjectBuilder, level: Level| {
            object.property(level.to_string(), Object::with_type(Type::Number)).required(level.to_string())
        };
        Level::ALL.into_iter().fold(object, with_level).into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Quantiles {}

impl FromIterator<(Level, f64)> for Quantiles {
    fn from_iter<I: IntoIterator<Item = (Level, f64)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_written_as_people_write_them() {
        let written: Vec<String> = Level::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(written, ["0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95"]);
        for (text, level) in written.iter().zip(Level::ALL) {
            assert_eq!(Level::parse(text), Ok(level));
        }
        assert_eq!(Level::parse("0.10"), Ok(Level::P10));
    }

    #[test]
    fn what_is_no_level_is_refused() {
        for text in ["0", "1", "-0.1", "NaN", "inf", "0.12345", "", "a"] {
            assert!(Level::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn quantiles_are_a_json_object_keyed_by_level() {
        let quantiles: Quantiles = [(Level::MEDIAN, 10.0), (Level::P05, 9.0)].into_iter().collect();

        let json = serde_json::to_string(&quantiles).unwrap();

        assert_eq!(json, r#"{"0.05":9.0,"0.5":10.0}"#);
        assert_eq!(serde_json::from_str::<Quantiles>(&json).unwrap(), quantiles);
    }

    #[test]
    fn a_crossing_is_named() {
        let quantiles: Quantiles = [(Level::P05, 11.0), (Level::MEDIAN, 10.0)].into_iter().collect();
        assert_eq!(quantiles.check().unwrap_err(), "quantile 0.5 is 10, below quantile 0.05 at 11");
    }
}
