//! Normalizes names and queries, so that punctuation and accents never hide a stock.

/// Longest normalized query; listed names are shorter.
pub(crate) const LONGEST_QUERY_BYTES: usize = 200;

/// Most words of a query that count, so that work stays bounded.
const MOST_QUERY_WORDS: usize = 8;

/// What people type behind a name that is no part of it: `tsla price`.
const TRAILING_WORDS: [&str; 13] = [
    "chart",
    "forecast",
    "index",
    "prediction",
    "predictions",
    "price",
    "quote",
    "share",
    "shares",
    "stock",
    "stocks",
    "ticker",
    "today",
];

/// Appends the words of a text: lowercase, without accents, each preceded by one space.
///
/// `.`, `'` and `&` inside a word are dropped (`AT&T` → `att`, `McDonald's` → `mcdonalds`), all other punctuation separates
/// words. The word `and` is dropped, for people write it where names have `&`.
pub(crate) fn push_words(text: &str, out: &mut String) {
    let mut word_start = None;
    for c in text.chars() {
        if matches!(c, '.' | '\'' | '’' | '&') {
            continue;
        }
        match fold(c) {
            Some(folded) => {
                if word_start.is_none() {
                    word_start = Some(out.len());
                    out.push(' ');
                }
                out.push_str(folded.as_str());
            }
            None => end_word(&mut word_start, out),
        }
    }
    end_word(&mut word_start, out);
}

/// Returns the words of a query, cut to what a name can hold.
pub(crate) fn query_words(query: &str) -> String {
    let mut words = String::with_capacity(query.len().min(LONGEST_QUERY_BYTES));
    let mut end = query.len().min(LONGEST_QUERY_BYTES);
    while !query.is_char_boundary(end) {
        end -= 1;
    }
    push_words(&query[..end], &mut words);
    if let Some((at, _)) = words.match_indices(' ').nth(MOST_QUERY_WORDS) {
        words.truncate(at);
    }
    while let Some((before, last)) = words.rsplit_once(' ')
        && !before.is_empty()
        && TRAILING_WORDS.contains(&last)
    {
        words.truncate(before.len());
    }
    words
}

fn end_word(word_start: &mut Option<usize>, out: &mut String) {
    if let Some(start) = word_start.take()
        && &out[start..] == " and"
    {
        out.truncate(start);
    }
}

/// One or two letters a character is compared by.
struct Folded([u8; 2], usize);

impl Folded {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0[..self.1]).unwrap_or_default()
    }
}

fn fold(c: char) -> Option<Folded> {
    if c.is_ascii_alphanumeric() {
        return Some(Folded([c.to_ascii_lowercase() as u8, 0], 1));
    }
    let pair = |a: u8, b: u8| Some(Folded([a, b], 2));
    let one = |a: u8| Some(Folded([a, 0], 1));
    match c {
        'à'..='å' | 'À'..='Å' => one(b'a'),
        'ç' | 'Ç' => one(b'c'),
        'è'..='ë' | 'È'..='Ë' => one(b'e'),
        'ì'..='ï' | 'Ì'..='Ï' => one(b'i'),
        'ñ' | 'Ñ' => one(b'n'),
        'ò'..='ö' | 'ø' | 'Ò'..='Ö' | 'Ø' => one(b'o'),
        'ù'..='ü' | 'Ù'..='Ü' => one(b'u'),
        'ý' | 'ÿ' | 'Ý' => one(b'y'),
        'æ' | 'Æ' => pair(b'a', b'e'),
        'œ' | 'Œ' => pair(b'o', b'e'),
        'ß' => pair(b's', b's'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_case_and_accents_do_not_matter() {
        for (given, expected) in [
            ("AT&T Inc.", " att inc"),
            ("McDonald's  Corporation", " mcdonalds corporation"),
            ("Coca-Cola Company (The)", " coca cola company the"),
            ("Johnson & Johnson", " johnson johnson"),
            ("johnson and johnson", " johnson johnson"),
            ("U.S. Bancorp", " us bancorp"),
            ("Nestlé", " nestle"),
            ("brk/b", " brk b"),
            ("漢字 ✨", ""),
            ("tsla price", " tsla"),
            ("Chart Industries stock price", " chart industries"),
            ("stock", " stock"),
            ("", ""),
        ] {
            assert_eq!(query_words(given), expected, "{given:?}");
        }
    }

    #[test]
    fn a_huge_query_is_cut() {
        assert_eq!(query_words(&"a ".repeat(5_000)), " a".repeat(8));
        assert!(query_words(&"é".repeat(10_000)).len() <= LONGEST_QUERY_BYTES);
    }
}
