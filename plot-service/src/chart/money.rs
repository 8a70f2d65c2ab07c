//! Prices as people write them: the currency's sign, thousands set apart, as many decimals as say something.

/// Writes prices in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Money {
    sign: String,
}

impl Money {
    /// Takes an ISO 4217 code. A currency without a well-known sign is written as its code and a narrow space.
    pub(crate) fn of(code: &str) -> Self {
        let sign = match code {
            "USD" => "$",
            "EUR" => "€",
            "GBP" => "£",
            "JPY" | "CNY" => "¥",
            "INR" => "₹",
            "KRW" => "₩",
            "CAD" => "C$",
            "AUD" => "A$",
            "HKD" => "HK$",
            _ => return Self { sign: format!("{code}\u{a0}") },
        };
        Self { sign: sign.to_owned() }
    }

    /// Writes an amount with a fixed number of decimals: `$1,234.50`.
    pub(crate) fn write(&self, amount: f64, decimals: usize) -> String {
        format!("{}{}", self.sign, with_thousands(amount, decimals))
    }

    /// Writes a single price the way a quotation does: cents, more below a dollar, none from 100,000 on.
    pub(crate) fn quote(&self, price: f64) -> String {
        self.write(price, quote_decimals(price))
    }

    /// Writes an amount such as a dividend: cents, and further digits only where they are not zero.
    pub(crate) fn amount(&self, amount: f64) -> String {
        let text = self.write(amount, quote_decimals(amount).max(2));
        let cents = text.rfind('.').map_or(text.len(), |point| point + 3);
        let shortest = text.trim_end_matches('0').len().max(cents);
        text[..shortest].to_owned()
    }

    /// Writes an axis value; `short` turns whole thousands from 100,000 on into `$700k`.
    pub(crate) fn tick(&self, value: f64, decimals: usize, short: bool) -> String {
        if short && value >= 100_000.0 && value % 1_000.0 == 0.0 {
            return format!("{}{}k", self.sign, with_thousands(value / 1_000.0, 0));
        }
        self.write(value, decimals)
    }
}

/// Returns the decimals in which values `step` apart are told apart. One decimal becomes two: money has cents.
pub(crate) fn decimals_of_step(step: f64) -> usize {
    let decimals = (0..=8).find(|&n| {
        let scaled = step * 10f64.powi(n);
        (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1.0)
    });
    money_decimals(decimals.unwrap_or(8) as usize)
}

/// Returns the decimals worth printing for prices around `middle` that spread over `range`: about a sixtieth of the
/// range, and never fewer than three digits of a price.
pub(crate) fn decimals_of_range(range: f64, middle: f64) -> usize {
    let of_range = -(range.max(f64::MIN_POSITIVE) / 60.0).log10();
    let of_price = 2.0 - middle.max(1e-8).log10().floor();
    money_decimals(of_range.round().max(of_price).clamp(0.0, 8.0) as usize)
}

fn money_decimals(decimals: usize) -> usize {
    if decimals == 1 { 2 } else { decimals }
}

fn quote_decimals(price: f64) -> usize {
    if price >= 100_000.0 {
        0
    } else if price >= 1.0 {
        2
    } else {
        // Three digits that count: 0.0312, 0.000312.
        (2 - price.log10().floor() as i32).clamp(2, 8) as usize
    }
}

fn with_thousands(amount: f64, decimals: usize) -> String {
    let plain = format!("{amount:.decimals$}");
    let (whole, fraction) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut text = String::with_capacity(plain.len() + 4);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

/// Writes a count with its thousands set apart: `2,548`.
pub(crate) fn count(n: u64) -> String {
    with_thousands(n as f64, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_carry_the_digits_that_count() {
        let usd = Money::of("USD");
        for (price, written) in [
            (153.379, "$153.38"),
            (1.0, "$1.00"),
            (0.0312, "$0.0312"),
            (0.000_312, "$0.000312"),
            (9_999.5, "$9,999.50"),
            (712_345.6, "$712,346"),
        ] {
            assert_eq!(usd.quote(price), written);
        }
        assert_eq!(Money::of("CHF").quote(12.3), "CHF\u{a0}12.30");
        for (dividend, written) in [(0.51, "$0.51"), (0.5125, "$0.512"), (1.0, "$1.00"), (0.0312, "$0.0312")]
        {
            assert_eq!(usd.amount(dividend), written);
        }
    }

    #[test]
    fn ticks_show_what_their_step_needs() {
        let usd = Money::of("USD");
        for (value, step, short, written) in [
            (180.0, 10.0, false, "$180"),
            (2.5, 0.5, false, "$2.50"),
            (0.25, 0.25, false, "$0.25"),
            (0.000_35, 0.000_05, false, "$0.00035"),
            (700_000.0, 50_000.0, false, "$700,000"),
            (700_000.0, 50_000.0, true, "$700k"),
            (712_500.0, 12_500.0, true, "$712,500"),
        ] {
            assert_eq!(usd.tick(value, decimals_of_step(step), short), written);
        }
    }

    #[test]
    fn a_wide_range_is_labelled_in_dollars_and_a_narrow_one_in_cents() {
        assert_eq!(decimals_of_range(36.0, 140.0), 0);
        assert_eq!(decimals_of_range(6.0, 140.0), 2);
        assert_eq!(decimals_of_range(20.0, 16.0), 2);
        assert_eq!(decimals_of_range(0.000_1, 0.000_3), 6);
        assert_eq!(decimals_of_range(90_000.0, 700_000.0), 0);
    }
}
