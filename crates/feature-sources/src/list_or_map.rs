//! JSON that is a list here and an object there.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

/// A list, or an object in its order.
pub(crate) enum ListOrMap<I, V> {
    List(Vec<I>),
    Map(Vec<(String, V)>),
}

impl<'de, I: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for ListOrMap<I, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either(PhantomData))
    }
}

struct Either<I, V>(PhantomData<(I, V)>);

impl<'de, I: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Either<I, V> {
    type Value = ListOrMap<I, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(ListOrMap::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = object.next_entry()? {
            entries.push(entry);
        }
        Ok(ListOrMap::Map(entries))
    }
}
