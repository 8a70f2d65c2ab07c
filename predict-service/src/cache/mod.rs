//! What was fetched, stored beyond the process: on disk ([`disk`]) or in Redis ([`redis`]), both behind [`store`].

pub(crate) mod disk;
pub(crate) mod redis;
pub(crate) mod store;
