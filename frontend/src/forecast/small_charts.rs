//! Small pictures drawn in the page itself, as SVG marks without inline style.

use forecast_types::{
    Bar, FeatureDay, Forecast, ForecastSession, Interval, Level, ShownSeries, Source, SourceReport,
};

use crate::format;

/// Width of a strip in its own units; CSS stretches it.
const STRIP_WIDTH: f64 = 200.0;

/// The common price scale of all strips in the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RangeScale {
    low: f64,
    high: f64,
    /// Position of the last close.
    pub(crate) last: f64,
}

/// One day's ranges as marks on the common scale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RangeStrip {
    pub(crate) ninety: Mark,
    pub(crate) eighty: Mark,
    pub(crate) half: Mark,
}

/// A stretch on a scale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) x: f64,
    pub(crate) width: f64,
}

/// What one of the other sources had, by trading day.
#[derive(Clone, Debug)]
pub(crate) struct FeatureChart {
    pub(crate) title: &'static str,
    pub(crate) summary: String,
    /// Empty where the source is missing.
    pub(crate) bars: Vec<FeatureBars>,
    pub(crate) width: usize,
    pub(crate) from: String,
    pub(crate) to: String,
}

/// The bars of all days with one sentiment, as one path: a page has more than a hundred of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FeatureBars {
    pub(crate) sentiment: &'static str,
    pub(crate) path: String,
}

/// Height of a feature chart and width of one day in it, in its own units.
const FEATURE_HEIGHT: f64 = 40.0;
const SESSION_WIDTH: usize = 8;

impl RangeScale {
    /// Spans the widest range of all sessions, the last close and those since included.
    pub(crate) fn of(sessions: &[ForecastSession], last_close: f64, since: &[Bar]) -> Self {
        let at = |level: Level| sessions.iter().filter_map(move |session| session.quantiles.get(level));
        let (lowest, highest) = Interval::P90.edges();
        let closes = || since.iter().map(|bar| bar.close);
        let low = at(lowest).chain(closes()).fold(last_close, f64::min);
        let high = at(highest).chain(closes()).fold(last_close, f64::max);
        let mut scale = Self { low, high, last: 0.0 };
        scale.last = scale.place(last_close);
        scale
    }

    pub(crate) fn place(&self, price: f64) -> f64 {
        let share = if self.high > self.low { (price - self.low) / (self.high - self.low) } else { 0.5 };
        tenth(share * STRIP_WIDTH)
    }

    fn mark(&self, session: &ForecastSession, interval: Interval) -> Mark {
        let (low, high) = interval.edges();
        let at = |level| session.quantiles.get(level).map_or(0.0, |price| self.place(price));
        Mark { x: at(low), width: tenth(at(high) - at(low)) }
    }
}

impl RangeStrip {
    /// Places a day's ranges on the scale.
    pub(crate) fn of(session: &ForecastSession, scale: &RangeScale) -> Self {
        Self {
            ninety: scale.mark(session, Interval::P90),
            eighty: scale.mark(session, Interval::P80),
            half: scale.mark(session, Interval::P50),
        }
    }
}

/// Draws the three optional sources: what the model read, and else what is only shown.
pub(crate) fn feature_charts(forecast: &Forecast) -> Vec<FeatureChart> {
    charts(&forecast.features, &forecast.shown, &forecast.sources)
}

fn charts(days: &[FeatureDay], shown: &[ShownSeries], sources: &[SourceReport]) -> Vec<FeatureChart> {
    let chart = |source,
                 title,
                 amount: fn(f64) -> String,
                 value: fn(&FeatureDay) -> Option<f64>,
                 sentiment: fn(&FeatureDay) -> Option<f64>| {
        if let Some(shown) = shown.iter().find(|shown| shown.source == source) {
            return shown_chart(title, days, shown);
        }
        let values: Vec<Option<f64>> = days.iter().map(value).collect();
        let sentiments: Vec<Option<f64>> = days.iter().map(sentiment).collect();
        let bars = bars(&values, &sentiments);
        let summary = if bars.is_empty() {
            let why = sources
                .iter()
                .find(|report| report.source == source)
                .and_then(|report| report.detail.clone());
            format!("Missing: {}.", why.unwrap_or_else(|| "no data for these days".to_owned()))
        } else {
            summary(days, &values, &sentiments, &amount)
        };
        FeatureChart {
            title,
            summary,
            bars,
            width: days.len() * SESSION_WIDTH,
            from: days.first().map(|day| format::day(day.date)).unwrap_or_default(),
            to: days.last().map(|day| format::day(day.date)).unwrap_or_default(),
        }
    };
    vec![
        chart(
            Source::Tweets,
            "Tweets",
            |number| counted(number, "tweet"),
            |day| day.tweet_count,
            |day| day.tweet_sentiment,
        ),
        chart(
            Source::News,
            "News",
            |number| counted(number, "article"),
            |day| day.news_count,
            |day| day.news_sentiment,
        ),
        chart(
            Source::Searches,
            "Searches",
            |interest| format!("{interest:.0} of 100"),
            |day| day.search_interest,
            |_| None,
        ),
    ]
}

/// Draws what the model did not read, and says so.
fn shown_chart(title: &'static str, days: &[FeatureDay], shown: &ShownSeries) -> FeatureChart {
    let on = |date| shown.days.iter().find(|day| day.date == date).map(|day| day.value);
    let values: Vec<Option<f64>> = days.iter().map(|day| on(day.date)).collect();
    let sentiments = vec![None; values.len()];
    let thing = shown.unit.strip_suffix('s').unwrap_or(&shown.unit);
    let bars = bars(&values, &sentiments);
    let summary = if bars.is_empty() {
        format!("{}: no {} on these days.", shown.provider, shown.unit)
    } else {
        let said = summary(days, &values, &sentiments, &|number| counted(number, thing));
        format!("{}, shown, not used: {said}", shown.provider)
    };
    FeatureChart {
        title,
        summary,
        bars,
        width: days.len() * SESSION_WIDTH,
        from: days.first().map(|day| format::day(day.date)).unwrap_or_default(),
        to: days.last().map(|day| format::day(day.date)).unwrap_or_default(),
    }
}

fn bars(values: &[Option<f64>], sentiments: &[Option<f64>]) -> Vec<FeatureBars> {
    let highest = values.iter().flatten().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let mut bars = TONES.map(|sentiment| FeatureBars { sentiment, path: String::new() });
    for (index, (value, sentiment)) in values.iter().zip(sentiments).enumerate() {
        // A missing day is not drawn.
        let Some(value) = value else { continue };
        let share = if highest > 0.0 { value.max(0.0) / highest } else { 0.0 };
        // A count of zero is drawn as a hairline.
        let height = (share * FEATURE_HEIGHT).round().max(1.0);
        let tone = sentiment.map_or(TONES[0], tone);
        let middle = index * SESSION_WIDTH + SESSION_WIDTH / 2;
        for bar in bars.iter_mut().filter(|bars| bars.sentiment == tone) {
            bar.path.push_str(&format!("M{middle} {FEATURE_HEIGHT}v-{height}"));
        }
    }
    bars.into_iter().filter(|bars| !bars.path.is_empty()).collect()
}

fn summary(
    days: &[FeatureDay],
    values: &[Option<f64>],
    sentiments: &[Option<f64>],
    amount: &dyn Fn(f64) -> String,
) -> String {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let last = days
        .iter()
        .zip(values)
        .zip(sentiments)
        .rev()
        .find_map(|((day, value), sentiment)| Some((day, (*value)?, *sentiment)));
    let Some((day, value, sentiment)) = last else { return String::new() };
    let tone = sentiment.map(|sentiment| {
        let word = tone(sentiment);
        format!(" Tone: {word} ({}{:.2}).", if sentiment < 0.0 { "−" } else { "+" }, sentiment.abs())
    });
    let gaps = values.len() - known.len();
    let gaps = match gaps {
        0 => String::new(),
        gaps => format!(" No data for {}.", format::plural(gaps as u64, "day")),
    };
    let mean = if mean > 0.0 && mean < 1.0 {
        format!("{mean:.1}")
    } else {
        format::count(mean.max(0.0).round() as u64)
    };
    let (value, date) = (amount(value), format::day(day.date));
    format!("{value} on {date}; {mean} on average.{}{gaps}", tone.unwrap_or_default())
}

fn counted(number: f64, thing: &str) -> String {
    format::plural(number.max(0.0).round() as u64, thing)
}

/// The word for a sentiment between −1 and 1; close to zero it is neutral.
fn tone(sentiment: f64) -> &'static str {
    let [neutral, positive, negative] = TONES;
    match sentiment {
        sentiment if sentiment > 0.15 => positive,
        sentiment if sentiment < -0.15 => negative,
        _ => neutral,
    }
}

const TONES: [&str; 3] = ["neutral", "positive", "negative"];

/// Marks need no more than a tenth of a unit.
fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use forecast_types::ShownDay;
    use jiff::civil::date;

    use super::*;

    fn session(low: f64, step: f64) -> ForecastSession {
        let quantiles = Level::ALL
            .into_iter()
            .enumerate()
            .map(|(index, level)| (level, low + step * index as f64))
            .collect();
        ForecastSession { date: date(2026, 11, 23), quantiles }
    }

    #[test]
    fn strips_share_one_scale_and_nest() {
        let sessions = [session(98.0, 1.0), session(94.0, 2.0)];
        let scale = RangeScale::of(&sessions, 100.0, &[]);
        let widest = RangeStrip::of(&sessions[1], &scale);
        assert_eq!((widest.ninety.x, widest.ninety.width), (0.0, 200.0));
        assert_eq!(scale.last, 100.0);
        for strip in sessions.iter().map(|session| RangeStrip::of(session, &scale)) {
            assert!(strip.ninety.x <= strip.eighty.x && strip.eighty.x <= strip.half.x);
            assert!(strip.half.x + strip.half.width <= strip.eighty.x + strip.eighty.width);
        }
    }

    #[test]
    fn a_flat_forecast_has_marks_too() {
        let sessions = [session(100.0, 0.0)];
        let strip = RangeStrip::of(&sessions[0], &RangeScale::of(&sessions, 100.0, &[]));
        assert_eq!((strip.half.x, strip.ninety.width), (100.0, 0.0));
    }

    #[test]
    fn zero_is_drawn_and_missing_is_not() {
        let bars = bars(&[Some(0.0), None, Some(20.0)], &[None, None, Some(-0.4)]);
        let path = |sentiment, path: &str| FeatureBars { sentiment, path: path.to_owned() };
        assert_eq!(bars, [path("neutral", "M4 40v-1"), path("negative", "M20 40v-40")]);
    }

    #[test]
    fn a_missing_source_says_why() {
        let day = FeatureDay {
            date: date(2026, 11, 20),
            tweet_count: None,
            tweet_sentiment: None,
            news_count: Some(12.0),
            news_sentiment: Some(0.4),
            search_interest: Some(37.0),
        };
        let report = SourceReport {
            source: Source::Tweets,
            provider: "EODHD".to_owned(),
            status: forecast_types::SourceStatus::Missing,
            used: false,
            detail: Some("no token".to_owned()),
            days: 0,
            last: None,
            elapsed_ms: 0,
        };
        let views = ShownSeries {
            source: Source::Searches,
            provider: "Wikipedia".to_owned(),
            unit: "pageviews".to_owned(),
            days: vec![ShownDay { date: day.date, value: 12_345.0 }],
        };
        let shown = charts(&[day], &[views], &[]);
        assert_eq!(
            shown[2].summary,
            "Wikipedia, shown, not used: 12,345 pageviews on Fri, Nov 20; 12,345 on average."
        );
        let charts = charts(&[day], &[], &[report]);
        assert_eq!(charts[0].summary, "Missing: no token.");
        assert_eq!(charts[1].summary, "12 articles on Fri, Nov 20; 12 on average. Tone: positive (+0.40).");
        assert_eq!(charts[2].summary, "37 of 100 on Fri, Nov 20; 37 on average.");
    }
}
