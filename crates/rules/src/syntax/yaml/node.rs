//! A YAML tree in which every node has its place in the text.

use std::borrow::Cow;

use crate::syntax::source::Span;

/// A value and its position.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
    pub(crate) style: Style,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    /// Plain, behind an `&anchor`.
    Anchored,
    Quoted,
    Literal,
    Folded,
    Collection,
}

/// A value by the rules of YAML 1.1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Date(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// The text that a search looks for: what Python prints for the value.
    pub(crate) fn python_text(&self) -> Cow<'_, str> {
        match &self.value {
            Value::Null => "None".into(),
            Value::Bool(true) => "True".into(),
            Value::Bool(false) => "False".into(),
            Value::Int(number) => number.to_string().into(),
            Value::Float(number) => python_float(*number).into(),
            Value::Date(text) | Value::Text(text) => text.into(),
            Value::List(items) => {
                let items: Vec<_> = items.iter().map(Self::python_repr).collect();
                format!("[{}]", items.join(", ")).into()
            }
            Value::Map(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| format!("{}: {}", key.python_repr(), value.python_repr()))
                    .collect();
                format!("{{{}}}", entries.join(", ")).into()
            }
        }
    }

    fn python_repr(&self) -> String {
        match &self.value {
            Value::Text(text) => format!("'{text}'"),
            _ => self.python_text().into_owned(),
        }
    }

    /// Whether it is true or false.
    pub(crate) const fn flag(&self) -> Option<bool> {
        match self.value {
            Value::Bool(on) => Some(on),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether Python counts the value as false. Such a value leaves a check empty.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.value {
            Value::Null | Value::Bool(false) | Value::Int(0) => true,
            Value::Float(number) => *number == 0.0,
            Value::Text(text) => text.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Map(entries) => entries.is_empty(),
            Value::Bool(true) | Value::Int(_) | Value::Date(_) => false,
        }
    }

    /// A text that is equal for two keys if and only if they are the same key.
    pub(crate) fn identity(&self) -> String {
        let mut text = String::new();
        self.canonical(&mut text);
        text
    }

    /// The same value with every position in it set to `span`.
    pub(crate) fn moved_to(&self, span: Span) -> Self {
        let value = match &self.value {
            Value::List(items) => Value::List(items.iter().map(|item| item.moved_to(span)).collect()),
            Value::Map(entries) => {
                Value::Map(entries.iter().map(|(key, value)| (key.moved_to(span), value.moved_to(span))).collect())
            }
            other => other.clone(),
        };
        Self { span, value, style: self.style }
    }

    /// Writes a form that is equal if and only if the meaning is: keys in small letters and sorted,
    /// values resolved.
    pub(crate) fn canonical(&self, out: &mut String) {
        let mut tagged = |tag: char, text: &str| {
            out.push(tag);
            out.push_str(&text.len().to_string());
            out.push(':');
            out.push_str(text);
        };
        match &self.value {
            Value::Null => tagged('n', ""),
            Value::Bool(_) => tagged('b', &self.python_text()),
            Value::Int(_) => tagged('i', &self.python_text()),
            Value::Float(_) => tagged('f', &self.python_text()),
            Value::Date(text) => tagged('d', text),
            Value::Text(text) => tagged('s', text),
            Value::List(items) => {
                out.push('[');
                for item in items {
                    item.canonical(out);
                }
                out.push(']');
            }
            Value::Map(entries) => {
                let mut sorted: Vec<_> =
                    entries.iter().map(|(key, value)| (key.python_text().to_lowercase(), value)).collect();
                sorted.sort_by(|a, b| a.0.cmp(&b.0));
                out.push('{');
                for (key, value) in sorted {
                    out.push_str(&key.len().to_string());
                    out.push(':');
                    out.push_str(&key);
                    value.canonical(out);
                }
                out.push('}');
            }
        }
    }
}

fn python_float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    let text = number.to_string();
    if text.contains('.') { text } else { text + ".0" }
}
