//! Makes any text safe to show on one line.

/// Turns any text into one line: control characters and runs of white space become one space. Invisible characters
/// that change direction or join others are dropped, because they can make a line read as a different one.
pub(crate) fn one_line(text: &str) -> String {
    let visible = text.chars().filter(|&c| !is_invisible(c)).map(|c| if c.is_control() { ' ' } else { c });
    let mut line = String::with_capacity(text.len().min(4096));
    for c in visible {
        if !c.is_whitespace() || c == '\u{a0}' {
            line.push(c);
        } else if !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Direction marks, embeddings and isolates, zero-width joiners, the byte-order mark, tags, and what XML forbids.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_one_clean_line() {
        for (given, clean) in [
            ("  Apple\n\tInc.  ", "Apple Inc."),
            ("A\u{202e}lppA", "AlppA"),
            ("\u{feff}\0\u{1b}[31mred", "[31mred"),
            ("\u{200b}", ""),
        ] {
            assert_eq!(one_line(given), clean);
        }
    }
}
