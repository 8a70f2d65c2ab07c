//! Numbers and dates as people read them, in US English: the page and the chart spell the same value the same way.
//!
//! ```
//! use forecast_types::format;
//!
//! assert_eq!(format::price(1_234.5, "USD"), "$1,234.50");
//! assert_eq!(format::price(0.000_312, "USD"), "$0.000312");
//! assert_eq!(format::price(1_234.5, "EUR"), "€1,234.50");
//! assert_eq!(format::signed_percent(-0.004), "−0.4%");
//! ```
//!
//! Negative numbers carry a true minus sign (U+2212), and nothing that rounds to zero is negative.

use jiff::civil::Date;

/// Most decimals of a price: three digits that count for the smallest price that is accepted, 1e-8.
const MOST_DECIMALS: i32 = 10;
/// Decimals of a price below one dollar. Source: SEC Rule 612, which lets such stocks be quoted in 1/100 of a cent.
const DECIMALS_BELOW_ONE: i32 = 4;
const MINUS: &str = "−";

/// A price: cents, none from 100,000 on, and below one dollar four decimals or three digits that count, whichever is
/// finer: `$153.38`, `$712,346`, `$0.5210`, `$0.000312`. Currencies without cents have none from 100 on: `¥2,548`.
#[must_use]
pub fn price(amount: f64, currency: &str) -> String {
    let whole_from = if has_cents(currency) { 100_000.0 } else { 100.0 };
    sized_price(amount, currency, whole_from)
}

/// A price as one would say it, without cents from 100 on: `$163`, `$9.85`, `$0.0421`.
#[must_use]
pub fn round_price(amount: f64, currency: &str) -> String {
    sized_price(amount, currency, 100.0)
}

/// A price with a given number of decimals, for values that stand in one column or on one axis: `$1,234.50`.
#[must_use]
pub fn fixed_price(amount: f64, currency: &str, decimals: usize) -> String {
    with_symbol(amount, currency, &grouped(amount, decimals))
}

/// A payment such as a dividend: cents, and up to two more decimals where they are not zero: `$0.51`, `$0.5125`.
#[must_use]
pub fn payment(amount: f64, currency: &str) -> String {
    let decimals = decimals(amount.abs(), f64::INFINITY).max(DECIMALS_BELOW_ONE);
    with_symbol(amount, currency, without_zeros(&grouped(amount, decimals as usize), 2))
}

/// A share in whole percent: `80%`.
#[must_use]
pub fn percent(share: f64) -> String {
    percent_with(share, 0)
}

/// A share in percent with a given number of decimals: `79.6%`.
#[must_use]
pub fn percent_with(share: f64, decimals: usize) -> String {
    let digits = grouped(share * 100.0, decimals);
    format!("{}{digits}%", sign(share, &digits, ""))
}

/// A change in percent with its sign: `+1.3%`, `−0.4%`, `0.0%`.
#[must_use]
pub fn signed_percent(share: f64) -> String {
    let digits = grouped(share * 100.0, 1);
    format!("{}{digits}%", sign(share, &digits, "+"))
}

/// The share an interval is meant to hold, with one decimal only where it has one: `80%`, `97.5%`.
#[must_use]
pub fn level(share: f64) -> String {
    let digits = grouped(share * 100.0, 1);
    format!("{}%", without_zeros(&digits, 0))
}

/// A number with commas between thousands: `8,316`.
#[must_use]
pub fn count(number: u64) -> String {
    with_commas(&number.to_string())
}

/// A day without its year: `Mar 20`.
#[must_use]
pub fn month_day(date: Date) -> String {
    date.strftime("%b %-d").to_string()
}

/// A day with its weekday: `Wed, Mar 20`.
#[must_use]
pub fn day(date: Date) -> String {
    date.strftime("%a, %b %-d").to_string()
}

/// A day with weekday and year: `Wed, Mar 20, 2024`.
#[must_use]
pub fn full_day(date: Date) -> String {
    date.strftime("%a, %b %-d, %Y").to_string()
}

fn sized_price(amount: f64, currency: &str, whole_from: f64) -> String {
    let size = amount.abs();
    // Rounding may carry a price over a limit: 99.996 is $100, not $100.00.
    let scale = 10f64.powi(decimals(size, whole_from));
    let decimals = decimals((size * scale).round() / scale, whole_from);
    let digits = grouped(amount, decimals as usize);
    with_symbol(amount, currency, without_zeros(&digits, decimals.min(DECIMALS_BELOW_ONE) as usize))
}

fn decimals(size: f64, whole_from: f64) -> i32 {
    if size >= whole_from {
        0
    } else if size >= 1.0 || size < 10f64.powi(-MOST_DECIMALS) {
        2
    } else {
        let three_digits = 2 - size.log10().floor() as i32;
        three_digits.clamp(DECIMALS_BELOW_ONE, MOST_DECIMALS)
    }
}

/// Writes the symbol that American readers know, without a space; a currency without one is written as its code and a
/// no-break space. Source: the narrowest unambiguous symbols of Unicode CLDR, locale `en`.
fn with_symbol(amount: f64, currency: &str, digits: &str) -> String {
    let symbol = match currency {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" => "¥",
        "CNY" => "CN¥",
        "INR" => "₹",
        "KRW" => "₩",
        "CAD" => "CA$",
        "AUD" => "A$",
        "HKD" => "HK$",
        code => return format!("{}{code}\u{a0}{digits}", sign(amount, digits, "")),
    };
    format!("{}{symbol}{digits}", sign(amount, digits, ""))
}

fn has_cents(currency: &str) -> bool {
    !matches!(currency, "JPY" | "KRW")
}

/// Returns the sign of a number whose digits are given; digits that are all zero have none.
fn sign<'a>(number: f64, digits: &str, plus: &'a str) -> &'a str {
    let is_zero = digits.bytes().all(|digit| !(b'1'..=b'9').contains(&digit));
    match number {
        _ if is_zero => "",
        number if number < 0.0 => MINUS,
        _ => plus,
    }
}

/// Writes the digits of a number without its sign, with commas between thousands.
fn grouped(number: f64, decimals: usize) -> String {
    let plain = format!("{:.decimals$}", number.abs());
    let (whole, fraction) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    with_commas(whole) + fraction
}

fn with_commas(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Drops zeros at the end of a fraction, but keeps `least` decimals.
fn without_zeros(digits: &str, least: usize) -> &str {
    let Some(point) = digits.find('.') else { return digits };
    let kept = if least == 0 { point } else { point + 1 + least };
    let shortest = digits.trim_end_matches('0').trim_end_matches('.').len().max(kept);
    &digits[..shortest.min(digits.len())]
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_price_has_the_digits_that_count() {
        for (amount, currency, written) in [
            (187.2, "USD", "$187.20"),
            (153.379, "USD", "$153.38"),
            (1.0, "USD", "$1.00"),
            (0.999_96, "USD", "$1.00"),
            (0.5, "USD", "$0.5000"),
            (0.042_13, "USD", "$0.0421"),
            (0.000_312, "USD", "$0.000312"),
            (0.000_04, "USD", "$0.00004"),
            (0.000_000_01, "USD", "$0.00000001"),
            (9_999.5, "USD", "$9,999.50"),
            (99_999.996, "USD", "$100,000"),
            (712_345.6, "USD", "$712,346"),
            (0.0, "USD", "$0.00"),
            (-0.0, "USD", "$0.00"),
            (-1.5, "USD", "−$1.50"),
            (1_000.0, "EUR", "€1,000.00"),
            (2_548.4, "JPY", "¥2,548"),
            (84.5, "JPY", "¥84.50"),
            (12.3, "CHF", "CHF\u{a0}12.30"),
            (-12.3, "CHF", "−CHF\u{a0}12.30"),
        ] {
            assert_eq!(price(amount, currency), written, "{amount} {currency}");
        }
    }

    #[test]
    fn a_spoken_price_is_coarse_where_it_is_large() {
        for (amount, written) in
            [(163.4, "$163"), (99.996, "$100"), (9.854, "$9.85"), (999.6, "$1,000"), (0.000_312, "$0.000312")]
        {
            assert_eq!(round_price(amount, "USD"), written, "{amount}");
        }
    }

    #[test]
    fn a_payment_has_cents_and_only_the_further_digits_that_say_something() {
        for (amount, written) in [
            (0.51, "$0.51"),
            (0.5125, "$0.5125"),
            (1.0, "$1.00"),
            (1.0925, "$1.0925"),
            (0.0312, "$0.0312"),
            (0.000_312, "$0.000312"),
            (1_250.0, "$1,250.00"),
        ] {
            assert_eq!(payment(amount, "USD"), written, "{amount}");
        }
    }

    #[test]
    fn percentages_have_no_space_and_one_sign_at_most() {
        assert_eq!(percent(0.8), "80%");
        assert_eq!(percent(-0.001), "0%");
        assert_eq!(percent_with(0.7963, 1), "79.6%");
        assert_eq!(percent_with(12.345, 0), "1,234%");
        assert_eq!(signed_percent(0.0126), "+1.3%");
        assert_eq!(signed_percent(-0.004), "−0.4%");
        assert_eq!(signed_percent(-0.0001), "0.0%");
        assert_eq!(level(0.8), "80%");
        assert_eq!(level(0.975), "97.5%");
        assert_eq!(level(0.1), "10%");
    }

    #[test]
    fn counts_and_days_read_as_in_print() {
        assert_eq!(count(8_316), "8,316");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        let wednesday = date(2024, 3, 20);
        assert_eq!(month_day(wednesday), "Mar 20");
        assert_eq!(day(wednesday), "Wed, Mar 20");
        assert_eq!(full_day(wednesday), "Wed, Mar 20, 2024");
    }

    /// Reads a price of US dollars back.
    fn parsed(text: &str) -> f64 {
        text.replace(['$', ','], "").replace(MINUS, "-").parse().unwrap()
    }

    fn amounts() -> impl Strategy<Value = f64> {
        (-8.0..12.0f64, any::<bool>()).prop_map(|(exponent, negative)| {
            let size = 10f64.powf(exponent);
            if negative { -size } else { size }
        })
    }

    proptest! {
        #[test]
        fn a_price_reads_back_within_its_rounding(amount in amounts()) {
            let error = (parsed(&price(amount, "USD")) - amount).abs();
            // Three digits count at least: half of the last one is at most half a percent.
            prop_assert!(error <= amount.abs() * 0.005 * (1.0 + 1e-9), "{amount}: {}", price(amount, "USD"));
            let cents = amount.abs() >= 100_000.0 || error <= 0.005 + 1e-9;
            prop_assert!(cents, "{amount}: {}", price(amount, "USD"));
        }

        #[test]
        fn a_higher_price_never_reads_lower(a in amounts(), step in 1.0..1.05f64) {
            let (low, high) = if a < 0.0 { (a * step, a) } else { (a, a * step) };
            for write in [price, round_price, payment] {
                prop_assert!(parsed(&write(low, "USD")) <= parsed(&write(high, "USD")), "{low} {high}");
            }
        }

        #[test]
        fn nothing_is_minus_zero(amount in -1.0..1.0f64, scale in 0..12i32, decimals in 0usize..5) {
            let amount = amount * 10f64.powi(-scale);
            for written in [
                price(amount, "USD"),
                round_price(amount, "CHF"),
                payment(amount, "USD"),
                fixed_price(amount, "USD", decimals),
                percent(amount),
                percent_with(amount, decimals),
                signed_percent(amount),
            ] {
                prop_assert!(!written.contains('-'), "a hyphen in {written}");
                let is_signed = written.contains(['−', '+']);
                prop_assert!(!is_signed || written.contains(|c| ('1'..='9').contains(&c)), "{written}");
            }
        }
    }
}
