//! Dashed lines.

use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use crate::chart::drawing::pen::{Drawn, Pen, Point};

/// Draws a dashed line along points, with dashes of equal length.
pub(crate) fn dashed<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    points: &[Point],
    width: f64,
    color: RGBColor,
) -> Drawn<DB> {
    let (dash, gap) = (width * 4.0, width * 4.0);
    let mut travelled = 0.0;
    let mut current: Vec<Point> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
        let length = (bx - ax).hypot(by - ay);
        let mut along = 0.0;
        while along < length {
            let drawing = travelled % (dash + gap) < dash;
            let left_over = if drawing { dash } else { dash + gap } - travelled % (dash + gap);
            let step = left_over.min(length - along).max(1e-6);
            along += step;
            travelled += step;
            let at = (ax + (bx - ax) * along / length, ay + (by - ay) * along / length);
            if drawing {
                current.push(at);
            }
            if travelled % (dash + gap) >= dash && current.len() > 1 {
                pen.line(&current, width, color)?;
                current.clear();
            }
            if travelled % (dash + gap) < 1e-5 || !drawing {
                current = vec![at];
            }
        }
    }
    if current.len() > 1 { pen.line(&current, width, color) } else { Ok(()) }
}
