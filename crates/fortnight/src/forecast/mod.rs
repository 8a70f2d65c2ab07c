//! `fortnight forecast`: forecasts in the terminal, as a table, numbers or a picture.

mod args;
mod bars;
mod picture;
mod report;
mod table;

use std::io::Write as _;

use anyhow::Context as _;
use forecast_client::{ClientError, ForecastClient};
use forecast_types::Forecast;
use futures_util::StreamExt as _;

pub use args::ForecastArgs;
use args::Output;

/// Stocks asked for at the same time; predict-service gives one client half of its slots.
const AT_ONCE: usize = 2;

/// Prints the forecasts of some stocks. One that fails does not keep the others from being printed.
///
/// # Errors
/// When the services cannot be reached or started, or one stock has no forecast.
pub async fn run(args: &ForecastArgs) -> anyhow::Result<()> {
    anyhow::ensure!(
        args.png.is_none() || args.stocks.len() == 1,
        "--png draws one stock; expected one symbol, got {}",
        args.stocks.len()
    );
    let services = args.services.open().await?;
    let printed = print(args, &services.client).await;
    services.close().await?;
    printed
}

async fn print(args: &ForecastArgs, client: &ForecastClient) -> anyhow::Result<()> {
    let answers: Vec<_> = futures_util::stream::iter(&args.stocks)
        .map(|stock| client.forecast(stock, args.as_of))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let (forecasts, failed) = sort(&args.stocks, answers);
    if let Some(file) = &args.png {
        for forecast in &forecasts {
            let picture = client.draw(&picture::chart(forecast)).await?;
            std::fs::write(file, picture).with_context(|| format!("writing {}", file.display()))?;
        }
    }
    if !forecasts.is_empty() {
        let text = match args.output() {
            Output::Table => report::report(&forecasts, args.limit()),
            Output::Json => json_lines(&forecasts)?,
            Output::Csv => table_for_spreadsheets(&forecasts),
        };
        // Removes colors unless this is a terminal that shows them, and NO_COLOR is not set.
        anstream::stdout().write_all(text.as_bytes()).context("printing the forecast")?;
    }
    match failed.split_last() {
        None => Ok(()),
        Some((last, others)) => {
            for other in others {
                eprintln!("fortnight: {other}");
            }
            anyhow::bail!("{last}")
        }
    }
}

/// Separates forecasts from failures, each with the stock it is about.
fn sort(stocks: &[String], answers: Vec<Result<Forecast, ClientError>>) -> (Vec<Forecast>, Vec<String>) {
    let (mut forecasts, mut failed) = (Vec::new(), Vec::new());
    for (stock, answer) in stocks.iter().zip(answers) {
        match answer {
            Ok(forecast) => forecasts.push(forecast),
            Err(error) => failed.push(format!("{stock}: {:#}", anyhow::Error::from(error))),
        }
    }
    (forecasts, failed)
}

fn table_for_spreadsheets(forecasts: &[Forecast]) -> String {
    forecast_types::table::csv(forecasts.iter().map(|forecast| (forecast, forecast.history.as_slice())))
}

/// One forecast a line, as predict-service answers it.
fn json_lines(forecasts: &[Forecast]) -> serde_json::Result<String> {
    forecasts.iter().map(|forecast| Ok(serde_json::to_string(forecast)? + "\n")).collect()
}
