//! Where everything stands, in CSS pixels: composed for the canvas at hand, not shrunk to it.

pub(crate) mod curve;
pub(crate) mod date_axis;
mod label_column;
mod price_axis;
pub(crate) mod view;

use forecast_types::{Market, format};

use crate::chart::layout::price_axis::{PriceAxis, money_decimals};
use crate::chart::request::Chart;
use crate::chart::text::lines::width;
use crate::chart::text::typeface::{CAP_HEIGHT, Face};
use crate::chart::text::wrap::wrap;
use crate::chart::{captions, layout::view::View};

/// Below this width the tag stands above the title and dates lose their weekday.
const COMPACT_BELOW: f64 = 620.0;

/// Sizes of type in CSS pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) title: f64,
    pub(crate) subtitle: f64,
    pub(crate) axis: f64,
    pub(crate) label: f64,
    pub(crate) median: f64,
    pub(crate) caption: f64,
    pub(crate) footer: f64,
    /// Width of the history's line; other strokes follow it.
    pub(crate) line: f64,
}

/// An upright rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Rect {
    pub(crate) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// The same with a margin around it.
    pub(crate) fn grown(&self, by: f64) -> Self {
        Self { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

/// A line of text and its baseline.
#[derive(Clone, Debug)]
pub(crate) struct TextLine {
    pub(crate) text: String,
    pub(crate) baseline: f64,
}

/// A label at the end of the bands.
#[derive(Clone, Debug)]
pub(crate) struct EndLabel {
    pub(crate) price: String,
    /// `80%`, or `median`.
    pub(crate) meaning: String,
    pub(crate) is_median: bool,
    /// Where its value lies.
    pub(crate) value_y: f64,
    /// Where it stands.
    pub(crate) y: f64,
}

/// The whole composition.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) sizes: Sizes,
    pub(crate) compact: bool,
    pub(crate) margin: f64,
    pub(crate) title: Vec<TextLine>,
    pub(crate) subtitle: Vec<TextLine>,
    pub(crate) footer: Vec<TextLine>,
    pub(crate) tag: Option<(Rect, &'static str)>,
    /// Where data is drawn.
    pub(crate) panel: Rect,
    /// Room above the panel for "last 30 sessions | forecast".
    pub(crate) strip: f64,
    /// Middle of the row of split and dividend marks, where there is one.
    pub(crate) event_row: Option<f64>,
    /// Baseline of the date labels.
    pub(crate) dates_baseline: f64,
    pub(crate) axis: PriceAxis,
    /// Price and label of each grid line.
    pub(crate) price_ticks: Vec<(f64, String)>,
    pub(crate) end_labels: Vec<EndLabel>,
    /// Left edges of the two columns of end labels.
    pub(crate) columns: (f64, f64),
}

impl Layout {
    pub(crate) fn of(chart: &Chart, view: &View) -> Self {
        let (canvas_width, canvas_height) = (f64::from(chart.width), f64::from(chart.height));
        // The words give way to the data on a low canvas: fewer lines of subtitle and footer, then of title.
        let allowances = [(3, 3, 3), (2, 2, 2), (2, 1, 1), (1, 1, 1), (1, 0, 1), (1, 0, 0)];
        let room_for_data = (canvas_height * 0.5).min(260.0);
        let mut layouts = allowances
            .into_iter()
            .map(|lines| Self::with_lines(chart, view, lines, (canvas_width, canvas_height)));
        let last = layouts.next_back().expect("there are several allowances");
        layouts.find(|layout| layout.panel.height() >= room_for_data).unwrap_or(last)
    }

    fn with_lines(chart: &Chart, view: &View, lines: (usize, usize, usize), canvas: (f64, f64)) -> Self {
        let (canvas_width, canvas_height) = canvas;
        let compact = canvas_width < COMPACT_BELOW;
        let sizes = sizes(canvas_width, canvas_height);
        let margin = between(canvas_width, 16.0, 40.0);
        let text_width = canvas_width - 2.0 * margin;
        let mut y = between(canvas_width.min(canvas_height * 1.6), 16.0, 34.0);

        let tag = tag(chart.market).map(|text| {
            let tag_width = width(text, Face::MEDIUM, sizes.caption) + sizes.caption * 1.6;
            let tag_height = (sizes.caption * 1.85).round();
            let left = if compact { margin } else { canvas_width - margin - tag_width };
            let top = if compact { y } else { y + (sizes.title * CAP_HEIGHT - tag_height) / 2.0 };
            (Rect { left, top, right: left + tag_width, bottom: top + tag_height }, text)
        });
        let mut title_width = text_width;
        if let Some((tag, _)) = tag.as_ref() {
            if compact {
                y = tag.bottom + 12.0;
            } else {
                title_width = tag.left - margin - 24.0;
            }
        }
        let title = set(&chart.title, Face::HEADLINE, sizes.title, title_width, lines.0, 1.22, &mut y);
        y += sizes.subtitle * 0.62;
        let subtitle = set(&chart.subtitle, Face::PROSE, sizes.subtitle, text_width, lines.1, 1.4, &mut y);
        let strip = sizes.caption * 2.1;
        y += between(canvas_height, 10.0, 26.0);

        let footer_lines = wrap(
            &captions::footer(chart, compact && view.ghost.is_some()),
            Face::PROSE,
            sizes.footer,
            text_width,
            lines.2,
        );
        let footer_bottom = canvas_height - between(canvas_width.min(canvas_height * 1.6), 14.0, 30.0);
        let footer_height = footer_lines.len() as f64 * sizes.footer * 1.4;
        let footer_top = footer_bottom - footer_height;
        let footer: Vec<TextLine> = (1..)
            .zip(footer_lines)
            .map(|(line, text)| TextLine {
                text,
                baseline: footer_top + f64::from(line) * sizes.footer * 1.4 - sizes.footer * 0.2,
            })
            .collect();
        let above_footer = if footer.is_empty() { 0.0 } else { between(canvas_height, 10.0, 22.0) };
        let dates_baseline = footer_top - above_footer;
        let dates_top = dates_baseline - sizes.axis * CAP_HEIGHT - between(canvas_height, 8.0, 16.0);
        let event_height = if view.events.is_empty() { 0.0 } else { sizes.caption * 1.7 };
        let panel_bottom = dates_top - event_height;
        let event_row = (!view.events.is_empty()).then_some(panel_bottom + event_height * 0.62);

        let (top, bottom) = (y + strip, panel_bottom);
        let wanted = ((bottom - top) / between(canvas_width, 66.0, 106.0)).round().clamp(2.0, 8.0) as usize;
        let axis = PriceAxis::covering(view.low, view.high, wanted);
        let price_ticks = axis.labels(&chart.currency, compact);
        let widest_tick =
            price_ticks.iter().map(|(_, label)| width(label, Face::REGULAR, sizes.axis)).fold(0.0, f64::max);

        let mut end_labels = end_labels(chart, &axis, top, bottom, &sizes);
        let widest = |face: Face, size: f64, median: bool, text: fn(&EndLabel) -> &str| {
            let of_kind = end_labels.iter().filter(|label| label.is_median == median);
            of_kind.map(|label| width(text(label), face, size)).fold(0.0, f64::max)
        };
        let prices = widest(Face::REGULAR, sizes.label, false, |label| &label.price).max(widest(
            Face::FIGURE,
            sizes.median,
            true,
            |label| &label.price,
        ));
        let meanings = widest(Face::REGULAR, sizes.caption, false, |label| &label.meaning).max(widest(
            Face::MEDIUM,
            sizes.caption,
            true,
            |label| &label.meaning,
        ));
        let meaning_left = canvas_width - margin - meanings;
        let price_left = meaning_left - between(canvas_width, 6.0, 14.0) - prices;
        let right = price_left - between(canvas_width, 10.0, 22.0);
        spread(&mut end_labels, top - strip * 0.5, bottom + sizes.label * 0.4, &sizes);

        Self {
            compact,
            margin,
            title,
            subtitle,
            footer,
            tag,
            panel: Rect { left: margin + widest_tick + between(canvas_width, 8.0, 16.0), top, right, bottom },
            strip,
            event_row,
            dates_baseline,
            axis,
            price_ticks,
            end_labels,
            columns: (price_left, meaning_left),
            sizes,
        }
    }
}

/// Goes from `narrow` on 360 pixels to `wide` on 1,200.
fn between(extent: f64, narrow: f64, wide: f64) -> f64 {
    let share = ((extent - 360.0) / (1_200.0 - 360.0)).clamp(0.0, 1.0);
    (narrow + (wide - narrow) * share).round()
}

fn sizes(canvas_width: f64, canvas_height: f64) -> Sizes {
    // A low canvas cannot carry a wide one's title; a huge one wants more than a wide one's.
    let extent = canvas_width.min(canvas_height * 1.9);
    let beyond = (extent / 1_200.0).max(1.0).sqrt();
    let size = |narrow: f64, wide: f64| {
        let share = ((extent - 360.0) / (1_200.0 - 360.0)).clamp(0.0, 1.0);
        ((narrow + (wide - narrow) * share) * beyond * 2.0).round() / 2.0
    };
    Sizes {
        title: size(19.0, 28.0),
        subtitle: size(13.0, 16.0),
        axis: size(11.0, 14.0),
        label: size(12.0, 15.5),
        median: size(15.0, 23.0),
        caption: size(11.0, 14.0),
        footer: size(10.5, 12.5),
        line: size(2.0, 3.0),
    }
}

fn tag(market: Option<Market>) -> Option<&'static str> {
    match market? {
        Market::Live => None,
        Market::Simulated => Some("Simulated market"),
        Market::Replay => Some("Replay of past prices"),
    }
}

/// Sets a paragraph from `y` on and moves `y` below it.
fn set(
    text: &str,
    face: Face,
    size: f64,
    room: f64,
    most: usize,
    leading: f64,
    y: &mut f64,
) -> Vec<TextLine> {
    let lines = if most == 0 { Vec::new() } else { wrap(text, face, size, room, most) };
    lines
        .into_iter()
        .enumerate()
        .map(|(i, text)| {
            let baseline = *y + CAP_HEIGHT * size;
            *y = baseline + if i + 1 < most { size * (leading - CAP_HEIGHT) } else { size * 0.3 };
            TextLine { text, baseline }
        })
        .collect()
}

/// Makes the labels of the last session, from the highest price down.
fn end_labels(chart: &Chart, axis: &PriceAxis, top: f64, bottom: f64, sizes: &Sizes) -> Vec<EndLabel> {
    let last = chart.forecast.dates.len() - 1;
    let decimals = decimals_of_range(axis.high - axis.low, chart.forecast.median[last]);
    let label = |price: f64, meaning: String, is_median: bool| EndLabel {
        price: format::fixed_price(price, &chart.currency, decimals),
        meaning,
        is_median,
        value_y: bottom - (price - axis.low) / (axis.high - axis.low) * (bottom - top),
        y: 0.0,
    };
    let room = (bottom - top) / (sizes.label * 1.3);
    // Where the column cannot hold them all, the widest bands stay: they say the most.
    let bands = (((room - 1.5) / 2.0).floor().max(0.0) as usize).min(chart.forecast.bands.len());
    let bands = &chart.forecast.bands[..bands];
    let mut labels: Vec<EndLabel> =
        bands.iter().map(|band| label(band.high[last], format::level(band.share), false)).collect();
    labels.push(label(chart.forecast.median[last], "median".to_owned(), true));
    labels.extend(bands.iter().rev().map(|band| label(band.low[last], format::level(band.share), false)));
    labels
}

/// Returns the decimals worth printing for prices around `middle` that spread over `range`: about a sixtieth of the
/// range, and never fewer than three digits of a price.
fn decimals_of_range(range: f64, middle: f64) -> usize {
    let of_range = -(range.max(f64::MIN_POSITIVE) / 60.0).log10();
    let of_price = 2.0 - middle.max(1e-8).log10().floor();
    money_decimals(of_range.round().max(of_price).clamp(0.0, 8.0) as usize)
}

fn spread(labels: &mut [EndLabel], top: f64, bottom: f64, sizes: &Sizes) {
    let wanted: Vec<f64> = labels.iter().map(|label| label.value_y).collect();
    let heights: Vec<f64> = labels
        .iter()
        .map(|label| if label.is_median { sizes.median * 1.12 } else { sizes.label * 1.3 })
        .collect();
    for (label, y) in labels.iter_mut().zip(label_column::place(&wanted, &heights, top, bottom)) {
        label.y = y;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_range_is_labeled_in_dollars_and_a_narrow_one_in_cents() {
        assert_eq!(decimals_of_range(36.0, 140.0), 0);
        assert_eq!(decimals_of_range(6.0, 140.0), 2);
        assert_eq!(decimals_of_range(20.0, 16.0), 2);
        assert_eq!(decimals_of_range(0.000_1, 0.000_3), 6);
        assert_eq!(decimals_of_range(90_000.0, 700_000.0), 0);
    }
}
