//! Every word of the listed names, sorted, with the places where it stands: a search looks at words, not at names.

use std::collections::BTreeMap;

/// One word and its places, in the order of the list.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) text: Box<str>,
    pub(crate) places: Box<[Place]>,
}

/// Where a word stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The listing.
    pub(crate) entry: u32,
    /// The space before the word, in the buffer of all names.
    pub(crate) at: u32,
}

#[derive(Debug)]
pub(crate) struct Vocabulary(Box<[Word]>);

impl Vocabulary {
    /// Takes the words of all names with their places.
    pub(crate) fn new<'a>(places: impl Iterator<Item = (&'a str, Place)>) -> Self {
        let mut words: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
        for (word, place) in places {
            words.entry(word).or_default().push(place);
        }
        let words = words.into_iter().map(|(text, places)| Word { text: text.into(), places: places.into() });
        Self(words.collect())
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Word> {
        self.0.iter()
    }

    /// Returns the words that begin so.
    pub(crate) fn beginning(&self, prefix: &str) -> &[Word] {
        let start = self.0.partition_point(|word| *word.text < *prefix);
        let following = &self.0[start..];
        &following[..following.partition_point(|word| word.text.starts_with(prefix))]
    }

    /// Returns the word itself, if any name has it.
    pub(crate) fn exactly(&self, word: &str) -> &[Word] {
        let same = self.beginning(word);
        &same[..same.partition_point(|listed| *listed.text == *word)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_beginning_and_as_a_whole() {
        let words = ["apple", "bank", "app", "apple", "b"].into_iter().zip(0u32..);
        let vocabulary = Vocabulary::new(words.map(|(word, at)| (word, Place { entry: at, at })));
        let texts = |words: &[Word]| words.iter().map(|word| word.text.to_string()).collect::<Vec<_>>();
        assert_eq!(texts(vocabulary.beginning("app")), ["app", "apple"]);
        assert_eq!(texts(vocabulary.exactly("app")), ["app"]);
        assert_eq!(texts(vocabulary.beginning("c")), Vec::<String>::new());
        let places: Vec<u32> = vocabulary.exactly("apple")[0].places.iter().map(|place| place.at).collect();
        assert_eq!(places, [0, 3]);
    }
}
