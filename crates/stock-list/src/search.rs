//! Search by symbol and name, the likeliest match first.
//!
//! What of a stock matches the query gives a score, lowered by the logarithm of its place in the list (how well known
//! it is). So `app` finds Apple before the company whose symbol is APP, while `goog` finds GOOG first.

use std::collections::HashMap;

use forecast_types::Symbol;

use crate::aliases::ALIASES;
use crate::text::{push_words, query_words};
use crate::vocabulary::{Place, Vocabulary, Word};
use crate::{Listing, SecurityKind};

/// Separates the name from the aliases in the buffer; no word contains it.
const ALIAS_MARK: char = '\u{1}';
/// Shorter words must be spelled right: with one letter changed they match too much.
const SHORTEST_FUZZY_WORD: usize = 4;
/// With as many matches as this, a misspelling is unlikely.
const ENOUGH: usize = 3;
/// A first match whose name the query begins is clearly meant where no other company comes as close as this.
const CLEAR_LEAD: f32 = 1.0;

/// What a match is worth before it is counted how well known the stock is.
mod tier {
    /// A symbol in a spelling that words do not have: `$app`, `NASDAQ:APP`, `brk/b`.
    pub(super) const SPELLED_SYMBOL: f32 = 200.0;
    /// A symbol of one or two letters, typed in full: nothing else can be meant.
    pub(super) const SHORT_SYMBOL: f32 = 100.0;
    /// The first words of the name, in full: `ford`.
    pub(super) const FIRST_WORDS: f32 = 8.0;
    pub(super) const ALIAS: f32 = 7.5;
    pub(super) const SYMBOL: f32 = 5.5;
    /// A symbol typed in full is worth at least this, however little known.
    pub(super) const SYMBOL_FLOOR: f32 = 4.35;
    pub(super) const NAME_PREFIX: f32 = 5.0;
    pub(super) const WORD: f32 = 4.4;
    pub(super) const SYMBOL_PREFIX: f32 = 4.3;
    pub(super) const ALIAS_PREFIX: f32 = 4.0;
    /// All words of the query somewhere in the name.
    pub(super) const ALL_WORDS: f32 = 3.5;
    pub(super) const WORD_PREFIX: f32 = 2.8;
    pub(super) const MISSPELT: f32 = -10.0;
}

/// How much the place in the list counts: half its natural logarithm.
const PLACE_WEIGHT: f32 = 0.5;

#[derive(Debug)]
pub(crate) struct Index {
    /// For each listing its words, each after a space, then a space, perhaps the alias mark and aliases, a line end.
    names: String,
    entries: Vec<Entry>,
    words: Vocabulary,
    /// The entries in the order of their symbols.
    by_symbol: Vec<u32>,
}

#[derive(Debug)]
struct Entry {
    /// The symbol in lower case without separators: `brkb`.
    symbol: String,
    /// Where its suffix begins in `symbol`; the length where it has none.
    root: usize,
    start: usize,
    /// Where the description of the security begins: ` class a common stock`.
    core_end: usize,
    alias: usize,
    end: usize,
    /// What place and kind take from every score.
    penalty: f32,
}

impl Index {
    pub(crate) fn new(listings: &[Listing]) -> Self {
        let mut names = String::with_capacity(listings.len() * 48);
        let mut entries = Vec::with_capacity(listings.len());
        let mut aliases: HashMap<&str, Vec<&str>> = HashMap::new();
        for &(words, symbol) in ALIASES {
            aliases.entry(symbol).or_default().push(words);
        }
        for (place, listing) in listings.iter().enumerate() {
            let start = names.len();
            push_words(&listing.name, &mut names);
            names.push(' ');
            let core_end = start + core_length(&names[start..]);
            let alias = names.len();
            for words in aliases.get(listing.symbol.as_str()).into_iter().flatten() {
                names.push(ALIAS_MARK);
                names.push_str(words);
                names.push(' ');
            }
            let end = names.len();
            names.push('\n');
            let (symbol, root) = compact_symbol(&listing.symbol);
            entries.push(Entry {
                symbol,
                root,
                start,
                core_end,
                alias,
                end,
                penalty: PLACE_WEIGHT * (1.0 + place as f32).ln() + kind_penalty(listing.kind()),
            });
        }
        let words = Vocabulary::new((0u32..).zip(&entries).flat_map(|(entry, names_entry)| {
            let text = &names[names_entry.start..names_entry.end];
            split(text).map(move |word| {
                let at = names_entry.start + word.as_ptr().addr() - text.as_ptr().addr() - 1;
                (word, Place { entry, at: at as u32 })
            })
        }));
        let mut by_symbol: Vec<u32> = (0u32..).take(entries.len()).collect();
        by_symbol.sort_by(|&a, &b| entries[a as usize].symbol.cmp(&entries[b as usize].symbol));
        Self { names, entries, words, by_symbol }
    }

    /// Returns the places of the listings that match, best first.
    pub(crate) fn search(&self, query: &str, limit: usize) -> Vec<usize> {
        let words = query_words(query);
        if words.is_empty() || limit == 0 {
            return Vec::new();
        }
        let mut scores = Scores::new(self.entries.len());
        self.score_spelled(query.trim(), &mut scores);
        self.score_symbols(&compact(&words), &mut scores);
        self.score_phrase(&words, &mut scores);
        if has_several(&words) {
            self.score_scattered(&words, &mut scores);
            // `wal-mart` is one word in the name.
            self.score_phrase(&format!(" {}", compact(&words)), &mut scores);
        }
        if scores.found.len() < ENOUGH.min(limit) {
            self.score_misspelt(&words, &mut scores);
        }
        scores.best(limit)
    }

    /// Returns the place of the listing that a query clearly means; nothing where a reader should choose.
    pub(crate) fn clearly_meant(&self, query: &str) -> Option<usize> {
        let words = query_words(query);
        let found = self.search(query, 4);
        let &first = found.first()?;
        let begins = |at: usize| {
            let entry = &self.entries[at];
            let name = &self.names[entry.start..entry.end];
            let whole = |phrase: &str| name.strip_prefix(phrase).is_some_and(|rest| rest.starts_with(' '));
            whole(&words) || whole(&format!(" {}", compact(&words)))
        };
        let alias = |at: usize| {
            let entry = &self.entries[at];
            self.names[entry.alias..entry.end].split(ALIAS_MARK).any(|alias| alias.trim_end() == words)
        };
        let entry = &self.entries[first];
        if entry.symbol == compact(&words) || alias(first) {
            return Some(first);
        }
        let is_rival = |&at: &usize| {
            let other = &self.entries[at];
            self.company(other) != self.company(entry)
                && begins(at)
                && other.penalty - entry.penalty < CLEAR_LEAD
        };
        (begins(first) && !found[1..].iter().any(is_rival)).then_some(first)
    }

    /// The name without the description of the security: equal for the shares of one company.
    fn company(&self, entry: &Entry) -> &str {
        &self.names[entry.start..entry.core_end]
    }

    fn score_spelled(&self, query: &str, scores: &mut Scores) {
        if query.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return;
        }
        let Ok(symbol) = Symbol::parse(query) else { return };
        let (compact, root) = compact_symbol(&symbol);
        let same = |&&at: &&u32| {
            let entry = &self.entries[at as usize];
            entry.symbol == compact && entry.root == root
        };
        if let Some(&at) = self.symbols_beginning(&compact).iter().find(same) {
            scores.offer(at, tier::SPELLED_SYMBOL);
        }
    }

    fn score_symbols(&self, typed: &str, scores: &mut Scores) {
        for &at in self.symbols_beginning(typed) {
            let entry = &self.entries[at as usize];
            let score = if entry.symbol.len() > typed.len() {
                tier::SYMBOL_PREFIX - entry.penalty
            } else if typed.len() <= 2 {
                tier::SHORT_SYMBOL
            } else {
                (tier::SYMBOL - entry.penalty).max(tier::SYMBOL_FLOOR)
            };
            scores.offer(at, score);
        }
    }

    /// Returns the entries whose symbols begin so.
    fn symbols_beginning(&self, typed: &str) -> &[u32] {
        let symbol = |at: u32| self.entries[at as usize].symbol.as_str();
        let start = self.by_symbol.partition_point(|&at| symbol(at) < typed);
        let following = &self.by_symbol[start..];
        &following[..following.partition_point(|&at| symbol(at).starts_with(typed))]
    }

    /// The query as it stands, from the beginning of a word on.
    fn score_phrase(&self, words: &str, scores: &mut Scores) {
        let first = split(words).next().unwrap_or_default();
        let candidates =
            if has_several(words) { self.words.exactly(first) } else { self.words.beginning(first) };
        for &Place { entry: at, at: hit } in places(candidates) {
            let hit = hit as usize;
            let Some(rest) = self.names[hit..].strip_prefix(words) else { continue };
            let entry = &self.entries[at as usize];
            let whole = rest.starts_with(' ');
            let worth = if hit == entry.start {
                if whole { tier::FIRST_WORDS } else { tier::NAME_PREFIX }
            } else if hit > entry.alias {
                if whole { tier::ALIAS } else { tier::ALIAS_PREFIX }
            } else if hit < entry.core_end {
                if whole { tier::WORD } else { tier::WORD_PREFIX }
            } else {
                continue;
            };
            scores.offer(at, worth - entry.penalty);
        }
    }

    /// The words of the query in any order, perhaps with symbol or class between them.
    fn score_scattered(&self, words: &str, scores: &mut Scores) {
        let longest = split(words).max_by_key(|word| word.len()).unwrap_or_default();
        for &Place { entry: at, .. } in places(self.words.beginning(longest)) {
            let entry = &self.entries[at as usize];
            if split(words).all(|word| self.holds(entry, word)) {
                // `c` means class C rather than any word that begins so.
                let begun = split(words).any(|word| word.len() == 1 && !self.holds_whole(entry, word));
                let worth = if begun { tier::WORD_PREFIX } else { tier::ALL_WORDS };
                scores.offer(at, worth - entry.penalty);
            }
        }
    }

    /// One word of the query, or the whole symbol, with one wrong, missing, doubled or swapped letter.
    fn score_misspelt(&self, words: &str, scores: &mut Scores) {
        for (number, word) in split(words).enumerate().filter(|(_, word)| word.len() >= SHORTEST_FUZZY_WORD) {
            let near = |listed: &&Word| is_nearly_prefix(word.as_bytes(), listed.text.as_bytes());
            for &Place { entry: at, at: hit } in self.words.iter().filter(near).flat_map(|word| &*word.places)
            {
                let entry = &self.entries[at as usize];
                let hit = hit as usize;
                let is_name = hit < entry.core_end || hit > entry.alias;
                let others_fit = || {
                    let others = split(words).enumerate().filter(|&(other, _)| other != number);
                    !self.holds(entry, word) && others.into_iter().all(|(_, other)| self.holds(entry, other))
                };
                if is_name && others_fit() {
                    scores.offer(at, tier::MISSPELT - entry.penalty);
                }
            }
        }
        let typed = compact(words);
        if typed.len() >= SHORTEST_FUZZY_WORD {
            for (at, entry) in (0u32..).zip(&self.entries) {
                if entry.symbol.len() == typed.len()
                    && is_nearly_prefix(typed.as_bytes(), entry.symbol.as_bytes())
                {
                    scores.offer(at, tier::MISSPELT - 1.0 - entry.penalty);
                }
            }
        }
    }

    fn holds_whole(&self, entry: &Entry, word: &str) -> bool {
        split(&self.names[entry.start..entry.end]).any(|listed| listed == word)
            || entry.symbol.get(entry.root..) == Some(word)
    }

    /// Whether a word begins a word of the name, the symbol, or is the symbol's suffix.
    fn holds(&self, entry: &Entry, word: &str) -> bool {
        split(&self.names[entry.start..entry.end]).any(|listed| listed.starts_with(word))
            || entry.symbol.starts_with(word)
            || entry.symbol.get(entry.root..) == Some(word)
    }
}

/// The best score of each listing.
struct Scores {
    scores: Vec<f32>,
    /// The listings that have a score, each once.
    found: Vec<u32>,
}

impl Scores {
    fn new(listings: usize) -> Self {
        Self { scores: vec![f32::NEG_INFINITY; listings], found: Vec::new() }
    }

    fn offer(&mut self, at: u32, score: f32) {
        let best = &mut self.scores[at as usize];
        if *best == f32::NEG_INFINITY {
            self.found.push(at);
        }
        *best = best.max(score);
    }

    fn best(self, limit: usize) -> Vec<usize> {
        let Self { scores, found: mut hits } = self;
        let by_score = |&a: &u32, &b: &u32| scores[b as usize].total_cmp(&scores[a as usize]).then(a.cmp(&b));
        if hits.len() > limit {
            hits.select_nth_unstable_by(limit - 1, by_score);
            hits.truncate(limit);
        }
        hits.sort_unstable_by(by_score);
        hits.into_iter().map(|at| at as usize).collect()
    }
}

fn places(words: &[Word]) -> impl Iterator<Item = &Place> {
    words.iter().flat_map(|word| &*word.places)
}

/// Whether normalized words are two or more.
fn has_several(words: &str) -> bool {
    words.bytes().filter(|&byte| byte == b' ').count() > 1
}

/// A symbol in lower case without separators, and where its suffix begins in it.
fn compact_symbol(symbol: &Symbol) -> (String, usize) {
    let symbol = symbol.as_str().to_ascii_lowercase();
    let root = symbol.find(['.', '-']).unwrap_or(symbol.len());
    (compact(&symbol), root)
}

fn kind_penalty(kind: SecurityKind) -> f32 {
    match kind {
        SecurityKind::Common => 0.0,
        SecurityKind::Fund => 0.5,
        SecurityKind::Preferred | SecurityKind::Debt => 1.5,
        SecurityKind::Warrant | SecurityKind::Unit | SecurityKind::Right => 2.0,
    }
}

/// Returns how much of the words is the company, before the security is described.
fn core_length(words: &str) -> usize {
    const DESCRIPTIONS: [&str; 10] = [
        " common stock",
        " common share",
        " ordinary share",
        " american depositary",
        " depositary share",
        " class ",
        " capital stock",
        " ads ",
        " subordinate voting",
        " common unit",
    ];
    let first = DESCRIPTIONS.iter().filter_map(|description| words.find(description)).min();
    // A name that is nothing but a description is searched as it stands.
    first.filter(|&at| at > 0).unwrap_or(words.len())
}

fn split(words: &str) -> impl Iterator<Item = &str> {
    words.split([' ', ALIAS_MARK]).filter(|word| !word.is_empty())
}

fn compact(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Whether `typed` is one typing error away from a beginning of `listed`.
fn is_nearly_prefix(typed: &[u8], listed: &[u8]) -> bool {
    let same = typed.iter().zip(listed).take_while(|(a, b)| a == b).count();
    let (typed, listed) = (&typed[same..], &listed[same..]);
    match (typed, listed) {
        ([], _) => true,
        // The last letter typed is one too many.
        ([_], []) => true,
        (_, []) => false,
        ([t, typed_rest @ ..], [l, listed_rest @ ..]) => {
            listed_rest.starts_with(typed_rest)
                || listed.starts_with(typed_rest)
                || listed_rest.starts_with(typed)
                || matches!((typed_rest, listed_rest), ([t2, ts @ ..], [l2, ls @ ..])
                    if t == l2 && l == t2 && ls.starts_with(ts))
        }
    }
}

#[cfg(test)]
mod tests;
