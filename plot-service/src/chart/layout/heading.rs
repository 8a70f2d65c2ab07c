//! The words above and below the picture: title, subtitle, tag and footer.

use forecast_types::Market;

use crate::chart::captions;
use crate::chart::layout::rect::{Rect, TextLine};
use crate::chart::layout::sizes::Sizes;
use crate::chart::request::Chart;
use crate::chart::text::lines::width;
use crate::chart::text::typeface::{CAP_HEIGHT, Face};
use crate::chart::text::wrap::wrap;

/// Distance of the footer's baselines over its size.
const FOOTER_LEADING: f64 = 1.4;

/// The words above the panel.
#[derive(Clone, Debug)]
pub(crate) struct Heading {
    pub(crate) title: Vec<TextLine>,
    pub(crate) title_size: f64,
    pub(crate) subtitle: Vec<TextLine>,
    /// The tag of a market that is not live, and its words.
    pub(crate) tag: Option<(Rect, &'static str)>,
    pub(crate) bottom: f64,
}

impl Heading {
    /// Sets the heading in at most the given number of lines of title and subtitle.
    pub(crate) fn set(chart: &Chart, sizes: &Sizes, most: (usize, usize)) -> Self {
        let most = if chart.show_title { most } else { (0, 0) };
        let room = f64::from(chart.width) - 2.0 * sizes.margin;
        let mut y = sizes.edge;
        let tag = tag(chart, sizes);
        let mut title_room = room;
        match &tag {
            Some((tag, _)) if sizes.compact => y = tag.bottom + sizes.caption,
            Some((tag, _)) => title_room = tag.left - sizes.margin - 24.0,
            None => {}
        }
        let title_size = fitting_size(&chart.title, sizes.title, (title_room, most.0));
        let title = paragraph(&chart.title, Face::HEADLINE, title_size, (title_room, most.0), 1.22, &mut y);
        if !title.is_empty() {
            y += sizes.subtitle * 0.62;
        }
        let subtitle = paragraph(&chart.subtitle, Face::PROSE, sizes.subtitle, (room, most.1), 1.4, &mut y);
        let gap = if title.is_empty() { 0.0 } else { sizes.edge * 0.75 };
        Self { title, title_size, subtitle, tag, bottom: (y + gap).round() }
    }
}

/// Returns a size at which a title fits its lines, down to three quarters; one that never fits is cut at full size.
fn fitting_size(title: &str, size: f64, (room, most): (f64, usize)) -> f64 {
    let is_whole = |size: &f64| {
        wrap(title, Face::HEADLINE, *size, room, most).last().is_none_or(|line| !line.ends_with('…'))
    };
    [1.0, 0.9, 0.82, 0.75].map(|share| size * share).into_iter().find(is_whole).unwrap_or(size)
}

fn tag(chart: &Chart, sizes: &Sizes) -> Option<(Rect, &'static str)> {
    let words = match chart.market? {
        Market::Live => return None,
        Market::Simulated => "Simulated market",
        Market::Replay => "Replay of past prices",
    };
    let width = width(words, Face::MEDIUM, sizes.caption) + sizes.caption * 1.6;
    let height = (sizes.caption * 1.85).round();
    let left = if sizes.compact { sizes.margin } else { f64::from(chart.width) - sizes.margin - width };
    // Beside the title, or beside the words over the panel where there is no title.
    let beside = if chart.show_title { sizes.title } else { sizes.caption };
    let top = sizes.edge + if sizes.compact { 0.0 } else { (beside * CAP_HEIGHT - height) / 2.0 };
    Some((Rect { left, top, right: left + width, bottom: top + height }, words))
}

/// Sets a paragraph from `y` on, in `(room, most lines)`, and moves `y` below it.
fn paragraph(
    text: &str,
    face: Face,
    size: f64,
    (room, most): (f64, usize),
    leading: f64,
    y: &mut f64,
) -> Vec<TextLine> {
    let lines = if most == 0 { Vec::new() } else { wrap(text, face, size, room, most) };
    let lines: Vec<TextLine> = (0..)
        .zip(lines)
        .map(|(i, text)| TextLine { text, baseline: *y + size * (CAP_HEIGHT + f64::from(i) * leading) })
        .collect();
    if let Some(last) = lines.last() {
        *y = last.baseline + size * 0.3;
    }
    lines
}

/// The words below the date labels.
#[derive(Clone, Debug)]
pub(crate) struct Footer {
    pub(crate) lines: Vec<TextLine>,
    pub(crate) top: f64,
}

impl Footer {
    /// Sets the footer in as many lines as it needs: a disclaimer is never cut.
    pub(crate) fn set(chart: &Chart, sizes: &Sizes) -> Self {
        let room = f64::from(chart.width) - 2.0 * sizes.margin;
        let lines = wrap(&captions::footer(chart), Face::PROSE, sizes.footer, room, usize::MAX);
        let leading = sizes.footer * FOOTER_LEADING;
        let top = f64::from(chart.height) - sizes.edge - lines.len() as f64 * leading;
        let line = |(i, text)| TextLine { text, baseline: top + f64::from(i) * leading - sizes.footer * 0.2 };
        Self { lines: (1..).zip(lines).map(line).collect(), top }
    }
}
