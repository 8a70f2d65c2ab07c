//! Sample charts for the snapshot tests, the contact sheet and the benchmarks.

use forecast_types::{
    Bar, ChartRequest, Coverage, Event, EventKind, ForecastSession, Level, Market, MovingPrice, Report,
    ReportBasis, ReportTime, Theme, format,
};
use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday, date};

/// Every sample, in the order of the contact sheet.
pub(crate) fn all() -> Vec<(&'static str, ChartRequest)> {
    let dark = |request: ChartRequest| ChartRequest { theme: Theme::Dark, ..request };
    let small = |request: ChartRequest| ChartRequest { width: Some(360), height: Some(480), ..request };
    vec![
        ("reference", reference()),
        ("reference-dark", dark(reference())),
        ("month", month()),
        ("month-dark", dark(month())),
        ("looking-back", looking_back(14)),
        ("looking-back-dark", dark(looking_back(8))),
        ("quiet", walk("Kimberly-Clark", 128.4, 0.0035, 30)),
        ("volatile", walk("GameStop", 23.4, 0.062, 30)),
        ("penny", walk("Sunrise Mining", 0.000_342, 0.04, 30)),
        ("700000-dollars", walk("Berkshire Hathaway", 712_345.0, 0.009, 30)),
        ("long-title", long_title()),
        ("short-history", short_history()),
        ("year", year()),
        ("events-and-moving-price", events_and_moving_price()),
        ("reports", reports()),
        ("other-scripts", other_scripts()),
        ("small", small(month())),
        ("small-dark", small(dark(looking_back(14)))),
        ("no-title", ChartRequest { show_title: false, ..month() }),
        ("small-no-title", ChartRequest { show_title: false, height: Some(340), ..small(month()) }),
        ("tablet", ChartRequest { width: Some(760), height: Some(460), ..events_and_moving_price() }),
        ("low", ChartRequest { width: Some(640), height: Some(300), ..month() }),
    ]
}

/// The sample of that name.
#[allow(dead_code, reason = "not every test uses it")]
pub(crate) fn named(name: &str) -> ChartRequest {
    all().into_iter().find(|(sample, _)| *sample == name).expect("there is a sample of that name").1
}

/// Made-up prices that the same chart was also made of in ggplot2, for comparison.
pub(crate) fn reference() -> ChartRequest {
    let closes = [148.8, 149.2, 150.9, 150.4, 152.6, 152.9, 153.38];
    let last = date(2026, 11, 23);
    let ends = [139.7, 145.3, 150.6, 156.84, 163.1, 169.05, 176.0];
    let bows = [0.62, 0.60, 0.55, 0.60, 0.62, 0.61, 0.60];
    let forecast = sessions_after(last, 14).into_iter().enumerate().map(|(i, date)| {
        let share = (i + 1) as f64 / 14.0;
        let prices = ends.iter().zip(bows).map(|(end, bow)| 153.38 + (end - 153.38) * share.powf(bow));
        ForecastSession { date, quantiles: Level::ALL.into_iter().zip(prices).collect() }
    });
    ChartRequest {
        market: None,
        coverage: None,
        history: bars(&sessions_before(last, closes.len()), &closes),
        forecast: forecast.collect(),
        ..base(
            "Apple: 80% chance of $145–$169 by Dec 11",
            "Daily closes and forecast. Half of the outcomes fall in the inner band, 90% between $140 and $176.",
        )
    }
}

/// The most frequent kind of chart: a month of history.
pub(crate) fn month() -> ChartRequest {
    walk("Apple", 228.5, 0.014, 30)
}

/// A chart of the past: the forecast and the first closes that followed.
pub(crate) fn looking_back(closes: usize) -> ChartRequest {
    let mut request = walk("Johnson & Johnson", 163.4, 0.011, 44);
    request.outcome = request.history.split_off(30);
    let dates: Vec<Date> = request.outcome.iter().map(|bar| bar.date).collect();
    request.forecast = fan(&dates, request.history[29].close, 0.0075, 0.0);
    request.outcome.truncate(closes);
    request.title = "JNJ: the forecast of Mon, Nov 2, and what happened".to_owned();
    request
}

fn long_title() -> ChartRequest {
    let title = "American Depositary Shares of Sociedad Química y Minera de Chile S.A., each representing one Series B \
                 share: 80% chance of $35–$43 by Dec 10, which is a range that is wide enough to matter";
    ChartRequest { title: title.to_owned(), ..walk("SQM", 38.2, 0.021, 30) }
}

fn short_history() -> ChartRequest {
    let request = walk("Freshly Listed", 17.1, 0.03, 30);
    ChartRequest { history: request.history[28..].to_vec(), ..request }
}

fn year() -> ChartRequest {
    walk("Nvidia", 176.2, 0.023, 250)
}

fn events_and_moving_price() -> ChartRequest {
    let mut request = walk("Coca-Cola", 71.3, 0.008, 60);
    let dates: Vec<Date> = request.history.iter().map(|bar| bar.date).collect();
    request.events = vec![
        Event { date: dates[12], kind: EventKind::Split { ratio: "4:1".to_owned() } },
        Event { date: dates[44], kind: EventKind::Dividend { amount: 0.51 } },
    ];
    let close = request.history[59].close;
    request.moving = Some(MovingPrice { date: request.forecast[0].date, price: close * 1.011 });
    request
}

/// An announced report two days ahead, and one that is expected at the end.
fn reports() -> ChartRequest {
    let mut request = walk("Nvidia", 874.2, 0.024, 40);
    let report = |session: usize, when: ReportTime, basis: ReportBasis| Report {
        date: request.forecast[session].date,
        when,
        basis,
        spread_sessions: None,
        session: None,
    };
    request.reports = vec![
        report(1, ReportTime::AfterClose, ReportBasis::Announced),
        report(11, ReportTime::Unknown, ReportBasis::Estimated),
    ];
    request
}

fn other_scripts() -> ChartRequest {
    let title = "トヨタ自動車 <script>alert(1)</script> أرامكو Яндекс: 80% chance of $174–$201";
    ChartRequest { title: title.to_owned(), market: Some(Market::Replay), ..walk("Toyota", 184.0, 0.015, 30) }
}

/// A random walk that ends at `close`, and a forecast after it.
pub(crate) fn walk(name: &str, close: f64, daily: f64, sessions: usize) -> ChartRequest {
    let last = date(2026, 11, 20);
    let dates = sessions_before(last, sessions);
    let mut noise =
        Noise(name.bytes().fold(7_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte))));
    let mut closes = vec![close];
    for _ in 1..sessions {
        closes.push(closes[closes.len() - 1] * (-daily * noise.normal()).exp());
    }
    closes.reverse();
    let forecast = fan(&sessions_after(last, 14), close, daily, 0.0012);
    let end = &forecast[13];
    let at = |level: Level| end.quantiles.get(level).unwrap_or(close);
    let price = |level: Level| format::price(at(level), "USD");
    let title = format!(
        "{name}: 80% chance of {}–{} by {}",
        format::round_price(at(Level::P10), "USD"),
        format::round_price(at(Level::P90), "USD"),
        format::month_day(end.date)
    );
    let subtitle = format!(
        "Half of the outcomes fall between {} and {}, 90% between {} and {}.",
        price(Level::P25),
        price(Level::P75),
        price(Level::P05),
        price(Level::P95),
    );
    ChartRequest { history: bars(&dates, &closes), forecast, ..base(&title, &subtitle) }
}

fn base(title: &str, subtitle: &str) -> ChartRequest {
    ChartRequest {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        show_title: true,
        currency: "USD".to_owned(),
        history: Vec::new(),
        forecast: Vec::new(),
        width: None,
        height: None,
        scale: None,
        theme: Theme::Light,
        market: Some(Market::Simulated),
        symbol: Some("AAPL".to_owned()),
        as_of: Some(date(2026, 11, 20)),
        model: Some("fortnight-lstm 1.0.0".to_owned()),
        coverage: Some(Coverage { level: 0.8, held: 0.796, outcomes: 2_548 }),
        moving: None,
        events: Vec::new(),
        reports: Vec::new(),
        outcome: Vec::new(),
    }
}

/// Quantiles that widen with the square root of time, around a small drift. The z-scores are the normal's.
fn fan(dates: &[Date], close: f64, daily: f64, drift: f64) -> Vec<ForecastSession> {
    let z = [-1.645, -1.282, -0.674, 0.0, 0.674, 1.282, 1.645];
    let session = |(i, &date): (usize, &Date)| {
        let ahead = (i + 1) as f64;
        let price = |z: f64| close * (z * daily * ahead.sqrt() + drift * ahead).exp();
        ForecastSession { date, quantiles: Level::ALL.into_iter().zip(z.map(price)).collect() }
    };
    dates.iter().enumerate().map(session).collect()
}

fn bars(dates: &[Date], closes: &[f64]) -> Vec<Bar> {
    let bar =
        |(&date, &close): (&Date, &f64)| Bar { date, open: close, high: close, low: close, close, volume: 1 };
    dates.iter().zip(closes).map(bar).collect()
}

fn is_weekday(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn sessions_after(last: Date, n: usize) -> Vec<Date> {
    last.series(1.day()).skip(1).filter(|&day| is_weekday(day)).take(n).collect()
}

fn sessions_before(last: Date, n: usize) -> Vec<Date> {
    let mut dates: Vec<Date> = last.series(-1.day()).filter(|&day| is_weekday(day)).take(n).collect();
    dates.reverse();
    dates
}

/// A small random number generator, so that the pictures do not depend on a library's version.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        // Source: Knuth's MMIX constants.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// The sum of twelve uniforms less six is close to normal.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}
