//! Forecasts on other sites: a card to embed in a frame, and its oEmbed description.

pub(crate) mod card;
pub(crate) mod oembed;
mod snippet;
