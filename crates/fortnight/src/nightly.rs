//! `fortnight nightly`: one nightly run on this machine, or past sessions from a price file.

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

/// A nightly run on this machine.
#[derive(Clone, Debug, Args)]
pub struct NightlyArgs {
    /// Record the forecasts of this many past sessions from the file of --replay, without any service
    #[arg(
        long, value_name = "SESSIONS", requires = "replay", value_parser = count(1),
        conflicts_with_all = ["list", "first"]
    )]
    days: Option<usize>,
    #[command(flatten)]
    config: NightlyConfig,
    #[command(flatten)]
    services: ServiceArgs,
}

/// Requests forecasts for the whole list and seals them in the store.
///
/// # Errors
/// When the services cannot be started or reached, or the store fails. The next start continues where this one stopped.
pub async fn run(args: &NightlyArgs, shutdown: CancellationToken) -> anyhow::Result<()> {
    let key = args.config.key()?;
    let summary = match (args.days, &args.services.start.replay) {
        (Some(days), Some(prices)) => tokio::select! {
            summary = past_sessions(args, key, prices, days) => summary?,
            () = shutdown.cancelled() => anyhow::bail!("stopped; start again to continue"),
        },
        _ => run_once(args, key, shutdown).await?,
    };
    println!("{summary}\nfortnight --store {} shows it", args.config.store);
    Ok(())
}

async fn run_once(
    args: &NightlyArgs,
    key: SigningKey,
    shutdown: CancellationToken,
) -> anyhow::Result<String> {
    let services = tokio::select! {
        services = args.services.open() => services?,
        () = shutdown.cancelled() => anyhow::bail!("stopped before the services had started"),
    };
    let summary = tokio::select! {
        summary = record(args, key, &services) => summary,
        () = shutdown.cancelled() => Err(anyhow::anyhow!("stopped; start again to continue")),
    };
    services.close().await?;
    summary
}

async fn record(args: &NightlyArgs, key: SigningKey, services: &Services) -> anyhow::Result<String> {
    let list = args.config.list.clone().unwrap_or_else(|| args.services.start.stocks_csv.clone());
    let config = NightlyConfig { list: Some(list), ..args.config.clone() };
    let nightly = Nightly::open(&config, services.client.clone(), key, services.clock)?;
    Ok(nightly.run().await?.to_string())
}

async fn past_sessions(
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
    let store = Store::open(&args.config.store)?;
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
