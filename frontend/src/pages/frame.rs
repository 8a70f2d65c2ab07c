//! What every page shares: head, header, notice, footer.

use askama::Template;
use axum::http::header::VARY;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use forecast_types::{Market, Theme};

use crate::assets;
use crate::caching::{CachePolicy, HTML, respond};
use crate::origin::public_origin;
use crate::state::AppState;

/// The parts of a page that do not depend on what it is about.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) description: String,
    /// Absolute address of the page as it should be shared, where it is known.
    pub(crate) canonical: Option<String>,
    /// Absolute address of the picture shown where the page is shared.
    pub(crate) picture: Option<String>,
    /// Other representations of the page.
    pub(crate) alternates: Vec<Alternate>,
    /// `light` or `dark` where the address asks for one.
    pub(crate) theme: Option<&'static str>,
    /// Says that prices are not real, where they are not.
    pub(crate) notice: Option<&'static str>,
    /// Whether a store is configured, so that pages link to the record.
    pub(crate) has_store: bool,
    /// Whether search engines should list the page.
    pub(crate) listed: bool,
    /// The text in the search field of the header.
    pub(crate) searched: String,
    /// Seconds after which a browser without JavaScript loads the page again.
    pub(crate) reload_after: Option<u64>,
    pub(crate) touch_icon: String,
    pub(crate) css: String,
    pub(crate) theme_js: String,
    pub(crate) picker_js: String,
    pub(crate) site_js: String,
    pub(crate) lists_css: String,
    pub(crate) watchlist_js: String,
}

/// Another representation of a page, for programs.
#[derive(Clone, Debug)]
pub(crate) struct Alternate {
    pub(crate) media_type: &'static str,
    pub(crate) title: String,
    pub(crate) href: String,
}

impl Alternate {
    /// The oEmbed address, which describes the page as a card.
    pub(crate) fn card(href: String) -> Self {
        Self { media_type: "application/json+oembed", title: "Card".to_owned(), href }
    }

    /// An Atom feed.
    pub(crate) fn feed(title: String, href: String) -> Self {
        Self { media_type: "application/atom+xml", title, href }
    }
}

impl Frame {
    /// Makes the frame of a page with a path such as `/model`.
    pub(crate) fn new(
        state: &AppState,
        headers: &HeaderMap,
        path: &str,
        title: &str,
        description: &str,
    ) -> Self {
        Self {
            title: title.to_owned(),
            description: description.to_owned(),
            canonical: public_origin(&state.config, headers).map(|origin| format!("{origin}{path}")),
            picture: None,
            alternates: Vec::new(),
            theme: None,
            notice: notice(state.config.market),
            has_store: state.store.is_some(),
            listed: true,
            searched: String::new(),
            reload_after: None,
            touch_icon: assets::address("touch-icon.png"),
            css: assets::address("site.css"),
            theme_js: assets::address("theme.js"),
            picker_js: assets::address("picker.js"),
            site_js: assets::address("site.js"),
            lists_css: assets::address("lists.css"),
            watchlist_js: assets::address("watchlist.js"),
        }
    }

    /// Keeps the page out of search engines.
    pub(crate) fn unlisted(mut self) -> Self {
        self.listed = false;
        self
    }

    /// Fixes the theme the address asks for.
    pub(crate) fn themed(mut self, theme: Option<Theme>) -> Self {
        self.theme = theme.map(|theme| match theme {
            Theme::Light => "light",
            Theme::Dark => "dark",
        });
        self
    }
}

/// What a reader must know about the prices before anything else.
pub(crate) fn notice(market: Market) -> Option<&'static str> {
    match market {
        Market::Live => None,
        // Short enough for one line on a phone.
        Market::Simulated => Some("Simulated market: all data here is made up."),
        Market::Replay => Some("Replay: real prices of past days; pageviews and most filings are made up."),
    }
}

/// Renders a page as a response that may be revalidated.
pub(crate) fn page(headers: &HeaderMap, policy: CachePolicy, template: &impl Template) -> Response {
    by_accept(respond(headers, policy, HTML, render(template)))
}

/// Renders a page with a status other than 200; such a page is never cached.
pub(crate) fn page_with_status(status: StatusCode, template: &impl Template) -> Response {
    let mut response = respond(&HeaderMap::new(), CachePolicy::Never, HTML, render(template));
    *response.status_mut() = status;
    by_accept(response)
}

/// The same address answers differently to clients that do not ask for HTML by name.
fn by_accept(mut response: Response) -> Response {
    response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
    response
}

/// Renders a template to text.
pub(crate) fn render(template: &impl Template) -> String {
    template.render().expect("templates write to memory and their values to strings")
}
