//! Forecasts as CSV: one row for each coming session, for spreadsheets and programs.
//!
//! Numbers, dates and codes only: nothing that needs quotes, or that a spreadsheet could take for a formula.

use std::fmt::Write as _;

use crate::{Forecast, Level};

/// Writes forecasts as one table under one line of column names.
#[must_use]
pub fn csv<'a>(forecasts: impl IntoIterator<Item = &'a Forecast>) -> String {
    let mut table = "symbol,currency,market,as_of,session,date".to_owned();
    for level in Level::ALL {
        write!(table, ",q{level}").expect("a string takes all");
    }
    table.push('\n');
    for forecast in forecasts {
        push_rows(&mut table, forecast).expect("a string takes all");
    }
    table
}

fn push_rows(table: &mut String, forecast: &Forecast) -> std::fmt::Result {
    let currency: String =
        forecast.stock.currency.chars().filter(char::is_ascii_alphabetic).take(8).collect();
    for (index, session) in forecast.forecast.iter().enumerate() {
        let (symbol, market, as_of) = (&forecast.stock.symbol, forecast.market, forecast.as_of);
        write!(table, "{symbol},{currency},{market},{as_of},{},{}", index + 1, session.date)?;
        for level in Level::ALL {
            match session.quantiles.get(level) {
                Some(price) => write!(table, ",{:?}", rounded(price))?,
                None => table.push(','),
            }
        }
        table.push('\n');
    }
    Ok(())
}

/// Rounds a price to six digits that count: finer than any forecast, and no tail of binary fractions.
#[must_use]
pub fn rounded(price: f64) -> f64 {
    let digits = (5 - price.abs().log10().floor() as i32).clamp(2, 12);
    let scale = 10f64.powi(digits);
    (price * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_in_the_table_have_the_digits_that_count() {
        assert_eq!(rounded(187.123_456_789), 187.123);
        assert_eq!(rounded(612_345.678_9), 612_345.68);
        assert_eq!(rounded(0.000_312_345_678), 0.000_312_346);
    }
}
