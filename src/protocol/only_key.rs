//! A table with exactly one of several keys: `{ uniform = { .. } }`.

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, Visitor};

/// Reads a table with exactly one of `keys`; `expected` describes such a table in error messages.
///
/// # Errors
/// An unknown key, a second key (the error points at it), or no key.
pub fn only_key<'de, A: MapAccess<'de>, T>(
    mut map: A,
    keys: &'static [&'static str],
    expected: &str,
    read: impl FnOnce(&'static str, &mut A) -> Result<T, A::Error>,
) -> Result<T, A::Error> {
    let Some(key) = map.next_key_seed(OneOf { keys, first: None })? else {
        return Err(de::Error::custom(format!("a table that says nothing; expected {expected}")));
    };
    let value = read(key, &mut map)?;
    map.next_key_seed(OneOf { keys, first: Some(key) })?;
    Ok(value)
}

/// Reads the first key if it is known, and rejects a second one.
struct OneOf {
    keys: &'static [&'static str],
    first: Option<&'static str>,
}

impl<'de> DeserializeSeed<'de> for OneOf {
    type Value = &'static str;
    fn deserialize<D: de::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<&'static str, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for OneOf {
    type Value = &'static str;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_str<E: de::Error>(self, key: &str) -> Result<&'static str, E> {
        let Some(known) = self.keys.iter().find(|known| **known == key) else {
            return Err(E::unknown_field(key, self.keys));
        };
        match self.first {
            None => Ok(known),
            Some(first) => {
                Err(E::custom(format!("`{key}` beside `{first}`; expected one of the two")))
            }
        }
    }
}
