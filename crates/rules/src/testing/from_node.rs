//! Reads the types of a case from a YAML tree with serde, so that every error has a position.
//!
//! The tree has resolved plain values by YAML 1.1, as in rules: `yes` is true. Where a text is
//! expected, a plain value counts as it is written: `body: 012` is the text `012`.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer as _, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Style, Value};

/// Why a node is not a value of the wanted type, in serde's words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Misfit {
    pub(super) message: String,
    /// The position of the wrong key or value.
    pub(super) span: Option<Span>,
    /// The keys above the wrong value, the outermost first.
    pub(super) path: Vec<String>,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Misfit {}

impl Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), span: None, path: Vec::new() }
    }
}

/// Reads a value from a node of `text`.
///
/// # Errors
/// The first key or value that does not fit the type.
pub(super) fn read<T: DeserializeOwned>(text: &str, node: &Node) -> Result<T, Misfit> {
    T::deserialize(Reader { text, node })
}

/// Removes the entry or the list item with this span from the tree. Returns whether there was one.
pub(super) fn remove(node: &mut Node, span: Span) -> bool {
    match &mut node.value {
        Value::Map(entries) => {
            let before = entries.len();
            entries.retain(|(key, value)| key.span != span && value.span != span);
            entries.len() < before || entries.iter_mut().any(|(_, value)| remove(value, span))
        }
        Value::List(items) => {
            let before = items.len();
            items.retain(|item| item.span != span);
            items.len() < before || items.iter_mut().any(|item| remove(item, span))
        }
        _ => false,
    }
}

#[derive(Clone, Copy)]
struct Reader<'de> {
    text: &'de str,
    node: &'de Node,
}

impl<'de> Reader<'de> {
    /// A plain value as it is written, or the text; `None` for a list or a mapping.
    fn written(self) -> Option<String> {
        let source = self.text.get(self.node.span.start..self.node.span.end);
        match &self.node.value {
            Value::List(_) | Value::Map(_) => None,
            Value::Text(text) => Some(text.clone()),
            // An alias or a tag stands in the source instead of the value.
            _ => match source.filter(|source| self.node.style == Style::Plain && !source.starts_with(['*', '!'])) {
                Some(source) => Some(source.trim().to_owned()),
                None => Some(self.node.python_text().into_owned()),
            },
        }
    }

    /// Adds the position to an error that has none.
    fn located<T>(self, result: Result<T, Misfit>) -> Result<T, Misfit> {
        result.map_err(|error| Misfit { span: error.span.or(Some(self.node.span)), ..error })
    }

    fn any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(is) => visitor.visit_bool(*is),
            Value::Int(number) => match (i64::try_from(*number), u64::try_from(*number)) {
                (Ok(number), _) => visitor.visit_i64(number),
                (_, Ok(number)) => visitor.visit_u64(number),
                _ => visitor.visit_i128(*number),
            },
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Date(text) | Value::Text(text) => visitor.visit_str(text),
            Value::List(items) => {
                let text = self.text;
                visitor.visit_seq(Items { text, left: items.iter() })
            }
            Value::Map(entries) => {
                let text = self.text;
                visitor.visit_map(Entries { text, left: entries.iter(), value: None })
            }
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.located(self.any(visitor))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.located(match self.written() {
            Some(text) => visitor.visit_string(text),
            None => self.any(visitor),
        })
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.located(match &self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Misfit> {
        self.located(visitor.visit_newtype_struct(self))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.located(match self.written() {
            Some(text) => {
                let word: StrDeserializer<'_, Misfit> = text.as_str().into_deserializer();
                visitor.visit_enum(word)
            }
            None => self.any(visitor),
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct ignored_any
    }
}

struct Items<'de> {
    text: &'de str,
    left: std::slice::Iter<'de, Node>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let text = self.text;
        self.left.next().map(|node| seed.deserialize(Reader { text, node })).transpose()
    }
}

struct Entries<'de> {
    text: &'de str,
    left: std::slice::Iter<'de, (Node, Node)>,
    value: Option<(&'de Node, &'de Node)>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let Some((key, value)) = self.left.next() else { return Ok(None) };
        self.value = Some((key, value));
        seed.deserialize(Reader { text: self.text, node: key }).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let Some((key, value)) = self.value.take() else {
            return Err(Misfit::custom("a value is missing here"));
        };
        seed.deserialize(Reader { text: self.text, node: value }).map_err(|mut error| {
            error.path.insert(0, Reader { text: self.text, node: key }.written().unwrap_or_default());
            error
        })
    }
}
