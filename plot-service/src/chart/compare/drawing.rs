//! Draws a comparison on any back end, from the back to the front.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use super::layout::{Layout, Scale};
use super::request::{Comparison, Row};
use super::words;
use crate::chart::drawing::colors::Colors;
use crate::chart::drawing::pen::{Align, Drawn, Pen, Type};
use crate::chart::text::lines::width;
use crate::chart::text::typeface::{CAP_HEIGHT, Face};
use crate::chart::text::wrap::cut;

/// Draws a comparison on an area that is measured in 64ths of a CSS pixel.
pub(super) fn draw<DB: DrawingBackend>(comparison: &Comparison, root: &DrawingArea<DB, Shift>) -> Drawn<DB> {
    let (layout, colors) = (Layout::of(comparison), Colors::of(comparison.theme));
    root.fill(&colors.background)?;
    let scene = Scene { layout: &layout, colors, pen: Pen(root) };
    scene.words()?;
    scene.scale()?;
    for (at, row) in comparison.rows.iter().enumerate() {
        scene.bar(row, at)?;
        if layout.sizes.compact { scene.words_above(row, at)? } else { scene.words_beside(row, at)? }
    }
    root.present()
}

struct Scene<'a, DB: DrawingBackend> {
    layout: &'a Layout,
    colors: Colors,
    pen: Pen<'a, DB>,
}

impl<DB: DrawingBackend> Scene<'_, DB> {
    fn words(&self) -> Drawn<DB> {
        let Layout { sizes, title, subtitle, footer, tag, .. } = self.layout;
        for (lines, face, size, color) in [
            (title, Face::HEADLINE, sizes.title, self.colors.ink),
            (subtitle, Face::PROSE, sizes.subtitle, self.colors.muted),
            (footer, Face::PROSE, sizes.footer, self.colors.muted),
        ] {
            for line in lines {
                let set = Type { face, size, color };
                self.pen.text(&line.text, set, Align::Left, (sizes.margin, line.baseline))?;
            }
        }
        let Some((place, text)) = tag else { return Ok(()) };
        self.pen.pill((place.left, place.top), (place.right, place.bottom), self.colors.tag_fill)?;
        let set = Type { face: Face::MEDIUM, size: sizes.caption, color: self.colors.tag_ink };
        let middle = (f64::midpoint(place.left, place.right), f64::midpoint(place.top, place.bottom));
        self.pen.text_at_middle(text, set, Align::Center, middle)
    }

    fn scale(&self) -> Drawn<DB> {
        let Layout { panel, sizes, ticks_baseline, .. } = *self.layout;
        let set = Type { face: Face::PROSE, size: sizes.axis, color: self.colors.muted };
        let half_zero = width(&Scale::label(0.0), set.face, set.size) / 2.0;
        for &tick in &self.layout.scale.ticks {
            let x = self.layout.x(tick);
            let label = Scale::label(tick);
            let half = width(&label, set.face, set.size) / 2.0;
            if tick == 0.0 {
                self.pen.dotted_vertical(x, panel.top, panel.bottom, 1.5, self.colors.rule)?;
            } else {
                self.pen.line(&[(x, panel.top), (x, panel.bottom)], 1.0, self.colors.grid)?;
                // The words at the last close need more room than a percentage.
                if (x - self.layout.x(0.0)).abs() < half + half_zero + sizes.axis * 0.6 {
                    continue;
                }
            }
            let x = x.clamp(sizes.margin + half, self.layout.right - half);
            self.pen.text(&label, set, Align::Center, (x, ticks_baseline))?;
        }
        Ok(())
    }

    fn bar(&self, row: &Row, at: usize) -> Drawn<DB> {
        let (top, bottom) = self.bar_edges(at);
        let fills = self.colors.bands;
        let count = row.ranges.len();
        for (order, range) in row.ranges.iter().enumerate() {
            // The innermost range always has the strongest fill.
            let fill = fills[fills.len() - 1 - (count - 1 - order).min(fills.len() - 1)];
            let (low, high) = (self.layout.x(range.changes.0), self.layout.x(range.changes.1));
            self.pen.block((low, top), (high.max(low + 1.0), bottom), fill)?;
        }
        let main = row.main_range();
        for change in [main.changes.0, main.changes.1] {
            let x = self.layout.x(change);
            self.pen.line(&[(x, top), (x, bottom)], self.layout.sizes.line * 0.7, self.colors.accent)?;
        }
        if let Some(middle) = row.middle {
            let x = self.layout.x(middle);
            self.pen.line(&[(x, top), (x, bottom)], 2.0, self.colors.ink)?;
        }
        Ok(())
    }

    fn bar_edges(&self, at: usize) -> (f64, f64) {
        let Layout { row, bar, sizes, .. } = *self.layout;
        let room = if sizes.compact { row - sizes.figure * 1.3 } else { row };
        let top = self.layout.top(at) + (row - room) + (room - bar) / 2.0;
        (top, top + bar)
    }

    /// Symbol and name at the left, prices and changes at the right.
    fn words_beside(&self, row: &Row, at: usize) -> Drawn<DB> {
        let Layout { panel, sizes, right, .. } = *self.layout;
        let (top, bottom) = self.bar_edges(at);
        let first = f64::midpoint(top, bottom) - sizes.figure * 0.12;
        let second = first + sizes.caption * 1.45;
        let set = Type { face: Face::FIGURE, size: sizes.figure, color: self.colors.ink };
        let small = Type { face: Face::PROSE, size: sizes.caption, color: self.colors.muted };
        let room = panel.left - sizes.margin * 1.6;
        let name = cut(&row.name, &|text: &str| width(text, small.face, small.size), room);
        self.pen.text(&row.symbol, set, Align::Left, (sizes.margin, first))?;
        self.pen.text(&name, small, Align::Left, (sizes.margin, second))?;
        let range = row.main_range();
        let accent = Type { color: self.colors.accent, ..set };
        self.pen.text(&words::prices(row, range), accent, Align::Right, (right, first))?;
        self.pen.text(&words::changes(range), small, Align::Right, (right, second))
    }

    /// Symbol, name and changes in one line above the bar.
    fn words_above(&self, row: &Row, at: usize) -> Drawn<DB> {
        let Layout { sizes, right, .. } = *self.layout;
        let baseline = self.bar_edges(at).0 - sizes.figure * (1.0 - CAP_HEIGHT) - sizes.figure * 0.15;
        let set = Type { face: Face::FIGURE, size: sizes.figure, color: self.colors.ink };
        let small = Type { face: Face::PROSE, size: sizes.caption, color: self.colors.muted };
        self.pen.text(&row.symbol, set, Align::Left, (sizes.margin, baseline))?;
        let changes = words::changes(row.main_range());
        let accent = Type { face: Face::MEDIUM, size: sizes.label, color: self.colors.accent };
        self.pen.text(&changes, accent, Align::Right, (right, baseline))?;
        let left = sizes.margin + width(&row.symbol, set.face, set.size) + sizes.caption * 0.6;
        let room = right - width(&changes, accent.face, accent.size) - sizes.caption - left;
        let name = cut(&row.name, &|text: &str| width(text, small.face, small.size), room);
        self.pen.text(&name, small, Align::Left, (left, baseline))
    }
}
