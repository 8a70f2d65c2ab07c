//! Checks a [`ComparisonRequest`] field by field and makes it a [`Comparison`].

use forecast_types::{ComparedStock, ComparisonRequest, Level, Market, Theme};

use crate::chart::check::{Faults, PRICES, central_pairs, check_size, price_fault, short};
use crate::chart::request::{InvalidChart, LONGEST_TEXT};
use crate::chart::text::clean::one_line;

/// Stocks accepted.
pub const MOST_STOCKS: usize = 12;
/// The width if the request names none, and what the height is made of if it names none.
const WIDTH: u32 = 1_200;
const FRAME_HEIGHT: u32 = 220;
const ROW_HEIGHT: u32 = 72;

/// A comparison that can be drawn: at least one stock, every number finite, every size in bounds.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) show_title: bool,
    pub(super) rows: Vec<Row>,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) scale: f64,
    pub(super) theme: Theme,
    pub(super) market: Option<Market>,
}

/// One stock.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) symbol: String,
    pub(super) name: String,
    pub(super) currency: String,
    pub(super) close: f64,
    /// The ranges, widest first.
    pub(super) ranges: Vec<Range>,
    /// The median as a change from the last close, if there is one.
    pub(super) middle: Option<f64>,
}

/// A central interval: prices, and the same as changes from the last close.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub(super) share: f64,
    pub(super) prices: (f64, f64),
    pub(super) changes: (f64, f64),
}

impl Row {
    /// Returns the range that is written out: 80%, or the widest where there is none.
    pub(super) fn main_range(&self) -> &Range {
        let is_80 = |range: &&Range| (range.share - 0.8).abs() < 1e-9;
        self.ranges.iter().find(is_80).unwrap_or(&self.ranges[0])
    }
}

impl Comparison {
    /// Checks a request.
    ///
    /// # Errors
    /// With every fault found, up to ten.
    pub fn new(request: ComparisonRequest) -> Result<Self, InvalidChart> {
        let mut faults = Faults::default();
        for (pointer, text) in [("/title", &request.title), ("/subtitle", &request.subtitle)] {
            check_length(text, pointer, &mut faults);
        }
        let title = one_line(&request.title);
        faults.check(!title.is_empty(), "/title", || "is empty, expected a headline".to_owned());
        let stocks = request.stocks.len();
        faults.check((1..=MOST_STOCKS).contains(&stocks), "/stocks", || {
            format!("has {stocks} entries, expected 1 to {MOST_STOCKS}")
        });
        for (at, stock) in request.stocks.iter().take(MOST_STOCKS).enumerate() {
            check_stock(stock, &format!("/stocks/{at}"), &mut faults);
        }
        let usual = (WIDTH, FRAME_HEIGHT + ROW_HEIGHT * stocks.min(MOST_STOCKS) as u32);
        check_size((request.width, request.height, request.scale), usual, &mut faults);
        if !faults.0.is_empty() {
            return Err(InvalidChart { faults: faults.0 });
        }
        Ok(Self {
            title,
            subtitle: one_line(&request.subtitle),
            show_title: !request.hide_title,
            rows: request.stocks.into_iter().map(row).collect(),
            width: request.width.unwrap_or(usual.0),
            height: request.height.unwrap_or(usual.1),
            scale: request.scale.unwrap_or(1.0),
            theme: request.theme,
            market: request.market,
        })
    }
}

fn check_length(text: &str, pointer: &str, faults: &mut Faults) {
    let length = text.chars().count();
    faults.check(length <= LONGEST_TEXT, pointer, || {
        format!("has {length} characters, expected at most {LONGEST_TEXT}")
    });
}

fn check_stock(stock: &ComparedStock, at: &str, faults: &mut Faults) {
    check_length(&stock.name, &format!("{at}/name"), faults);
    let is_code = stock.currency.len() == 3 && stock.currency.bytes().all(|b| b.is_ascii_uppercase());
    faults.check(is_code, &format!("{at}/currency"), || {
        format!("is `{}`, expected an ISO 4217 code such as USD", short(&stock.currency))
    });
    faults.check(PRICES.contains(&stock.close), &format!("{at}/close"), || price_fault(stock.close));
    let quantiles = format!("{at}/quantiles");
    if let Err(detail) = stock.quantiles.check() {
        return faults.add(quantiles, detail);
    }
    for (level, price) in stock.quantiles.iter().filter(|(_, price)| !PRICES.contains(price)) {
        faults.add(format!("{quantiles}/{level}"), price_fault(price));
    }
    faults.check(!pairs(stock).is_empty(), &quantiles, || {
        "has no range, expected a pair such as 0.1 and 0.9".to_owned()
    });
}

fn pairs(stock: &ComparedStock) -> Vec<(Level, Level)> {
    central_pairs(&stock.quantiles.iter().map(|(level, _)| level).collect::<Vec<_>>())
}

fn row(stock: ComparedStock) -> Row {
    let change = |price: f64| price / stock.close - 1.0;
    let range = |(low, high): (Level, Level)| {
        let prices = (stock.quantiles.get(low)?, stock.quantiles.get(high)?);
        let changes = (change(prices.0), change(prices.1));
        Some(Range { share: high.probability() - low.probability(), prices, changes })
    };
    Row {
        ranges: pairs(&stock).into_iter().filter_map(range).collect(),
        middle: stock.quantiles.median().map(change),
        symbol: stock.symbol.to_string(),
        name: one_line(&stock.name),
        close: stock.close,
        currency: stock.currency,
    }
}
