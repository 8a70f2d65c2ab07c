use clap::Args;
use forecast_record::SigningKey;
use nightly::{Nightly, NightlyConfig};
use tokio_util::sync::CancellationToken;

use crate::services::{ServiceArgs, Services};

/// A night on this machine.
#[derive(Clone, Debug, Args)]
pub struct NightlyArgs {
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
    let services = tokio::select! {
        services = args.services.open() => services?,
        () = shutdown.cancelled() => return Ok(()),
    };
    let ended = tokio::select! {
        ended = night(args, key, &services) => ended,
        () = shutdown.cancelled() => Err(anyhow::anyhow!("stopped; start again to continue")),
    };
    services.close().await?;
    println!("{}\n{}", ended?, args.night.store);
    Ok(())
}

async fn night(args: &NightlyArgs, key: SigningKey, services: &Services) -> anyhow::Result<nightly::Ended> {
    let list = args.night.list.clone().unwrap_or_else(|| args.services.start.stocks_csv.clone());
    let config = NightlyConfig { list: Some(list), ..args.night.clone() };
    let night = Nightly::open(&config, services.client.clone(), key, services.clock)?;
    Ok(night.run().await?)
}
