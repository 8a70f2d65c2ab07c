//! Draws a chart on any back end, from the back to the front: words, grid, bands, lines, marks.

pub(crate) mod colors;
mod marks;
mod outcome;
pub(crate) mod pen;
mod scene;

use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::DrawingArea;
use plotters::element::{PathElement, Polygon};
use plotters::prelude::DrawingBackend;
use plotters::style::Color as _;

use crate::chart::backend::canvas::units;
use crate::chart::drawing::colors::Colors;
use crate::chart::drawing::pen::{Align, Drawn, Pen, Type, stroke};
use crate::chart::drawing::scene::Scene;
use crate::chart::layout::Layout;
use crate::chart::layout::date_axis::{self, DateTick};
use crate::chart::layout::view::{Curve, View};
use crate::chart::request::Chart;
use crate::chart::text::lines::width;
use crate::chart::text::typeface::{CAP_HEIGHT, Face};

/// Draws a chart on an area that is measured in 64ths of a CSS pixel.
pub(crate) fn draw<DB: DrawingBackend>(chart: &Chart, root: &DrawingArea<DB, Shift>) -> Drawn<DB> {
    let view = View::of(chart);
    let layout = Layout::of(chart, &view);
    let colors = Colors::of(chart.theme);
    root.fill(&colors.background)?;
    let data = layout.data();
    let across = units(data.left)..units(data.right);
    let down = units(data.bottom)..units(data.top);
    let sessions = 0.0..(view.sessions.len() - 1) as f64;
    let panel = root.apply_coord_spec(Cartesian2d::<RangedCoordf64, RangedCoordf64>::new(
        sessions,
        layout.axis.low..layout.axis.high,
        (across, down),
    ));
    let scene = Scene { chart, view: &view, layout: &layout, colors, pen: Pen(root), panel };

    scene.words()?;
    scene.grid()?;
    scene.bands()?;
    scene.date_labels()?;
    marks::boundary(&scene)?;
    scene.main_range_edges()?;
    marks::last_close_line(&scene)?;
    scene.history()?;
    outcome::draw(&scene)?;
    scene.range_labels()?;
    marks::below_the_panel(&scene)?;
    marks::on_the_lines(&scene)?;
    root.present()
}

impl<DB: DrawingBackend> Scene<'_, DB> {
    fn words(&self) -> Drawn<DB> {
        let (sizes, heading) = (self.layout.sizes, &self.layout.heading);
        let title = Type { face: Face::HEADLINE, size: heading.title_size, color: self.colors.ink };
        let subtitle = Type { face: Face::PROSE, size: sizes.subtitle, color: self.colors.muted };
        let footer = Type { face: Face::PROSE, size: sizes.footer, color: self.colors.muted };
        for (lines, set) in
            [(&heading.title, title), (&heading.subtitle, subtitle), (&self.layout.footer.lines, footer)]
        {
            for line in lines {
                self.pen.text(&line.text, set, Align::Left, (sizes.margin, line.baseline))?;
            }
        }
        if let Some((place, text)) = &heading.tag {
            self.pen.pill((place.left, place.top), (place.right, place.bottom), self.colors.tag_fill)?;
            let set = Type { face: Face::MEDIUM, size: sizes.caption, color: self.colors.tag_ink };
            let middle = (f64::midpoint(place.left, place.right), f64::midpoint(place.top, place.bottom));
            self.pen.text_at_middle(text, set, Align::Center, middle)?;
        }
        Ok(())
    }

    fn grid(&self) -> Drawn<DB> {
        let Layout { panel, sizes, .. } = *self.layout;
        let set = Type { face: Face::REGULAR, size: sizes.axis, color: self.colors.muted };
        for (price, label) in &self.layout.price_ticks {
            let (_, y) = self.at(0.0, *price);
            self.pen.line(&[(panel.left, y), (panel.right, y)], 1.0, self.colors.grid)?;
            self.pen.text_at_middle(label, set, Align::Left, (sizes.margin, y))?;
        }
        Ok(())
    }

    fn date_labels(&self) -> Drawn<DB> {
        let sizes = self.layout.sizes;
        let canvas_width = f64::from(self.chart.width);
        let x_of = |session: usize| self.at(session as f64, self.layout.axis.low).0;
        let set = Type { face: Face::PROSE, size: sizes.axis, color: self.colors.muted };
        let gap = sizes.axis * 1.5;
        let end = self.view.sessions.len() - 1;
        let span = |tick: &DateTick| {
            let half = width(&tick.label, set.face, set.size) / 2.0;
            // The labels of a narrow forecast's ends give way to each other.
            let missing = 2.0 * half + gap + 2.0 - (x_of(end) - x_of(self.view.last));
            let aside = missing.clamp(0.0, 2.0 * half) / 2.0;
            let x = match tick.session {
                session if session == end => x_of(end) + aside,
                session if session == self.view.last => x_of(session) - aside,
                session => x_of(session),
            };
            let x = x.clamp(half + 4.0, canvas_width - half - 4.0);
            (x - half, x + half)
        };
        let anchors = [self.view.last, end];
        let ticks = date_axis::ticks(&self.view.sessions, &anchors, !sizes.compact, |a, b| {
            span(a).1 + gap <= span(b).0
        });
        for tick in &ticks {
            let (left, _) = span(tick);
            self.pen.text(&tick.label, set, Align::Left, (left, self.layout.dates_baseline))?;
        }
        Ok(())
    }

    fn bands(&self) -> Drawn<DB> {
        let fills = self.colors.bands;
        let bands = &self.view.fan.bands;
        for (i, (low, high)) in bands.iter().enumerate() {
            // The innermost band always has the strongest fill.
            let from_inside = (bands.len() - 1 - i).min(fills.len() - 1);
            self.fill_between(low, high, fills[fills.len() - 1 - from_inside])?;
        }
        Ok(())
    }

    fn fill_between(&self, low: &Curve, high: &Curve, color: plotters::style::RGBColor) -> Drawn<DB> {
        let outline: Vec<(f64, f64)> = high.iter().chain(low.iter().rev()).copied().collect();
        self.panel.draw(&Polygon::new(outline, color.filled()))
    }

    fn history(&self) -> Drawn<DB> {
        let points: Vec<(f64, f64)> =
            self.chart.history.iter().enumerate().map(|(i, &(_, close))| (i as f64, close)).collect();
        let spacing = self.at(1.0, 1.0).0 - self.at(0.0, 1.0).0;
        // A dense history needs a finer line so that its turns stay visible.
        let width = self.layout.sizes.line * (0.55 + spacing / 24.0).clamp(0.55, 1.0);
        self.panel.draw(&PathElement::new(points.clone(), stroke(width, self.colors.ink)))?;
        // A few sessions get a dot each.
        let radius = self.layout.sizes.line * 1.35;
        if spacing >= radius * 6.0 {
            for &(session, close) in &points[..points.len() - 1] {
                let rim = (width * 0.72, self.colors.ink);
                self.pen.dot(self.at(session, close), radius - rim.0 / 2.0, self.colors.background, rim)?;
            }
        }
        Ok(())
    }

    /// Draws the edges of the range that matters most.
    fn main_range_edges(&self) -> Drawn<DB> {
        let Some((low, high)) = self.view.fan.bands.get(self.chart.forecast.main()) else {
            return Ok(());
        };
        let style = stroke(self.layout.sizes.line * 0.5, self.colors.accent);
        self.panel.draw(&PathElement::new(low.clone(), style))?;
        self.panel.draw(&PathElement::new(high.clone(), style))
    }

    /// Draws a bracket for each range on the last day, and its label.
    fn range_labels(&self) -> Drawn<DB> {
        let sizes = self.layout.sizes;
        let ranges = &self.layout.ranges;
        for label in &ranges.labels {
            let (color, width) =
                if label.is_main { (self.colors.accent, 2.0) } else { (self.colors.rule, 1.0) };
            let (x, cap) = (label.bracket, label.bracket - sizes.line * 1.2);
            let (high, low) = (label.high_y, label.low_y.max(label.high_y + 1.0));
            self.pen.line(&[(x, high), (x, low)], width, color)?;
            self.pen.line(&[(cap, high), (x, high)], width, color)?;
            self.pen.line(&[(cap, low), (x, low)], width, color)?;

            let room = ranges.room(label, &sizes);
            let tie = label.y.clamp(high, low);
            self.pen.line(&[(x, tie), (ranges.left - sizes.line, label.y)], 1.0, color)?;
            let prices = Type {
                face: label.face(),
                size: label.size(&sizes),
                color: if label.is_main { self.colors.accent } else { self.colors.ink },
            };
            let meaning = Type {
                face: Face::PROSE,
                size: sizes.caption,
                color: if label.is_main { self.colors.accent } else { self.colors.muted },
            };
            let first = room.top + prices.size * (0.125 + CAP_HEIGHT);
            self.pen.text(&label.prices, prices, Align::Left, (ranges.left, first))?;
            let second = first + sizes.caption * 1.4;
            self.pen.text(&label.meaning, meaning, Align::Left, (ranges.left, second))?;
        }
        Ok(())
    }
}
