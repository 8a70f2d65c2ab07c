//! The closes since a forecast of the past: a line through them, and a mark that says which ranges held.

use plotters::prelude::DrawingBackend;

use crate::chart::drawing::pen::{Drawn, Point};
use crate::chart::drawing::scene::Scene;

/// Draws a dot for each close inside the main range, and a larger ring for each one outside: they differ in shape, not
/// only in color.
pub(crate) fn draw<DB: DrawingBackend>(scene: &Scene<'_, DB>) -> Drawn<DB> {
    let (chart, colors, line) = (scene.chart, scene.colors, scene.layout.sizes.line);
    if chart.outcome.is_empty() {
        return Ok(());
    }
    let (_, close) = chart.last_close();
    let origin = scene.view.last;
    let start = scene.at(origin as f64, close);
    let dots: Vec<Point> = chart
        .outcome
        .iter()
        .map(|&(session, close)| scene.at((origin + 1 + session) as f64, close))
        .collect();
    let path: Vec<Point> = std::iter::once(start).chain(dots.iter().copied()).collect();
    scene.pen.line(&path, line * 0.7, colors.ink)?;
    for (&dot, hit) in dots.iter().zip(chart.hits()) {
        if hit {
            scene.pen.dot(dot, line * 1.1, colors.ink, (line * 0.4, colors.background))?;
        } else {
            scene.pen.dot(dot, line * 1.3, colors.background, (line * 0.8, colors.miss))?;
        }
    }
    Ok(())
}
