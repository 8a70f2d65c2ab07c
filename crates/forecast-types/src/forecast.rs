use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Basis, Market, PooledSkill, Quantiles, Report, Source, SourceReport, Symbol};

/// What predict-service answers: recent sessions, the next fourteen, and what they were made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Forecast {
    /// The stock.
    pub stock: Stock,
    /// Whether the prices are real.
    pub market: Market,
    /// The last settled session the forecast was made from.
    pub as_of: Date,
    /// When it was made.
    pub generated_at: Timestamp,
    /// The last sessions, oldest first, on the scale of the last close.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 250))]
    pub history: Vec<Bar>,
    /// The next fourteen sessions, nearest first.
    #[cfg_attr(feature = "openapi", schema(min_items = 14, max_items = 14))]
    pub forecast: Vec<ForecastSession>,
    /// Always all five sources: prices, tweets, news, searches, reports.
    #[cfg_attr(feature = "openapi", schema(min_items = 5, max_items = 5))]
    pub sources: Vec<SourceReport>,
    /// What the model read beside prices, by session, oldest first.
    pub features: Vec<FeatureDay>,
    /// Data that is shown, not used, by source: what its provider serves differs from what the model was trained on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<ShownSeries>,
    /// The model that made it.
    pub model: ModelSummary,
    /// Today's price where a session is under way; shown, never fed to the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moving: Option<MovingPrice>,
    /// The company's next quarterly report, announced or estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
    /// Splits and dividends within `history`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// How good the model is over all stocks, if its file carries the figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooled: Option<PooledSkill>,
    /// What is needed to check the forecast later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
}

/// A listed stock as people know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stock {
    /// Its symbol.
    pub symbol: Symbol,
    /// Its name in the stock list.
    pub name: String,
    /// ISO 4217 code of the currency it is quoted in.
    pub currency: String,
}

/// One session for people: prices adjusted for splits, on the scale of the last close.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bar {
    /// The session.
    pub date: Date,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Shares traded.
    pub volume: u64,
}

/// The close of one coming session, by quantile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForecastSession {
    /// The session.
    pub date: Date,
    /// Prices in the stock's currency; they never cross.
    pub quantiles: Quantiles,
}

/// What the optional sources said for one session; `None` is missing, never zero.
///
/// Weekends and holidays count toward the session that follows them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeatureDay {
    /// The session.
    pub date: Date,
    /// Tweets counted.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub tweet_count: Option<f64>,
    /// Their mean sentiment, −1..=1.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub tweet_sentiment: Option<f64>,
    /// News articles counted.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub news_count: Option<f64>,
    /// Their mean sentiment, −1..=1.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub news_sentiment: Option<f64>,
    /// Search interest, 0..=100 within the answer.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub search_interest: Option<f64>,
}

/// Data of a source that the model did not read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShownSeries {
    /// Which source.
    pub source: Source,
    /// Who served it, for people: `Wikipedia`.
    pub provider: String,
    /// What is counted: `pageviews`, `filings` or `mentions`.
    pub unit: String,
    /// The sessions with a value, oldest first.
    pub days: Vec<ShownDay>,
}

/// One session of data that is only shown; weekends and holidays count toward the session that follows them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShownDay {
    /// The session.
    pub date: Date,
    /// Filings and mentions are sums over the days; pageviews are per day.
    pub value: f64,
}

/// Names the model behind a forecast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelSummary {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The last day whose outcome it was trained on.
    pub trained_through: Date,
}

/// The latest trade of a session that is still under way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MovingPrice {
    /// The session.
    pub date: Date,
    /// The price.
    pub price: f64,
}

/// A split or dividend within the history shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The first session on which it counts.
    pub date: Date,
    /// What it is.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What kind of event, with its size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum EventKind {
    /// A stock split such as `4:1`.
    Split {
        /// New shares to old ones, as text.
        ratio: String,
    },
    /// A cash dividend.
    Dividend {
        /// Amount a share, on the scale of the last close.
        amount: f64,
    },
}

// The JSON of an event as one choice: generators of clients cannot combine an object with a choice.
/// A split or dividend within the history shown.
#[cfg(feature = "openapi")]
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Event)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the JSON of Event")]
enum EventJson {
    /// A stock split such as `4:1`.
    Split {
        /// The first session on which it counts.
        date: Date,
        /// New shares to old ones, as text.
        ratio: String,
    },
    /// A cash dividend.
    Dividend {
        /// The first session on which it counts.
        date: Date,
        /// Amount a share, on the scale of the last close.
        amount: f64,
    },
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Event {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        EventJson::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Event {}
