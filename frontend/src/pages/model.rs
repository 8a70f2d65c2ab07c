//! `GET /model`: the model card in plain words, read at start-up.

use std::collections::BTreeMap;
use std::path::Path as FilePath;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use problem_details::{Problem, ProblemKind};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};
use service_runtime::extract::Path;

use super::frame::{Frame, page};
use crate::caching::{Keep, cached};
use crate::state::App;
use crate::words;

/// The model card as HTML, and the pictures it shows.
#[derive(Debug, Default)]
pub(crate) struct ModelCard {
    html: Option<String>,
    pictures: BTreeMap<String, Picture>,
}

#[derive(Debug)]
struct Picture {
    bytes: Arc<[u8]>,
    media_type: &'static str,
}

#[derive(Template)]
#[template(path = "model.html")]
struct ModelPage {
    frame: Frame,
    pooled: Vec<Figure>,
    data: Option<String>,
    card: Option<String>,
}

struct Figure {
    promise: String,
    kept: String,
}

/// Shows the model card.
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Response {
    let frame = Frame::new(
        &app,
        &headers,
        "/model",
        "What the model can and cannot do · Fortnight",
        "How the forecasts are made, how good they have been, and where they fail.",
    );
    let pooled = app.forecasts.pooled();
    let figures = pooled.iter().flat_map(|skill| &skill.coverage).map(|coverage| Figure {
        promise: words::percent(coverage.level),
        kept: format!("{:.1} %", coverage.held * 100.0),
    });
    let model_page = ModelPage {
        frame,
        pooled: figures.collect(),
        data: pooled.as_ref().map(|skill| skill.data.clone()),
        card: app.model_card.html.clone(),
    };
    page(&headers, Keep::Page, &model_page)
}

/// `GET /model/{name}`: a picture of the model card.
pub(crate) async fn picture(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let picture =
        app.model_card.pictures.get(&name).ok_or_else(|| {
            Problem::new(ProblemKind::NotFound).detail("the model card has no such picture")
        })?;
    Ok(cached(&headers, Keep::List, picture.media_type, picture.bytes.to_vec()))
}

impl ModelCard {
    /// Reads the card and the pictures it names; a card that is not there leaves the page without one.
    pub(crate) fn load(path: &FilePath) -> Self {
        match std::fs::read_to_string(path) {
            Ok(markdown) => Self::parse(&markdown, |name| {
                path.parent().and_then(|folder| std::fs::read(folder.join(name)).ok())
            }),
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "no model card");
                Self::default()
            }
        }
    }

    /// Renders Markdown; HTML in it is shown as text, and of the links only those that lead somewhere are kept.
    fn parse(markdown: &str, read: impl Fn(&str) -> Option<Vec<u8>>) -> Self {
        let mut pictures = BTreeMap::new();
        let mut dead_links = 0_usize;
        let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
        let events = Parser::new_ext(markdown, options).filter_map(|event| match event {
            Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
            Event::Start(Tag::Link { ref dest_url, .. }) if !leads_somewhere(dest_url) => {
                dead_links += 1;
                None
            }
            Event::End(TagEnd::Link) if dead_links > 0 => {
                dead_links -= 1;
                None
            }
            Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                let media_type = picture_type(&dest_url);
                if let (Some(media_type), Some(bytes)) =
                    (media_type, media_type.and_then(|_| read(&dest_url)))
                {
                    pictures.insert(dest_url.to_string(), Picture { bytes: bytes.into(), media_type });
                }
                let dest_url = CowStr::from(format!("/model/{dest_url}"));
                Some(Event::Start(Tag::Image { link_type, dest_url, title, id }))
            }
            // The page has a first heading of its own.
            Event::Start(Tag::Heading { level, id, classes, attrs }) => {
                Some(Event::Start(Tag::Heading { level: lower(level), id, classes, attrs }))
            }
            Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(lower(level)))),
            other => Some(other),
        });
        let mut text = String::with_capacity(markdown.len() * 2);
        html::push_html(&mut text, events);
        Self { html: Some(scrollable_tables(&text)), pictures }
    }
}

/// A wide table scrolls in a frame of its own, reachable by keyboard.
fn scrollable_tables(html: &str) -> String {
    html.replace(
        "<table>",
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table>",
    )
    .replace("</table>", "</table></div>")
}

fn leads_somewhere(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://") || address.starts_with('#')
}

/// Only plain names beside the card are pictures of it.
fn picture_type(name: &str) -> Option<&'static str> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && !name.starts_with('.');
    match name.rsplit_once('.')?.1 {
        "svg" if plain => Some("image/svg+xml"),
        "png" if plain => Some("image/png"),
        _ => None,
    }
}

fn lower(level: pulldown_cmark::HeadingLevel) -> pulldown_cmark::HeadingLevel {
    use pulldown_cmark::HeadingLevel::{H2, H3, H4, H5, H6};
    match level as usize {
        1 => H2,
        2 => H3,
        3 => H4,
        4 => H5,
        _ => H6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_text_whatever_it_holds() {
        let card = ModelCard::parse(
            "# Model\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) [site](https://example.org) a <b>b</b>\n\n\
             ![Coverage](coverage.svg) ![no](../secret.svg)",
            |name| (name == "coverage.svg").then(|| b"<svg/>".to_vec()),
        );
        let html = card.html.unwrap();
        assert!(
            !html.contains("<script>") && !html.contains("javascript:") && !html.contains("<b>"),
            "{html}"
        );
        assert!(html.contains("<h2>Model</h2>") && html.contains("href=\"https://example.org\""), "{html}");
        assert!(html.contains("src=\"/model/coverage.svg\""), "{html}");
        assert_eq!(card.pictures.keys().collect::<Vec<_>>(), ["coverage.svg"]);
    }
}
