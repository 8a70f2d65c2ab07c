//! `fortnight nightly`: one night on this machine, or a year of past ones from a file.

use std::path::Path;

use clap::Args;
use config_values::count;
use forecast_evaluation::replay::Replay;
use forecast_model::Model;
use forecast_record::{Record, SigningKey};
use forecast_store::Store;
use forecast_types::format;
use nightly::{Nightly, NightlyConfig, Progress, listed};
use service_runtime::Clock;
use stock_list::StockList;
use tokio_util::sync::CancellationToken;

use crate::services::{ServiceArgs, Services};

/// A night on this machine.
#[derive(Clone, Debug, Args)]
pub struct NightlyArgs {
    /// Record the forecasts of this many past sessions from the file of --replay, without asking any service
    #[arg(
        long, value_name = "SESSIONS", requires = "replay", value_parser = count(1),
        conflicts_with_all = ["list", "first"]
    )]
    days: Option<usize>,
    #[command(flatten)]
    night: NightlyConfig,
    #[command(flatten)]
    services: ServiceArgs,
}

/// Asks for the forecasts of the list and seals them in the store.
///
/// # Errors
/// When the services cannot be started or asked, or the store fails. The next start continues where this one ended.
pub async fn run(args: &NightlyArgs, shutdown: CancellationToken) -> anyhow::Result<()> {
    let key = args.night.key()?;
    let said = match (args.days, &args.services.start.replay) {
        (Some(days), Some(prices)) => tokio::select! {
            said = past_nights(args, key, prices, days) => said?,
            () = shutdown.cancelled() => anyhow::bail!("stopped; start again to continue"),
        },
        _ => one_night(args, key, shutdown).await?,
    };
    println!("{said}\nfortnight --store {} shows it", args.night.store);
    Ok(())
}

async fn one_night(
    args: &NightlyArgs,
    key: SigningKey,
    shutdown: CancellationToken,
) -> anyhow::Result<String> {
    let services = tokio::select! {
        services = args.services.open() => services?,
        () = shutdown.cancelled() => anyhow::bail!("stopped before the services were there"),
    };
    let ended = tokio::select! {
        ended = ask(args, key, &services) => ended,
        () = shutdown.cancelled() => Err(anyhow::anyhow!("stopped; start again to continue")),
    };
    services.close().await?;
    ended
}

async fn ask(args: &NightlyArgs, key: SigningKey, services: &Services) -> anyhow::Result<String> {
    let list = args.night.list.clone().unwrap_or_else(|| args.services.start.stocks_csv.clone());
    let config = NightlyConfig { list: Some(list), ..args.night.clone() };
    let night = Nightly::open(&config, services.client.clone(), key, services.clock)?;
    Ok(night.run().await?.to_string())
}

async fn past_nights(
    args: &NightlyArgs,
    key: SigningKey,
    prices: &Path,
    days: usize,
) -> anyhow::Result<String> {
    let start = &args.services.start;
    let stocks = StockList::load(&start.stocks_csv)?;
    let model = Model::load(&start.model_path)?;
    eprintln!("Reading {} …", prices.display());
    let replay = Replay::read(model, &[prices.to_owned()], start.reports.as_ref())?;
    for warning in replay.warnings() {
        tracing::warn!("{warning}");
    }
    let store = Store::open(&args.night.store)?;
    let record = Record::new(store.clone(), key);
    let now = Clock::system_or_starting_at(start.now).now();
    let mut progress = Progress::of(days, "sessions");
    let manifest = replay
        .backfill(&store, &record, days, now, &|symbol| listed(&stocks, symbol), |done| progress.reach(done))
        .await?;
    let forecasts: u64 =
        manifest.sessions.values().filter_map(|files| Some(files.forecasts.as_ref()?.rows)).sum();
    Ok(format!("{} sessions, {} forecasts", manifest.sessions.len(), format::count(forecasts)))
}
