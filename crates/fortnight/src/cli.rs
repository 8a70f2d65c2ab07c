use clap::{Parser, Subcommand};
use forecast_store::StoreUrl;
use service_runtime::log_filter::LogFilter;
use service_runtime::telemetry::{LogFormat, TelemetryConfig};

use crate::{ForecastArgs, ImportArgs, McpArgs, NightlyArgs, StartArgs, VerifyArgs};

/// Forecasts the range of a stock's price over the next fourteen trading days
///
/// Without a command: starts everything on this machine and prints the page's address.
#[derive(Debug, Parser)]
#[command(name = "fortnight", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do instead of starting.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to start.
    #[command(flatten)]
    pub start: StartArgs,
    /// Show the record of this store at /market and /record: a folder, `gs://bucket/folder` or `s3://bucket/folder`
    #[arg(long, env = "STORE_URL", value_name = "URL")]
    pub store: Option<StoreUrl>,
    /// What to log: a level, or per-module settings such as `warn,predict_service=debug`
    #[arg(long, env = "LOG_LEVEL", default_value = "warn", global = true)]
    pub log_level: LogFilter,
    /// Format of log lines: `text` for people, `json` for machines
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value = "text", global = true)]
    pub log_format: LogFormat,
}

/// The other commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print forecasts: ranges of the close over the next fourteen trading days
    Forecast(Box<ForecastArgs>),
    /// Serve forecasts to assistants (Model Context Protocol) over standard input and output
    Mcp(Box<McpArgs>),
    /// Request forecasts for the whole list and seal them in the store
    Nightly(Box<NightlyArgs>),
    /// Import the full listings downloaded from nasdaq.com or nasdaqtrader.com
    Import(ImportArgs),
    /// Collect history from the five sources in the training format
    Collect(Box<history_collector::CollectConfig>),
    /// Score a model and the baselines on real prices
    Evaluate(forecast_evaluation::evaluate::EvaluateArgs),
    /// Verify that nothing in a record was changed, left out or added later
    Verify(VerifyArgs),
    /// Write the tensors the network is trained on
    Tensors(forecast_evaluation::tensors::TensorsArgs),
}

impl Cli {
    /// Returns how to start everything.
    #[must_use]
    pub fn start(self) -> StartArgs {
        StartArgs { store: self.store, ..self.start }
    }

    /// Returns whether the command is a single question to services that run already.
    #[must_use]
    pub fn only_asks(&self) -> bool {
        matches!(&self.command, Some(Command::Forecast(args)) if args.services.are_running())
    }

    /// Returns how to log.
    #[must_use]
    pub fn telemetry(&self) -> TelemetryConfig {
        // JSON logs go to standard output, which these commands use for their own output.
        let answers = matches!(
            self.command,
            Some(Command::Forecast(_) | Command::Mcp(_) | Command::Nightly(_) | Command::Verify(_))
        );
        TelemetryConfig {
            log_format: if answers { LogFormat::Text } else { self.log_format },
            log_level: self.log_level.clone(),
            ..TelemetryConfig::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_valid() {
        Cli::command().debug_assert();
    }

    #[test]
    fn live_and_replay_exclude_each_other() {
        let error =
            Cli::try_parse_from(["fortnight", "--live", "--replay", "bars.csv"]).unwrap_err().to_string();
        assert!(error.contains("cannot be used with"), "{error}");
    }

    #[test]
    fn a_store_can_be_given_with_and_without_a_command() {
        let start =
            |line: &[&str]| Cli::try_parse_from(line).unwrap().start().store.map(|url| url.to_string());
        assert!(start(&["fortnight", "--store", "record"]).is_some_and(|url| url.ends_with("record")));
        assert_eq!(start(&["fortnight"]), None);
        assert!(Cli::try_parse_from(["fortnight", "nightly", "--store", "record"]).is_ok());
    }

    #[test]
    fn ports_out_of_range_are_refused() {
        assert!(Cli::try_parse_from(["fortnight", "--port-base", "65534"]).is_err());
        assert!(Cli::try_parse_from(["fortnight", "--port-base", "9000"]).is_ok());
    }
}
