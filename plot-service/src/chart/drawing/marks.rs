//! Marks that tell the story: last close, moving price, past forecast, splits and dividends.

use forecast_types::{EventKind, format};
use plotters::prelude::DrawingBackend;

use crate::chart::drawing::pen::{Align, Drawn, Point, Type};
use crate::chart::drawing::scene::Scene;
use crate::chart::layout::Rect;
use crate::chart::layout::date_axis::day;
use crate::chart::text::lines::width;
use crate::chart::text::typeface::{CAP_HEIGHT, Face};

/// Draws the dotted line at the last close, and says what lies on either side of it.
pub(crate) fn boundary<DB: DrawingBackend>(scene: &Scene<'_, DB>) -> Drawn<DB> {
    let (layout, sizes) = (scene.layout, scene.layout.sizes);
    let (x, _) = scene.at(scene.view.last as f64, layout.axis.low);
    let top = layout.panel.top - layout.strip;
    let dot = (sizes.line * 0.5).max(1.0);
    scene.pen.dotted_upright(x, top, layout.panel.bottom, dot, scene.colors.rule)?;

    let baseline = top + sizes.caption * CAP_HEIGHT + 1.0;
    let gap = sizes.caption * 0.8;
    let past = [format!("last {} sessions", scene.chart.history.len()), "past".to_owned()];
    let next = [format!("forecast, {} sessions", scene.chart.forecast.dates.len()), "forecast".to_owned()];
    // The strip runs on above the column of labels unless the first of them reaches into it.
    let first_label = layout.end_labels.first().map_or(f64::INFINITY, |label| label.y - sizes.label);
    let right = if first_label > baseline + 4.0 {
        f64::from(scene.chart.width) - layout.margin
    } else {
        layout.columns.0
    };
    for (words, face, color, align, room, at) in [
        (past, Face::PROSE, scene.colors.muted, Align::Right, x - gap - layout.margin, x - gap),
        (next, Face::PROSE, scene.colors.accent, Align::Left, right - x - 2.0 * gap, x + gap),
    ] {
        let fitting = words.iter().find(|words| width(words, face, sizes.caption) <= room);
        if let Some(words) = fitting {
            let set = Type { face, size: sizes.caption, color };
            scene.pen.text(words, set, align, (at, baseline))?;
        }
    }
    Ok(())
}

/// Draws the marks of splits and dividends in a row of their own below the panel.
pub(crate) fn events<DB: DrawingBackend>(scene: &Scene<'_, DB>) -> Drawn<DB> {
    let Some(y) = scene.layout.event_row else { return Ok(()) };
    let size = scene.layout.sizes.caption * 0.92;
    let set = Type { face: Face::PROSE, size, color: scene.colors.muted };
    let mark = size * 0.32;
    let mut taken = f64::NEG_INFINITY;
    for (session, event) in &scene.view.events {
        let (x, _) = scene.at(*session as f64, scene.layout.axis.low);
        let diamond = [(x, y - mark), (x + mark, y), (x, y + mark), (x - mark, y)];
        scene.pen.polygon(&diamond, scene.colors.muted)?;
        let words = match &event.kind {
            EventKind::Split { ratio } => format!("split {ratio}"),
            EventKind::Dividend { amount } => {
                format!("dividend {}", format::payment(*amount, &scene.chart.currency))
            }
        };
        let room = width(&words, set.face, size);
        let left = x + mark * 2.0;
        // A label that would touch the one before it is left out; the diamond stays.
        if left > taken && left + room < scene.layout.columns.0 {
            scene.pen.text_at_middle(&words, set, Align::Left, (left, y))?;
            taken = left + room + size * 1.5;
        }
    }
    Ok(())
}

/// Draws the dots on the lines and writes what they are, clear of the lines and of each other.
pub(crate) fn on_the_lines<DB: DrawingBackend>(scene: &Scene<'_, DB>) -> Drawn<DB> {
    let mut taken = Vec::new();
    last_close(scene, &mut taken)?;
    moving_price(scene, &mut taken)?;
    ghost_label(scene, &mut taken)?;
    median_end(scene)
}

fn median_end<DB: DrawingBackend>(scene: &Scene<'_, DB>) -> Drawn<DB> {
    let (session, price) = *scene.view.fan.median.last().expect("a forecast has at least one session");
    let radius = scene.layout.sizes.line * 1.7;
    let rim = (scene.layout.sizes.line * 0.6, scene.colors.background);
    scene.pen.dot(scene.at(session, price), radius, scene.colors.accent, rim)
}

fn last_close<DB: DrawingBackend>(scene: &Scene<'_, DB>, taken: &mut Vec<Rect>) -> Drawn<DB> {
    let sizes = scene.layout.sizes;
    let (date, close) = scene.chart.last_close();
    let point = scene.at(scene.view.last as f64, close);
    let rim = (sizes.line * 0.6, scene.colors.background);
    scene.pen.dot(point, sizes.line * 1.7, scene.colors.ink, rim)?;

    let price = format::price(close, &scene.chart.currency);
    let price_set = Type { face: Face::FIGURE, size: sizes.median * 0.86, color: scene.colors.ink };
    let words = format!("close, {}", day(date, !scene.layout.compact));
    let words_set = Type { face: Face::PROSE, size: sizes.caption, color: scene.colors.muted };
    let block_width =
        width(&price, price_set.face, price_set.size).max(width(&words, words_set.face, words_set.size));
    let leading = sizes.caption * 1.4;
    let block_height = price_set.size * CAP_HEIGHT + leading;
    let right = point.0 - sizes.line * 4.0;
    let Some(place) =
        beside(scene, (right - block_width, right), block_height, point.1, Side::Nearest, taken)
    else {
        return Ok(());
    };
    let first = place.top + price_set.size * CAP_HEIGHT;
    scene.pen.text(&price, price_set, Align::Right, (right, first))?;
    scene.pen.text(&words, words_set, Align::Right, (right, first + leading))?;
    taken.push(place);
    Ok(())
}

fn moving_price<DB: DrawingBackend>(scene: &Scene<'_, DB>, taken: &mut Vec<Rect>) -> Drawn<DB> {
    let Some((session, price)) = scene.view.moving else { return Ok(()) };
    let sizes = scene.layout.sizes;
    let point = scene.at(session, price);
    let words = format!("now {}", format::price(price, &scene.chart.currency));
    let set = Type { face: Face::SEMI_BOLD, size: sizes.caption, color: scene.colors.ink };
    let height = set.size * CAP_HEIGHT;
    let left = point.0 + sizes.line * 2.6;
    // Off the median, on the side of it where the price is.
    let median = scene.view.fan.median.iter().map(|&(session, price)| scene.at(session, price));
    let right = left + width(&words, set.face, set.size);
    let over: Vec<f64> = median.filter(|(x, _)| (point.0..=right).contains(x)).map(|(_, y)| y).collect();
    let gap = height / 2.0 + sizes.line * 1.8;
    let highest = over.iter().copied().fold(point.1 + gap, f64::min);
    let lowest = over.iter().copied().fold(point.1 - gap, f64::max);
    let is_above = point.1 <= f64::midpoint(highest, lowest);
    let y = if is_above { point.1.min(highest - gap) } else { point.1.max(lowest + gap) };
    scene.pen.text_at_middle(&words, set, Align::Left, (left, y))?;
    taken.push(Rect { left, top: y - height, right, bottom: y + height });
    let rim = (sizes.line * 0.62, scene.colors.ink);
    scene.pen.dot(point, sizes.line * 1.2, scene.colors.background, rim)
}

fn ghost_label<DB: DrawingBackend>(scene: &Scene<'_, DB>, taken: &mut Vec<Rect>) -> Drawn<DB> {
    let (Some(ghost), Some((as_of, _))) = (&scene.view.ghost, &scene.chart.past) else { return Ok(()) };
    if scene.layout.compact {
        // No room beside it; the footer says what the gray is.
        return Ok(());
    }
    let size = scene.layout.sizes.caption * 0.92;
    let words = format!("forecast of {}", day(*as_of, false));
    let set = Type { face: Face::PROSE, size, color: scene.colors.muted };
    let half = width(&words, set.face, size) / 2.0;
    let middle = ghost.median[ghost.median.len() / 2];
    let (x, y) = scene.at(middle.0, middle.1);
    let x = x.max(scene.layout.panel.left + half);
    if let Some(place) = beside(scene, (x - half, x + half), size * CAP_HEIGHT, y, Side::Above, taken) {
        scene.pen.text(&words, set, Align::Center, (x, place.bottom))?;
        taken.push(place);
    }
    Ok(())
}

/// Which side of the lines a label tries first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Above,
    Nearest,
}

/// Finds room for a label of `height` over `span`: just above or just below all lines there, within the panel and off what is taken.
fn beside<DB: DrawingBackend>(
    scene: &Scene<'_, DB>,
    span: (f64, f64),
    height: f64,
    y: f64,
    side: Side,
    taken: &[Rect],
) -> Option<Rect> {
    let panel = scene.layout.panel;
    let (top, bottom) = lines_over(scene, span).unwrap_or((y, y));
    let (top, bottom) = (top.min(y), bottom.max(y));
    let gap = scene.layout.sizes.caption * 0.85;
    let above = Rect { left: span.0, right: span.1, top: top - gap - height, bottom: top - gap };
    let below = Rect { left: span.0, right: span.1, top: bottom + gap, bottom: bottom + gap + height };
    let above_first = side == Side::Above || y - above.bottom <= below.top - y;
    let free = |place: &Rect| {
        let within = place.left >= scene.layout.margin
            && place.top >= panel.top - scene.layout.strip * 0.4
            && place.bottom <= panel.bottom + 1.0;
        within && !taken.iter().any(|other| other.grown(gap).overlaps(place))
    };
    let order = if above_first { [above, below] } else { [below, above] };
    order.into_iter().find(free)
}

/// Returns the highest and lowest point of all lines and bands over a span of the canvas.
fn lines_over<DB: DrawingBackend>(scene: &Scene<'_, DB>, (left, right): (f64, f64)) -> Option<(f64, f64)> {
    let history = scene.chart.history.iter().enumerate().map(|(i, &(_, close))| (i as f64, close));
    let fans = std::iter::once(&scene.view.fan).chain(&scene.view.ghost);
    let edges = fans.flat_map(|fan| &fan.bands).flat_map(|(low, high)| low.iter().chain(high)).copied();
    let margin = scene.layout.sizes.line;
    let points: Vec<Point> = history.chain(edges).map(|(session, price)| scene.at(session, price)).collect();
    // A session's width more on either side: the line between two points may cross the corner of the span.
    let reach = (scene.at(1.0, 1.0).0 - scene.at(0.0, 1.0).0).min(24.0) + margin;
    let over = points.iter().filter(|(x, _)| (left - reach..=right + reach).contains(x));
    over.fold(None, |span, &(_, y)| match span {
        None => Some((y - margin, y + margin)),
        Some((top, bottom)) => Some((f64::min(top, y - margin), f64::max(bottom, y + margin))),
    })
}
