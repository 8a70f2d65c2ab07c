//! The addresses and descriptions of the pictures in the page.

use askama::Template;
use forecast_types::{Bar, Forecast, Interval, Theme};

use super::headline::{end, midpoint};
use super::links::{View, address, path, theme_word};
use super::outcome::score;
use super::report::report_line;
use crate::caching::content_hash;
use crate::format;

/// A picture in the sizes and themes a reader may need.
///
/// The text in a picture has 11 pixels or more at the picture's own width. Each size is therefore used only where the
/// page shows it at that width or wider.
#[derive(Template)]
#[template(path = "picture.html")]
pub(crate) struct Picture {
    /// For windows up to a width, narrowest first.
    sizes: Vec<PictureSize>,
    /// For all wider windows.
    widest: PictureSize,
    alt: String,
    /// Whether it is the page's main chart, which loads first and can be touched.
    is_chart: bool,
}

struct PictureSize {
    media: String,
    width: u32,
    height: u32,
    light: String,
    dark: String,
}

/// Widest window, width and height of the picture in it.
type Fit = (u32, u32, u32);

/// Up to 700 pixels the chart fills the window, above it there are margins: 61 pixels in all.
const CHART: [Fit; 8] = [
    (389, 320, 320),
    (499, 390, 370),
    (599, 500, 420),
    (700, 600, 440),
    (860, 640, 440),
    (999, 780, 460),
    (1179, 920, 500),
    (u32::MAX, 1080, 540),
];
/// Above 1,000 pixels the picture of the track record shares the page's width with its figures.
const PAST: [Fit; 4] = [(479, 320, 340), (700, 480, 380), (1000, 640, 400), (u32::MAX, 530, 380)];

impl Picture {
    /// The chart of a forecast, and of what has happened since.
    pub(super) fn chart(forecast: &Forecast, outcome: &[Bar], view: View) -> Self {
        // The address changes with the numbers, so a cached picture never contradicts the table below it.
        let version = version(forecast);
        let address = |theme: Theme, width: u32, height: u32| {
            // What the sizes have in common comes first, where it compresses best.
            let pairs = [
                ("as_of", forecast.as_of.to_string()),
                ("range", view.range.to_string()),
                ("title", "off".to_owned()),
                ("v", version.clone()),
                ("width", width.to_string()),
                ("height", height.to_string()),
                ("theme", theme_word(view.theme.unwrap_or(theme)).to_owned()),
            ];
            address(&path(&forecast.stock.symbol, "plot.png"), pairs)
        };
        Self::new(&CHART, address, alt_text(forecast, outcome, view.range), true)
    }

    /// The forecast of fourteen trading days ago, and what happened.
    pub(super) fn past(forecast: &Forecast, view: View, alt: String) -> Self {
        let address = |theme: Theme, width: u32, height: u32| {
            let view = View { theme: Some(view.theme.unwrap_or(theme)), ..view };
            let size =
                [("width", width.to_string()), ("height", height.to_string()), ("title", "off".to_owned())];
            view.file(&forecast.stock.symbol, "past.png", size)
        };
        Self::new(&PAST, address, alt, false)
    }

    fn new(fits: &[Fit], address: impl Fn(Theme, u32, u32) -> String, alt: String, is_chart: bool) -> Self {
        let size = |&(window, width, height): &Fit| PictureSize {
            media: format!("(max-width: {window}px)"),
            width,
            height,
            light: address(Theme::Light, width, height),
            dark: address(Theme::Dark, width, height),
        };
        let mut sizes: Vec<PictureSize> = fits.iter().map(size).collect();
        let widest = sizes.pop().expect("every picture has sizes");
        Self { sizes, widest, alt, is_chart }
    }
}

/// Returns a short name of a forecast's numbers.
pub(super) fn version(forecast: &Forecast) -> String {
    let numbers =
        serde_json::to_vec(&(&forecast.history, &forecast.forecast, &forecast.model, &forecast.report))
            .expect("a forecast that was read from JSON can be written as JSON");
    content_hash(&numbers)
}

fn alt_text(forecast: &Forecast, outcome: &[Bar], range: u16) -> String {
    let currency = forecast.stock.currency.as_str();
    let shown = forecast.history.len().min(usize::from(range));
    let history = &forecast.history[forecast.history.len() - shown..];
    let (first, last) = (&history[0], &history[shown - 1]);
    let end = end(forecast);
    let (low, high) = format::price_range(&end.quantiles, Interval::P80, currency).unwrap_or_default();
    let score = score(&forecast.forecast, outcome).map(|score| format!(" {score}.")).unwrap_or_default();
    let report = report_line(forecast).map(|line| format!(" {line}")).unwrap_or_default();
    format!(
        "Chart: {} closed at {} on {} and at {} on {}. From there the ranges widen over {} trading days; on {} \
         the 80% range is {low} to {high}, with its midpoint at {}.{report}{score}",
        forecast.stock.symbol,
        format::price(first.close, currency),
        format::day(first.date),
        format::price(last.close, currency),
        format::day(last.date),
        forecast.forecast.len(),
        format::day(end.date),
        format::round_price(midpoint(end), currency),
    )
}
