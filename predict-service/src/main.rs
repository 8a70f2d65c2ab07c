//! Starts the forecasting service.

use std::process::ExitCode;

/// A forecast allocates and frees about a thousand small pieces, many of them on different threads; the system's
/// allocator takes a fifth of the time of a request. Measured with `bench/run.py`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    service_runtime::program::run(predict_service::run)
}
