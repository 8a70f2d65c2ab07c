use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One settled session of one stock, as the price source delivers it.
///
/// `open`, `high`, `low` and `close` are adjusted for splits; `adjusted_close` for splits and dividends. The unit
/// is the currency of the quotation. Multiplying the first four by `adjusted_close / close` brings all of them to
/// one basis, which is what the model reads.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DailyBar {
    /// The session, in New York.
    pub date: Date,
    /// First price of the session.
    pub open: f64,
    /// Highest price of the session.
    pub high: f64,
    /// Lowest price of the session.
    pub low: f64,
    /// Last price of the session.
    pub close: f64,
    /// Close adjusted for later splits and dividends.
    pub adjusted_close: f64,
    /// Shares traded.
    pub volume: u64,
}

/// How much was written about a stock on one calendar day, and with what sentiment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentimentDay {
    /// The calendar day, weekends and holidays included.
    pub date: Date,
    /// Tweets or articles counted; at least zero.
    pub count: f64,
    /// Mean sentiment in −1..=1.
    pub sentiment: f64,
}

/// A number that is counted by calendar day, such as views of a page.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountDay {
    /// The calendar day, weekends and holidays included.
    pub date: Date,
    /// At least zero.
    pub count: f64,
}

/// How much a stock was searched for on one calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchDay {
    /// The calendar day, weekends and holidays included.
    pub date: Date,
    /// 0..=100, relative to the busiest day of the same answer; two answers are not comparable.
    pub interest: f64,
}
