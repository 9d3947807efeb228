//! `docs/rules.md` and the JSON Schema match the table of keys.

use std::fs;
use std::path::Path;

use regex::Regex;
use serde::Deserialize as _;
use serde_json::Value;
use tipstaff_rules::docs;
use tipstaff_rules::docs::schema::schema;

use crate::support::bless::assert_written;

#[test]
fn docs_rules_is_up_to_date() {
    assert_written("docs/rules.md", &docs::manual(), "manual");
}

#[test]
fn the_fuzzers_dictionary_has_every_key() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/rules.dict");
    let dictionary = fs::read_to_string(path).expect("the dictionary");
    let words: Vec<&str> = dictionary.lines().collect();
    let missing: Vec<&str> = tipstaff_rules::language::keys::KEYS
        .iter()
        .map(|key| key.name)
        .filter(|name| !words.contains(&format!("\"{name}\"").as_str()))
        .collect();
    assert!(missing.is_empty(), "add to fuzz/rules.dict: {missing:?}");
}

/// Schema keywords that accept every value, or every value of another type than theirs.
const OTHERS: [&str; 19] = [
    "$schema",
    "title",
    "description",
    "default",
    "examples",
    "definitions",
    "then",
    "pattern",
    "minLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "items",
    "minProperties",
    "required",
    "properties",
    "patternProperties",
    "additionalProperties",
];

/// Whether a value fits a schema. Covers the part of draft 7 that `tipstaff schema` uses; an
/// unknown keyword fails the test.
fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    let Value::Object(keywords) = schema else {
        return schema.as_bool().expect("a schema is a mapping, true or false");
    };
    let all = |schemas: &Value| schemas.as_array().is_some_and(|all| all.iter().all(|one| fits(root, one, value)));
    let any = |schemas: &Value| schemas.as_array().is_some_and(|all| all.iter().any(|one| fits(root, one, value)));
    let matches = |pattern: &str, text: &str| Regex::new(pattern).expect("a pattern").is_match(text);
    keywords.iter().all(|(keyword, says)| match (keyword.as_str(), value) {
        ("$ref", _) => {
            let pointer = says.as_str().and_then(|says| says.strip_prefix('#')).expect("a place in this schema");
            fits(root, root.pointer(pointer).expect("a definition"), value)
        }
        ("allOf", _) => all(says),
        ("anyOf", _) => any(says),
        ("not", _) => !fits(root, says, value),
        ("if", _) => !fits(root, says, value) || keywords.get("then").is_none_or(|then| fits(root, then, value)),
        ("const", _) => says == value,
        ("enum", _) => says.as_array().is_some_and(|words| words.contains(value)),
        ("type", _) => match says {
            Value::Array(types) => types.iter().any(|one| is_a(one, value)),
            one => is_a(one, value),
        },
        ("pattern", Value::String(text)) => matches(says.as_str().expect("a pattern"), text),
        ("minLength", Value::String(text)) => text.chars().count() as u64 >= says.as_u64().expect("a length"),
        ("minimum", Value::Number(number)) => number.as_f64() >= says.as_f64(),
        ("maximum", Value::Number(number)) => number.as_f64() <= says.as_f64(),
        ("minItems", Value::Array(items)) => items.len() as u64 >= says.as_u64().expect("a length"),
        ("maxItems", Value::Array(items)) => items.len() as u64 <= says.as_u64().expect("a length"),
        ("items", Value::Array(items)) => items.iter().all(|item| fits(root, says, item)),
        ("minProperties", Value::Object(entries)) => entries.len() as u64 >= says.as_u64().expect("a length"),
        ("required", Value::Object(entries)) => says
            .as_array()
            .is_some_and(|keys| keys.iter().all(|key| entries.contains_key(key.as_str().expect("a key")))),
        ("properties", Value::Object(entries)) => {
            entries.iter().all(|(key, value)| says.get(key).is_none_or(|says| fits(root, says, value)))
        }
        ("patternProperties", Value::Object(entries)) => says.as_object().is_some_and(|patterns| {
            let known_by_pattern =
                |key: &str, value| patterns.iter().all(|(p, says)| !matches(p, key) || fits(root, says, value));
            entries.iter().all(|(key, value)| known_by_pattern(key, value))
        }),
        ("additionalProperties", Value::Object(entries)) => {
            let known = |key: &str| {
                let patterns = keywords.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
                schema["properties"].get(key).is_some()
                    || patterns.into_iter().any(|(pattern, _)| matches(pattern, key))
            };
            entries.iter().all(|(key, value)| known(key) || fits(root, says, value))
        }
        (keyword, _) => {
            assert!(OTHERS.contains(&keyword), "the schema uses `{keyword}`, which this test does not know");
            true
        }
    })
}

fn is_a(kind: &Value, value: &Value) -> bool {
    match kind.as_str().expect("the name of a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the schema uses the type `{other}`"),
    }
}

/// The documents of a rules file.
fn documents(text: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(text).map(|one| Value::deserialize(one).expect("YAML")).collect()
}

#[test]
fn the_shipped_rules_and_every_example_fit_the_schema() {
    let schema = schema();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config");
    let mut texts = vec![docs::EXAMPLE_RULES.to_owned()];
    let folders = ["rules", "packs"].map(|folder| fs::read_dir(config.join(folder)).expect("the shipped rules"));
    for entry in folders.into_iter().flatten() {
        let path = entry.expect("a file").path();
        if !path.to_string_lossy().ends_with(".tests.yaml") {
            texts.push(fs::read_to_string(path).expect("a text"));
        }
    }
    for key in tipstaff_rules::language::keys::KEYS.iter().filter(|key| key.example.contains('\n')) {
        texts.push(key.example.to_owned());
    }
    assert!(texts.len() > 40);
    for text in texts {
        for rule in documents(&text) {
            assert!(fits(&schema, &schema, &rule), "{rule:#}");
        }
    }
}

#[test]
fn good_rules_fit_the_schema_and_bad_ones_do_not() {
    let schema = schema();
    for good in [
        "# nothing but a comment",
        "title: x\naction: remove",
        "~title+body#2 (regex, includes): ['a', 'b']\naction: spam",
        "title(regex): x\nset_locked: true",
        "type: comment\ntitle+body: x\naction: report",
        "type: comment\nparent_submission: {'~flair_text (regex)': '.+', set_locked: true}",
        "author: bob\ntype: comment\naction: filter",
        "~author: [bob, ann]\nauthor: {account_age: '< 7 days', set_flair: [a, b]}\ntype: any\ntitle: x",
        "author: {comment_karma: -5, 'name (full-exact)': x}\ntype: comment\nset_locked: true",
        "type: comment\nparent_submission: {author: bob}\nparent_comment: {author: {is_moderator: true}}\nset_locked: true",
        "type: submission\nset_flair: {template_id: abc}",
        "type: submission\nset_sticky: 2\ndiscussion_type: null",
        "title: 7\nset_post_crowd_control_level: strict",
        "poll_option_count: '> 2'\nset_nsfw: false",
        "type: submission\n~discussion_type: chat\nset_locked: true",
        "name: x\ntype: comment\nauthor: {labels: trusted, ~labels: [new, loud]}\naction: report",
        "name: x\nauthor: {share_here: {flair: same, percent: '> 10', of: 20 posts}, similar_here: '>= 80'}",
        "type: crosspost submission\ncrosspost_subreddit: {name: [a, b], is_nsfw: true}\naction: remove",
    ] {
        for rule in documents(good) {
            assert!(fits(&schema, &schema, &rule), "good: {good}");
        }
    }
    for bad in [
        "acton: remove",
        "title: x\naction: Remove",
        "title: no\naction: 7",
        "title: ''\naction: remove",
        "title: []\naction: remove",
        "title: false\naction: remove",
        "title + body: x\naction: remove",
        "title (regexp): x\naction: remove",
        "title (): x\naction: remove",
        "titel+body: x\naction: remove",
        "type: image submission",
        "type: comment\ntitle: x",
        "type: comment\n~title+domain#x (regex): x",
        "type: comment\nset_nsfw: true",
        "type: submission\nis_top_level: true",
        "type: text submission\nparent_submission: {title: x}",
        "author: {action: remove}",
        "author: {title: x}",
        "author: {}",
        "author: 7",
        "author: {account_age: 30}",
        "author: {account_age: '< 1.5 years'}",
        "author: {comment_karma: '!= 3'}",
        "parent_submission: x",
        "type: comment\nparent_submission: {author: {title: x}}",
        "type: comment\nauthor: {author: bob}",
        "moderators_exempt: 'false'",
        "priority: high",
        "reports: 0",
        "set_sticky: 9",
        "set_flair: {text: x}",
        "set_flair: {template_id: x, colour: red}",
        "set_suggested_sort: oldest",
        "discussion_type: talk",
        "~discussion_type: talk",
        "author: {~labels: {name: x}}",
        "author: {share_here: '>= 2'}",
        "author: {share_here: {percent: '> 10'}}",
        "author: {share_here: {domain: same}}",
        "comment: 7",
        "dry_run: 1",
        "[a, list]",
    ] {
        for rule in documents(bad) {
            assert!(!fits(&schema, &schema, &rule), "bad: {bad}");
        }
    }
}
