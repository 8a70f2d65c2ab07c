use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use config_values::count;
use forecast_record::SigningKey;
use forecast_store::StoreUrl;
use secrecy::{ExposeSecret as _, SecretString};

use crate::Task;
use crate::key::{read_key, read_or_generate_key};

/// Settings of a nightly run, apart from predict-service.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Nightly run")]
pub struct NightlyConfig {
    /// Where forecasts are recorded: a folder, `gs://bucket/folder` or `s3://bucket/folder`
    #[arg(long, env = "STORE_URL", value_name = "URL", default_value = NightlyConfig::DEFAULT_STORE)]
    pub store: StoreUrl,
    /// The stocks to forecast: a list such as data/stocks.csv, or a file with one symbol per line
    #[arg(long, env = "NIGHTLY_LIST", value_name = "FILE")]
    pub list: Option<PathBuf>,
    /// Only the first stocks of the list
    #[arg(long, env = "NIGHTLY_FIRST", value_name = "STOCKS", value_parser = count(1))]
    pub first: Option<usize>,
    /// Forecasts requested at the same time
    #[arg(long, env = "NIGHTLY_AT_ONCE", value_name = "STOCKS", default_value = "4", value_parser = count(1))]
    pub at_once: usize,
    /// The key that signs the record, as `PRIVATE+KEY+…` or PEM; for a folder, one is generated next to it if there is none
    #[arg(long, env = "RECORD_KEY", hide_env_values = true, value_name = "KEY")]
    pub record_key: Option<SecretString>,
    /// File with that key
    #[arg(long, env = "RECORD_KEY_FILE", value_name = "FILE", conflicts_with = "record_key")]
    pub record_key_file: Option<PathBuf>,
    /// The number of this task, from 0; Cloud Run sets it
    #[arg(long, env = "CLOUD_RUN_TASK_INDEX", value_name = "NUMBER", default_value_t = 0)]
    pub task_index: u32,
    /// How many tasks share the run; Cloud Run sets it
    #[arg(long, env = "CLOUD_RUN_TASK_COUNT", value_name = "TASKS", default_value_t = 1)]
    pub task_count: u32,
}

impl NightlyConfig {
    /// The default store: a folder in the current one.
    pub const DEFAULT_STORE: &str = "fortnight-store";

    /// Returns the share of this task.
    ///
    /// # Errors
    /// When its number is not below the number of tasks.
    pub fn task(&self) -> anyhow::Result<Task> {
        let (index, count) = (self.task_index, self.task_count);
        anyhow::ensure!(
            index < count,
            "CLOUD_RUN_TASK_INDEX is {index}; expected a number below CLOUD_RUN_TASK_COUNT, which is {count}"
        );
        Ok(Task { index, count })
    }

    /// Returns the key that signs the record: the configured one, or the one next to the store's folder, which is generated if
    /// it does not exist.
    ///
    /// # Errors
    /// When there is no key for a bucket, a file cannot be read or written, or the configured key is invalid.
    pub fn key(&self) -> anyhow::Result<SigningKey> {
        match (&self.record_key, &self.record_key_file, &self.store) {
            (Some(key), _, _) => key.expose_secret().parse().context("RECORD_KEY"),
            (None, Some(file), _) => read_key(file),
            (None, None, StoreUrl::Folder(folder)) => read_or_generate_key(&key_file(folder)),
            (None, None, _) => {
                anyhow::bail!("RECORD_KEY is not set; a store in a bucket needs it to sign the record")
            }
        }
    }
}

/// Returns `store.key` for `store`.
fn key_file(folder: &Path) -> PathBuf {
    let mut file = folder.as_os_str().to_owned();
    file.push(".key");
    file.into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use clap::{CommandFactory as _, FromArgMatches as _, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        config: NightlyConfig,
    }

    fn config(arguments: &[&str]) -> NightlyConfig {
        let matches = Command::command().try_get_matches_from([&["nightly"], arguments].concat()).unwrap();
        Command::from_arg_matches(&matches).unwrap().config
    }

    #[test]
    fn a_task_index_must_be_below_the_count() {
        assert_eq!(config(&[]).task().unwrap(), Task { index: 0, count: 1 });
        assert_eq!(config(&["--task-index", "2", "--task-count", "3"]).task().unwrap().index, 2);
        let error = config(&["--task-index", "3", "--task-count", "3"]).task().unwrap_err().to_string();
        assert!(error.contains("below CLOUD_RUN_TASK_COUNT, which is 3"), "{error}");
    }

    #[test]
    fn no_output_shows_the_key() {
        let key = SigningKey::generate("test").unwrap().secret();
        let config = config(&["--record-key", &key]);
        assert_eq!(config.key().unwrap().secret(), key);
        assert!(!format!("{config:?}").contains(&key));
    }

    #[test]
    fn a_key_is_generated_once_for_a_folder_and_required_for_a_bucket() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("data/store");
        let in_folder = config(&["--store", &store.to_string_lossy()]);
        let key = in_folder.key().unwrap().secret();
        assert_eq!(in_folder.key().unwrap().secret(), key);
        let mode = std::fs::metadata(folder.path().join("data/store.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let error = config(&["--store", "gs://bucket"]).key().unwrap_err().to_string();
        assert!(error.starts_with("RECORD_KEY is not set"), "{error}");
    }
}
