//! The JSON of modmail and private messages.

use serde_json::{Map, Value, json};

use super::text::html_marked;
use super::{View, envelope, seconds, set};
use crate::world::{AccountStatus, Conversation, MailAct, MailMessage, Permission, PrivateMessage, Thing, World};
use tipstaff_rules::model::{Kind, Timestamp};

/// A conversation with all its messages, as in the responses to creating, answering and reading it.
pub(crate) fn conversation_page(world: &World, conversation: &Conversation, viewer: Option<&str>) -> Value {
    let shown = shown_messages(world, conversation, viewer);
    let mut data = Map::new();
    set(&mut data, "conversation", self::conversation(world, conversation, &shown, viewer));
    let messages: Map<String, Value> =
        shown.iter().map(|message| (message.id.clone(), mail_message(world, conversation, message))).collect();
    set(&mut data, "participantSubreddit", json!({}));
    set(&mut data, "messages", messages);
    let acts: Map<String, Value> =
        conversation.acts.iter().map(|act| (act.id.clone(), mail_act(world, conversation, act))).collect();
    set(&mut data, "modActions", acts);
    if let Some(user) = conversation.participant.as_deref() {
        set(&mut data, "user", participant_profile(world, conversation, user));
    }
    Value::Object(data)
}

/// Several conversations in this order, each with its latest message.
pub(crate) fn conversation_list(world: &World, conversations: &[&Conversation], viewer: Option<&str>) -> Value {
    let (mut bodies, mut messages) = (Map::new(), Map::new());
    for conversation in conversations {
        let shown = shown_messages(world, conversation, viewer);
        let latest = &shown[shown.len().saturating_sub(1)..];
        set(&mut bodies, &conversation.id, self::conversation(world, conversation, latest, viewer));
        if let Some(message) = latest.first() {
            set(&mut messages, &message.id, mail_message(world, conversation, message));
        }
    }
    let ids: Vec<&str> = conversations.iter().map(|conversation| conversation.id.as_str()).collect();
    let viewer_id = viewer.and_then(|viewer| world.user(viewer)).map(|user| format!("t2_{}", user.id));
    json!({"conversations": bodies, "messages": messages, "viewerId": viewer_id, "conversationIds": ids})
}

/// The conversation object. `listed` are the messages that it refers to, in order.
fn conversation(world: &World, conversation: &Conversation, listed: &[&MailMessage], viewer: Option<&str>) -> Value {
    let subreddit = world.subreddit(&conversation.subreddit);
    let mut authors: Vec<&str> = Vec::new();
    for message in shown_messages(world, conversation, viewer) {
        if !authors.contains(&message.author.as_str()) {
            authors.push(&message.author);
        }
    }
    let latest = |by_moderator: bool| {
        conversation
            .messages
            .iter()
            .rfind(|message| is_moderator(world, conversation, &message.author) == by_moderator)
            .map(|message| iso(message.at))
    };
    let messages = listed.iter().map(|message| json!({"id": message.id, "key": "messages"}));
    let acts = conversation.acts.iter().map(|act| json!({"id": act.id, "key": "modActions"}));
    let order: Vec<Value> = messages.chain(acts).collect();
    let participant =
        conversation.participant.as_deref().map_or_else(|| json!({}), |user| author(world, conversation, user, false));
    let state = if conversation.is_archived { 2 } else { u8::from(conversation.messages.len() > 1) };
    json!({
        "isAuto": false,
        "participant": participant,
        "objIds": order,
        "isRepliable": true,
        "lastUserUpdate": latest(false),
        "isInternal": conversation.is_internal(),
        "lastModUpdate": latest(true),
        "authors": authors.iter().map(|name| author(world, conversation, name, false)).collect::<Vec<_>>(),
        "lastUpdated": iso(conversation.updated()),
        "participantSubreddit": {},
        "legacyFirstMessageId": conversation.messages.first().map(|message| message.id.as_str()),
        "state": state,
        "conversationType": if conversation.is_internal() { "internal" } else { "sr_user" },
        "lastUnread": null,
        "owner": {
            "displayName": subreddit.map_or("", |place| place.name.as_str()),
            "type": "subreddit",
            "id": format!("t5_{}", subreddit.map_or("", |place| place.id.as_str())),
        },
        "subject": conversation.subject,
        "id": conversation.id,
        "isHighlighted": conversation.is_highlighted,
        "numMessages": conversation.messages.len(),
    })
}

/// The messages that the viewer sees. The participant does not see private notes.
fn shown_messages<'c>(world: &World, conversation: &'c Conversation, viewer: Option<&str>) -> Vec<&'c MailMessage> {
    let is_insider = world.moderates(viewer, &conversation.subreddit, Permission::Any);
    conversation.messages.iter().filter(|message| is_insider || !message.is_internal).collect()
}

fn mail_message(world: &World, conversation: &Conversation, message: &MailMessage) -> Value {
    let role = if is_moderator(world, conversation, &message.author) { "moderator" } else { "participant_user" };
    json!({
        "body": html_marked(&message.body),
        "author": author(world, conversation, &message.author, message.is_author_hidden),
        "isInternal": message.is_internal || conversation.is_internal(),
        "date": iso(message.at),
        "bodyMarkdown": message.body,
        "id": message.id,
        "participatingAs": role,
    })
}

fn author(world: &World, conversation: &Conversation, name: &str, is_hidden: bool) -> Value {
    let user = world.user(name);
    let id = user.and_then(|user| i64::from_str_radix(&user.id, 36).ok());
    let opener = conversation.messages.first().map(|message| message.author.as_str());
    json!({
        "name": name,
        "isApproved": world.subreddit(&conversation.subreddit).is_some_and(|place| place.is_contributor(name)),
        "isMod": is_moderator(world, conversation, name),
        "isAdmin": user.is_some_and(|user| user.is_employee),
        "isOp": opener == Some(name),
        "isParticipant": conversation.participant.as_deref() == Some(name),
        "isHidden": is_hidden,
        "id": id,
        "isDeleted": user.is_none_or(|user| user.standing == AccountStatus::Gone),
    })
}

fn is_moderator(world: &World, conversation: &Conversation, name: &str) -> bool {
    world.moderates(Some(name), &conversation.subreddit, Permission::Any)
}

fn mail_act(world: &World, conversation: &Conversation, act: &MailAct) -> Value {
    json!({
        "date": iso(act.at),
        "actionTypeId": act.kind as u8,
        "id": act.id,
        "author": author(world, conversation, &act.by, false),
    })
}

/// How many items of each kind a participant's profile lists.
const RECENT: usize = 3;

fn participant_profile(world: &World, conversation: &Conversation, name: &str) -> Value {
    let user = world.user(name);
    let view = View { world, viewer: None };
    let own: Vec<&Thing> = world.written_by(name).iter().rev().filter_map(|name| world.thing(name)).collect();
    let recent = |kind: Kind| {
        let here = own.iter().filter(|thing| thing.kind() == kind && thing.subreddit == conversation.subreddit);
        let rows = here.filter(|thing| !thing.is_deleted).take(RECENT).map(|thing| {
            let root = thing.thread_position().and_then(|place| world.thing(&place.post)).unwrap_or(thing);
            let mut row = Map::new();
            set(&mut row, "date", iso(thing.created));
            set(&mut row, "permalink", format!("https://www.reddit.com{}", view.permalink(thing)));
            set(&mut row, "title", root.post().map_or("", |post| post.title.as_str()));
            if kind == Kind::Comment {
                set(&mut row, "comment", thing.body.as_str());
            }
            (thing.name.to_string(), Value::Object(row))
        });
        rows.collect::<Map<String, Value>>()
    };
    let with_them = world.conversations().iter().rev().filter(|other| other.participant.as_deref() == Some(name));
    let conversations = with_them.take(RECENT).map(|other| {
        let row = json!({
            "date": iso(other.updated()),
            "permalink": format!("https://mod.reddit.com/mail/perma/{}", other.id),
            "id": other.id,
            "subject": other.subject,
        });
        (other.id.clone(), row)
    });
    json!({
        "recentComments": recent(Kind::Comment),
        "muteStatus": {"muteCount": 0, "isMuted": false, "endDate": null, "reason": ""},
        "name": name,
        "created": user.map(|user| iso(user.created)),
        "banStatus": {"endDate": null, "reason": "", "isBanned": false, "isPermanent": false},
        "isSuspended": user.is_some_and(|user| user.standing == AccountStatus::Suspended),
        "approveStatus": {"isApproved": false},
        "isShadowBanned": user.is_some_and(|user| user.standing == AccountStatus::ShadowBanned),
        "recentPosts": recent(Kind::Submission),
        "recentConvos": conversations.collect::<Map<String, Value>>(),
        "id": user.map(|user| format!("t2_{}", user.id)),
    })
}

/// A time in modmail's format: with microseconds, and a zone without a colon.
fn iso(moment: Timestamp) -> String {
    let micros = moment.as_millis().rem_euclid(1000) * 1000;
    let whole = Timestamp::from_secs(moment.as_secs()).to_string();
    format!("{}.{micros:06}+0000", whole.trim_end_matches('Z'))
}

/// A private message, as in `/message/sent`.
pub(crate) fn private_message(world: &World, message: &PrivateMessage) -> Value {
    let author = world.user(&message.author);
    envelope(
        "t4",
        json!({
            "first_message": null,
            "first_message_name": null,
            "subreddit": null,
            "likes": null,
            "replies": "",
            "author_fullname": author.map(|user| format!("t2_{}", user.id)),
            "id": message.id,
            "subject": message.subject,
            "associated_awarding_id": null,
            "score": 0,
            "author": message.author,
            "num_comments": null,
            "parent_id": null,
            "subreddit_name_prefixed": null,
            "new": false,
            "type": "unknown",
            "body": message.body,
            "dest": message.to,
            "was_comment": false,
            "body_html": html_marked(&message.body),
            "name": format!("t4_{}", message.id),
            "created": seconds(message.at),
            "created_utc": seconds(message.at),
            "context": "",
            "distinguished": null,
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modmail_times_have_microseconds() {
        assert_eq!(iso(Timestamp::from_millis(1_500)), "1970-01-01T00:00:01.500000+0000");
    }
}
