//! Starts the chart service.

use std::process::ExitCode;

fn main() -> ExitCode {
    service_runtime::program::run(plot_service::run)
}
