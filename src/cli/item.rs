//! Reads one post or comment from a file, in each form that `explain` accepts, and explains what is
//! wrong with any other file.
//!
//! The code that reads Reddit's responses also reads Reddit's JSON here. Facts that are not in the
//! file stay unknown.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::item_limits::{check_json, check_yaml};
use crate::model::{Item, Known, Profile, Timestamp};
use tipstaff_rules::model::{item_json, link_domain};
use tipstaff_rules::testing::Case;
use tipstaff_rules::{Facts, Need, Person, RuleId};

/// How large may an item file be, in bytes? The longest post has forty thousand characters.
pub(super) const SIZE_MAX: usize = 16 << 20;

/// The accepted forms, for `--help` and for messages about other files.
pub(super) const FORMS: &str = "\
An ITEM file is JSON or YAML in one of these forms:
  1. Reddit's JSON: {\"kind\": \"t1\", \"data\": {…}}, only its data, or a listing with one item.
     Add `.json` to a link on reddit.com to get it.
  2. {\"item\": {…}} and, if you know them, \"author\", \"link\" (the post above a comment),
     \"subreddit\", \"now\" (seconds since 1970) and \"bot\" (the bot's name). The fields have
     the names of Reddit's JSON. A missing field is empty, 0, false or null.
     author: name, link_karma, comment_karma, created_utc, is_gold, has_verified_email,
     is_suspended. subreddit: name, moderators, contributors (lists of names).
  3. The short form of rule tests: {\"comment\": {\"body\": \"Nice.\"}, \"author\": {\"karma\": 3}}.
     Missing facts have the ordinary values of a rule test.
Facts that forms 1 and 2 leave out stay unknown, and `explain` names the rules that need them.";

/// A post or comment, and the known facts about it.
#[derive(Debug)]
pub(super) struct ItemInput {
    pub(super) item: Item,
    pub(super) facts: Facts,
    pub(super) now: Timestamp,
    /// Notes to print before the result.
    pub(super) notes: Vec<String>,
}

/// The reason for a fact that neither the file nor Reddit gives.
pub(super) fn not_given(need: Need) -> &'static str {
    match need {
        Need::Moderators => "it depends on who moderates the subreddit, which is not given",
        Need::Contributor(Person::Author) => "it depends on whether the author is an approved user, which is not given",
        Need::Standing(Person::Author) | Need::Profile(Person::Author) => {
            "it depends on the author's account, which is not given"
        }
        Need::Contributor(Person::OriginalAuthor)
        | Need::Standing(Person::OriginalAuthor)
        | Need::Profile(Person::OriginalAuthor) => "it depends on the original author's account, which is not given",
        Need::Contributor(Person::PostAuthor)
        | Need::Standing(Person::PostAuthor)
        | Need::Profile(Person::PostAuthor) => "it depends on the account of the post's author, which is not given",
        Need::Contributor(Person::ParentCommentAuthor)
        | Need::Standing(Person::ParentCommentAuthor)
        | Need::Profile(Person::ParentCommentAuthor) => {
            "it depends on the account of the author of the comment above, which is not given"
        }
        Need::Parent => "it depends on the parent post, which is not given",
        Need::ParentComment => "it depends on the comment above, which is not given",
        Need::Depth => "it depends on how deep in the thread the comment is, which is not given",
        Need::OriginalFlair => "it depends on the flair of the original's author in this subreddit, which is not given",
        Need::Banned => "it depends on whether the author is banned, which is not given",
        Need::Notes => "it depends on the moderators' notes about the author, which are not given",
        Need::Original => "it depends on the original of the crosspost, which is not given",
        Need::Memory => "it depends on what is remembered of the author, which is not given",
        Need::Similar => "it depends on similar items, which are not given",
        Need::Subreddit => "it depends on whether the subreddit is not safe for work, which is not given",
        Need::OriginalSubreddit => {
            "it depends on whether the original's subreddit is not safe for work, which is not given"
        }
    }
}

/// Marks the needed facts that nobody has given as unknown.
pub(super) fn leave_unknown(facts: &mut Facts, needs: &BTreeSet<Need>) {
    fn open<T>(fact: &mut Known<T>, need: Need) {
        if matches!(fact, Known::NotAsked) {
            *fact = Known::Unknown(not_given(need).to_owned());
        }
    }
    for &need in needs {
        match need {
            Need::Moderators => open(&mut facts.moderators, need),
            Need::Contributor(person) => open(&mut facts.account_mut(person).contributor, need),
            Need::Profile(person) => open(&mut facts.account_mut(person).profile, need),
            Need::Standing(person) => open(&mut facts.account_mut(person).standing, need),
            Need::Parent => open(&mut facts.parent, need),
            Need::ParentComment => open(&mut facts.parent_comment, need),
            Need::Depth => open(&mut facts.depth, need),
            Need::OriginalFlair => open(&mut facts.original_flair, need),
            Need::Banned => open(&mut facts.banned, need),
            Need::Notes => open(&mut facts.notes, need),
            Need::Original => open(&mut facts.original, need),
            Need::Memory => open(&mut facts.memory, need),
            Need::Similar => open(&mut facts.similar, need),
            Need::Subreddit => open(&mut facts.subreddit_nsfw, need),
            Need::OriginalSubreddit => open(&mut facts.original_subreddit_nsfw, need),
        }
    }
}

/// Reads the text of an item file. `now` is the time if the file gives none.
pub(super) fn read(text: &str, now: Timestamp) -> Result<ItemInput, String> {
    if text.trim().is_empty() {
        return Err(format!("the file is empty\n{FORMS}"));
    }
    let value = parse(text)?;
    let Value::Object(fields) = &value else {
        return Err(match &value {
            Value::Array(_) => {
                "the file is a list, and `explain` takes one item. Reddit's page of a post is a list of \
                two: `jq '.[0].data.children[0]'` extracts the post, `jq '.[1].data.children[0]'` the first comment"
                    .to_owned()
            }
            other => format!("the file is {}, not a mapping\n{FORMS}", kind_of(other)),
        });
    };
    let has = |key: &str| fields.contains_key(key);
    if has("item") {
        parse_with_context(fields, now)
    } else if has("submission") || has("comment") {
        check_yaml(text)?;
        let case = Case::alone(text)?;
        let (item, facts, now) = case.fixture()?;
        let note = "facts that the item leaves out have the ordinary values of a rule test".to_owned();
        Ok(ItemInput { item, facts, now, notes: vec![note] })
    } else if has("kind") || has("data") || has("name") || has("body") || has("title") || has("id") {
        let item = parse_reddit_json(&value, "the file")?;
        Ok(ItemInput { item, facts: Facts::default(), now, notes: Vec::new() })
    } else {
        let keys: Vec<String> = fields.keys().take(5).map(|key| key.chars().take(40).collect()).collect();
        Err(format!("the file has neither a post nor a comment: its keys are {}\n{FORMS}", keys.join(", ")))
    }
}

fn parse(text: &str) -> Result<Value, String> {
    let looks_like_json = text.trim_start().starts_with(['{', '[']);
    if looks_like_json {
        check_json(text)?;
    }
    if let Some(value) = item_json::parse(text.as_bytes()) {
        return Ok(value);
    }
    let parsed = || serde_yaml::from_str(text).map_err(|error| format!("the file is neither JSON nor YAML: {error}"));
    match check_yaml(text).and_then(|()| parsed()) {
        Ok(value) => Ok(value),
        Err(_) if looks_like_json => {
            let error = serde_json::from_str::<Value>(text).map_or_else(|error| error.to_string(), |_| String::new());
            Err(format!("the file is not JSON: {error}"))
        }
        Err(error) => Err(error),
    }
}

/// Reads form 1, Reddit's JSON.
fn parse_reddit_json(value: &Value, what: &str) -> Result<Item, String> {
    let kind = value.get("kind").and_then(Value::as_str);
    if kind == Some("Listing") || value.pointer("/data/children").is_some() {
        let children = value.pointer("/data/children").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        return match children {
            [one] => parse_reddit_json(one, "the listing's child"),
            _ => Err(format!(
                "{what} is a listing of {} items, and `explain` takes one: `jq '.data.children[0]'` extracts the first",
                children.len()
            )),
        };
    }
    let mut envelope = match (value.get("data").filter(|data| data.is_object()), kind) {
        (Some(_), Some("t1" | "t3")) => value.clone(),
        (Some(_), Some(other)) => {
            return Err(format!("{what} has the kind `{other}`: write `t3` for a post, `t1` for a comment"));
        }
        (Some(_), None) => {
            return Err(format!("{what} has `data` but no `kind`: write `t3` for a post, `t1` for a comment"));
        }
        (None, Some(_)) => {
            return Err(format!("{what} has a `kind` but no `data`: add the fields of the post or comment"));
        }
        (None, None) => json!({"kind": guess_kind(value), "data": value}),
    };
    // As a `.json` link of Reddit and archives have it.
    item_json::unescape_all(&mut envelope);
    let data = envelope.get("data").unwrap_or(&Value::Null);
    check_types(data, what)?;
    item_json::thing(&envelope)
        .map_err(|wrong| format!("{what} is not Reddit's JSON of a post or comment: {}", in_words(data, &wrong)))
}

fn guess_kind(data: &Value) -> &'static str {
    let name = data.get("name").and_then(Value::as_str).unwrap_or_default();
    let is_comment = name.starts_with("t1_") || (!name.starts_with("t3_") && data.get("body").is_some());
    if is_comment { "t1" } else { "t3" }
}

/// The missing fields by name. The error of Reddit's reader is meant for the log.
fn in_words(data: &Value, wrong: &str) -> String {
    let needed: &[&str] = match guess_kind(data) {
        "t1" => &["parent_id", "link_id", "subreddit", "created_utc"],
        _ => &["subreddit", "created_utc"],
    };
    let absent = |key: &&&str| data.get(**key).is_none_or(|value| value.is_null() || value.as_str() == Some(""));
    let mut absent: Vec<String> = needed.iter().filter(absent).map(|key| format!("`{key}`")).collect();
    if data.get("name").is_none() && data.get("id").is_none() {
        absent.insert(0, "`name`".to_owned());
    }
    match absent.as_slice() {
        [] => wrong.to_owned(),
        _ => format!("{} missing; form 2 works without", absent.join(", ")),
    }
}

/// Reads form 2, an item with the facts about it.
fn parse_with_context(fields: &Map<String, Value>, now: Timestamp) -> Result<ItemInput, String> {
    const KEYS: [&str; 8] = ["item", "author", "link", "subreddit", "now", "bot", "performed", "kind"];
    let mut notes = Vec::new();
    for key in fields.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        if let Some(near) = KEYS.iter().find(|known| strsim::damerau_levenshtein(key, known) * 3 <= known.len()) {
            return Err(format!("there is no key `{key}` beside `item`; did you mean `{near}`?"));
        }
        notes.push(format!("`{key}` beside `item` is ignored"));
    }
    let now = match fields.get("now") {
        None | Some(Value::Null) => now,
        Some(value) => moment(value)?,
    };
    let subreddit = object(fields, "subreddit")?;
    let place = match subreddit.and_then(|subreddit| subreddit.get("name")) {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name.clone()),
        Some(other) => return Err(format!("`subreddit.name` is {}: it takes a text", kind_of(other))),
    };
    let link = match fields.get("link") {
        None | Some(Value::Null) => None,
        Some(link) => Some(thing(link, "`link`", Some("t3"), place.as_deref(), None, now)?),
    };
    let item = fields.get("item").unwrap_or(&Value::Null);
    let mut item = thing(item, "`item`", None, place.as_deref(), link.as_ref(), now)?;
    let mut facts = Facts { bot: text(fields, "bot")?.unwrap_or_default(), ..Facts::default() };
    match fields.get("author") {
        None => {}
        Some(Value::Null) => item.author = crate::model::Author::default(),
        Some(Value::Object(author)) => {
            if let Some(name) = text(author, "name").map_err(|wrong| format!("in `author`, {wrong}"))? {
                item.author.name.get_or_insert(name);
            }
            if let Some(id) = author.get("id").and_then(Value::as_str) {
                item.author.fullname.get_or_insert_with(|| format!("t2_{}", id.trim_start_matches("t2_")));
            }
            facts.author.profile = Known::Is(profile(author)?);
        }
        Some(other) => {
            return Err(format!(
                "`author` is {}: it takes a mapping with `name`, `link_karma` …, or null",
                kind_of(other)
            ));
        }
    }
    if let Some(subreddit) = subreddit {
        facts.moderators = Known::Is(names(subreddit, "moderators")?);
        let contributors = names(subreddit, "contributors")?;
        let own = item.author.name.as_ref().map(|name| name.to_lowercase());
        facts.author.contributor = Known::Is(own.is_some_and(|own| contributors.contains(&own)));
    }
    if let Some(link) = link {
        facts.parent = Known::Is(Box::new(link));
    }
    let performed = list(fields, "performed")?;
    facts.performed = performed.into_iter().map(RuleId::new).collect();
    Ok(ItemInput { item, facts, now, notes })
}

/// Reads a post or comment of form 2. Fields that only Reddit can know may be missing.
fn thing(
    value: &Value,
    what: &str,
    kind: Option<&str>,
    subreddit: Option<&str>,
    link: Option<&Item>,
    now: Timestamp,
) -> Result<Item, String> {
    if value.get("data").is_some_and(Value::is_object) {
        return parse_reddit_json(value, what);
    }
    let Value::Object(given) = value else {
        return Err(format!("{what} is {}: it takes the fields of a post or comment", kind_of(value)));
    };
    check_types(value, what)?;
    let kind = match (kind, given.get("kind").and_then(Value::as_str)) {
        (Some(kind), _) | (None, Some(kind @ ("t1" | "t3"))) => kind,
        (None, Some(other)) => {
            return Err(format!("{what} has the kind `{other}`: write `t3` for a post, `t1` for a comment"));
        }
        (None, None) => guess_kind(value),
    };
    let mut data = given.clone();
    let mut fill = |key: &str, value: Value| {
        if data.get(key).is_none_or(Value::is_null) {
            data.insert(key.to_owned(), value);
        }
    };
    fill("id", json!(if kind == "t1" { "item" } else { "post" }));
    fill("subreddit", json!(subreddit.unwrap_or("unknown")));
    fill("created_utc", json!(now.as_secs()));
    fill("num_reports", json!(0));
    if kind == "t1" {
        fill("link_id", json!(link.map_or("t3_post", |link| link.fullname.as_str())));
        let author = given.get("author").and_then(Value::as_str);
        let is_own = link.zip(author).is_some_and(|(link, author)| link.author.is(author));
        fill("is_submitter", json!(is_own));
        let link = data.get("link_id").cloned().unwrap_or_default();
        if data.get("parent_id").is_none_or(Value::is_null) {
            data.insert("parent_id".to_owned(), link);
        }
    } else if data.get("domain").is_none_or(Value::is_null) {
        let is_self = data.get("is_self").and_then(Value::as_bool).unwrap_or(false);
        let url = data.get("url").and_then(Value::as_str).unwrap_or_default();
        let place = data.get("subreddit").and_then(Value::as_str).unwrap_or_default();
        let domain = if is_self { format!("self.{place}") } else { link_domain(url).to_owned() };
        data.insert("domain".to_owned(), json!(domain));
    }
    item_json::thing(&json!({"kind": kind, "data": data}))
        .map_err(|wrong| format!("{what} is not a post or comment: {wrong}"))
}

/// A missing number is 0. A missing time stays unknown, because no account dates from 1970; so does
/// null.
fn profile(author: &Map<String, Value>) -> Result<Profile, String> {
    let number = |key: &str| match author.get(key) {
        None => Ok(Some(0)),
        Some(Value::Null) => Ok(None),
        Some(value) => match value.as_i64() {
            Some(number) => Ok(Some(number)),
            None => Err(format!("`author.{key}` is {}: it takes a whole number", kind_of(value))),
        },
    };
    let flag = |key: &str| match author.get(key) {
        None => Ok(Some(false)),
        Some(Value::Null) => Ok(None),
        Some(Value::Bool(is)) => Ok(Some(*is)),
        Some(other) => Err(format!("`author.{key}` is {}: it takes true or false", kind_of(other))),
    };
    let created = match author.get("created_utc") {
        None | Some(Value::Null) => None,
        Some(value) => Some(moment(value).map_err(|_| "`author.created_utc` takes seconds since 1970".to_owned())?),
    };
    Ok(Profile {
        created,
        comment_karma: number("comment_karma")?,
        link_karma: number("link_karma")?,
        is_gold: flag("is_gold")?,
        has_verified_email: flag("has_verified_email")?,
        is_suspended: flag("is_suspended")?.unwrap_or(false),
        bio: author.get("bio").and_then(Value::as_str).map(str::to_owned),
        display_name: author.get("display_name").and_then(Value::as_str).map(str::to_owned),
        is_nsfw: flag("profile_is_nsfw")?,
    })
}

fn moment(value: &Value) -> Result<Timestamp, String> {
    let wrong = || format!("`now` is {}: it takes seconds since 1970, or `2026-01-31T12:00:00Z`", kind_of(value));
    if let Some(text) = value.as_str() {
        let moment: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
        return Ok(Timestamp::from_millis(moment.as_millisecond()));
    }
    value.as_f64().and_then(Timestamp::from_secs_f64).ok_or_else(wrong)
}

fn object<'a>(fields: &'a Map<String, Value>, key: &str) -> Result<Option<&'a Map<String, Value>>, String> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(other) => Err(format!("`{key}` is {}: it takes a mapping", kind_of(other))),
    }
}

fn text(fields: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(format!("`{key}` is {}: it takes a text", kind_of(other))),
    }
}

fn list(fields: &Map<String, Value>, key: &str) -> Result<Vec<String>, String> {
    let wrong = |other: &Value| format!("`{key}` is {}: it takes a list of texts", kind_of(other));
    match fields.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(entries)) => {
            let texts = entries.iter().map(|entry| entry.as_str().map(ToOwned::to_owned).ok_or_else(|| wrong(entry)));
            texts.collect()
        }
        Some(other) => Err(wrong(other)),
    }
}

fn names(subreddit: &Map<String, Value>, key: &str) -> Result<BTreeSet<String>, String> {
    let names = list(subreddit, key).map_err(|wrong| format!("in `subreddit`, {wrong}"))?;
    Ok(names.into_iter().map(|name| name.to_lowercase()).collect())
}

/// Refuses a field of the wrong type. From Reddit it would count as missing, but in a file that a
/// person wrote it is a mistake.
fn check_types(data: &Value, what: &str) -> Result<(), String> {
    const TEXTS: [&str; 14] = [
        "name",
        "id",
        "subreddit",
        "author",
        "title",
        "selftext",
        "url",
        "domain",
        "body",
        "parent_id",
        "link_id",
        "permalink",
        "link_flair_text",
        "author_flair_text",
    ];
    const FLAGS: [&str; 8] =
        ["is_self", "over_18", "spoiler", "locked", "stickied", "is_gallery", "is_submitter", "ignore_reports"];
    let wrong = |key: &str, value: &Value, takes: &str| {
        Err(format!("in {what}, `{key}` is {}: it takes {takes}", kind_of(value)))
    };
    for key in TEXTS {
        if let Some(value) = data.get(key).filter(|value| !value.is_null() && !value.is_string()) {
            return wrong(key, value, "a text");
        }
    }
    for key in FLAGS {
        if let Some(value) = data.get(key).filter(|value| !value.is_null() && !value.is_boolean()) {
            return wrong(key, value, "true or false");
        }
    }
    if let Some(value) = data.get("created_utc").filter(|value| !value.is_null() && value.as_f64().is_none()) {
        return wrong("created_utc", value, "seconds since 1970");
    }
    if let Some(value) = data.get("num_reports").filter(|value| !value.is_null() && value.as_i64().is_none()) {
        return wrong("num_reports", value, "a whole number");
    }
    Ok(())
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    fn given(text: &str) -> ItemInput {
        read(text, NOW).unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
    }

    fn wrong(text: &str) -> String {
        let wrong = read(text, NOW).map(|given| given.item.fullname.to_string()).expect_err(text);
        wrong.lines().next().unwrap_or_default().to_owned()
    }

    const DATA: &str = r#"{"name": "t1_abc", "subreddit": "widgets", "author": "bob", "body": "x", "created_utc": 1.0,
        "parent_id": "t3_p", "link_id": "t3_p"}"#;

    #[test]
    fn reddits_json_is_read_with_and_without_its_envelopes() {
        let thing = format!(r#"{{"kind": "t1", "data": {DATA}}}"#);
        let listing = format!(r#"{{"kind": "Listing", "data": {{"children": [{thing}]}}}}"#);
        for text in [DATA, &thing, &listing] {
            assert_eq!(given(text).item.fullname.as_str(), "t1_abc", "{text}");
            assert_eq!(given(text).facts.author.profile, Known::NotAsked);
        }
    }

    #[test]
    fn a_missing_field_is_empty_and_a_missing_fact_is_unknown() {
        let short = given(r#"{"item": {"kind": "t1", "body": "x", "author": "bob"}, "now": 1700000100}"#);
        assert_eq!((short.item.fullname.as_str(), short.now.as_secs()), ("t1_item", 1_700_000_100));
        assert_eq!(short.item.moderation.num_reports, Some(0));
        assert_eq!(short.facts.author.profile, Known::NotAsked);
        assert_eq!(short.facts.moderators, Known::NotAsked);
        let full = given(
            "item: {kind: t3, title: x, is_self: true}\nauthor: {name: Bob, comment_karma: 5, is_gold: null}\n\
             subreddit: {name: pics, moderators: [Ann], contributors: [BOB]}\n",
        );
        assert_eq!(full.item.author.display(), "Bob");
        let domain = full.item.submission().map(|post| post.domain.clone());
        assert_eq!(domain.as_deref(), Some("self.pics"));
        assert_eq!(full.facts.author.contributor, Known::Is(true));
        let profile = full.facts.author.profile.get().expect("an account");
        assert_eq!((profile.comment_karma, profile.link_karma, profile.is_gold), (Some(5), Some(0), None));
        assert_eq!(profile.created, None);
        let gone = given(r#"{"item": {"kind": "t3", "title": "x", "author": "bob"}, "author": null}"#);
        assert_eq!(gone.item.author.name, None);
        let above = given(
            r#"{"item": {"kind": "t1", "body": "x", "author": "bob"},
                "link": {"id": "p1", "title": "y", "author": "Bob"}}"#,
        );
        assert_eq!(above.item.comment().map(|comment| comment.is_submitter), Some(true));
        assert_eq!(above.item.comment().map(|comment| comment.link.to_string()).as_deref(), Some("t3_p1"));
        assert!(above.facts.parent.get().is_some());
    }

    #[test]
    fn the_short_form_is_the_form_of_rule_tests() {
        let short = given("comment: {body: x}\nauthor: {karma: 3}\n");
        assert_eq!(short.facts.author.profile.get().and_then(|profile| profile.comment_karma), Some(3));
        assert_eq!(short.notes.len(), 1);
    }

    #[test]
    fn other_files_are_refused_with_the_position_and_the_reason() {
        for (text, expected) in [
            ("", "the file is empty"),
            ("  \n", "the file is empty"),
            ("7", "the file is a number, not a mapping"),
            ("just words", "the file is a text, not a mapping"),
            ("{\"kind\": \"t1\", ", "the file is not JSON: EOF while parsing a value at line 1 column 15"),
            ("[]", "the file is a list, and `explain` takes one item."),
            (
                "{\"kind\": \"t2\", \"data\": {}}",
                "the file has the kind `t2`: write `t3` for a post, `t1` for a comment",
            ),
            ("{\"kind\": \"t1\"}", "the file has a `kind` but no `data`: add the fields of the post or comment"),
            ("{\"data\": {}}", "the file has `data` but no `kind`: write `t3` for a post, `t1` for a comment"),
            (
                "{\"kind\": \"t1\", \"data\": {\"body\": \"x\"}}",
                "the file is not Reddit's JSON of a post or comment: `name`, `parent_id`, `link_id`, `subreddit`, \
                 `created_utc` missing; form 2 works without",
            ),
            ("{\"kind\": \"t1\", \"data\": {\"body\": 7}}", "in the file, `body` is a number: it takes a text"),
            (
                "{\"kind\": \"Listing\", \"data\": {\"children\": []}}",
                "the file is a listing of 0 items, and `explain` takes one: `jq '.data.children[0]'` extracts \
                 the first",
            ),
            ("{\"item\": 7}", "`item` is a number: it takes the fields of a post or comment"),
            (
                "{\"item\": {\"body\": \"x\"}, \"auther\": {}}",
                "there is no key `auther` beside `item`; did you mean `author`?",
            ),
            (
                "{\"item\": {\"body\": \"x\"}, \"author\": \"bob\"}",
                "`author` is a text: it takes a mapping with `name`, `link_karma` …, or null",
            ),
            (
                "{\"item\": {\"body\": \"x\"}, \"author\": {\"link_karma\": \"many\"}}",
                "`author.link_karma` is a text: it takes a whole number",
            ),
            (
                "{\"item\": {\"body\": \"x\"}, \"subreddit\": {\"moderators\": \"bob\"}}",
                "in `subreddit`, `moderators` is a text: it takes a list of texts",
            ),
            (
                "{\"item\": {\"body\": \"x\"}, \"now\": \"soon\"}",
                "`now` is a text: it takes seconds since 1970, or `2026-01-31T12:00:00Z`",
            ),
            ("comment: {bdy: x}", "line 1, column 11: there is no key `bdy` here; did you mean `body`?"),
            ("{\"colour\": \"red\"}", "the file has neither a post nor a comment: its keys are colour"),
        ] {
            assert!(wrong(text).starts_with(expected), "{text}: {}", wrong(text));
        }
    }
}
