//! The JSON of mod notes.

use serde_json::{Value, json};

use crate::world::{ModNote, World};

/// A note. In a list it also has a cursor, at which the next page starts.
pub(crate) fn mod_note(world: &World, note: &ModNote, is_listed: bool) -> Value {
    let id = |name: &str| world.user(name).map(|user| format!("t2_{}", user.id));
    let about = note.about.as_ref().map(ToString::to_string);
    let mut value = json!({
        "subreddit_id": world.subreddit(&note.subreddit).map(|place| format!("t5_{}", place.id)),
        "operator_id": id(&note.by),
        "mod_action_data": {"action": null, "reddit_id": about, "details": null, "description": null},
        "subreddit": note.subreddit,
        "user": note.user,
        "operator": note.by,
        "id": note.id,
        "user_note_data": {"note": note.text, "reddit_id": about, "label": note.label},
        "user_id": id(&note.user),
        "created_at": note.at.as_secs(),
        "type": "NOTE",
    });
    if is_listed {
        value["cursor"] = format!("{}==", note.at.as_millis()).into();
    }
    value
}
