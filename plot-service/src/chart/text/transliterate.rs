//! Writes scripts that the typeface lacks in Latin letters.

use std::borrow::Cow;

use crate::chart::text::clean::one_line;
use crate::chart::text::typeface;

/// Returns the text with every character the typeface lacks written in Latin letters.
///
/// Inter covers Latin, Greek and Cyrillic. A name in another script would show as a row of empty boxes; a
/// transliteration is readable. The SVG's text and the PNG's metadata contain the original.
pub(crate) fn within_typeface(text: &str) -> Cow<'_, str> {
    if text.chars().all(typeface::has_glyph) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if typeface::has_glyph(c) {
            line.push(c);
        } else {
            line.push_str(deunicode::deunicode_char(c).unwrap_or("?"));
        }
    }
    Cow::Owned(one_line(&line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_the_typeface_lacks_are_transliterated() {
        assert_eq!(within_typeface("Яндекс, Ωmega"), "Яндекс, Ωmega");
        for foreign in ["株式会社 豊田", "أرامكو السعودية", "טבע", "🚀"] {
            let latin = within_typeface(foreign);
            assert!(!latin.is_empty() && latin.chars().all(typeface::has_glyph), "{foreign}: {latin}");
        }
    }
}
