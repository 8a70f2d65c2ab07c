//! The HTML that embeds the card in another site.

use askama::Template;

use crate::forecast::links::{DEFAULT_RANGE, View, address};
use crate::pages::frame::render;

/// Size of the card in CSS pixels; it also fits narrower frames.
pub(crate) const WIDTH: u32 = 480;
pub(crate) const HEIGHT: u32 = 250;

/// A frame with the card of a stock.
#[derive(Template)]
#[template(path = "embed_snippet.html")]
pub(crate) struct Snippet<'a> {
    address: String,
    symbol: &'a str,
    width: u32,
    height: u32,
}

impl<'a> Snippet<'a> {
    /// The card of a stock with the given day and theme.
    pub(crate) fn new(origin: &str, symbol: &'a str, view: View, width: u32) -> Self {
        // The card shows no history.
        let view = View { range: DEFAULT_RANGE, ..view };
        let address = format!("{origin}{}", address(&format!("/embed/{symbol}"), view.pairs()));
        Self { address, symbol, width: width.min(WIDTH), height: HEIGHT }
    }

    pub(crate) fn markup(&self) -> String {
        render(self)
    }
}
