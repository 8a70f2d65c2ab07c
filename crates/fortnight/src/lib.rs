//! The launcher: the three services and the stand-in market in one process, on loopback, with one command.
//!
//! It holds no logic of its own about stocks or forecasts; it binds sockets, passes each service the other's address,
//! waits until all can work, and stops them in the order in which they need each other.

mod addresses;
mod cli;
mod import;
mod start;

pub use addresses::Addresses;
pub use cli::{Cli, Command};
pub use import::{ImportArgs, import};
pub use start::{Running, StartArgs, launch, start};
