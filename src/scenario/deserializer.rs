//! Reads a type from parsed TOML.
//!
//! The deserializer of the parser reports an error as a sentence. This one reports it in parts
//! ([`Misfit`]), with its path. It rejects a list in place of a table: serde would read the values of the
//! list in the order of the keys.

use std::borrow::Cow;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::{DeInteger, DeValue};

use super::misfit::{Found, Misfit, Reason};
use super::overrides::Value;

/// A value to read.
#[derive(Clone, Copy)]
pub struct Reading<'v, 't>(pub &'v Value<'t>);

type Key<'t> = Spanned<Cow<'t, str>>;

impl<'de> Deserializer<'de> for Reading<'_, '_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let read = match self.0.get_ref() {
            DeValue::String(text) => visitor.visit_str(text),
            DeValue::Integer(number) => integer(number, visitor),
            DeValue::Float(number) => {
                let is_inf = number.as_str().contains("inf");
                match number.as_str().parse::<f64>() {
                    Ok(number) if is_inf || !number.is_infinite() => visitor.visit_f64(number),
                    _ => Err(Misfit::new(Reason::TooLarge)),
                }
            }
            DeValue::Boolean(truth) => visitor.visit_bool(*truth),
            DeValue::Datetime(date) => {
                Err(de::Error::invalid_type(Unexpected::Other(&date.to_string()), &visitor))
            }
            DeValue::Array(list) => visitor.visit_seq(Elements { values: list.iter(), next: 0 }),
            DeValue::Table(table) => {
                visitor.visit_map(Pairs { entries: table.iter(), entry: None })
            }
        };
        read.map_err(|misfit| misfit.at(self.0.span()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_some(self).map_err(|misfit: Misfit| misfit.at(self.0.span()))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self).map_err(|misfit: Misfit| misfit.at(self.0.span()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        if self.0.get_ref().is_array() {
            let misfit: Misfit = de::Error::invalid_type(Unexpected::Seq, &visitor);
            return Err(misfit.at(self.0.span()));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let read = match self.0.get_ref() {
            DeValue::String(word) => visitor.visit_enum(StrDeserializer::new(word)),
            DeValue::Table(table) if table.len() == 1 => match table.iter().next() {
                Some((key, value)) => visitor.visit_enum(Variant { key, value }),
                None => Err(Misfit::new(Reason::NoWord)),
            },
            _ => Err(Misfit::new(Reason::NoWord)),
        };
        read.map_err(|misfit| misfit.at(self.0.span()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// TOML integers have 64 bits; a longer one is an error that says what was expected.
fn integer<'de, V: Visitor<'de>>(number: &DeInteger<'_>, visitor: V) -> Result<V::Value, Misfit> {
    let (digits, radix) = (number.as_str(), number.radix());
    if let Ok(number) = i64::from_str_radix(digits, radix) {
        return visitor.visit_i64(number);
    }
    if let Ok(number) = u64::from_str_radix(digits, radix) {
        return visitor.visit_u64(number);
    }
    let bound = if digits.starts_with('-') { i128::MIN } else { i128::MAX };
    let found = Found::Integer(i128::from_str_radix(digits, radix).unwrap_or(bound));
    let expected = (&visitor as &dyn de::Expected).to_string();
    Err(Misfit::new(Reason::Wrong { found, expected }))
}

/// The values of a list.
struct Elements<I> {
    values: I,
    next: usize,
}

impl<'de, 'v, 't: 'v, I: Iterator<Item = &'v Value<'t>>> SeqAccess<'de> for Elements<I> {
    type Error = Misfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        let place = self.next;
        self.next += 1;
        let read = self.values.next().map(|value| seed.deserialize(Reading(value)));
        read.transpose().map_err(|misfit| misfit.below(place.to_string()))
    }
}

/// The keys and values of a table.
struct Pairs<'v, 't, I> {
    entries: I,
    /// The entry whose key was read.
    entry: Option<(&'v Key<'t>, &'v Value<'t>)>,
}

impl<'de, 'v, 't: 'v, I> MapAccess<'de> for Pairs<'v, 't, I>
where
    I: Iterator<Item = (&'v Key<'t>, &'v Value<'t>)>,
{
    type Error = Misfit;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        self.entry = self.entries.next();
        self.entry.map(|(key, _)| read_key(key, seed)).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Misfit> {
        let (key, value) = self.entry.take().expect("serde reads a key before its value");
        let read = seed.deserialize(Reading(value));
        read.map_err(|misfit| misfit.below(key.get_ref().as_ref()))
    }
}

fn read_key<'de, S: DeserializeSeed<'de>>(key: &Key<'_>, seed: S) -> Result<S::Value, Misfit> {
    let word: &str = key.get_ref();
    let read = seed.deserialize(StrDeserializer::<Misfit>::new(word));
    read.map_err(|misfit| misfit.at_key(word, key.span()))
}

/// A word with contents: a table with one key.
struct Variant<'v, 't> {
    key: &'v Key<'t>,
    value: &'v Value<'t>,
}

impl<'de> EnumAccess<'de> for Variant<'_, '_> {
    type Error = Misfit;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Misfit> {
        Ok((read_key(self.key, seed)?, self))
    }
}

impl Variant<'_, '_> {
    fn below(&self, misfit: Misfit) -> Misfit {
        misfit.below(self.key.get_ref().as_ref())
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_> {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        match self.value.get_ref() {
            DeValue::Table(table) if table.is_empty() => Ok(()),
            _ => Err(Misfit::new(Reason::NoWord).at(self.value.span())),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Misfit> {
        seed.deserialize(Reading(self.value)).map_err(|misfit| self.below(misfit))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Misfit> {
        let read = Reading(self.value).deserialize_tuple(length, visitor);
        read.map_err(|misfit| self.below(misfit))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let read = Reading(self.value).deserialize_struct("", keys, visitor);
        read.map_err(|misfit| self.below(misfit))
    }
}
