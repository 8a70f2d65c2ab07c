//! Numbers and days in the words a reader would use.

use forecast_types::{Interval, Quantiles};
use jiff::SignedDuration;
use jiff::civil::Date;

/// A day with its weekday: `Fri 20 Nov 2026`.
pub(crate) fn day(date: Date) -> String {
    date.strftime("%a %-d %b %Y").to_string()
}

/// A day without its year: `Fri 20 Nov`.
pub(crate) fn short_day(date: Date) -> String {
    date.strftime("%a %-d %b").to_string()
}

/// A price to the cent, or finer below a dollar: `$187.20`, `$0.0421`, `187.20 EUR`.
pub(crate) fn price(amount: f64, currency: &str) -> String {
    with_currency(&grouped(amount, if amount < 1.0 { 4 } else { 2 }), currency)
}

/// A price as one would say it, coarse where the price is large: `$163`, `$9.85`, `$0.0421`.
pub(crate) fn spoken_price(amount: f64, currency: &str) -> String {
    let decimals = match amount {
        amount if amount >= 100.0 => 0,
        amount if amount >= 1.0 => 2,
        _ => 4,
    };
    with_currency(&grouped(amount, decimals), currency)
}

/// A change in per cent with its sign: `+1.3 %`, `−0.4 %`, `0.0 %`.
pub(crate) fn change(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    let sign = match tenths {
        tenths if tenths > 0.0 => "+",
        tenths if tenths < 0.0 => "−",
        _ => "",
    };
    format!("{sign}{:.1} %", tenths.abs() / 10.0)
}

/// A share in whole per cent: `80 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A number with commas between thousands: `8,316`.
pub(crate) fn count(number: u64) -> String {
    grouped_digits(&number.to_string())
}

/// A waiting time, rounded up so that waiting that long is enough: `42 seconds`, `3 minutes`, `2 hours`.
pub(crate) fn waiting_time(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..=119 => (seconds.max(1), "second"),
        120..=7199 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3600), "hour"),
    };
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

/// A span up to something, for people: `14 h`, `35 min`, `2 days`.
pub(crate) fn span(time: SignedDuration) -> String {
    let minutes = time.as_mins().max(1);
    match minutes {
        0..=89 => format!("{minutes} min"),
        90..=2880 => format!("{} h", (minutes + 30) / 60),
        _ => format!("{} days", (minutes + 720) / 1440),
    }
}

/// Says how likely the price is to be above a level, read off the quantiles by straight lines between them.
///
/// Beyond the outermost quantiles nothing is known but their own level, which is what is returned.
pub(crate) fn chance_above(quantiles: &Quantiles, price: f64) -> Option<f64> {
    let points: Vec<(f64, f64)> =
        quantiles.iter().map(|(level, value)| (level.probability(), value)).collect();
    let (first, last) = (points.first()?, points.last()?);
    if price <= first.1 {
        return Some(1.0 - first.0);
    }
    if price >= last.1 {
        return Some(1.0 - last.0);
    }
    points.windows(2).find(|pair| price <= pair[1].1).map(|pair| {
        let ((low, from), (high, to)) = (pair[0], pair[1]);
        let share = if to > from { (price - from) / (to - from) } else { 0.5 };
        1.0 - (low + share * (high - low))
    })
}

/// Says which way the price leans, if it does.
pub(crate) fn lean(chance_up: f64) -> String {
    let in_a_hundred = (chance_up * 100.0).round();
    match in_a_hundred {
        up if up > 65.0 => format!("More likely up than down: {up:.0} in 100."),
        up if up > 55.0 => format!("A little more likely up than down: {up:.0} in 100."),
        up if up >= 45.0 => "About as likely up as down.".to_owned(),
        up if up >= 35.0 => format!("A little more likely down than up: {:.0} in 100.", 100.0 - up),
        up => format!("More likely down than up: {:.0} in 100.", 100.0 - up),
    }
}

/// The prices at two levels as one would say them; finer where they would sound the same.
pub(crate) fn spoken_range(
    quantiles: &Quantiles,
    interval: Interval,
    currency: &str,
) -> Option<(String, String)> {
    let (low, high) = interval.prices(quantiles)?;
    let spoken = (spoken_price(low, currency), spoken_price(high, currency));
    Some(if spoken.0 == spoken.1 { (price(low, currency), price(high, currency)) } else { spoken })
}

/// The name of a stock as people say it: what kind of share it is falls away, its class stays.
pub(crate) fn short_name(name: &str) -> &str {
    const ENDINGS: [&str; 8] = [
        " Common Stock",
        " Common Shares",
        " Ordinary Shares",
        " Ordinary Share",
        " Capital Stock",
        " Common Units",
        " Shares",
        " (DE)",
    ];
    let short = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name).trim();
    if short.is_empty() { name } else { short }
}

fn with_currency(amount: &str, currency: &str) -> String {
    if currency == "USD" { format!("${amount}") } else { format!("{amount} {currency}") }
}

fn grouped(amount: f64, decimals: usize) -> String {
    let text = format!("{amount:.decimals$}");
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", grouped_digits(whole)),
        None => grouped_digits(&text),
    }
}

fn grouped_digits(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use forecast_types::Level;
    use jiff::civil::date;

    use super::*;

    fn quantiles() -> Quantiles {
        Level::ALL.into_iter().zip([90.0, 92.0, 96.0, 100.0, 104.0, 108.0, 110.0]).collect()
    }

    #[test]
    fn prices_are_as_fine_as_they_need_to_be() {
        assert_eq!(price(187.2, "USD"), "$187.20");
        assert_eq!(price(612_345.678, "USD"), "$612,345.68");
        assert_eq!(price(0.04213, "USD"), "$0.0421");
        assert_eq!(price(1_000.0, "EUR"), "1,000.00 EUR");
        assert_eq!(spoken_price(163.4, "USD"), "$163");
        assert_eq!(spoken_price(9.854, "USD"), "$9.85");
        assert_eq!(spoken_price(999.6, "USD"), "$1,000");
    }

    #[test]
    fn a_change_has_one_sign_and_nought_has_none() {
        assert_eq!(change(0.0126), "+1.3 %");
        assert_eq!(change(-0.004), "−0.4 %");
        assert_eq!(change(-0.0001), "0.0 %");
    }

    #[test]
    fn days_and_waiting_times_read_well() {
        assert_eq!(day(date(2026, 11, 20)), "Fri 20 Nov 2026");
        assert_eq!(waiting_time(0), "1 second");
        assert_eq!(waiting_time(90), "90 seconds");
        assert_eq!(waiting_time(121), "3 minutes");
        assert_eq!(waiting_time(7200), "2 hours");
        assert_eq!(count(8316), "8,316");
        assert_eq!(span(SignedDuration::from_mins(14 * 60 - 10)), "14 h");
    }

    #[test]
    fn the_chance_is_read_between_the_quantiles_and_never_beyond_them() {
        let near = |price: f64, expected: f64| {
            let chance = chance_above(&quantiles(), price).unwrap();
            assert!((chance - expected).abs() < 1e-9, "{price}: {chance}");
        };
        near(100.0, 0.5);
        near(98.0, 0.625);
        near(1.0, 0.95);
        near(1_000.0, 0.05);
        assert_eq!(chance_above(&Quantiles::default(), 1.0), None);
    }

    #[test]
    fn small_leans_are_not_talked_up() {
        assert_eq!(lean(0.5), "About as likely up as down.");
        assert_eq!(lean(0.552), "About as likely up as down.");
        assert_eq!(lean(0.57), "A little more likely up than down: 57 in 100.");
        assert_eq!(lean(0.3), "More likely down than up: 70 in 100.");
    }

    #[test]
    fn a_name_loses_its_legal_tail_and_keeps_its_class() {
        assert_eq!(short_name("Apple Inc. Common Stock"), "Apple Inc.");
        assert_eq!(short_name("Alphabet Inc. Class A Common Stock"), "Alphabet Inc. Class A");
        assert_eq!(short_name("Berkshire Hathaway Inc. Class B"), "Berkshire Hathaway Inc. Class B");
        assert_eq!(short_name(" Common Stock"), " Common Stock");
    }

    #[test]
    fn a_range_never_sounds_like_a_point() {
        let narrow: Quantiles = [(Level::P10, 163.1), (Level::P90, 163.4)].into_iter().collect();
        let said = spoken_range(&narrow, Interval::P80, "USD").unwrap();
        assert_eq!(said, ("$163.10".to_owned(), "$163.40".to_owned()));
    }
}
