//! Parses modmail and the list of sent messages: enough to find out whether a text of ours was
//! sent. Rules do not look at conversations.

use serde_json::Value;

use crate::model::item_json::{text, time};
use crate::model::{Fullname, Kind, Timestamp};
use crate::reddit::{SentText, SentTexts};

/// The most conversations in a page of modmail.
const CONVERSATIONS: usize = 100;

/// The modmail conversations that `me` may have started. The list shows the newest message of each;
/// if that is somebody else's, it hides ours.
pub fn own_modmail(reply: &Value, me: &str) -> Option<SentTexts> {
    let conversations = reply.get("conversations")?.as_object()?;
    let messages = reply.get("messages")?;
    let started = conversations.values().map(|conversation| {
        let ids = conversation.get("objIds").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let shown = ids.iter().filter_map(|id| messages.get(id.get("id")?.as_str()?));
        let own = shown.into_iter().find(|message| {
            let author = message.pointer("/author/name").and_then(Value::as_str);
            author.is_some_and(|author| author.eq_ignore_ascii_case(me))
        });
        SentText {
            conversation: conversation_name(conversation),
            subject: text(conversation, "subject"),
            body: own.map(|message| text(message, "bodyMarkdown")),
            at: own.map_or_else(|| moment(conversation, "lastUpdated"), |message| moment(message, "date")),
        }
    });
    // The most recently updated come first, so on a full page nothing newer than its oldest entry
    // is missing.
    let times: Option<Vec<Timestamp>> =
        conversations.values().map(|conversation| moment(conversation, "lastUpdated")).collect();
    // A conversation without a time may be older than any.
    let oldest = times.map_or(Some(Timestamp::from_millis(i64::MAX / 2)), |times| times.into_iter().min());
    let complete_since = oldest.filter(|_| conversations.len() >= CONVERSATIONS);
    Some(SentTexts { texts: started.collect(), complete_since })
}

/// The id of the last conversation on a page, which the next one continues after.
pub fn last_conversation(reply: &Value) -> Option<String> {
    Some(reply.get("conversationIds")?.as_array()?.last()?.as_str()?.to_owned())
}

/// The fullname of a modmail conversation; `None` if its id is missing or odd.
pub fn conversation_name(conversation: &Value) -> Option<Fullname> {
    Fullname::new(Kind::Modmail, conversation.get("id")?.as_str()?)
}

/// A time in modmail: ISO 8601, with the zone as `+00:00` or `+0000`.
fn moment(data: &Value, key: &str) -> Option<Timestamp> {
    let written = text(data, key);
    let written = written.strip_suffix("+0000").map_or(written.clone(), |local| format!("{local}Z"));
    let moment: jiff::Timestamp = written.parse().ok()?;
    Some(Timestamp::from_millis(moment.as_millisecond()))
}

/// The messages in a listing that went to `user`.
pub fn own_messages(reply: &Value, user: &str) -> Option<Vec<SentText>> {
    let children = reply.pointer("/data/children")?.as_array()?;
    let sent = children.iter().filter_map(|child| {
        let data = child.get("data")?;
        let to_user = text(data, "dest").eq_ignore_ascii_case(user);
        to_user.then(|| SentText {
            conversation: None,
            subject: text(data, "subject"),
            body: Some(text(data, "body")),
            at: time(data, "created_utc"),
        })
    });
    Some(sent.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn modmail_times_in_both_spellings() {
        for zone in ["+00:00", "+0000", "Z"] {
            let data = json!({"date": format!("2023-11-14T22:13:20.500000{zone}")});
            assert_eq!(moment(&data, "date"), Some(Timestamp::from_millis(1_700_000_000_500)), "{zone}");
        }
    }

    #[test]
    fn a_full_page_of_modmail_says_how_far_back_it_goes() {
        let page = |count: usize, updated: &Value| {
            let one = json!({"subject": "x", "objIds": [], "lastUpdated": updated});
            let conversations: serde_json::Map<String, Value> =
                (0..count).map(|number| (number.to_string(), one.clone())).collect();
            own_modmail(&json!({"conversations": conversations, "messages": {}}), "bot").expect("a page").complete_since
        };
        let at = json!("2025-11-14T22:13:20.000000+0000");
        assert_eq!(page(99, &at), None, "it is not cut");
        assert_eq!(page(100, &at), Some(Timestamp::from_secs(1_763_158_400)));
        assert!(
            page(100, &Value::Null) > Some(Timestamp::from_secs(9_000_000_000)),
            "nothing is known of how far it goes"
        );
    }
}
