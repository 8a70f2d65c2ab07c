//! The store behind `/market` and `/record`, which is read in the background, so that pages are rendered from memory.

pub(crate) mod files;
mod reader;

pub(crate) use reader::{StoreReader, StoreSnapshot};
