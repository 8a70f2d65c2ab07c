//! Marks beside the lines: last close, moving price, splits and dividends, coming reports.

use forecast_types::{EventKind, ReportBasis, format};
use plotters::prelude::DrawingBackend;

use crate::chart::captions::{self, trading_days};
use crate::chart::drawing::pen::{Align, DrawError, Drawn, Point, Type};
use crate::chart::drawing::scene::Scene;
use crate::chart::layout::rect::Rect;
use crate::chart::text::lines::width;
use crate::chart::text::typeface::{CAP_HEIGHT, Face};

/// Draws the dotted line at the last session, and names what is on either side of it.
pub(crate) fn boundary<DB: DrawingBackend>(scene: &Scene<'_, DB>) -> Drawn<DB> {
    let (layout, sizes) = (scene.layout, scene.layout.sizes);
    let (x, _) = scene.at(scene.view.last as f64, layout.axis.low);
    let top = layout.panel.top - layout.strip;
    let dot = (sizes.line * 0.5).max(1.0);
    scene.pen.dotted_vertical(x, top, layout.panel.bottom, dot, scene.colors.rule)?;

    let baseline = top + sizes.caption * CAP_HEIGHT + 1.0;
    let gap = sizes.caption * 0.8;
    let history = scene.chart.history.len();
    let past = if scene.chart.outcome.is_empty() {
        format!("last {}", trading_days(history))
    } else {
        format!("{} before", trading_days(history))
    };
    let past = [past, "past".to_owned()];
    let next = captions::score(scene.chart).unwrap_or_else(|| {
        [format!("next {}", trading_days(scene.chart.forecast.dates.len())), "forecast".to_owned()]
    });
    // Without a title, the tag is in the same row.
    let right = match &layout.heading.tag {
        Some((tag, _)) if tag.bottom > top => tag.left - gap,
        _ => f64::from(scene.chart.width) - sizes.margin,
    };
    for (words, face, color, align, room, at) in [
        (past, Face::PROSE, scene.colors.muted, Align::Right, x - gap - sizes.margin, x - gap),
        (next, Face::PROSE, scene.colors.accent, Align::Left, right - x - gap, x + gap),
    ] {
        let fitting = words.iter().find(|words| width(words, face, sizes.caption) <= room);
        if let Some(words) = fitting {
            let set = Type { face, size: sizes.caption, color };
            scene.pen.text(words, set, align, (at, baseline))?;
        }
    }
    Ok(())
}

/// Draws splits, dividends and coming reports in a row of their own below the panel.
pub(crate) fn below_the_panel<DB: DrawingBackend>(scene: &Scene<'_, DB>) -> Drawn<DB> {
    let Some(y) = scene.layout.event_row else { return Ok(()) };
    let taken = events(scene, y)?;
    reports(scene, y, taken)
}

/// Draws a line where the price reacts to a coming report, and says when it comes, right of what is `taken`.
fn reports<DB: DrawingBackend>(scene: &Scene<'_, DB>, y: f64, taken: f64) -> Drawn<DB> {
    let (sizes, panel) = (scene.layout.sizes, scene.layout.panel);
    let set = Type { face: Face::PROSE, size: sizes.caption * 0.92, color: scene.colors.ink };
    let mut end = f64::INFINITY;
    // From the last one back, so that labels near the right edge can stand left of their line.
    for (session, report) in scene.view.reports.iter().rev() {
        let (x, _) = scene.at(*session, scene.layout.axis.low);
        let bottom = y + set.size * CAP_HEIGHT / 2.0;
        match report.basis {
            ReportBasis::Announced => {
                scene.pen.line(&[(x, panel.top), (x, bottom)], 1.0, scene.colors.ink)?;
            }
            ReportBasis::Estimated => {
                scene.pen.dotted_vertical(x, panel.top, bottom, 1.0, scene.colors.ink)?;
            }
        }
        let words = captions::report(report);
        let room = width(&words, set.face, set.size);
        let gap = set.size * 0.5;
        let right = (f64::from(scene.chart.width) - sizes.margin).min(end - gap);
        let (align, at, left) = if x + gap + room <= right {
            (Align::Left, x + gap, x)
        } else {
            (Align::Right, x - gap, x - gap - room)
        };
        // A label that would touch another one or leave the canvas is left out; the line stays.
        if left >= sizes.margin.max(taken) && x <= end {
            scene.pen.text_at_middle(&words, set, align, (at, y))?;
            end = left;
        }
    }
    Ok(())
}

/// Draws the marks of splits and dividends, and returns where the last label ends.
fn events<DB: DrawingBackend>(scene: &Scene<'_, DB>, y: f64) -> Result<f64, DrawError<DB>> {
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
        // A label that would touch the previous one is left out; the diamond stays.
        if left > taken && left + room < f64::from(scene.chart.width) - scene.layout.sizes.margin {
            scene.pen.text_at_middle(&words, set, Align::Left, (left, y))?;
            taken = left + room + size * 1.5;
        }
    }
    Ok(taken)
}

/// Draws the dots on the lines and their labels, which overlap neither the lines nor each other.
pub(crate) fn on_the_lines<DB: DrawingBackend>(scene: &Scene<'_, DB>) -> Drawn<DB> {
    let mut taken = Vec::new();
    last_close(scene, &mut taken)?;
    moving_price(scene, &mut taken)
}

/// Carries the last close on through the forecast as a thin dashed line.
pub(crate) fn last_close_line<DB: DrawingBackend>(scene: &Scene<'_, DB>) -> Drawn<DB> {
    let (_, close) = scene.chart.last_close();
    let (left, y) = scene.at(scene.view.last as f64, close);
    let width = (scene.layout.sizes.line * 0.4).max(1.0);
    scene.pen.dashed_horizontal(left, scene.layout.panel.right, y, width, scene.colors.ink)
}

fn last_close<DB: DrawingBackend>(scene: &Scene<'_, DB>, taken: &mut Vec<Rect>) -> Drawn<DB> {
    let sizes = scene.layout.sizes;
    let (date, close) = scene.chart.last_close();
    let point = scene.at(scene.view.last as f64, close);
    let rim = (sizes.line * 0.6, scene.colors.background);
    scene.pen.dot(point, sizes.line * 1.7, scene.colors.ink, rim)?;

    let price = format::price(close, &scene.chart.currency);
    let price_set = Type { face: Face::FIGURE, size: sizes.figure, color: scene.colors.ink };
    let words = if scene.chart.outcome.is_empty() {
        "last close".to_owned()
    } else {
        format!("close on {}", format::month_day(date))
    };
    let words_set = Type { face: Face::PROSE, size: sizes.caption, color: scene.colors.muted };
    let price_width = width(&price, price_set.face, price_set.size);
    let words_width = width(&words, words_set.face, words_set.size);
    let right = point.0 - sizes.line * 4.0;
    let height = price_set.size * CAP_HEIGHT;
    // In one line, or below each other where the history is too narrow for that.
    let leading = words_set.size * 1.4;
    let before_price = right - price_width - sizes.caption * 0.45;
    let one_line = ((before_price - words_width, right), height, (before_price, 0.0));
    let two_lines = ((right - price_width.max(words_width), right), height + leading, (right, leading));
    for (span, height, (words_right, down)) in [one_line, two_lines] {
        let Some(place) = beside(scene, span, height, point.1, taken) else { continue };
        let baseline = place.bottom - down;
        scene.pen.text(&price, price_set, Align::Right, (right, baseline))?;
        scene.pen.text(&words, words_set, Align::Right, (words_right, place.bottom))?;
        taken.push(place);
        return Ok(());
    }
    // A short history has no room at all: on its line within the forecast.
    let left = point.0 + sizes.line * 4.0;
    let price_left = left + words_width + sizes.caption * 0.45;
    let place = Rect {
        left,
        top: point.1 - height * 1.6,
        right: price_left + price_width,
        bottom: point.1 - height * 0.6,
    };
    if place.right <= scene.layout.panel.right {
        scene.pen.text(
            &words,
            Type { color: scene.colors.ink, ..words_set },
            Align::Left,
            (left, place.bottom),
        )?;
        scene.pen.text(&price, price_set, Align::Left, (price_left, place.bottom))?;
        taken.push(place);
    }
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
    // Beside the line of the last close, on the side where the price is.
    let (_, close_y) = scene.at(session, scene.chart.last_close().1);
    let gap = height / 2.0 + sizes.line * 1.8;
    let y = if point.1 <= close_y { point.1.min(close_y - gap) } else { point.1.max(close_y + gap) };
    let right = left + width(&words, set.face, set.size);
    scene.pen.text_at_middle(&words, set, Align::Left, (left, y))?;
    taken.push(Rect { left, top: y - height, right, bottom: y + height });
    let rim = (sizes.line * 0.62, scene.colors.ink);
    scene.pen.dot(point, sizes.line * 1.2, scene.colors.background, rim)
}

/// Finds room for a label of `height` over `span`: just above or just below all lines there, within the panel and
/// clear of other labels.
fn beside<DB: DrawingBackend>(
    scene: &Scene<'_, DB>,
    span: (f64, f64),
    height: f64,
    y: f64,
    taken: &[Rect],
) -> Option<Rect> {
    let panel = scene.layout.panel;
    let (top, bottom) = lines_over(scene, span).unwrap_or((y, y));
    let (top, bottom) = (top.min(y), bottom.max(y));
    let gap = scene.layout.sizes.caption * 0.85;
    let above = Rect { left: span.0, right: span.1, top: top - gap - height, bottom: top - gap };
    let below = Rect { left: span.0, right: span.1, top: bottom + gap, bottom: bottom + gap + height };
    let above_first = y - above.bottom <= below.top - y;
    let free = |place: &Rect| {
        let within = place.left >= panel.left
            && place.top >= panel.top - scene.layout.strip * 0.4
            && place.bottom <= panel.bottom + 1.0;
        within && !taken.iter().any(|other| other.grown(gap).overlaps(place))
    };
    let order = if above_first { [above, below] } else { [below, above] };
    order.into_iter().find(free)
}

/// Returns the highest and lowest point of all lines and bands within a span of the canvas.
fn lines_over<DB: DrawingBackend>(scene: &Scene<'_, DB>, (left, right): (f64, f64)) -> Option<(f64, f64)> {
    let history = scene.chart.history.iter().enumerate().map(|(i, &(_, close))| (i as f64, close));
    let edges = scene.view.fan.bands.iter().flat_map(|(low, high)| low.iter().chain(high)).copied();
    let margin = scene.layout.sizes.line;
    let points: Vec<Point> = history.chain(edges).map(|(session, price)| scene.at(session, price)).collect();
    // One session more on either side: the line between two points may cross the corner of the span.
    let reach = (scene.at(1.0, 1.0).0 - scene.at(0.0, 1.0).0).min(24.0) + margin;
    let over = points.iter().filter(|(x, _)| (left - reach..=right + reach).contains(x));
    over.fold(None, |span, &(_, y)| match span {
        None => Some((y - margin, y + margin)),
        Some((top, bottom)) => Some((f64::min(top, y - margin), f64::max(bottom, y + margin))),
    })
}
