//! How the page proves its identity to the two services behind it.

use std::path::PathBuf;

use clap::Args;
use identity_tokens::{Given, IdentityTokens, Platform};
use reqwest::Client;
use secrecy::SecretString;
use service_runtime::Clock;
use url::Url;

/// Where identity tokens come from.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Identity for private services")]
pub struct IdentityConfig {
    /// Token for predict-service, as `gcloud auth print-identity-token --audiences=URL` prints it
    #[arg(long, env = "PREDICT_ID_TOKEN", hide_env_values = true)]
    pub predict_id_token: Option<SecretString>,
    /// Token for plot-service
    #[arg(long, env = "PLOT_ID_TOKEN", hide_env_values = true)]
    pub plot_id_token: Option<SecretString>,
    /// File with the token for predict-service, read again for each use
    #[arg(long, env = "PREDICT_ID_TOKEN_FILE")]
    pub predict_id_token_file: Option<PathBuf>,
    /// File with the token for plot-service, read again for each use
    #[arg(long, env = "PLOT_ID_TOKEN_FILE")]
    pub plot_id_token_file: Option<PathBuf>,
    /// Audience of tokens for predict-service; its address where absent
    #[arg(long, env = "PREDICT_AUDIENCE")]
    pub predict_audience: Option<String>,
    /// Audience of tokens for plot-service; its address where absent
    #[arg(long, env = "PLOT_AUDIENCE")]
    pub plot_audience: Option<String>,
    /// Where it runs.
    #[command(flatten)]
    pub platform: Platform,
}

impl IdentityConfig {
    /// Returns the tokens for predict-service and for plot-service.
    pub(crate) fn tokens(
        &self,
        predict: &Url,
        plot: &Url,
        http: &Client,
    ) -> (IdentityTokens, IdentityTokens) {
        let for_predict = Given {
            token: self.predict_id_token.clone(),
            file: self.predict_id_token_file.clone(),
            audience: self.predict_audience.clone(),
        };
        let for_plot = Given {
            token: self.plot_id_token.clone(),
            file: self.plot_id_token_file.clone(),
            audience: self.plot_audience.clone(),
        };
        let tokens =
            |target, given| IdentityTokens::new(target, given, &self.platform, http, Clock::system());
        let (to_predict, to_plot) = (tokens(predict, for_predict), tokens(plot, for_plot));
        tracing::info!(predict = to_predict.origin(), plot = to_plot.origin(), "identity tokens come from");
        (to_predict, to_plot)
    }
}
