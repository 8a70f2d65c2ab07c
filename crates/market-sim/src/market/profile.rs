//! What kind of stock a symbol is: its price, how it moves, what it pays, how much is said about it.

use forecast_types::Symbol;
use jiff::civil::{Date, date};
use stock_list::Listing;

use super::Split;
use super::random::fixed;

/// What the walk of a stock's price and of its attention start from.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    pub(super) symbol: Symbol,
    /// Around which the price wanders, on the scale after all splits.
    pub(super) price: f64,
    /// Standard deviation of a day's own return, without the market's part.
    pub(super) own_volatility: f64,
    /// How much of the market's return it takes.
    pub(super) beta: f64,
    /// Standard deviation of the jump at a quarterly report.
    pub(super) report_jump: f64,
    /// Sessions by which its dividends are shifted.
    pub(super) dividend_phase: usize,
    /// A year's dividends over the price; 0 for those that pay none.
    pub(super) dividend_yield: f64,
    pub(super) split: Option<Split>,
    /// Dollars traded on a usual day.
    pub(super) dollar_volume: f64,
    /// Articles and tweets of a usual weekday; `None` if no one covers the stock.
    pub(super) daily_news: Option<f64>,
    pub(super) daily_tweets: f64,
    pub(super) searches: f64,
}

/// Sessions between two quarterly dividends.
pub(super) const QUARTER: usize = 63;
/// Sessions in a year.
pub(super) const YEAR: f64 = 252.0;
/// The market's own volatility of a day.
pub(super) const MARKET_VOLATILITY: f64 = 0.009;

struct Sector {
    price: f64,
    yearly_volatility: f64,
    beta: f64,
    dividend_yield: f64,
    report_jump: f64,
}

/// Rough figures of the last decade, by sector.
fn sector(name: &str) -> Sector {
    let (price, yearly_volatility, beta, dividend_yield, report_jump) = match name {
        "Technology" => (120.0, 0.38, 1.25, 0.006, 0.065),
        "Finance" => (90.0, 0.27, 1.1, 0.024, 0.04),
        "Health Care" => (110.0, 0.30, 0.8, 0.014, 0.05),
        "Consumer Discretionary" => (85.0, 0.34, 1.2, 0.010, 0.065),
        "Consumer Staples" => (65.0, 0.20, 0.55, 0.029, 0.035),
        "Industrials" => (110.0, 0.28, 1.05, 0.015, 0.045),
        "Energy" => (55.0, 0.31, 0.9, 0.038, 0.03),
        "Utilities" => (70.0, 0.18, 0.45, 0.036, 0.015),
        "Real Estate" => (70.0, 0.24, 0.85, 0.040, 0.02),
        "Basic Materials" => (60.0, 0.33, 1.0, 0.020, 0.04),
        "Telecommunications" => (45.0, 0.25, 0.6, 0.040, 0.04),
        "ETF" => (80.0, 0.17, 1.0, 0.015, 0.0),
        _ => (25.0, 0.50, 1.0, 0.0, 0.08),
    };
    Sector { price, yearly_volatility, beta, dividend_yield, report_jump }
}

/// Prices of well-known stocks, in round figures.
const KNOWN_PRICES: [(&str, f64); 62] = [
    ("AAPL", 250.0),
    ("ABNB", 125.0),
    ("ADBE", 350.0),
    ("AMD", 200.0),
    ("AMZN", 220.0),
    ("ARM", 140.0),
    ("ASML", 950.0),
    ("AVGO", 330.0),
    ("AZO", 3_800.0),
    ("BA", 215.0),
    ("BABA", 150.0),
    ("BAC", 52.0),
    ("BKNG", 5_200.0),
    ("BLK", 1_080.0),
    ("BRK.A", 730_000.0),
    ("BRK.B", 487.0),
    ("C", 100.0),
    ("CAT", 480.0),
    ("COIN", 300.0),
    ("COST", 930.0),
    ("CRWD", 480.0),
    ("CVX", 155.0),
    ("DIS", 112.0),
    ("F", 12.0),
    ("FICO", 1_600.0),
    ("GE", 290.0),
    ("GM", 62.0),
    ("GOOG", 260.0),
    ("GOOGL", 260.0),
    ("GS", 780.0),
    ("HD", 385.0),
    ("INTC", 37.0),
    ("JNJ", 190.0),
    ("JPM", 310.0),
    ("KO", 69.0),
    ("LLY", 850.0),
    ("MA", 560.0),
    ("MCD", 305.0),
    ("MELI", 2_200.0),
    ("META", 680.0),
    ("MSFT", 490.0),
    ("MSTR", 280.0),
    ("NFLX", 110.0),
    ("NKE", 66.0),
    ("NVDA", 180.0),
    ("NVR", 7_600.0),
    ("ORCL", 240.0),
    ("PEP", 145.0),
    ("PFE", 25.0),
    ("PG", 150.0),
    ("PLTR", 175.0),
    ("SBUX", 84.0),
    ("SHOP", 155.0),
    ("SPOT", 650.0),
    ("T", 26.0),
    ("TSLA", 420.0),
    ("TSM", 290.0),
    ("UNH", 340.0),
    ("V", 340.0),
    ("VZ", 40.0),
    ("WMT", 103.0),
    ("XOM", 116.0),
];

/// Stocks popular with retail traders: volatile, and talked about far more than others their size.
const CROWD_STOCKS: [&str; 16] = [
    "AMC", "ASTS", "BBAI", "BYND", "DJT", "GME", "HIMS", "IONQ", "KOSS", "MARA", "MSTR", "OPEN", "PLTR",
    "RGTI", "SOUN", "TSLA",
];

/// Stocks of a few dollars or less.
const PENNY_STOCKS: [(&str, f64); 16] = [
    ("ACB", 4.6),
    ("AMC", 2.4),
    ("BB", 4.3),
    ("KEEL", 3.1),
    ("BLNK", 1.4),
    ("BYND", 1.1),
    ("CGC", 1.3),
    ("CTRM", 2.1),
    ("FCEL", 7.5),
    ("FFAI", 1.2),
    ("GPRO", 1.7),
    ("LUMN", 7.8),
    ("OCGN", 0.85),
    ("PLUG", 2.2),
    ("SNDL", 2.0),
    ("TLRY", 1.1),
];

/// First sessions of well-known stocks that were listed after the simulated market begins.
const FIRST_DAYS: [(&str, Date); 24] = [
    ("ABNB", date(2020, 12, 10)),
    ("AFRM", date(2021, 1, 13)),
    ("ARM", date(2023, 9, 14)),
    ("BIRK", date(2023, 10, 11)),
    ("CART", date(2023, 9, 19)),
    ("CAVA", date(2023, 6, 15)),
    ("COIN", date(2021, 4, 14)),
    ("CRCL", date(2025, 6, 5)),
    ("CRWV", date(2025, 3, 28)),
    ("DASH", date(2020, 12, 9)),
    ("DUOL", date(2021, 7, 28)),
    ("FIG", date(2025, 7, 31)),
    ("GEHC", date(2022, 12, 15)),
    ("GEV", date(2024, 3, 27)),
    ("HOOD", date(2021, 7, 29)),
    ("KLAR", date(2025, 9, 10)),
    ("NU", date(2021, 12, 9)),
    ("PATH", date(2021, 4, 21)),
    ("RBLX", date(2021, 3, 10)),
    ("RDDT", date(2024, 3, 21)),
    ("RIVN", date(2021, 11, 10)),
    ("SNDK", date(2025, 2, 24)),
    ("SNOW", date(2020, 9, 16)),
    ("SOLV", date(2024, 3, 26)),
];

/// Returns the first day of a stock that was listed after the simulated market begins.
pub(super) fn first_day(symbol: &Symbol) -> Option<Date> {
    FIRST_DAYS.iter().find(|(known, _)| *known == symbol.as_str()).map(|&(_, day)| day)
}

impl Profile {
    /// Makes up the profile of a listing; `rank` is its position in the list, the best known at 0.
    pub(super) fn of(listing: &Listing, rank: usize, seed: u64) -> Self {
        let symbol = listing.symbol.as_str();
        let chance = |purpose: &str| fixed(seed, symbol, purpose);
        let sector = sector(&listing.sector);
        let crowd = CROWD_STOCKS.contains(&symbol);
        let known = KNOWN_PRICES.iter().chain(&PENNY_STOCKS).find(|(known, _)| *known == symbol);
        let price =
            known.map_or_else(|| sector.price * (1.8 * (chance("price") - 0.5)).exp(), |&(_, price)| price);
        let is_penny = price < 5.0;

        // Small and cheap stocks move more than the giants of their sector.
        let size = (rank as f64 / 600.0).min(1.5);
        let crowd_factor = if crowd { 2.1 } else { 1.0 } * if is_penny { 2.0 } else { 1.0 };
        let yearly = sector.yearly_volatility
            * (0.8 + 0.35 * chance("volatility") + 0.25 * size)
            * f64::min(crowd_factor, 3.0);
        let beta = sector.beta * (0.8 + 0.4 * chance("beta"));
        let total = (yearly / YEAR.sqrt()).powi(2);
        let own = (total - (beta * MARKET_VOLATILITY).powi(2)).max(0.4 * total);

        let pays = !crowd && !is_penny && chance("pays") < 0.25 + 20.0 * sector.dividend_yield;
        let fame = (-(rank as f64) / 70.0).exp();
        let covered = rank < 600 || chance("covered") < 0.8;
        let attention = (0.5 + chance("attention")) * if crowd { 3.0 } else { 1.0 };
        Self {
            symbol: listing.symbol.clone(),
            price,
            own_volatility: own.sqrt(),
            beta,
            report_jump: sector.report_jump * (0.7 + 0.6 * chance("jump")) * crowd_factor.sqrt(),
            dividend_phase: (chance("phase") * QUARTER as f64) as usize,
            dividend_yield: if pays { sector.dividend_yield * (0.5 + chance("yield")) } else { 0.0 },
            split: split(listing, price, seed),
            dollar_volume: (2e7 + 6e9 * fame) * attention,
            daily_news: covered.then_some((0.8 + 35.0 * fame) * attention),
            daily_tweets: (4.0 + 3_000.0 * fame) * attention,
            searches: (3.0 + 60.0 * fame) * attention,
        }
    }
}

/// One stock in twelve has split since the simulated market began.
fn split(listing: &Listing, price: f64, seed: u64) -> Option<Split> {
    let symbol = listing.symbol.as_str();
    let chance = |purpose: &str| fixed(seed, symbol, purpose);
    if chance("split") > 1.0 / 12.0 || price > 2_000.0 {
        return None;
    }
    let ratios: &[(u32, u32)] =
        if price < 5.0 { &[(1, 10), (1, 20)] } else { &[(2, 1), (3, 1), (4, 1), (10, 1)] };
    let (numerator, denominator) = ratios[(chance("ratio") * ratios.len() as f64) as usize % ratios.len()];
    let days = (chance("split day") * 1_800.0) as i64;
    let around = date(2021, 9, 1).checked_add(jiff::Span::new().days(days)).ok()?;
    let date = exchange_calendar::next_sessions(around, 1).first().copied()?;
    Some(Split { date, numerator, denominator })
}
