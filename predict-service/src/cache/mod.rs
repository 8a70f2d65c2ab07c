//! What has been fetched and made, kept while it is fresh.
//!
//! [`flights`] keeps it in memory and lets many askers share one answer in the making; [`store`] keeps what was
//! fetched beyond the process, in a file ([`disk`]) or in Redis ([`redis`]).

pub(crate) mod disk;
pub(crate) mod flights;
pub(crate) mod redis;
pub(crate) mod store;
