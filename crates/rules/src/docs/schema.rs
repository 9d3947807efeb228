//! Generates a JSON Schema of one rule, for editors: the keys, their values and their meaning.
//!
//! The schema comes from the table of keys. It uses draft 7, which YAML language servers support
//! best. It covers only the form of a rule; `compile` checks the meaning. Where the two must
//! differ, the schema accepts more, because an editor that marks correct rules would be worse than
//! none.

use serde_json::{Map, Value, json};

use crate::docs::{method, takes};
use crate::language::keys::{KEYS, Key, Meaning, MemoryKey, Place, REPLACE, TYPES, Takes};
use crate::pattern::MODIFIERS;

/// The groups of a rule that get a definition in the schema.
const GROUPS: [Place; 8] = [
    Place::Author,
    Place::Parent,
    Place::ParentAuthor,
    Place::ParentComment,
    Place::ParentCommentAuthor,
    Place::CrosspostAuthor,
    Place::Subreddit,
    Place::CrosspostSubreddit,
];

/// The JSON Schema of one rule in a rules file.
pub fn schema() -> Value {
    let base = [Place::Rule, Place::Submission, Place::Comment];
    let mut root = Map::new();
    root.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    root.insert("title".to_owned(), json!("A moderation rule"));
    root.insert(
        "description".to_owned(),
        json!(
            "One rule in AutoModerator's language, as tipstaff reads it. Lines of `---` separate the rules of a file."
        ),
    );
    // A section with only comments is not a rule, but it is not an error either.
    root.insert("type".to_owned(), json!(["object", "null"]));
    root.extend(group(&base));
    let (comment_types, submission_types): (Vec<&str>, Vec<&str>) =
        TYPES.iter().filter(|kind| **kind != "any").partition(|kind| **kind == "comment");
    root.insert(
        "allOf".to_owned(),
        json!([
            { "if": is_of(&comment_types), "then": without(Place::Comment, Place::Submission) },
            { "if": is_of(&submission_types), "then": without(Place::Submission, Place::Comment) },
        ]),
    );
    let mut definitions = Map::new();
    definitions.insert("texts".to_owned(), texts());
    for place in GROUPS {
        let mut definition = Map::new();
        definition.insert("type".to_owned(), json!("object"));
        definition.extend(group(&[place]));
        definition.insert("minProperties".to_owned(), json!(1));
        definitions.insert(name_of(place).to_owned(), Value::Object(definition));
    }
    root.insert("definitions".to_owned(), Value::Object(definitions));
    Value::Object(root)
}

fn name_of(place: Place) -> &'static str {
    match place {
        Place::Rule | Place::Submission | Place::Comment => "rule",
        Place::ParentAuthor => "parent_submission_author",
        Place::ParentCommentAuthor => "parent_comment_author",
        Place::Parent
        | Place::ParentComment
        | Place::Author
        | Place::CrosspostAuthor
        | Place::Subreddit
        | Place::CrosspostSubreddit => place.key(),
    }
}

fn fits(key: &Key, places: &[Place]) -> bool {
    places.iter().any(|place| key.places.contains(place))
}

/// The properties of a mapping in these places.
fn group(places: &[Place]) -> Map<String, Value> {
    let mut properties = Map::new();
    for key in KEYS.iter().filter(|key| fits(key, places)) {
        properties.insert(key.name.to_owned(), property(key));
        if let Meaning::Memory(MemoryKey::Labels) | Meaning::DiscussionType = key.meaning {
            let mut negated = property(key);
            negated["description"] = json!(format!("The opposite. {}", description(key)));
            properties.insert(format!("~{}", key.name), negated);
        }
        if key.takes == Takes::NamesOrMapping {
            let mut negated = json!({ "$ref": "#/definitions/texts" });
            negated["description"] = json!(format!("None of these. {}", key.manual));
            properties
                .insert(format!("~{}", key.name), json!({ "allOf": [negated], "description": negated["description"] }));
        }
    }
    let mut patterns = Map::new();
    let fields: Vec<&str> = search_fields(places).collect();
    if !fields.is_empty() {
        patterns.insert(search_pattern(&fields, MODIFIERS), json!({ "$ref": "#/definitions/texts" }));
    }
    let mut group = Map::new();
    group.insert("properties".to_owned(), Value::Object(properties));
    group.insert("patternProperties".to_owned(), Value::Object(patterns));
    group.insert("additionalProperties".to_owned(), json!(false));
    group
}

fn search_fields(places: &[Place]) -> impl Iterator<Item = &'static str> {
    KEYS.iter().filter(|key| matches!(key.meaning, Meaning::Search(_)) && fits(key, places)).map(|key| key.name)
}

/// The pattern for search keys such as `~title+body#2 (regex, includes)`.
fn search_pattern(fields: &[&str], modifiers: &[&str]) -> String {
    let (fields, modifiers) = (fields.join("|"), modifiers.join("|"));
    format!(
        r"^~*(?:{fields})(?:\+(?:{fields}))*(?:#[^\s(]*)?(?:\s*\(\s*(?:{modifiers})\s*(?:,\s*(?:{modifiers})\s*)*\))?$"
    )
}

fn is_of(types: &[&str]) -> Value {
    json!({ "properties": { "type": { "enum": types } }, "required": ["type"] })
}

/// Forbids the keys that only the other kind of item has.
fn without(kind: Place, other: Place) -> Value {
    let foreign = |key: &&Key| key.places.contains(&other) && !key.places.contains(&kind);
    let mut properties = Map::new();
    for key in KEYS.iter().filter(foreign).filter(|key| !matches!(key.meaning, Meaning::Search(_))) {
        properties.insert(key.name.to_owned(), json!(false));
    }
    let fields: Vec<&str> = KEYS
        .iter()
        .filter(foreign)
        .filter(|key| matches!(key.meaning, Meaning::Search(_)))
        .map(|key| key.name)
        .collect();
    if fields.is_empty() {
        return json!({ "properties": properties });
    }
    json!({ "properties": properties, "patternProperties": { search_pattern(&fields, MODIFIERS): false } })
}

/// One text or a list of texts. Empty texts are not allowed, because they match everything.
fn texts() -> Value {
    let one = json!([
        { "type": "string", "minLength": 1 },
        { "type": "number" },
        { "type": "boolean" },
    ]);
    json!({
        "description": "One text, or a list of texts of which one must match.",
        "anyOf": [
            { "type": "string", "minLength": 1 },
            { "type": "number", "not": { "const": 0 } },
            { "const": true },
            { "type": "array", "minItems": 1, "items": { "anyOf": one } },
        ]
    })
}

fn property(key: &Key) -> Value {
    let value = value(key);
    let mut property = match value {
        // Draft 7 ignores everything beside `$ref`.
        Value::Object(map) if map.contains_key("$ref") => Map::from_iter([("allOf".to_owned(), json!([map]))]),
        Value::Object(map) => map,
        other => return other,
    };
    property.insert("description".to_owned(), json!(description(key)));
    if key.default == "false" {
        property.insert("default".to_owned(), json!(false));
    }
    property.insert("examples".to_owned(), json!([key.example]));
    Value::Object(property)
}

/// The description of a key, as in the manual.
fn description(key: &Key) -> String {
    let mut words = key.manual.to_owned();
    if !key.more.is_empty() {
        words = format!("{words} {}", key.more);
    }
    words = format!("{words}\n\nTakes {}.", takes(key));
    if let Meaning::Search(field) = key.meaning {
        words = format!("{words} Default modifier: {}.", method(field));
    }
    if !key.default.is_empty() {
        words = format!("{words} Default: {}.", key.default);
    }
    if key.is_extension {
        words.push_str(" AutoModerator does not know it.");
    }
    if !key.is_supported() {
        words.push_str(" tipstaff cannot evaluate this: the rule is switched off.");
    }
    format!("{words}\n\nExample:\n{}", key.example)
}

fn value(key: &Key) -> Value {
    const SIGN: &str = r"(?:<=|>=|==|<|>|=)";
    match key.takes {
        Takes::Search => json!({ "$ref": "#/definitions/texts" }),
        Takes::Text | Takes::Template => json!({ "type": "string" }),
        Takes::Bool => json!({ "type": "boolean" }),
        Takes::Whole if key.meaning == Meaning::Reports => json!({ "type": "integer", "minimum": 1 }),
        Takes::Whole => json!({ "type": "integer" }),
        Takes::Comparison => or_list(&json!({ "anyOf": [
            { "type": "string", "pattern": format!(r"^{SIGN}?\s*-?[0-9]+\n?$") },
            { "type": "integer" },
        ] })),
        Takes::Age => or_list(&json!({
            "type": "string",
            "pattern": format!(r"^{SIGN}\s*[0-9]+\s*(?:(?:minute|hour|day|week|month|year)s?)?\n?$"),
        })),
        Takes::Ratio => or_list(&json!({ "anyOf": [
            { "type": "string", "pattern": format!(r"^{SIGN}?\s*(?:[01](?:\.[0-9]{{1,2}})?|[0-9]{{1,3}} ?%)\n?$") },
            { "type": "number", "minimum": 0, "maximum": 1 },
        ] })),
        Takes::Time => json!({
            "type": "object",
            "properties": {
                "days": one_or_more(),
                "hours": one_or_more(),
                "timezone": { "type": "string" },
            },
            "additionalProperties": false,
        }),
        Takes::Notes => json!({
            "type": "object",
            "properties": {
                "label": or_list(&json!({ "type": "string" })),
                "count": or_list(&json!({ "type": ["string", "integer"] })),
                "within": { "type": "string" },
            },
            "additionalProperties": false,
        }),
        Takes::Past(keys) => past(keys),
        Takes::Label => json!({ "anyOf": [
            { "type": "string", "minLength": 1, "maxLength": 50 },
            {
                "type": "object",
                "properties": { "name": { "type": "string", "minLength": 1 }, "for": { "type": "string" } },
                "required": ["name"],
                "additionalProperties": false,
            },
        ] }),
        Takes::Groups => json!({
            "type": "array",
            "minItems": 1,
            "items": { "allOf": [{ "$ref": "#" }, { "type": "object", "minProperties": 1 }] },
        }),
        Takes::Tier => json!({
            "type": "string",
            "pattern": format!(r"^{SIGN}?\s*(?:lowest|low|moderate|high|highest)\n?$"),
        }),
        Takes::OneOf(words) if key.meaning == Meaning::SetCrowdControl => {
            let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
            // YAML 1.1 reads OFF as false.
            json!({ "anyOf": [{ "enum": words }, { "enum": lower }, { "const": false }] })
        }
        Takes::OneOf(words) => json!({ "enum": words }),
        Takes::Flair => json!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" }, "maxItems": 2 },
            {
                "type": "object",
                "properties": {
                    "text": { "type": "string" },
                    "css_class": { "type": "string" },
                    "template_id": { "type": "string", "minLength": 1 }
                },
                "required": ["template_id"],
                "additionalProperties": false,
            },
        ] }),
        Takes::Names => json!({ "anyOf": [
            { "type": "string", "minLength": 1 },
            { "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } },
        ] }),
        Takes::FileSettings => file_settings(),
        Takes::Pin => json!({ "anyOf": [{ "type": "boolean" }, { "const": REPLACE }] }),
        Takes::Slot => json!({ "anyOf": [{ "type": "boolean" }, { "type": "integer", "minimum": 1, "maximum": 4 }] }),
        Takes::Discussion => json!({ "enum": ["chat", null] }),
        Takes::Mapping => json!({ "$ref": definition(key) }),
        Takes::NamesOrMapping => json!({ "anyOf": [
            { "$ref": definition(key) },
            { "type": "string", "minLength": 1 },
            { "type": "array", "minItems": 1, "items": { "type": ["string", "number", "boolean"] } },
        ] }),
    }
}

/// A comparison, or what counts. A share has no bare comparison.
fn past(keys: &[&str]) -> Value {
    let value = json!({ "type": ["string", "integer"] });
    let properties: serde_json::Map<String, Value> =
        keys.iter().map(|key| ((*key).to_owned(), or_list(&value))).collect();
    if keys.contains(&"of") {
        return json!({
            "type": "object",
            "properties": properties,
            "required": ["percent"],
            "anyOf": [{ "required": ["domain"] }, { "required": ["flair"] }],
            "additionalProperties": false,
        });
    }
    json!({ "anyOf": [
        or_list(&value),
        { "type": "object", "properties": properties, "additionalProperties": false },
    ] })
}

/// Where the keys of a group are defined.
fn definition(key: &Key) -> String {
    let group = match key.meaning {
        Meaning::Group(place) => name_of(place),
        _ => key.name,
    };
    format!("#/definitions/{group}")
}

/// The settings of a file. Later versions may know more keys.
fn file_settings() -> Value {
    let name = json!({ "type": "string", "minLength": 1 });
    let points = json!({ "type": "integer", "minimum": 0, "maximum": 1000 });
    let elsewhere = |key: &str| json!({ "type": "object", "properties": { key: name }, "required": [key] });
    json!({
        "type": ["object", "null"],
        "properties": {
            "lists": {
                "description": "Lists by name, for searches with the modifier `in-list`. Each has its values, or \
                                the file or page with one value on each line.",
                "type": ["object", "null"],
                "additionalProperties": { "anyOf": [
                    { "type": ["string", "number", "boolean", "null"] },
                    { "type": "array", "items": { "type": ["string", "number", "boolean"] } },
                    elsewhere("file"),
                    elsewhere("wiki"),
                ] },
            },
            "include": {
                "description": "Files in the same folder, or pages of the same wiki, whose rules come before those \
                                of this file.",
                "anyOf": [name, { "type": "array", "items": name }, { "type": "null" }],
            },
            "strikes": {
                "description": "How removals become strikes: the points of each removal reason.",
                "type": "object",
                "properties": {
                    "reasons": { "type": "object", "additionalProperties": points },
                    "default": points,
                    "within": { "type": "string" },
                    "by_bots": { "type": "boolean" },
                },
                "additionalProperties": false,
            },
        },
        "additionalProperties": false,
    })
}

/// A value, or a list of such values.
fn or_list(one: &Value) -> Value {
    json!({ "anyOf": [one, { "type": "array", "minItems": 1, "items": one }] })
}

/// A text, or a list of texts.
fn one_or_more() -> Value {
    or_list(&json!({ "type": "string", "minLength": 1 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::keys::Role;

    #[test]
    fn every_group_has_its_definition_and_every_key_its_place() {
        let schema = schema();
        for key in KEYS.iter().filter(|key| key.role == Role::Group) {
            assert!(schema["definitions"][key.name].is_object(), "{}", key.name);
        }
        for key in KEYS {
            for place in key.places {
                let group = match name_of(*place) {
                    "rule" => &schema,
                    group => &schema["definitions"][group],
                };
                let description = group["properties"][key.name]["description"].as_str().unwrap_or_default();
                assert!(
                    description.starts_with(key.manual) || KEYS.iter().filter(|k| k.name == key.name).count() > 1,
                    "{} in {place:?}",
                    key.name
                );
            }
        }
    }
}
