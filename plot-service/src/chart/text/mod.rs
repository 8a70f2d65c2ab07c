//! Text before it is drawn: cleaned, transliterated, shaped, measured and wrapped.
//!
//! Imports nothing else of the chart. Within it: `wrap` → `lines` → `transliterate` → `typeface`, `clean`.

pub(crate) mod clean;
pub(crate) mod lines;
mod transliterate;
pub(crate) mod typeface;
pub(crate) mod wrap;
