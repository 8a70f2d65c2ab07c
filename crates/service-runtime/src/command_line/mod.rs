//! Reads a service's configuration: the command line, then the environment, then the defaults.
//!
//! Every service gets two further options. `--check-config` prints what is in effect, secrets masked, and ends.
//! `--health-check` asks the instance running with the same configuration whether it is ready, so that an image
//! without shell or curl can still tell its health. A value that does not parse is reported with the name of its
//! variable, what is wrong with it and an example.

mod effective;
mod probe;
mod refusal;
mod values;

use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, Command, Parser};

pub use values::{at_least_one, milliseconds};

/// Ids of the options every service gets.
const CHECK_CONFIG: &str = "check-config";
const HEALTH_CHECK: &str = "health-check";

/// Returns the configuration of a service whose port, where none is given, is `default_port`.
///
/// Ends the process where that is all there is to do: after `--help`, `--check-config` or `--health-check`, and
/// with status 2 when a value cannot be used.
#[must_use]
pub fn parse<C: Parser>(default_port: u16) -> C {
    let status = match interpret::<C>(default_port, std::env::args_os()) {
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
        Err(Refusal::Clap(error)) => error.exit(),
        Err(Refusal::Value(text)) => {
            eprint!("{text}");
            2
        }
    };
    std::process::exit(status)
}

/// What the command line asks for.
#[derive(Debug)]
enum Request<C> {
    Run(C),
    Print(String),
    Probe(std::net::SocketAddr),
}

/// Why it cannot be had.
#[derive(Debug)]
enum Refusal {
    /// Help, version and misspelt options: clap's own words serve.
    Clap(clap::Error),
    /// A variable that cannot be used, in our words.
    Value(String),
}

fn interpret<C: Parser>(
    default_port: u16,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Request<C>, Refusal> {
    let command = command::<C>(default_port);
    let refuse = |error| match refusal::explain(&command, &error) {
        Some(text) => Refusal::Value(text),
        None => Refusal::Clap(error),
    };
    let matches = without_empty_variables(command.clone()).try_get_matches_from(arguments).map_err(refuse)?;
    let config = C::from_arg_matches(&matches).map_err(refuse)?;
    if matches.get_flag(CHECK_CONFIG) {
        return Ok(Request::Print(effective::describe(&command, &matches)));
    }
    if matches.get_flag(HEALTH_CHECK) {
        return Ok(Request::Probe(probe::address(host(&matches), port(&matches))));
    }
    Ok(Request::Run(config))
}

/// The service's own command with our options and its port.
fn command<C: Parser>(default_port: u16) -> Command {
    let flag = |id, help| Arg::new(id).long(id).help(help).action(ArgAction::SetTrue);
    let port = |arg: Arg| arg.default_value(default_port.to_string());
    let mut command = C::command()
        .mut_args(|arg| if arg.get_id() == "port" { port(arg) } else { arg })
        .arg(flag(CHECK_CONFIG, "Print the configuration in effect, secrets masked, and end"))
        .arg(flag(HEALTH_CHECK, "Ask the running instance whether it is ready, and end with 0 or 1"));
    // Derives how each option is written, which errors are matched by.
    command.build();
    command
}

/// Takes empty variables for absent ones: compose and manifests pass `NAME=` for what they do not set.
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

/// Says whether a value must never be shown.
fn is_secret(arg: &Arg) -> bool {
    let name = variable(arg);
    arg.is_hide_env_values_set()
        || ["TOKEN", "SECRET", "PASSWORD", "KEY", "HEADERS"].iter().any(|end| name.ends_with(end))
}

/// The name people set the value by: its variable, else its option.
fn variable(arg: &Arg) -> String {
    match (arg.get_env(), arg.get_long()) {
        (Some(variable), _) => variable.to_string_lossy().into_owned(),
        (None, Some(long)) => format!("--{long}"),
        (None, None) => arg.get_id().to_string(),
    }
}

#[cfg(test)]
mod tests;
