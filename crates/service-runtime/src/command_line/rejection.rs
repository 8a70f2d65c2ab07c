//! Explains a value that cannot be used.

use std::any::TypeId;
use std::error::Error as _;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use super::effective::without_password;
use super::{is_secret, variable};

/// Names the variable, what is wrong and an example; `None` if clap's own message says it better.
pub(super) fn explain(command: &Command, error: &clap::Error) -> Option<String> {
    if error.kind() == ErrorKind::InvalidUtf8 {
        return not_utf8(command);
    }
    let spelling = match error.get(ContextKind::InvalidArg)? {
        ContextValue::String(one) => one,
        ContextValue::Strings(several) => several.first()?,
        _ => return None,
    };
    let arg = command.get_arguments().find(|arg| arg.to_string() == *spelling)?;
    let value = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) => value.as_str(),
        _ => "",
    };
    let wrong = match error.kind() {
        ErrorKind::ValueValidation => {
            let message = error.source().map(ToString::to_string).unwrap_or_default();
            if message.starts_with("expected ") {
                message
            } else if message.contains(&format!("{value:?}")) {
                return Some(sentence(command, arg, &format!(": {message}")));
            } else {
                format!("expected {}", expectation(arg)?)
            }
        }
        ErrorKind::InvalidValue => match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(valid)) => format!("expected {}", valid.join(" or ")),
            _ => return None,
        },
        ErrorKind::MissingRequiredArgument => {
            let service = command.get_name();
            return Some(sentence(command, arg, &format!(" is not set, but {service} needs it")));
        }
        _ => return None,
    };
    let shown = if is_secret(arg) {
        " (a secret, not shown) cannot be used".to_owned()
    } else {
        format!(" is {:?}", without_password(value))
    };
    Some(sentence(command, arg, &format!("{shown}; {wrong}")))
}

fn sentence(command: &Command, arg: &Arg, what: &str) -> String {
    let name = variable(arg);
    let mut text = format!("{}: {name}{what}\n", command.get_name());
    if let Some(help) = arg.get_help() {
        writeln!(text, "  meaning: {help}").expect("writing to a string succeeds");
    }
    if let Some(example) = example(arg) {
        writeln!(text, "  example: {name}={example}").expect("writing to a string succeeds");
    }
    text.push_str("  --help lists all variables\n");
    text
}

/// clap does not say which variable holds bytes that are no text.
fn not_utf8(command: &Command) -> Option<String> {
    let is_binary = |arg: &&Arg| {
        arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.into_string().is_err())
    };
    let arg = command.get_arguments().find(is_binary)?;
    Some(sentence(command, arg, " is not UTF-8 text"))
}

/// The example in the help after "such as", else the default, else a choice, else one for the value's type.
fn example(arg: &Arg) -> Option<String> {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let from_help = || {
        let (_, rest) = help.split_once("such as `")?;
        rest.split_once('`').map(|(example, _)| example.to_owned())
    };
    let default = || arg.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
    let choice = || arg.get_possible_values().first().map(|value| value.get_name().to_owned());
    from_help()
        .or_else(default)
        .or_else(choice)
        .or_else(|| of_type(arg).map(|(_, example)| example.to_owned()))
}

/// What a value of this type looks like.
fn expectation(arg: &Arg) -> Option<String> {
    match (of_type(arg), example(arg)) {
        (Some((expectation, _)), _) => Some(expectation.to_owned()),
        (None, Some(example)) => Some(format!("a value such as {example}")),
        (None, None) => None,
    }
}

/// A description of the values of a type, and one of them.
fn of_type(arg: &Arg) -> Option<(&'static str, &'static str)> {
    let kind = arg.get_value_parser().type_id();
    let types = [
        (TypeId::of::<u8>(), ("a whole number from 0 to 255", "1")),
        (TypeId::of::<u16>(), ("a whole number from 0 to 65535", "8080")),
        (TypeId::of::<u32>(), ("a whole number from 0 to 4294967295", "20")),
        (TypeId::of::<u64>(), ("a whole number", "1000")),
        (TypeId::of::<usize>(), ("a whole number", "64")),
        (TypeId::of::<NonZeroU32>(), ("a whole number from 1 to 4294967295", "20")),
        (TypeId::of::<NonZeroUsize>(), ("a whole number of at least 1", "64")),
        (TypeId::of::<f64>(), ("a number", "1.5")),
        (TypeId::of::<IpAddr>(), ("an IP address", "0.0.0.0")),
        (TypeId::of::<PathBuf>(), ("a path", "path/to/file")),
    ];
    types.into_iter().find_map(|(known, described)| (kind == known).then_some(described))
}
