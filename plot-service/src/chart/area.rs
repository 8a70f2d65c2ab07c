//! Where a chart shows what: for pages that let a reader point at the picture.

use forecast_types::format;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::chart::captions;
use crate::chart::layout::Layout;
use crate::chart::layout::range_labels::decimals;
use crate::chart::layout::view::View;
use crate::chart::request::Chart;

/// The place of the data in a picture, in CSS pixels from its top left corner.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlotArea {
    /// Width of the picture.
    width: u32,
    /// Height of the picture.
    height: u32,
    /// The first session.
    left: f64,
    /// The highest price.
    top: f64,
    /// The last session.
    right: f64,
    /// The lowest price.
    bottom: f64,
    /// The price at the bottom; prices are linear in between.
    low: f64,
    /// The price at the top.
    high: f64,
    /// The place of the last close in `sessions`.
    last: usize,
    /// Every session shown, oldest first, at equal distances from `left` to `right`.
    sessions: Vec<PlotSession>,
}

/// A session, and what the chart shows for it.
#[derive(Debug, Serialize, ToSchema)]
struct PlotSession {
    #[schema(value_type = String, format = Date)]
    date: Date,
    /// For people: `Wed, Mar 20: 80% $798 to $953`.
    text: String,
    /// The close, the ends of the main range, or both.
    prices: Vec<f64>,
}

/// Finds the place of a chart's data without drawing it.
#[must_use]
pub fn area(chart: &Chart) -> PlotArea {
    let view = View::of(chart);
    let layout = Layout::of(chart, &view);
    let data = layout.data();
    let tenth = |pixels: f64| (pixels * 10.0).round() / 10.0;
    PlotArea {
        width: chart.width,
        height: chart.height,
        left: tenth(data.left),
        top: tenth(data.top),
        right: tenth(data.right),
        bottom: tenth(data.bottom),
        low: layout.axis.low,
        high: layout.axis.high,
        last: view.last,
        sessions: history(chart).chain(forecast(chart, layout.axis.high - layout.axis.low)).collect(),
    }
}

fn history(chart: &Chart) -> impl Iterator<Item = PlotSession> {
    chart.history.iter().map(|&(date, close)| PlotSession {
        date,
        text: format!("{}: closed at {}", format::day(date), format::price(close, &chart.currency)),
        prices: vec![close],
    })
}

fn forecast(chart: &Chart, span: f64) -> impl Iterator<Item = PlotSession> {
    let range = chart.forecast.main_range();
    let decimals = decimals(span, chart.last_close().1);
    chart.forecast.dates.iter().enumerate().map(move |(session, &date)| {
        let (low, high) = (range.low[session], range.high[session]);
        let price = |price| format::fixed_price(price, &chart.currency, decimals);
        let mut text = format!(
            "{}: {} {} to {}",
            format::day(date),
            format::level(range.share),
            price(low),
            price(high)
        );
        let mut prices = vec![low, high];
        let closes = chart.outcome.iter().zip(chart.hits());
        if let Some((&(_, close), hit)) = closes.into_iter().find(|((at, _), _)| *at == session) {
            let place = if hit { "inside" } else { "outside" };
            text += &format!(", closed at {}, {place}", format::price(close, &chart.currency));
            prices.push(close);
        }
        if let Some(report) = chart.reports.iter().find(|report| report.date == date) {
            text += &format!(", {}", captions::report(report));
        }
        PlotSession { date, text, prices }
    })
}
