//! Starts the page service.

use std::process::ExitCode;

fn main() -> ExitCode {
    service_runtime::program::run(frontend::run)
}
