//! The page service against stand-ins of the two services behind it.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod chance;
mod compare;
mod downloads;
mod embed;
mod failures;
mod feeds;
mod forecast_page;
mod helpers;
mod identity;
mod private;
mod progress;
mod record;
mod recorded;
mod reports;
mod search;
mod snapshots;
mod standins;
