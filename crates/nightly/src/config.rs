use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use config_values::count;
use forecast_record::SigningKey;
use forecast_store::StoreUrl;
use secrecy::{ExposeSecret as _, SecretString};

use crate::Task;
use crate::key::{read_key, read_or_make_key};

/// What a night needs beside predict-service.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Night")]
pub struct NightlyConfig {
    /// Where forecasts are kept: a folder, `gs://bucket/folder` or `s3://bucket/folder`
    #[arg(long, env = "STORE_URL", value_name = "URL", default_value = NightlyConfig::DEFAULT_STORE)]
    pub store: StoreUrl,
    /// The stocks to ask about: a list such as data/stocks.csv, or a file with one symbol a line
    #[arg(long, env = "NIGHTLY_LIST", value_name = "FILE")]
    pub list: Option<PathBuf>,
    /// Only the first stocks of the list
    #[arg(long, env = "NIGHTLY_FIRST", value_name = "STOCKS", value_parser = count(1))]
    pub first: Option<usize>,
    /// Stocks asked about at the same time
    #[arg(long, env = "NIGHTLY_AT_ONCE", value_name = "STOCKS", default_value = "4", value_parser = count(1))]
    pub at_once: usize,
    /// The key that signs the record, as `PRIVATE+KEY+…` or PEM; a folder gets one beside it if there is none
    #[arg(long, env = "RECORD_KEY", hide_env_values = true, value_name = "KEY")]
    pub record_key: Option<SecretString>,
    /// File with that key
    #[arg(long, env = "RECORD_KEY_FILE", value_name = "FILE", conflicts_with = "record_key")]
    pub record_key_file: Option<PathBuf>,
    /// The number of this task, from 0; Cloud Run sets it
    #[arg(long, env = "CLOUD_RUN_TASK_INDEX", value_name = "NUMBER", default_value_t = 0)]
    pub task_index: u32,
    /// How many tasks share the night; Cloud Run sets it
    #[arg(long, env = "CLOUD_RUN_TASK_COUNT", value_name = "TASKS", default_value_t = 1)]
    pub task_count: u32,
}

impl NightlyConfig {
    /// Where forecasts are kept unless configured: a folder in the current one.
    pub const DEFAULT_STORE: &str = "fortnight-store";

    /// Returns the share of this task.
    ///
    /// # Errors
    /// When its number is not one of the tasks'.
    pub fn task(&self) -> anyhow::Result<Task> {
        let (index, count) = (self.task_index, self.task_count);
        anyhow::ensure!(
            index < count,
            "CLOUD_RUN_TASK_INDEX is {index}; expected a number below CLOUD_RUN_TASK_COUNT, which is {count}"
        );
        Ok(Task { index, count })
    }

    /// Returns the key that signs the record: the one configured, or the one beside a folder, which is made first.
    ///
    /// # Errors
    /// When a bucket has none, a file cannot be read or written, or what was given is no key.
    pub fn key(&self) -> anyhow::Result<SigningKey> {
        match (&self.record_key, &self.record_key_file, &self.store) {
            (Some(key), _, _) => key.expose_secret().parse().context("RECORD_KEY"),
            (None, Some(file), _) => read_key(file),
            (None, None, StoreUrl::Folder(folder)) => read_or_make_key(&beside(folder)),
            (None, None, _) => {
                anyhow::bail!("RECORD_KEY is not set; a store in a bucket needs it, as its record is signed")
            }
        }
    }
}

/// `night.key` beside `night`.
fn beside(folder: &Path) -> PathBuf {
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
        night: NightlyConfig,
    }

    fn config(arguments: &[&str]) -> NightlyConfig {
        let matches = Command::command().try_get_matches_from([&["nightly"], arguments].concat()).unwrap();
        Command::from_arg_matches(&matches).unwrap().night
    }

    #[test]
    fn a_task_that_is_not_one_of_them_is_refused() {
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
    fn a_folder_gets_a_key_that_stays_and_a_bucket_needs_one() {
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
