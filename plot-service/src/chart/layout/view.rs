//! What a chart shows: sessions on a line, the span of prices, and the marks within it.

use forecast_types::{Event, Report, ReportTime};
use jiff::civil::Date;

use crate::chart::layout::curve::monotone;
use crate::chart::request::{Chart, Fan};

/// A chart's data by session: 0 is the oldest close, and weekends leave no gap.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) sessions: Vec<Date>,
    /// The session of the last close.
    pub(crate) last: usize,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) fan: FanView,
    /// Session and price of today's moving price.
    pub(crate) moving: Option<(f64, f64)>,
    /// Splits and dividends within the history shown.
    pub(crate) events: Vec<(usize, Event)>,
    /// Reports within the forecast shown; the place is where the price reacts, which may be between two sessions.
    pub(crate) reports: Vec<(f64, Report)>,
}

/// A forecast as curves through its sessions, starting at the close it was made after.
#[derive(Clone, Debug)]
pub(crate) struct FanView {
    /// Lower and upper edge of each band, widest first.
    pub(crate) bands: Vec<(Curve, Curve)>,
}

/// Points `(session, price)`.
pub(crate) type Curve = Vec<(f64, f64)>;

impl View {
    pub(crate) fn of(chart: &Chart) -> Self {
        let last = chart.history.len() - 1;
        let dates = chart.history.iter().map(|&(date, _)| date).chain(chart.forecast.dates.iter().copied());
        let sessions: Vec<Date> = dates.collect();
        let place = |date: Date| match sessions.binary_search(&date) {
            Ok(session) => session as f64,
            // Between two sessions, or beyond the last one.
            Err(after) => after as f64 - 0.5,
        };

        let close = chart.history[last].1;
        let xs = |dates: &[Date]| dates.iter().map(|&date| place(date)).collect::<Vec<_>>();
        let fan = FanView::of(&chart.forecast, &xs(&chart.forecast.dates), (last as f64, close));
        let moving = chart.moving.map(|(date, price)| (place(date).min((sessions.len() - 1) as f64), price));
        let events = chart.events.iter().filter_map(|event| {
            let session = chart.history.iter().position(|&(date, _)| date >= event.date)?;
            (event.date >= sessions[0]).then(|| (session, event.clone()))
        });
        let events = events.collect();

        let end = sessions[sessions.len() - 1];
        let reports = chart.reports.iter().filter(|report| report.date <= end).filter_map(|report| {
            let aside = match report.when {
                ReportTime::BeforeOpen => -0.5,
                ReportTime::AfterClose => 0.5,
                ReportTime::Unknown => 0.0,
            };
            let at = place(report.date) + aside;
            let shown = last as f64..=(sessions.len() - 1) as f64;
            shown.contains(&at).then_some((at, *report))
        });
        let reports = reports.collect();

        let mut low = f64::INFINITY;
        let mut high = f64::NEG_INFINITY;
        let mut take = |price: f64| {
            low = low.min(price);
            high = high.max(price);
        };
        chart.history.iter().for_each(|&(_, price)| take(price));
        moving.iter().for_each(|&(_, price)| take(price));
        chart.outcome.iter().for_each(|&(_, price)| take(price));
        for (lower, upper) in &fan.bands {
            lower.iter().chain(upper).for_each(|&(_, price)| take(price));
        }
        Self { sessions, last, low, high, fan, moving, events, reports }
    }
}

impl View {
    /// Checks whether the row of marks below the panel is needed.
    pub(crate) fn has_marks(&self) -> bool {
        !self.events.is_empty() || !self.reports.is_empty()
    }
}

impl FanView {
    fn of(fan: &Fan, xs: &[f64], start: (f64, f64)) -> Self {
        let from =
            |start: f64, rest: &[f64]| std::iter::once(start).chain(rest.iter().copied()).collect::<Vec<_>>();
        let curve = |values: &[f64]| monotone(&from(start.0, xs), &from(start.1, values));
        Self { bands: fan.bands.iter().map(|band| (curve(&band.low), curve(&band.high))).collect() }
    }
}
