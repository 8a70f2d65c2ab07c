//! The standalone program of the container image: one task of a Cloud Run job.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use config_values::HttpUrl;
use forecast_client::ForecastClient;
use identity_tokens::{Given, Platform};
use nightly::{Nightly, NightlyConfig};
use secrecy::SecretString;
use service_runtime::program::fail;
use service_runtime::telemetry::{LogFormat, TelemetryConfig};
use service_runtime::{Clock, command_line, env_file, shutdown, telemetry};

/// Requests forecasts for a whole list of stocks and seals them in the store
#[derive(Debug, Parser)]
#[command(name = "nightly", version)]
struct Config {
    /// Address of predict-service
    #[arg(long, env = "PREDICT_URL", value_name = "URL", default_value = "http://127.0.0.1:8000")]
    predict_url: HttpUrl,
    /// Token for predict-service, as `gcloud auth print-identity-token --audiences=URL` prints it
    #[arg(long, env = "PREDICT_ID_TOKEN", hide_env_values = true)]
    predict_id_token: Option<SecretString>,
    /// File with that token, read again for each use
    #[arg(long, env = "PREDICT_ID_TOKEN_FILE")]
    predict_id_token_file: Option<PathBuf>,
    /// Audience of tokens for predict-service; default: its address
    #[arg(long, env = "PREDICT_AUDIENCE")]
    predict_audience: Option<String>,
    #[command(flatten)]
    platform: Platform,
    #[command(flatten)]
    nightly: NightlyConfig,
    #[command(flatten)]
    telemetry: TelemetryConfig,
}

fn main() -> ExitCode {
    // Before any thread starts, as it changes the environment.
    if let Err(error) = env_file::load() {
        return fail("nightly", &error.into());
    }
    let config: Config = command_line::parse();
    let log_format = config.telemetry.log_format;
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if log_format == LogFormat::Json && tracing::dispatcher::has_been_set() => {
            tracing::error!("nightly: {error:#}");
            ExitCode::FAILURE
        }
        Err(error) => fail("nightly", &error),
    }
}

#[tokio::main]
async fn run(config: Config) -> anyhow::Result<()> {
    telemetry::init(&config.telemetry)?;
    let stop = shutdown::on_signal()?;
    let key = config.nightly.key()?;
    let given = Given {
        token: config.predict_id_token,
        file: config.predict_id_token_file,
        audience: config.predict_audience,
    };
    let client = ForecastClient::new(config.predict_url.clone(), config.predict_url)?.identify(
        given,
        &config.platform,
        Clock::system(),
    );
    let run = Nightly::open(&config.nightly, client, key, Clock::system())?;
    tokio::select! {
        outcome = run.run() => tracing::info!("{}", outcome?),
        () = stop.cancelled() => anyhow::bail!("stopped; start again to continue"),
    }
    Ok(())
}
