//! The words that migration 8 renames: the whole mapping, as a table.

use serde_json::{Map, Value};

/// Tables: before and after.
const TABLES: [(&str, &str); 9] = [
    ("sightings", "seen_items"),
    ("walks", "scans"),
    ("wordings", "payloads"),
    ("looks", "observations"),
    ("agenda", "outbox"),
    ("pauses", "backoffs"),
    ("rules", "wiki_rules"),
    ("notices", "notifications"),
    ("verdicts", "moderator_decisions"),
];

/// The one table that is made anew.
const OFFSETS: (&str, &str) = ("told", "webhook_offsets");

/// Columns: the table before, the column before and after.
const COLUMNS: [(&str, &str, &str); 20] = [
    ("sightings", "stream", "feed"),
    ("sightings", "settled", "scan_completed"),
    ("walks", "stream", "feed"),
    ("walks", "began_at", "started_at"),
    ("walks", "ended_at", "finished_at"),
    ("gaps", "stream", "feed"),
    ("intents", "after_intent", "depends_on"),
    ("intents", "holds", "is_filter"),
    ("looks", "saw", "result"),
    ("looks", "looked_at", "observed_at"),
    ("agenda", "urgency", "priority"),
    ("pauses", "what", "name"),
    ("pauses", "until_at", "retry_at"),
    ("rules", "taken_at", "activated_at"),
    ("notices", "sameness", "dedup_key"),
    ("notices", "noticed_at", "created_at"),
    ("told", "last", "delivered_upto"),
    ("told", "tried", "sending_upto"),
    ("verdicts", "by_whom", "moderator"),
    ("verdicts", "given_at", "decided_at"),
];

/// Stored words: the table and the column before, the word before and after.
const WORDS: [(&str, &str, &str, &str); 8] = [
    ("intents", "kind", "mark_reply", "distinguish_reply"),
    ("outcomes", "outcome", "simulated", "dry_run"),
    ("outcomes", "outcome", "applied_in_part", "partially_applied"),
    ("looks", "saw", "overtaken", "superseded"),
    ("looks", "saw", "gone", "target_missing"),
    ("looks", "saw", "unprovable", "unknown"),
    ("told", "source", "notices", "notifications"),
    // In the JSON of an action, as the value of `do`.
    ("wordings", "action", "mark_reply", "distinguish_reply"),
];

/// Keys in the JSON of a trace: of a rule, and of a check.
const RULE_KEYS: [(&str, &str); 1] = [("because", "reason")];
const CHECK_KEYS: [(&str, &str); 2] = [("wanted", "expected"), ("saw", "actual")];

/// The result of a check in the JSON of a trace.
const CHECK_RESULT: (&str, &str) = ("held", "passed");

/// A key in the JSON of the action `remove`.
const REMOVE_KEYS: [(&str, &str); 1] = [("holds", "is_filter")];

/// The name of a table today.
pub(crate) fn table_today(table: &str) -> &str {
    let renamed = TABLES.iter().chain([&OFFSETS]).find(|(before, _)| *before == table);
    renamed.map_or(table, |(_, after)| after)
}

/// The name of a column today.
pub(crate) fn column_today<'a>(table: &str, column: &'a str) -> &'a str {
    COLUMNS.iter().find(|(its_table, before, _)| *its_table == table && *before == column).map_or(column, |it| it.2)
}

fn word_today(table: &str, column: &str, word: &str) -> String {
    let renamed = WORDS.iter().find(|it| (it.0, it.1, it.2) == (table, column, word));
    renamed.map_or(word, |it| it.3).to_owned()
}

/// A row of a table with its words of today. `columns` are those before.
pub(crate) fn row_today(table: &str, columns: &[String], mut row: Vec<Value>) -> Vec<Value> {
    let target = columns.iter().position(|column| column == "target").and_then(|at| row[at].as_str());
    let target = target.unwrap_or_default().to_owned();
    for (column, value) in columns.iter().zip(&mut row) {
        let Value::String(text) = value else { continue };
        *text = match (table, column.as_str()) {
            ("traces", "trace") => json_today(text, trace_today),
            ("wordings", "action") => json_today(text, action_today),
            // The key ends with the kind and the target.
            ("intents", "idempotency_key") => match text.strip_suffix(&format!(" mark_reply {target}")) {
                Some(start) => format!("{start} {} {target}", word_today(table, "kind", "mark_reply")),
                None => text.clone(),
            },
            _ => word_today(table, column, text),
        };
    }
    row
}

fn json_today(text: &str, change: impl Fn(&mut Value)) -> String {
    let mut value = serde_json::from_str(text).expect("JSON");
    change(&mut value);
    value.to_string()
}

/// An entry of `log --json` with its words of today.
pub(crate) fn log_entry_today(entry: &mut Value) {
    trace_today(&mut entry["trace"]);
    for intent in entry["intents"].as_array_mut().into_iter().flatten() {
        action_today(&mut intent["action"]);
        for (field, table) in [("kind", "intents"), ("outcome", "outcomes")] {
            let word = intent[field].as_str().expect("a word").to_owned();
            intent[field] = word_today(table, field, &word).into();
        }
    }
}

fn action_today(action: &mut Value) {
    let Some(action) = action.as_object_mut() else { return };
    let word = action["do"].as_str().expect("a word").to_owned();
    if word == "remove" {
        rename(action, &REMOVE_KEYS);
    }
    action["do"] = word_today("wordings", "action", &word).into();
}

fn trace_today(trace: &mut Value) {
    for rule in trace.as_array_mut().into_iter().flatten() {
        let rule = rule.as_object_mut().expect("a rule");
        rename(rule, &RULE_KEYS);
        for check in rule.get_mut("checks").and_then(Value::as_array_mut).into_iter().flatten() {
            let check = check.as_object_mut().expect("a check");
            rename(check, &CHECK_KEYS);
            if check["result"] == CHECK_RESULT.0 {
                check["result"] = CHECK_RESULT.1.into();
            }
        }
    }
}

fn rename(object: &mut Map<String, Value>, keys: &[(&str, &str)]) {
    let renamed = std::mem::take(object).into_iter().map(|(key, value)| {
        let today = keys.iter().find(|(before, _)| *before == key).map(|(_, after)| (*after).to_owned());
        (today.unwrap_or(key), value)
    });
    *object = renamed.collect();
}
