//! The forecast on other people's sites: a card for a frame, and what turns a link into it.

pub(crate) mod card;
pub(crate) mod oembed;
mod snippet;
