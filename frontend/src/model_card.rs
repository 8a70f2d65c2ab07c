//! The model card: Markdown rendered once, at the start, with the pictures it shows.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The model card as HTML, and the pictures it shows.
#[derive(Debug, Default)]
pub(crate) struct ModelCard {
    pub(crate) html: Option<String>,
    pub(crate) pictures: BTreeMap<String, Picture>,
}

/// A picture in the folder of the card.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: &'static str,
}

/// The card that is read unless another is configured.
const DEFAULT_PATH: &str = "models/MODEL_CARD.md";

impl ModelCard {
    /// Reads the card and the pictures it names. If the default file does not exist, the card built into the program
    /// is used; if another does not, the page shows none.
    pub(crate) fn load(path: &Path) -> Self {
        if path == Path::new(DEFAULT_PATH) && !path.exists() {
            return Self::built_in();
        }
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

    fn built_in() -> Self {
        Self::parse(include_str!("../../models/MODEL_CARD.md"), |name| {
            (name == "coverage.svg").then(|| include_bytes!("../../models/coverage.svg").to_vec())
        })
    }

    /// Renders Markdown; HTML in it is shown as text, and only links that lead somewhere stay links.
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
                    pictures.insert(dest_url.to_string(), Picture { bytes, media_type });
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
        Self { html: Some(folded_sections(&scrollable_tables(&text))), pictures }
    }
}

/// A wide table scrolls in a frame of its own that the keyboard reaches. A cell without words is no heading.
fn scrollable_tables(html: &str) -> String {
    let mut parts = html.split("<table>");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (number, part) in (1..).zip(parts) {
        let _ = write!(
            text,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table {number}\"><table>{part}"
        );
    }
    text.replace("</table>", "</table></div>").replace("<th></th>", "<td></td>")
}

/// Folds each section below its heading, so that the page is short and every heading is in sight.
fn folded_sections(html: &str) -> String {
    let mut parts = html.split("<h3>");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (heading, section) = part.split_once("</h3>").unwrap_or((part, ""));
        let _ = writeln!(text, "<details><summary><h3>{heading}</h3></summary>{section}</details>");
    }
    text
}

fn leads_somewhere(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://") || address.starts_with('#')
}

/// Only plain names of files in its own folder are pictures of the card.
fn picture_type(name: &str) -> Option<&'static str> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && !name.starts_with('.');
    match name.rsplit_once('.')?.1 {
        "svg" if plain => Some("image/svg+xml"),
        "png" if plain => Some("image/png"),
        _ => None,
    }
}

fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_card_is_built_in_with_its_pictures() {
        // Tests run in the folder of their crate, where there is no `models`.
        let card = ModelCard::load(Path::new(DEFAULT_PATH));
        let html = card.html.unwrap();
        let shown = html.matches("src=\"/model/").count();
        assert_eq!((shown, card.pictures.len()), (1, 1), "{html}");
        assert_eq!(html.matches("<details>").count(), html.matches("<summary><h3>").count());
        assert_eq!(html.matches("aria-label=\"Table 1\"").count(), 1, "each table has a name of its own");
        assert!(!html.contains("<th></th>"), "{html}");
        assert!(ModelCard::load(Path::new("models/OTHER.md")).html.is_none());
    }

    #[test]
    fn markup_in_a_card_is_shown_as_text() {
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
