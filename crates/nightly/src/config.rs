use std::path::PathBuf;

use clap::Args;
use config_values::count;
use forecast_record::SigningKey;
use forecast_store::StoreUrl;
use secrecy::{ExposeSecret as _, SecretString};

use crate::Task;

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
    /// The key that signs the record, as `PRIVATE+KEY+…` or PEM
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

    /// Returns the key that signs the record; `None` where none is configured.
    ///
    /// # Errors
    /// When its file cannot be read, or it is no key.
    pub fn signing_key(&self) -> anyhow::Result<Option<SigningKey>> {
        if let Some(key) = &self.record_key {
            return Ok(Some(key.expose_secret().parse()?));
        }
        self.record_key_file.as_deref().map(crate::read_key).transpose()
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(config.signing_key().unwrap().unwrap().secret(), key);
        assert!(!format!("{config:?}").contains(&key));
    }
}
