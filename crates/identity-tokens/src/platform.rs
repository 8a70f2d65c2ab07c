use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;

/// The configuration for one target.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The token itself.
    pub token: Option<SecretString>,
    /// A file with the token, read again for each use.
    pub file: Option<PathBuf>,
    /// The audience of tokens from the metadata server; default: the target's address.
    pub audience: Option<String>,
}

/// Whether the program runs on Google Cloud, and where its metadata server is.
#[derive(Clone, Debug, Default, Args)]
pub struct Platform {
    /// Host and optional port of the metadata server; set it only to replace Google's
    #[arg(long, env = "GCE_METADATA_HOST")]
    pub metadata_host: Option<String>,
    /// Set by Cloud Run for services; only there do https targets get tokens from the metadata server
    #[arg(long, env = "K_SERVICE", hide = true)]
    pub cloud_run_service: Option<String>,
    /// Set by Cloud Run for jobs, with the same effect
    #[arg(long, env = "CLOUD_RUN_JOB", hide = true)]
    pub cloud_run_job: Option<String>,
}

impl Platform {
    /// Returns whether there is a metadata server.
    pub(crate) fn is_google(&self) -> bool {
        self.cloud_run_service.is_some() || self.cloud_run_job.is_some() || self.metadata_host.is_some()
    }
}
