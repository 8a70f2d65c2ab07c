//! Forecasts as CSV, for spreadsheets and programs: the recent closes, then the coming sessions.
//!
//! Numbers, dates and codes only: nothing that needs quotes, or that a spreadsheet could take for a formula.

use std::fmt::{self, Write as _};

use crate::{Bar, Forecast, Level, Source};

/// Writes forecasts, each with the history given for it, as one table under one line of column names. Session 0 is the
/// last close, those before it count down, and the coming ones count up from 1. The columns `shown_…` have what is shown,
/// not used.
#[must_use]
pub fn csv<'a>(forecasts: impl IntoIterator<Item = (&'a Forecast, &'a [Bar])>) -> String {
    let mut table = "symbol,currency,market,as_of,session,date,close".to_owned();
    for level in Level::ALL {
        write!(table, ",q{level}").expect("a string takes all");
    }
    table.push_str(",report,shown_tweets,shown_news,shown_searches\n");
    for (forecast, history) in forecasts {
        push_rows(&mut table, forecast, history).expect("a string takes all");
    }
    table
}

fn push_rows(table: &mut String, forecast: &Forecast, history: &[Bar]) -> fmt::Result {
    let currency: String =
        forecast.stock.currency.chars().filter(char::is_ascii_alphabetic).take(8).collect();
    let stock = format!("{},{currency},{},{}", forecast.stock.symbol, forecast.market, forecast.as_of);
    for (before, bar) in (0..history.len()).rev().zip(history) {
        let sign = if before == 0 { "" } else { "-" };
        let close = rounded(bar.close);
        write!(table, "{stock},{sign}{before},{},{close}{}", bar.date, ",".repeat(Level::ALL.len() + 1))?;
        for source in [Source::Tweets, Source::News, Source::Searches] {
            table.push(',');
            let series = forecast.shown.iter().find(|series| series.source == source);
            let day = series.and_then(|series| series.days.iter().find(|day| day.date == bar.date));
            if let Some(day) = day {
                write!(table, "{}", day.value.round())?;
            }
        }
        table.push('\n');
    }
    for (session, coming) in (1..).zip(&forecast.forecast) {
        let session: usize = session;
        write!(table, "{stock},{session},{},", coming.date)?;
        for level in Level::ALL {
            table.push(',');
            if let Some(price) = coming.quantiles.get(level) {
                write!(table, "{}", rounded(price))?;
            }
        }
        let report = forecast.report.filter(|report| report.date == coming.date);
        writeln!(table, ",{},,,", report.map_or("", |report| report.basis.as_str()))?;
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
