//! What is said about a value that cannot be used.

use std::any::TypeId;
use std::error::Error as _;
use std::net::IpAddr;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use super::{is_secret, variable};

/// Names the variable, what is wrong and an example; `None` where clap's own words say it better.
pub(super) fn explain(command: &Command, error: &clap::Error) -> Option<String> {
    let what = match error.kind() {
        ErrorKind::ValueValidation => {
            error.source().map_or_else(|| "not usable".to_owned(), ToString::to_string)
        }
        ErrorKind::InvalidValue => match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(valid)) => format!("expected one of {}", valid.join(", ")),
            _ => "not usable".to_owned(),
        },
        ErrorKind::MissingRequiredArgument => String::new(),
        _ => return None,
    };
    let spelling = match error.get(ContextKind::InvalidArg)? {
        ContextValue::String(one) => one,
        ContextValue::Strings(several) => several.first()?,
        _ => return None,
    };
    let arg = command.get_arguments().find(|arg| arg.to_string() == *spelling)?;
    let (name, service) = (variable(arg), command.get_name());

    let value = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) => value.as_str(),
        _ => "",
    };
    let first = match error.kind() {
        ErrorKind::MissingRequiredArgument => format!("{name} is not set, and {service} needs it"),
        _ if is_secret(arg) => format!("{name} (a secret, not shown) cannot be used: {what}"),
        // A parser of ours may quote the value itself.
        _ if what.contains(&format!("`{value}`")) => format!("{name} cannot be used: {what}"),
        _ => format!("{name} is `{value}`: {what}"),
    };
    let mut text = format!("{service}: {first}\n");
    if let Some(help) = arg.get_help() {
        text.push_str(&format!("  what it means: {help}\n"));
    }
    if let Some(example) = example(arg) {
        text.push_str(&format!("  for example:   {name}={example}\n"));
    }
    text.push_str("  --help lists every variable; --check-config prints what is in effect\n");
    Some(text)
}

/// The example given in the help after "such as", else the default, else a choice, else one of the value's type.
fn example(arg: &Arg) -> Option<String> {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let from_help = || {
        let (_, rest) = help.split_once("such as `")?;
        rest.split_once('`').map(|(example, _)| example.to_owned())
    };
    let default = || arg.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
    let choice = || arg.get_possible_values().first().map(|value| value.get_name().to_owned());
    from_help().or_else(default).or_else(choice).or_else(|| of_type(arg).map(str::to_owned))
}

fn of_type(arg: &Arg) -> Option<&'static str> {
    let kind = arg.get_value_parser().type_id();
    let examples = [
        (TypeId::of::<u16>(), "8080"),
        (TypeId::of::<u32>(), "20"),
        (TypeId::of::<u64>(), "1000"),
        (TypeId::of::<usize>(), "64"),
        (TypeId::of::<f64>(), "1.5"),
        (TypeId::of::<IpAddr>(), "0.0.0.0"),
        (TypeId::of::<PathBuf>(), "path/to/file"),
    ];
    let of_ours = examples.into_iter().find(|(known, _)| kind == *known).map(|(_, example)| example);
    // Addresses are parsed by crates this one does not know; their variables say what they are.
    of_ours.or_else(|| variable(arg).ends_with("URL").then_some("http://127.0.0.1:8000"))
}
