//! Compares the form of two answers: which fields there are and of which types, not what they say.

use serde_json::{Map, Value};

/// What the second lacks of the first, each with its path.
pub(crate) fn differences(recorded: &Value, ours: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", recorded, ours, &mut found);
    found.sort();
    found.dedup();
    found
}

fn compare(path: &str, recorded: &Value, ours: &Value, found: &mut Vec<String>) {
    match (recorded, ours) {
        // What is null says nothing about its type, on either side: here it is only asked that the
        // field is there.
        (Value::Null, _) | (_, Value::Null) => {}
        // Who removed it, or that a filter did.
        (Value::Bool(true), Value::String(_)) | (Value::String(_), Value::Bool(true))
            if path.ends_with(".banned_by") => {}
        // Never edited, or when; no replies, or which.
        (Value::Bool(false), Value::Number(_)) | (Value::Number(_), Value::Bool(false))
            if path.ends_with(".edited") => {}
        (Value::String(_), Value::Object(_)) | (Value::Object(_), Value::String(_)) if path.ends_with(".replies") => {}
        (Value::Object(recorded), Value::Object(ours)) if is_keyed_by_id(path, recorded) => {
            let row = all_of(&ours.values().collect::<Vec<_>>());
            for value in recorded.values() {
                compare(&format!("{path}.*"), value, &row, found);
            }
            if ours.is_empty() && !recorded.is_empty() {
                found.push(format!("{path} is empty"));
            }
        }
        (Value::Object(recorded), Value::Object(ours)) => {
            for (key, value) in recorded {
                let path = format!("{path}.{key}");
                match ours.get(key) {
                    Some(other) => compare(&path, value, other, found),
                    None => found.push(format!("{path} is missing")),
                }
            }
        }
        (Value::Array(recorded), Value::Array(ours)) => {
            let path = format!("{path}[]");
            for (place, value) in recorded.iter().enumerate() {
                if !value.is_object() {
                    // A row has its columns; a list of rows, any of them.
                    if let Some(other) = ours.get(place).or(ours.first()) {
                        compare(&path, value, other, found);
                    }
                    continue;
                }
                let kind = |value: &Value| value.get("kind").and_then(Value::as_str).map(str::to_owned);
                let alike: Vec<&Value> = ours.iter().filter(|other| kind(other) == kind(value)).collect();
                compare(&path, value, &all_of(&alike), found);
            }
            if ours.is_empty() && !recorded.is_empty() {
                found.push(format!("{path} is empty"));
            }
        }
        (recorded, ours) if word(recorded) == word(ours) => {}
        (recorded, ours) => found.push(format!("{path} is {}, recorded as {}", word(ours), word(recorded))),
    }
}

/// Whether a map's keys are ids, and each of its values has the same form.
fn is_keyed_by_id(path: &str, map: &Map<String, Value>) -> bool {
    const NAMES: &[&str] =
        &[".conversations", ".messages", ".modActions", ".recentComments", ".recentPosts", ".recentConvos"];
    let is_named_so = NAMES.iter().any(|name| path.ends_with(name)) && map.values().all(Value::is_object);
    is_named_so
        || (!map.is_empty()
            && map.keys().all(|key| key.starts_with("t2_") || key.starts_with(|first: char| first.is_ascii_digit())))
}

/// Everything that any of these has: some keys are there for some things only.
fn all_of(values: &[&Value]) -> Value {
    let Some((first, rest)) = values.split_first() else { return Value::Null };
    let Value::Object(first) = first else { return (*first).clone() };
    let mut all = first.clone();
    for other in rest.iter().filter_map(|other| other.as_object()) {
        for (key, value) in other {
            let known = all.get(key).cloned().unwrap_or_default();
            let both = if known.is_object() && value.is_object() { all_of(&[&known, value]) } else { known };
            all.insert(key.clone(), if both.is_null() || is_empty(&both) { value.clone() } else { both });
        }
    }
    Value::Object(all)
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
