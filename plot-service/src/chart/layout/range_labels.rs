//! The labels at the end of the forecast: one bracket and one label for each range.

use forecast_types::format;

use crate::chart::layout::label_column;
use crate::chart::layout::price_axis::{PriceAxis, money_decimals};
use crate::chart::layout::rect::Rect;
use crate::chart::layout::sizes::{Sizes, between};
use crate::chart::request::{Chart, Fan};
use crate::chart::text::lines::width;
use crate::chart::text::typeface::Face;

/// A range on the last day of the forecast.
#[derive(Clone, Debug)]
pub(crate) struct RangeLabel {
    /// `$768–$968`.
    pub(crate) prices: String,
    /// `80% range`.
    pub(crate) meaning: String,
    /// The range that matters most is set larger.
    pub(crate) is_main: bool,
    /// The place of its bracket.
    pub(crate) bracket: f64,
    /// The bracket's ends.
    pub(crate) high_y: f64,
    pub(crate) low_y: f64,
    /// Where on the bracket the label belongs.
    pub(crate) value_y: f64,
    /// The middle of the label.
    pub(crate) y: f64,
}

/// The labels from the widest range to the narrowest, with their place from the right edge.
#[derive(Clone, Debug)]
pub(crate) struct RangeLabels {
    pub(crate) labels: Vec<RangeLabel>,
    /// Where the labels start.
    pub(crate) left: f64,
    /// Where the panel must end.
    pub(crate) panel_right: f64,
}

impl RangeLabels {
    /// Sets the labels beside a panel from `top` to `bottom`; `reach` is where the column may start and end.
    pub(crate) fn set(
        chart: &Chart,
        sizes: &Sizes,
        axis: &PriceAxis,
        (top, bottom): (f64, f64),
        reach: (f64, f64),
    ) -> Self {
        let most = ((reach.1 - reach.0) / height(sizes, false) - 0.2).floor().max(1.0) as usize;
        let chosen = most_telling(&chart.forecast, most);
        let main = chart.forecast.main();
        let last = chart.forecast.dates.len() - 1;
        let y_of = |price: f64| bottom - (price - axis.low) / (axis.high - axis.low) * (bottom - top);
        let decimals = decimals(axis.high - axis.low, chart.last_close().1);

        let mut labels: Vec<RangeLabel> = Vec::new();
        for (place, &band) in chosen.iter().enumerate() {
            let range = &chart.forecast.bands[band];
            let (low, high) = (range.low[last], range.high[last]);
            // A label belongs to the part of its bracket that no narrower one runs beside.
            let inner = chosen.get(place + 1).map(|&inner| chart.forecast.bands[inner].high[last]);
            labels.push(RangeLabel {
                prices: prices((low, high), chart, decimals, sizes.compact),
                meaning: format!("{} range", format::level(range.share)),
                is_main: band == main,
                bracket: 0.0,
                high_y: y_of(high),
                low_y: y_of(low),
                value_y: y_of(f64::midpoint(high, inner.unwrap_or(low))),
                y: 0.0,
            });
        }
        let wanted: Vec<f64> = labels.iter().map(|label| label.value_y).collect();
        let heights: Vec<f64> = labels.iter().map(|label| height(sizes, label.is_main)).collect();
        for (label, y) in labels.iter_mut().zip(label_column::place(&wanted, &heights, reach.0, reach.1)) {
            label.y = y;
        }

        let widest = labels.iter().map(|label| label.width(sizes)).fold(0.0, f64::max);
        let left = f64::from(chart.width) - sizes.margin - widest;
        let gap = between(f64::from(chart.width), 4.0, 8.0);
        let panel_right = left - gap * (labels.len() + 2) as f64;
        // The widest range's bracket is closest to the panel, so no label's line crosses another bracket.
        for (place, label) in labels.iter_mut().enumerate() {
            label.bracket = panel_right + gap * (place + 1) as f64;
        }
        Self { labels, left, panel_right }
    }

    /// The room of a label.
    pub(crate) fn room(&self, label: &RangeLabel, sizes: &Sizes) -> Rect {
        let half = height(sizes, label.is_main) / 2.0;
        Rect {
            left: self.left,
            top: label.y - half,
            right: self.left + label.width(sizes),
            bottom: label.y + half,
        }
    }
}

impl RangeLabel {
    pub(crate) fn face(&self) -> Face {
        if self.is_main { Face::FIGURE } else { Face::REGULAR }
    }

    pub(crate) fn size(&self, sizes: &Sizes) -> f64 {
        if self.is_main { sizes.figure } else { sizes.label }
    }

    fn width(&self, sizes: &Sizes) -> f64 {
        let prices = width(&self.prices, self.face(), self.size(sizes));
        prices.max(width(&self.meaning, Face::PROSE, sizes.caption))
    }
}

/// Chooses the ranges that get a label where there is room for `most`: the main one, then the widest.
fn most_telling(fan: &Fan, most: usize) -> Vec<usize> {
    let main = fan.main();
    let mut order: Vec<usize> = (0..fan.bands.len()).filter(|&band| band != main).collect();
    order.insert(0, main);
    order.truncate(most);
    order.sort_unstable();
    order
}

fn height(sizes: &Sizes, is_main: bool) -> f64 {
    (if is_main { sizes.figure } else { sizes.label }) * 1.25 + sizes.caption * 1.6
}

fn prices((low, high): (f64, f64), chart: &Chart, decimals: usize, short: bool) -> String {
    let write = |price: f64| match price {
        _ if short && price >= 100_000.0 => format::fixed_price(price / 1_000.0, &chart.currency, 0) + "K",
        _ => format::fixed_price(price, &chart.currency, decimals),
    };
    format!("{}–{}", write(low), write(high))
}

/// Returns the decimals worth printing for prices around `middle` that spread over `range`: about a sixtieth of the
/// range, and never fewer than three digits of a price.
pub(crate) fn decimals(range: f64, middle: f64) -> usize {
    let of_range = -(range.max(f64::MIN_POSITIVE) / 60.0).log10();
    let of_price = 2.0 - middle.max(1e-8).log10().floor();
    money_decimals(of_range.round().max(of_price).clamp(0.0, 8.0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_range_is_labeled_in_dollars_and_a_narrow_one_in_cents() {
        assert_eq!(decimals(36.0, 140.0), 0);
        assert_eq!(decimals(6.0, 140.0), 2);
        assert_eq!(decimals(20.0, 16.0), 2);
        assert_eq!(decimals(0.000_1, 0.000_3), 6);
        assert_eq!(decimals(90_000.0, 700_000.0), 0);
    }
}
