//! The place and size of everything, in CSS pixels: composed for the canvas, not shrunk to it.

mod curve;
pub(crate) mod date_axis;
mod heading;
mod label_column;
mod price_axis;
pub(crate) mod range_labels;
pub(crate) mod rect;
pub(crate) mod sizes;
pub(crate) mod view;

use crate::chart::layout::heading::{Footer, Heading};
use crate::chart::layout::price_axis::PriceAxis;
use crate::chart::layout::range_labels::RangeLabels;
use crate::chart::layout::rect::Rect;
use crate::chart::layout::sizes::{Sizes, between};
use crate::chart::layout::view::View;
use crate::chart::request::Chart;
use crate::chart::text::lines::width;
use crate::chart::text::typeface::{CAP_HEIGHT, Face};

/// Lines of title and subtitle tried, until the data have room.
const HEADINGS: [(usize, usize); 6] = [(3, 3), (2, 2), (2, 1), (1, 1), (1, 0), (0, 0)];

/// The whole composition.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) sizes: Sizes,
    pub(crate) heading: Heading,
    pub(crate) footer: Footer,
    /// Where data is drawn.
    pub(crate) panel: Rect,
    /// Room above the panel for "last 30 trading days | next 14 trading days".
    pub(crate) strip: f64,
    /// Middle of the row of splits, dividends and reports, where there is one.
    pub(crate) event_row: Option<f64>,
    /// Baseline of the date labels.
    pub(crate) dates_baseline: f64,
    pub(crate) axis: PriceAxis,
    /// Price and label of each grid line.
    pub(crate) price_ticks: Vec<(f64, String)>,
    pub(crate) ranges: RangeLabels,
}

impl Layout {
    pub(crate) fn of(chart: &Chart, view: &View) -> Self {
        let (canvas_width, canvas_height) = (f64::from(chart.width), f64::from(chart.height));
        let sizes = Sizes::of(canvas_width, canvas_height);
        let footer = Footer::set(chart, &sizes);
        let dates_baseline = footer.top - between(canvas_height, 10.0, 22.0);
        let dates_top = dates_baseline - sizes.axis * CAP_HEIGHT - between(canvas_height, 8.0, 16.0);
        let event_height = if view.has_marks() { sizes.caption * 1.7 } else { 0.0 };
        let bottom = dates_top - event_height;
        let event_row = view.has_marks().then_some(bottom + event_height * 0.62);

        let strip = sizes.caption * 2.1;
        let heading = heading_above(chart, &sizes, bottom - strip);
        let top = heading.bottom + strip;

        let wanted = ((bottom - top) / between(canvas_width, 62.0, 96.0)).round().clamp(4.0, 8.0) as usize;
        let room = ((bottom - top) / (sizes.axis * 1.3)).floor().max(2.0) as usize;
        let axis = PriceAxis::covering(view.low, view.high, wanted.min(room));
        let price_ticks = axis.labels(&chart.currency, sizes.compact);
        let widest_tick =
            price_ticks.iter().map(|(_, label)| width(label, Face::REGULAR, sizes.axis)).fold(0.0, f64::max);
        let left = sizes.margin + widest_tick + between(canvas_width, 8.0, 16.0);
        let reach = (top - strip * 0.2, bottom + sizes.label * 0.4);
        let ranges = RangeLabels::set(chart, &sizes, &axis, (top, bottom), reach);
        let panel = Rect { left, top, right: ranges.panel_right, bottom };
        Self { sizes, heading, footer, panel, strip, event_row, dates_baseline, axis, price_ticks, ranges }
    }

    /// The part of the panel from the first session to the last.
    pub(crate) fn data(&self) -> Rect {
        Rect { left: self.panel.left + self.sizes.line * 2.5, ..self.panel }
    }
}

/// Sets the fullest heading that leaves the data enough room above `bottom`.
fn heading_above(chart: &Chart, sizes: &Sizes, bottom: f64) -> Heading {
    let room_for_data = (f64::from(chart.height) * 0.45).min(260.0);
    let mut headings = HEADINGS.into_iter().map(|most| Heading::set(chart, sizes, most));
    let shortest = headings.next_back().expect("there are several headings");
    headings.find(|heading| bottom - heading.bottom >= room_for_data).unwrap_or(shortest)
}
