//! `.env.example` lists every variable of the three services.

use std::collections::BTreeSet;

use clap::CommandFactory as _;

use crate::files::text;

#[test]
fn the_example_lists_every_variable_and_no_other() {
    let commands =
        [frontend::Config::command(), predict_service::Config::command(), plot_service::Config::command()];
    let known: BTreeSet<String> = commands
        .iter()
        .flat_map(clap::Command::get_arguments)
        .filter(|arg| !arg.is_hide_set())
        .filter_map(|arg| Some(arg.get_env()?.to_string_lossy().into_owned()))
        .collect();

    let example = text(".env.example").expect("the file is there");
    let listed: BTreeSet<String> = example
        .lines()
        .filter_map(|line| line.strip_prefix("# ")?.split_once('='))
        .map(|(name, _)| name.to_owned())
        .collect();

    assert_eq!(listed, known, ".env.example on the left, the services on the right");
}
