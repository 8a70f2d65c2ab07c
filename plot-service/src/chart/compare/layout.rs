//! The place of everything in a comparison, in CSS pixels.

use forecast_types::format;

use super::request::{Comparison, Row};
use super::words;
use crate::chart::layout::rect::{Rect, TextLine};
use crate::chart::layout::sizes::Sizes;
use crate::chart::text::lines::width;
use crate::chart::text::typeface::{CAP_HEIGHT, Face};
use crate::chart::text::wrap::wrap;

/// Steps between the lines of the scale, as shares.
const STEPS: [f64; 10] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];
/// Room for one label of the scale, in its type size.
const TICK_ROOM: f64 = 5.5;
/// Room on both sides of the widest range, as a share of the scale.
const AIR: f64 = 0.04;
/// A bar is at most this thick.
const THICKEST: f64 = 34.0;

#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) sizes: Sizes,
    pub(super) title: Vec<TextLine>,
    pub(super) subtitle: Vec<TextLine>,
    pub(super) footer: Vec<TextLine>,
    pub(super) tag: Option<(Rect, &'static str)>,
    /// Where the bars are.
    pub(super) panel: Rect,
    pub(super) scale: Scale,
    pub(super) ticks_baseline: f64,
    /// Height of a row, bar and words.
    pub(super) row: f64,
    /// Height of a bar.
    pub(super) bar: f64,
    /// Where the words at the right end.
    pub(super) right: f64,
}

/// Changes from the last close, and the ones that get a line.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    pub(super) ticks: Vec<f64>,
}

impl Layout {
    pub(super) fn of(comparison: &Comparison) -> Self {
        let (canvas_width, canvas_height) = (f64::from(comparison.width), f64::from(comparison.height));
        // Rows decide about the height, so the width alone decides how large type is.
        let sizes = Sizes::of(canvas_width, canvas_width);
        let room = canvas_width - 2.0 * sizes.margin;
        let mut y = sizes.edge;
        let tag = words::market(comparison).map(|text| (tag(text, &sizes, canvas_width, y), text));
        if let Some((tag, _)) = &tag {
            y = if sizes.compact || !comparison.show_title { tag.bottom + sizes.caption * 0.5 } else { y };
        }
        let (mut title, mut subtitle) = (Vec::new(), Vec::new());
        if comparison.show_title {
            let beside = match &tag {
                Some((tag, _)) if !sizes.compact => tag.left - sizes.margin * 2.0,
                _ => room,
            };
            title = paragraph(&comparison.title, Face::HEADLINE, sizes.title, beside, 1.22, &mut y);
            y += sizes.subtitle * 0.62;
            subtitle = paragraph(&comparison.subtitle, Face::PROSE, sizes.subtitle, room, 1.4, &mut y);
            y += sizes.edge * 0.5;
        }
        let footer = wrap(&words::footer(comparison), Face::PROSE, sizes.footer, room, usize::MAX);
        let footer_top = canvas_height - sizes.edge - footer.len() as f64 * sizes.footer * 1.4;
        let footer = (1..).zip(footer).map(|(line, text)| TextLine {
            text,
            baseline: footer_top + f64::from(line) * sizes.footer * 1.4 - sizes.footer * 0.2,
        });
        let ticks_baseline = footer_top - sizes.footer * 1.2;
        let bottom = ticks_baseline - sizes.axis * 1.5;
        let (left, right) = if sizes.compact {
            (0.0, 0.0)
        } else {
            (name_column(comparison, &sizes, room), value_column(comparison, &sizes))
        };
        let panel =
            Rect { left: sizes.margin + left, top: y, right: canvas_width - sizes.margin - right, bottom };
        let row = ((bottom - y) / comparison.rows.len() as f64).max(1.0);
        let thick = if sizes.compact { row * 0.34 } else { row * 0.5 };
        let wanted = (panel.right - panel.left) / (sizes.axis * TICK_ROOM);
        Self {
            title,
            subtitle,
            footer: footer.collect(),
            tag,
            scale: Scale::covering(&comparison.rows, wanted),
            panel,
            ticks_baseline,
            row,
            bar: thick.min(THICKEST),
            right: canvas_width - sizes.margin,
            sizes,
        }
    }

    /// Returns the horizontal place of a change.
    pub(super) fn x(&self, change: f64) -> f64 {
        let share = (change - self.scale.low) / (self.scale.high - self.scale.low);
        self.panel.left + share * (self.panel.right - self.panel.left)
    }

    /// Returns the top of a row.
    pub(super) fn top(&self, row: usize) -> f64 {
        self.panel.top + self.row * row as f64
    }
}

impl Scale {
    fn covering(rows: &[Row], wanted: f64) -> Self {
        let widest = |row: &Row| row.ranges[0].changes;
        let low = rows.iter().map(|row| widest(row).0).fold(0.0, f64::min);
        let high = rows.iter().map(|row| widest(row).1).fold(0.0, f64::max);
        let air = (high - low).max(0.01) * AIR;
        let (low, high) = (low - air, high + air);
        let fits = |step: &&f64| (high - low) / **step <= wanted.max(2.0);
        let step = STEPS.iter().find(fits).copied().unwrap_or((high - low) / 2.0);
        let (first, last) = ((low / step).ceil() as i32, (high / step).floor() as i32);
        Self { low, high, ticks: (first..=last).map(|tick| f64::from(tick) * step).collect() }
    }

    /// Labels a line of the scale.
    pub(super) fn label(tick: f64) -> String {
        if tick == 0.0 {
            return "last close".to_owned();
        }
        let words = format::signed_percent(tick);
        words.replace(".0%", "%")
    }
}

fn tag(text: &str, sizes: &Sizes, canvas_width: f64, top: f64) -> Rect {
    let width = width(text, Face::MEDIUM, sizes.caption) + sizes.caption * 1.6;
    let left = if sizes.compact { sizes.margin } else { canvas_width - sizes.margin - width };
    Rect { left, top, right: left + width, bottom: top + (sizes.caption * 1.85).round() }
}

/// Sets a paragraph of at most two lines from `y` on, and moves `y` below it.
fn paragraph(text: &str, face: Face, size: f64, room: f64, leading: f64, y: &mut f64) -> Vec<TextLine> {
    let place =
        |(line, text)| TextLine { text, baseline: *y + size * (CAP_HEIGHT + f64::from(line) * leading) };
    let lines: Vec<TextLine> = (0..).zip(wrap(text, face, size, room, 2)).map(place).collect();
    if let Some(last) = lines.last() {
        *y = last.baseline + size * 0.3;
    }
    lines
}

/// The column of symbols and names: as wide as it needs to be, up to a quarter of the picture.
fn name_column(comparison: &Comparison, sizes: &Sizes, room: f64) -> f64 {
    let wide = |row: &Row| {
        width(&row.symbol, Face::FIGURE, sizes.figure).max(width(&row.name, Face::PROSE, sizes.caption))
    };
    let widest = comparison.rows.iter().map(wide).fold(0.0, f64::max);
    widest.min(room * 0.24) + sizes.margin * 0.6
}

/// The column of prices and changes.
fn value_column(comparison: &Comparison, sizes: &Sizes) -> f64 {
    let wide = |row: &Row| {
        let range = row.main_range();
        let prices = width(&words::prices(row, range), Face::FIGURE, sizes.figure);
        prices.max(width(&words::changes(range), Face::PROSE, sizes.caption))
    };
    comparison.rows.iter().map(wide).fold(0.0, f64::max) + sizes.margin * 0.6
}
