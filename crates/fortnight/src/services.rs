use clap::Args;
use config_values::HttpUrl;
use forecast_client::ForecastClient;
use service_runtime::Clock;

use crate::{Running, StartArgs, launch};

/// Which services a command uses: running ones, or its own.
#[derive(Clone, Debug, Args)]
pub struct ServiceArgs {
    /// Use this predict-service; without it, the command starts its own
    #[arg(
        long, visible_alias = "url", env = "PREDICT_URL", value_name = "URL",
        conflicts_with_all = ["live", "replay", "seed", "port_base", "new_listings", "now"]
    )]
    predict_url: Option<HttpUrl>,
    /// The plot-service to use with --predict-url
    #[arg(long, env = "PLOT_URL", value_name = "URL", default_value = "http://127.0.0.1:8079")]
    plot_url: HttpUrl,
    #[command(flatten)]
    pub(crate) start: StartArgs,
}

/// The services to use, and those to stop afterward.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) client: ForecastClient,
    /// The clock of the services, if the command started them.
    pub(crate) clock: Clock,
    own: Option<Running>,
}

impl ServiceArgs {
    /// Returns whether the services are already running, so that the command does not start any.
    pub(crate) fn are_running(&self) -> bool {
        self.predict_url.is_some()
    }

    /// Finds the services, or starts them on free ports.
    pub(crate) async fn open(&self) -> anyhow::Result<Services> {
        if let Some(predict) = &self.predict_url {
            let client = ForecastClient::new(predict.clone(), self.plot_url.clone())?;
            return Ok(Services { client, clock: Clock::system(), own: None });
        }
        let port_base = Some(self.start.port_base.unwrap_or(0));
        let own = launch(&StartArgs { port_base, ..self.start.clone() }).await?;
        let client = ForecastClient::new(own.addresses.predict.clone(), own.addresses.plot.clone())?;
        Ok(Services { client, clock: own.clock, own: Some(own) })
    }
}

impl Services {
    /// Stops what was started for the command.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        drop(self.client);
        match self.own {
            Some(own) => own.stop().await,
            None => Ok(()),
        }
    }
}
