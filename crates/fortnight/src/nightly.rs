use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use forecast_record::SigningKey;
use forecast_store::StoreUrl;
use nightly::{Nightly, NightlyConfig, read_or_make_key};
use tokio_util::sync::CancellationToken;

use crate::services::{ServiceArgs, Services};

/// The name in the keys that the launcher makes.
const RECORD_NAME: &str = "fortnight";

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
    let key = args.key()?;
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

impl NightlyArgs {
    /// Returns the key that signs the record: the one configured, or the one beside a folder, which is made first.
    fn key(&self) -> anyhow::Result<SigningKey> {
        if let Some(key) = self.night.signing_key()? {
            return Ok(key);
        }
        let StoreUrl::Folder(folder) = &self.night.store else {
            anyhow::bail!("RECORD_KEY is not set; a store in a bucket needs it, as its record is signed");
        };
        let mut file = folder.clone().into_os_string();
        file.push(".key");
        let file = PathBuf::from(file);
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent).with_context(|| format!("making the folder {}", parent.display()))?;
        }
        read_or_make_key(&file, RECORD_NAME)
    }
}
