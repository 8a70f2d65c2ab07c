//! Addresses of the forecast page and of the files under it.

use forecast_types::{Symbol, Theme};
use jiff::civil::Date;
use url::form_urlencoded;

/// The ranges of history a page offers, in trading days; the last one is a year.
pub(crate) const RANGES: [u16; 4] = [7, 30, 90, 250];
/// The range of an address that names none.
pub(crate) const DEFAULT_RANGE: u16 = RANGES[1];

/// How a forecast is shown: its day, the range of history, and the colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct View {
    pub(crate) as_of: Option<Date>,
    pub(crate) range: u16,
    pub(crate) theme: Option<Theme>,
}

impl View {
    /// Returns the address of a stock's page; what is default is left out.
    pub(crate) fn page(self, symbol: &Symbol) -> String {
        self.file(symbol, "", [])
    }

    /// Returns the address of a file under a stock's page, such as `plot.png`.
    pub(crate) fn file<'a>(
        self,
        symbol: &Symbol,
        name: &str,
        more: impl IntoIterator<Item = (&'a str, String)>,
    ) -> String {
        address(&path(symbol, name), self.pairs().chain(more))
    }

    /// Returns what an address must say to ask for this view.
    pub(crate) fn pairs<'a>(self) -> impl Iterator<Item = (&'a str, String)> {
        let day = self.as_of.map(|day| ("as_of", day.to_string()));
        let range = (self.range != DEFAULT_RANGE).then(|| ("range", self.range.to_string()));
        let theme = self.theme.map(|theme| ("theme", theme_word(theme).to_owned()));
        [day, range, theme].into_iter().flatten()
    }
}

/// Returns the path of a file under a stock's page; without a name, of the page itself.
pub(crate) fn path(symbol: &Symbol, name: &str) -> String {
    let separator = if name.is_empty() { "" } else { "/" };
    format!("/forecast/{symbol}{separator}{name}")
}

/// Appends a query to a path.
pub(crate) fn address<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The word for a theme in addresses and markup.
pub(crate) fn theme_word(theme: Theme) -> &'static str {
    match theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_address_leaves_out_what_is_default() {
        let apple: Symbol = "AAPL".parse().unwrap();
        let usual = View { as_of: None, range: DEFAULT_RANGE, theme: None };
        assert_eq!(usual.page(&apple), "/forecast/AAPL");
        let other = View { as_of: Some(date(2026, 10, 1)), range: 7, theme: Some(Theme::Dark) };
        assert_eq!(
            other.file(&apple, "plot.png", [("width", "400".to_owned())]),
            "/forecast/AAPL/plot.png?as_of=2026-10-01&range=7&theme=dark&width=400"
        );
    }
}
