//! `--check-config`: the configuration in effect, as an environment file.

use std::fmt::Write as _;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::{CHECK_CONFIG, HEALTH_CHECK, is_secret, variable};

/// Lists every value with its origin, and the variables that are not set.
pub(super) fn describe(command: &Command, matches: &ArgMatches) -> String {
    let mut text = format!(
        "# {} {}: the configuration in effect\n",
        command.get_name(),
        command.get_version().unwrap_or_default()
    );
    for arg in command.get_arguments().filter(|arg| is_setting(arg)) {
        let id = arg.get_id().as_str();
        let Some(values) = matches.get_raw(id) else {
            if !arg.is_hide_set() {
                writeln!(text, "# {} is not set", variable(arg)).expect("writing to a string succeeds");
            }
            continue;
        };
        let value = values.map(|value| value.to_string_lossy()).collect::<Vec<_>>().join(",");
        let shown = if is_secret(arg) { masked(&value) } else { without_password(&value) };
        let source = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => "command line",
            Some(ValueSource::EnvVariable) => "environment",
            _ => "default",
        };
        writeln!(text, "{}={shown}  # {source}", variable(arg)).expect("writing to a string succeeds");
    }
    text
}

fn is_setting(arg: &Arg) -> bool {
    !["help", "version", CHECK_CONFIG, HEALTH_CHECK].contains(&arg.get_id().as_str())
}

/// Shows only the length of a secret, which is enough to notice one that was cut off or pasted twice.
fn masked(value: &str) -> String {
    format!("******** ({} characters)", value.chars().count())
}

/// Masks user name and password of an address such as `redis://user:password@host`.
pub(super) fn without_password(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((user_info, _)) => format!("{scheme}://********{}", &rest[user_info.len()..]),
        None => value.to_owned(),
    }
}
