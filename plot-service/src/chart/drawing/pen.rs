//! Draws shapes and text given in CSS pixels through plotters, on any back end.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::prelude::DrawingBackend;
use plotters::style::{Color as _, FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle};
use plotters_backend::text_anchor::{HPos, Pos, VPos};

use crate::chart::backend::canvas::{UNITS, units};
use crate::chart::text::typeface::Face;

/// The outcome of drawing on a back end; ours write to memory and do not fail.
pub(crate) type Drawn<DB> = Result<(), DrawError<DB>>;

/// What drawing on a back end can fail with.
pub(crate) type DrawError<DB> = DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>;

/// A point in CSS pixels from the top left corner.
pub(crate) type Point = (f64, f64);

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Type {
    pub(crate) face: Face,
    pub(crate) size: f64,
    pub(crate) color: RGBColor,
}

/// Which end of a text its position names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Center,
    Right,
}

/// A drawing area that is drawn on in CSS pixels.
pub(crate) struct Pen<'a, DB: DrawingBackend>(pub(crate) &'a DrawingArea<DB, Shift>);

impl<DB: DrawingBackend> Pen<'_, DB> {
    /// Writes a line of text whose baseline is at `at`.
    pub(crate) fn text(&self, text: &str, set: Type, align: Align, at: Point) -> Drawn<DB> {
        self.write(text, set, align, VPos::Bottom, at)
    }

    /// Writes a line of text whose capitals are centered on `at`.
    pub(crate) fn text_at_middle(&self, text: &str, set: Type, align: Align, at: Point) -> Drawn<DB> {
        self.write(text, set, align, VPos::Center, at)
    }

    fn write(&self, text: &str, set: Type, align: Align, v_pos: VPos, at: Point) -> Drawn<DB> {
        let h_pos = match align {
            Align::Left => HPos::Left,
            Align::Center => HPos::Center,
            Align::Right => HPos::Right,
        };
        let family = FontFamily::Name(set.face.family());
        let style = TextStyle {
            font: FontDesc::new(family, set.size * UNITS, FontStyle::Normal),
            color: set.color.to_backend_color(),
            pos: Pos::new(h_pos, v_pos),
        };
        self.0.draw_text(text, &style, (units(at.0), units(at.1)))
    }

    /// Draws a line through points.
    pub(crate) fn line(&self, points: &[Point], width: f64, color: RGBColor) -> Drawn<DB> {
        self.0.draw(&PathElement::new(in_units(points), stroke(width, color)))
    }

    /// Draws a horizontal line of dashes.
    pub(crate) fn dashed_horizontal(
        &self,
        left: f64,
        right: f64,
        y: f64,
        width: f64,
        color: RGBColor,
    ) -> Drawn<DB> {
        let (dash, period) = (width * 4.0, width * 8.0);
        for n in 0..((right - left) / period).ceil() as usize {
            let start = left + n as f64 * period;
            self.line(&[(start, y), ((start + dash).min(right), y)], width, color)?;
        }
        Ok(())
    }

    /// Draws a vertical line of dots.
    pub(crate) fn dotted_vertical(
        &self,
        x: f64,
        top: f64,
        bottom: f64,
        width: f64,
        color: RGBColor,
    ) -> Drawn<DB> {
        let gap = width * 3.0;
        let dots = ((bottom - top) / gap).floor() as usize;
        for dot in 0..=dots {
            let y = top + dot as f64 * gap;
            self.block((x - width / 2.0, y), (x + width / 2.0, y + width), color)?;
        }
        Ok(())
    }

    /// Fills a rectangle.
    pub(crate) fn block(&self, from: Point, to: Point, color: RGBColor) -> Drawn<DB> {
        let corners = [(units(from.0), units(from.1)), (units(to.0), units(to.1))];
        self.0.draw(&Rectangle::new(corners, color.filled()))
    }

    /// Fills a polygon.
    pub(crate) fn polygon(&self, corners: &[Point], color: RGBColor) -> Drawn<DB> {
        self.0.draw(&Polygon::new(in_units(corners), color.filled()))
    }

    /// Fills a rectangle with round ends.
    pub(crate) fn pill(&self, from: Point, to: Point, color: RGBColor) -> Drawn<DB> {
        let radius = (to.1 - from.1) / 2.0;
        let arc = |center: Point, start: f64| {
            (0..=16).map(move |step| {
                let angle = start + std::f64::consts::PI * f64::from(step) / 16.0;
                (center.0 + radius * angle.cos(), center.1 + radius * angle.sin())
            })
        };
        let middle = f64::midpoint(from.1, to.1);
        let quarter = std::f64::consts::FRAC_PI_2;
        let right = arc((to.0 - radius, middle), -quarter);
        let left = arc((from.0 + radius, middle), quarter);
        self.polygon(&right.chain(left).collect::<Vec<_>>(), color)
    }

    /// Draws a dot with a rim that separates it from what is below.
    pub(crate) fn dot(&self, at: Point, radius: f64, fill: RGBColor, rim: (f64, RGBColor)) -> Drawn<DB> {
        let center = (units(at.0), units(at.1));
        self.0.draw(&Circle::new(center, units(radius + rim.0), rim.1.filled()))?;
        self.0.draw(&Circle::new(center, units(radius), fill.filled()))
    }
}

/// A stroke of `width` CSS pixels.
pub(crate) fn stroke(width: f64, color: RGBColor) -> ShapeStyle {
    ShapeStyle { color: color.to_rgba(), filled: false, stroke_width: units(width).unsigned_abs() }
}

fn in_units(points: &[Point]) -> Vec<(i32, i32)> {
    points.iter().map(|&(x, y)| (units(x), units(y))).collect()
}
