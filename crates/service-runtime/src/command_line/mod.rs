//! Reads a service's configuration: the command line, then the environment, then the defaults.
//!
//! Every service has two more options. `--check-config` prints the configuration in effect, with secrets masked, and
//! exits. `--health-check` asks the instance that runs with the same configuration whether it is ready, so that an
//! image needs neither shell nor curl. A value that cannot be used is reported with the name of its variable, what is
//! wrong and an example.

mod effective;
mod probe;
mod rejection;

use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, Command, Parser};

use crate::program::ServiceConfig;

/// Ids of the options every service has.
const CHECK_CONFIG: &str = "check-config";
const HEALTH_CHECK: &str = "health-check";

/// Returns the configuration of a service.
///
/// Exits the process after `--help`, `--check-config` or `--health-check`, and with status 2 when a value cannot be
/// used.
#[must_use]
pub fn parse_service<C: ServiceConfig>() -> C {
    let status = match interpret::<C>(C::DEFAULT_PORT, std::env::args_os()) {
        Ok(Request::Run(config)) => return config,
        Ok(Request::Print(text)) => {
            print!("{text}");
            0
        }
        Ok(Request::Probe(address)) => match probe::ask_ready(address) {
            Ok(()) => 0,
            Err(error) => {
                eprintln!("{address} is not ready: {error}");
                1
            }
        },
        Err(rejection) => rejection.exit(),
    };
    std::process::exit(status)
}

/// Returns the arguments of a program that is not a service. Exits the process after `--help`, and with status 2 when
/// a value cannot be used.
#[must_use]
pub fn parse<C: Parser>() -> C {
    let mut command = C::command();
    command.build();
    matches(&command, std::env::args_os())
        .and_then(|matches| C::from_arg_matches(&matches).map_err(|error| Rejection::of(&command, error)))
        .unwrap_or_else(|rejection| rejection.exit())
}

/// Returns the configuration a service would have without arguments: its variables and defaults.
///
/// # Errors
/// When a variable cannot be used; the text says which and why.
pub fn from_environment<C: ServiceConfig>() -> Result<C, Rejection> {
    let command = command::<C>(C::DEFAULT_PORT);
    let matches = matches(&command, [command.get_name().to_owned().into()])?;
    C::from_arg_matches(&matches).map_err(|error| Rejection::of(&command, error))
}

/// What the command line asks for.
#[derive(Debug)]
enum Request<C> {
    Run(C),
    Print(String),
    Probe(std::net::SocketAddr),
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// Help, version and misspelled options, which clap describes well.
    #[error(transparent)]
    Clap(clap::Error),
    /// A value that cannot be used.
    #[error("{0}")]
    Value(String),
}

impl Rejection {
    fn of(command: &Command, error: clap::Error) -> Self {
        match rejection::explain(command, &error) {
            Some(text) => Self::Value(text),
            None => Self::Clap(error),
        }
    }

    fn exit(self) -> ! {
        match self {
            Self::Clap(error) => error.exit(),
            Self::Value(text) => {
                eprint!("{text}");
                std::process::exit(2)
            }
        }
    }
}

fn interpret<C: Parser>(
    default_port: u16,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Request<C>, Rejection> {
    let command = command::<C>(default_port);
    let matches = matches(&command, arguments)?;
    let config = C::from_arg_matches(&matches).map_err(|error| Rejection::of(&command, error))?;
    if matches.get_flag(CHECK_CONFIG) {
        return Ok(Request::Print(effective::describe(&command, &matches)));
    }
    if matches.get_flag(HEALTH_CHECK) {
        return Ok(Request::Probe(probe::address(host(&matches), port(&matches))));
    }
    Ok(Request::Run(config))
}

fn matches(
    command: &Command,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<ArgMatches, Rejection> {
    let command_without_empty = without_empty_variables(command.clone());
    command_without_empty.try_get_matches_from(arguments).map_err(|error| Rejection::of(command, error))
}

/// The service's command with our options and its default port.
fn command<C: Parser>(default_port: u16) -> Command {
    let flag = |id, help| Arg::new(id).long(id).help(help).action(ArgAction::SetTrue);
    let port = |arg: Arg| arg.default_value(default_port.to_string());
    let mut command = C::command()
        .mut_args(|arg| if arg.get_id() == "port" { port(arg) } else { arg })
        .arg(flag(CHECK_CONFIG, "Print the configuration in effect, with secrets masked, and exit"))
        .arg(flag(HEALTH_CHECK, "Ask the running instance whether it is ready, and exit with 0 or 1"));
    // Fills in how each option is written, by which errors name it.
    command.build();
    command
}

/// Treats empty variables as absent: compose files and manifests pass `NAME=` for what they do not set.
fn without_empty_variables(command: Command) -> Command {
    command.mut_args(|arg| {
        let is_empty = arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
        if is_empty { arg.env(None::<&str>) } else { arg }
    })
}

fn host(matches: &ArgMatches) -> Option<std::net::IpAddr> {
    matches.try_get_one("host").ok().flatten().copied()
}

fn port(matches: &ArgMatches) -> u16 {
    matches.try_get_one("port").ok().flatten().copied().unwrap_or_default()
}

/// Returns whether a value must never be shown.
fn is_secret(arg: &Arg) -> bool {
    arg.is_hide_env_values_set() || is_secret_name(&variable(arg))
}

/// Returns whether a variable with this name usually holds a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    ["TOKEN", "SECRET", "PASSWORD", "KEY", "HEADERS", "REDIS_URL"].iter().any(|end| name.ends_with(end))
}

/// The name people set the value by: its variable, or else its option.
fn variable(arg: &Arg) -> String {
    match (arg.get_env(), arg.get_long()) {
        (Some(variable), _) => variable.to_string_lossy().into_owned(),
        (None, Some(long)) => format!("--{long}"),
        (None, None) => arg.get_id().to_string(),
    }
}

#[cfg(test)]
mod tests;
