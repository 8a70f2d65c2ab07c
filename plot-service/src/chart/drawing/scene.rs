//! What every part of the drawing needs.

use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::chart::backend::canvas::UNITS;
use crate::chart::drawing::colors::Colors;
use crate::chart::drawing::pen::Pen;
use crate::chart::layout::Layout;
use crate::chart::layout::view::View;
use crate::chart::request::Chart;

/// The panel in plotters' coordinates: sessions to the right, prices upward.
pub(crate) type Panel<DB> = DrawingArea<DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The chart, its layout, and where to draw it.
pub(crate) struct Scene<'a, DB: DrawingBackend> {
    pub(crate) chart: &'a Chart,
    pub(crate) view: &'a View,
    pub(crate) layout: &'a Layout,
    pub(crate) colors: Colors,
    pub(crate) pen: Pen<'a, DB>,
    pub(crate) panel: Panel<DB>,
}

impl<DB: DrawingBackend> Scene<'_, DB> {
    /// Returns the place of a session and a price, in CSS pixels.
    pub(crate) fn at(&self, session: f64, price: f64) -> (f64, f64) {
        let (x, y) = self.panel.map_coordinate(&(session, price));
        (f64::from(x) / UNITS, f64::from(y) / UNITS)
    }
}
