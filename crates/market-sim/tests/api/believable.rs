//! Whether the simulated market behaves like a real one.

use forecast_types::Symbol;
use jiff::civil::date;
use market_sim::market::{Market, NewListing, Simulated, StockSeries};
use std::sync::Arc;
use stock_list::StockList;

fn market(seed: u64) -> Market {
    let list = StockList::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/stocks.csv").as_ref());
    let new: Vec<NewListing> = Vec::new();
    Market::Simulated(Simulated::new(list.expect("the shipped list"), seed, &new, date(2026, 11, 20)))
}

fn stock(market: &Market, symbol: &str, today: jiff::civil::Date) -> Arc<StockSeries> {
    market.stock(&Symbol::parse(symbol).expect("a symbol"), today).expect("a stock of the list")
}

fn returns(series: &StockSeries) -> Vec<f64> {
    series.bars.windows(2).map(|pair| (pair[1].close / pair[0].close).ln()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product: f64 = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
    let square = |values: &[f64], mean: f64| values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    product / (square(a, mean_a) * square(b, mean_b)).sqrt()
}

const TODAY: jiff::civil::Date = date(2026, 11, 20);
const SOME: [&str; 8] = ["AAPL", "XOM", "JPM", "KO", "DUK", "GME", "PFE", "TSLA"];

#[test]
fn the_same_seed_is_the_same_market_and_tomorrow_continues_today() {
    let (one, other) = (market(1), market(2));
    let today = stock(&one, "MSFT", TODAY);

    assert_eq!(today.bars, stock(&market(1), "MSFT", TODAY).bars);
    assert_ne!(today.bars, stock(&other, "MSFT", TODAY).bars);
    let tomorrow = stock(&one, "MSFT", date(2026, 11, 24));
    assert_eq!(tomorrow.bars.len(), today.bars.len() + 2);
    for (then, now) in today.bars.iter().zip(&tomorrow.bars) {
        assert_eq!(
            (then.date, then.open, then.close, then.volume),
            (now.date, now.open, now.close, now.volume)
        );
    }
    let (a, b) = (today.attention.as_ref().unwrap(), tomorrow.attention.as_ref().unwrap());
    assert_eq!(a.days[..], b.days[..a.days.len()]);
}

#[test]
fn returns_have_heavy_tails_and_clustered_volatility() {
    let market = market(14);
    let (mut kurtosis, mut clustering, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for symbol in SOME {
        let returns = returns(&stock(&market, symbol, TODAY));
        let center = mean(&returns);
        let moment = |power: i32| {
            returns.iter().map(|value| (value - center).powi(power)).sum::<f64>() / returns.len() as f64
        };
        kurtosis.push(moment(4) / moment(2).powi(2));
        let size: Vec<f64> = returns.iter().map(|value| value.abs()).collect();
        clustering.push(correlation(&size[1..], &size[..size.len() - 1]));
        memory.push(correlation(&returns[1..], &returns[..returns.len() - 1]));
    }
    assert!(mean(&kurtosis) > 4.5, "kurtosis {kurtosis:?}");
    assert!(mean(&clustering) > 0.08, "of the size of moves {clustering:?}");
    assert!(mean(&memory).abs() < 0.05, "of the moves themselves {memory:?}");
}

#[test]
fn stocks_move_together_and_each_in_its_own_way() {
    let market = market(14);
    let yearly = |symbol: &str| {
        let returns = returns(&stock(&market, symbol, TODAY));
        (returns.iter().map(|value| value * value).sum::<f64>() / returns.len() as f64).sqrt() * 252f64.sqrt()
    };

    let together =
        correlation(&returns(&stock(&market, "JPM", TODAY)), &returns(&stock(&market, "BAC", TODAY)));

    assert!((0.1..0.8).contains(&together), "{together}");
    assert!(yearly("DUK") < 0.35 && yearly("GME") > 0.5, "{} {}", yearly("DUK"), yearly("GME"));
    assert!(yearly("DUK") < yearly("AAPL") && yearly("AAPL") < yearly("GME"));
}

#[test]
fn prices_stay_where_people_expect_them() {
    let market = market(14);
    let last = |symbol: &str| stock(&market, symbol, TODAY).bars.last().unwrap().close;
    assert!((250_000.0..2_000_000.0).contains(&last("BRK.A")), "{}", last("BRK.A"));
    assert!((100.0..700.0).contains(&last("AAPL")), "{}", last("AAPL"));
    assert!(last("OCGN") < 8.0, "{}", last("OCGN"));
}

#[test]
fn writing_and_trading_move_with_the_price() {
    let market = market(14);
    let mut lifts = Vec::new();
    for symbol in SOME {
        let series = stock(&market, symbol, TODAY);
        let attention = series.attention.as_ref().unwrap();
        let days: Vec<_> = attention.between(series.bars[1].date, TODAY).collect();
        let news_of =
            |day| days.iter().find(|(date, _)| *date == day).map_or(0.0, |(_, day)| f64::from(day.news));
        let sizes: Vec<f64> = returns(&series).iter().map(|value| value.abs()).collect();
        let news: Vec<f64> = series.bars[1..].iter().map(|bar| news_of(bar.date)).collect();
        let volume: Vec<f64> = series.bars[1..].iter().map(|bar| (bar.volume as f64).ln()).collect();
        lifts.push((correlation(&sizes, &news), correlation(&sizes, &volume)));
        let weekend = days.iter().filter(|(day, _)| !exchange_calendar::is_session(*day)).count();
        assert!(weekend > 500, "weekends are part of it");
    }
    assert!(lifts.iter().all(|(news, volume)| *news > 0.2 && *volume > 0.2), "{lifts:?}");
}

#[test]
fn stocks_from_all_parts_of_the_list_have_enough_history() {
    let market = market(14);
    let list =
        StockList::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/stocks.csv").as_ref()).unwrap();
    for listing in list.iter().take(200).chain(list.iter().skip(200).step_by(29)) {
        let series = market.stock(&listing.symbol, TODAY).unwrap();
        assert!(series.bars.len() >= 250, "{}: {}", listing.symbol, series.bars.len());
        assert!(series.bars.iter().all(|bar| bar.low > 0.0 && bar.close.is_finite()), "{}", listing.symbol);
        assert_eq!(series.bars.len(), series.stamps.len());
    }
}
