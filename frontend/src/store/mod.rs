//! The store behind `/market` and `/record`: read in the background, so that pages are made from memory.

pub(crate) mod files;
mod reader;

pub(crate) use reader::{Shown, StoreReader};
