//! What every page shares: head, header, notice, footer.

use askama::Template;
use axum::http::header::VARY;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use forecast_types::{Market, Theme};

use crate::assets;
use crate::caching::{Keep, cached};
use crate::origin::public_origin;
use crate::state::App;

/// The media type of every page.
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// The parts of a page that do not depend on what it is about.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) description: String,
    /// Absolute address of the page as it should be shared.
    pub(crate) canonical: String,
    /// Absolute address of the picture shown where the page is shared.
    pub(crate) picture: Option<String>,
    /// `light` or `dark` where the address asks for one.
    pub(crate) theme: Option<&'static str>,
    /// Says that prices are not real, where they are not.
    pub(crate) notice: Option<&'static str>,
    /// Whether search engines should list the page.
    pub(crate) listed: bool,
    /// What the search field in the header holds.
    pub(crate) asked: String,
    pub(crate) css: String,
    pub(crate) theme_js: String,
    pub(crate) picker_js: String,
    pub(crate) site_js: String,
}

impl Frame {
    /// Makes the frame of a page with a path such as `/model`.
    pub(crate) fn new(app: &App, headers: &HeaderMap, path: &str, title: &str, description: &str) -> Self {
        let origin = public_origin(app.config.public_url.as_ref(), headers);
        Self {
            title: title.to_owned(),
            description: description.to_owned(),
            canonical: format!("{origin}{path}"),
            picture: None,
            theme: None,
            notice: notice(app.config.market),
            listed: true,
            asked: String::new(),
            css: assets::address("site.css"),
            theme_js: assets::address("theme.js"),
            picker_js: assets::address("picker.js"),
            site_js: assets::address("site.js"),
        }
    }

    /// Leaves the page out of search engines.
    pub(crate) fn unlisted(mut self) -> Self {
        self.listed = false;
        self
    }

    /// Fixes the theme the address asks for.
    pub(crate) fn themed(mut self, theme: Option<Theme>) -> Self {
        self.theme = theme.map(theme_word);
        self
    }
}

/// The word for a theme in addresses and markup.
pub(crate) fn theme_word(theme: Theme) -> &'static str {
    match theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}

/// What a reader must know about the prices before anything else.
pub(crate) fn notice(market: Market) -> Option<&'static str> {
    match market {
        Market::Live => None,
        Market::Simulated => {
            Some("Simulated market: every price, tweet, headline and search shown here is made up.")
        }
        Market::Replay => {
            Some("Replay: these are real prices of past days, shown as if those days were today.")
        }
    }
}

/// Renders a page as a response that may be revalidated.
pub(crate) fn page(headers: &HeaderMap, keep: Keep, template: &impl Template) -> Response {
    by_accept(cached(headers, keep, HTML, render(template)))
}

/// Renders a page with a status other than 200; such a page is never kept.
pub(crate) fn page_with_status(status: StatusCode, template: &impl Template) -> Response {
    let mut response = cached(&HeaderMap::new(), Keep::Never, HTML, render(template));
    *response.status_mut() = status;
    by_accept(response)
}

/// The same address answers differently to those who do not ask for HTML by name.
fn by_accept(mut response: Response) -> Response {
    response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
    response
}

/// Renders a template to text.
pub(crate) fn render(template: &impl Template) -> String {
    template.render().expect("templates write to memory and their values to strings")
}
