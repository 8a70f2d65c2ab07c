//! Breaks text into lines and cuts what does not fit.

use crate::chart::text::lines;
use crate::chart::text::typeface::Face;

/// Breaks text into at most `most` lines of at most `room` CSS pixels; text that does not fit ends in an ellipsis.
pub(crate) fn wrap(text: &str, face: Face, size: f64, room: f64, most: usize) -> Vec<String> {
    let width = |line: &str| lines::width(line, face, size);
    let mut lines: Vec<String> = Vec::new();
    let mut remaining = text.trim();
    while !remaining.is_empty() && lines.len() < most {
        let fitting = fitting_prefix(remaining, &width, room);
        if fitting == remaining.len() {
            lines.push(remaining.to_owned());
            return lines;
        }
        if lines.len() + 1 == most {
            lines.push(cut(remaining, &width, room));
            return lines;
        }
        // Break at the last space that fits; a word longer than the line is broken anywhere.
        let at = remaining[..fitting].rfind(' ').filter(|&at| at > 0).unwrap_or(fitting);
        lines.push(remaining[..at].trim_end().to_owned());
        remaining = remaining[at..].trim_start();
    }
    lines
}

/// Cuts text to the room with an ellipsis.
pub(crate) fn cut(text: &str, width: &impl Fn(&str) -> f64, room: f64) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let room = room - width("…");
    let head = text[..fitting_prefix(text, width, room)].trim_end_matches([' ', ',', '.', ':', ';']);
    format!("{head}…")
}

/// Returns the length in bytes of the longest prefix that fits; at least one character.
fn fitting_prefix(text: &str, width: &impl Fn(&str) -> f64, room: f64) -> usize {
    // No glyph is narrower than a tenth of a pixel, so longer prefixes need no measuring.
    let most = (room.max(1.0) * 10.0) as usize;
    let ends: Vec<usize> = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(most).collect();
    let fits = ends.partition_point(|&end| width(&text[..end]) <= room);
    ends.get(fits.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: f64 = 16.0;

    fn width(text: &str) -> f64 {
        lines::width(text, Face::PROSE, SIZE)
    }

    #[test]
    fn lines_break_at_spaces_and_stay_within_the_room() {
        let text = "Daily close and forecast. Half of the outcomes fall in the inner band.";
        let lines = wrap(text, Face::PROSE, SIZE, 250.0, 9);
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line) <= 250.0), "{lines:?}");
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        let word = "W".repeat(2_000);
        for text in [word.as_str(), &"many words ".repeat(180)] {
            let lines = wrap(text, Face::PROSE, SIZE, 250.0, 2);
            assert_eq!(lines.len(), 2);
            assert!(lines[1].ends_with('…') && lines.iter().all(|line| width(line) <= 250.0), "{lines:?}");
        }
    }
}
