//! The launcher: the three services and the stand-in market in one process, on loopback, with one command.
//!
//! It holds no logic of its own about stocks or forecasts; it binds sockets, passes each service the other's address,
//! waits until all can work, and stops them in the order in which they need each other.

mod addresses;
mod cli;
mod forecast;
mod import;
mod mcp;
mod nightly;
mod services;
mod start;
mod verify;

pub use addresses::Addresses;
pub use cli::{Cli, Command};
pub use forecast::{ForecastArgs, run as forecast};
pub use import::{ImportArgs, import};
pub use mcp::{McpArgs, run as mcp};
pub use nightly::{NightlyArgs, run as nightly};
pub use services::ServiceArgs;
pub use start::{Running, StartArgs, launch, start};
pub use verify::{VerifyArgs, verify};
