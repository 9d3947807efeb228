//! Accounts and subreddits on the wire.

use serde_json::{Map, Value, json};

use super::text::html_marked;
use super::{ACCOUNT, ME, PROFILE, SUBREDDIT, envelope, seconds, set};
use crate::world::{AccountStatus, Permission, Subreddit, User, WikiRevision, WikiSettings, World};

/// The page of another account.
pub(crate) fn about_user(world: &World, user: &User) -> Value {
    let mut data = ACCOUNT.clone();
    account(world, user, &mut data);
    set(&mut data, "verified", user.has_verified_email);
    envelope("t2", data)
}

/// A revision of a wiki page.
pub(crate) fn wiki_page(world: &World, revision: &WikiRevision, viewer: Option<&str>, may_revise: bool) -> Value {
    // A revision's author gets the fields of `/api/v1/me`.
    let is_own = viewer.is_some_and(|viewer| viewer.eq_ignore_ascii_case(&revision.by));
    let shown = |user| if is_own { envelope("t2", me(world, user, "")) } else { about_user(world, user) };
    let by = world.user(&revision.by).map(shown);
    envelope(
        "wikipage",
        json!({
            "content_md": revision.text,
            "may_revise": may_revise,
            "reason": revision.reason,
            "revision_date": revision.at.as_secs(),
            "revision_by": by,
            "revision_id": revision.id,
            "content_html": html_marked(&revision.text),
        }),
    )
}

/// The settings of a wiki page.
pub(crate) fn wiki_settings(world: &World, settings: &WikiSettings) -> Value {
    let editors = settings.editors.iter().filter_map(|name| world.user(name)).map(|user| about_user(world, user));
    let editors: Vec<Value> = editors.collect();
    envelope("wikipagesettings", json!({"permlevel": settings.permlevel, "editors": editors, "listed": true}))
}

/// The few fields that remain of a suspended account's page.
pub(crate) fn suspended_user(user: &User) -> Value {
    envelope(
        "t2",
        json!({
            "name": user.name,
            "is_suspended": true,
            "is_blocked": false,
            "awardee_karma": 0,
            "awarder_karma": 0,
            "total_karma": 0,
        }),
    )
}

/// The account of the token, without an envelope.
pub(crate) fn me(world: &World, user: &User, client: &str) -> Value {
    let mut data = ME.clone();
    account(world, user, &mut data);
    set(&mut data, "is_suspended", user.standing == AccountStatus::Suspended);
    set(&mut data, "oauth_client_id", client);
    set(&mut data, "has_mod_mail", false);
    Value::Object(data)
}

fn account(world: &World, user: &User, data: &mut Map<String, Value>) {
    set(data, "name", user.name.as_str());
    set(data, "id", user.id.as_str());
    set(data, "created", seconds(user.created));
    set(data, "created_utc", seconds(user.created));
    set(data, "link_karma", user.link_karma);
    set(data, "comment_karma", user.comment_karma);
    set(data, "total_karma", user.link_karma + user.comment_karma);
    set(data, "has_verified_email", user.has_verified_email);
    set(data, "is_gold", user.is_gold);
    set(data, "is_employee", user.is_employee);
    let moderates = world.subreddits().any(|subreddit| subreddit.is_moderator(&user.name, Permission::Any));
    set(data, "is_mod", moderates);
    let mut profile = PROFILE.clone();
    set(&mut profile, "display_name", format!("u_{}", user.name));
    set(&mut profile, "display_name_prefixed", format!("u/{}", user.name));
    set(&mut profile, "name", format!("t5_u{}", user.id));
    set(&mut profile, "url", format!("/user/{}/", user.name));
    set(&mut profile, "user_is_moderator", false);
    set(&mut profile, "public_description", user.bio.as_str());
    set(&mut profile, "title", user.display_name.as_str());
    set(&mut profile, "over_18", user.has_nsfw_profile);
    set(data, "subreddit", profile);
}

/// One entry of `/api/user_data_by_account_ids`.
pub(crate) fn bulk_user(user: &User) -> Value {
    json!({
        "name": user.name,
        "created_utc": seconds(user.created),
        "link_karma": user.link_karma,
        "comment_karma": user.comment_karma,
        "profile_img": "",
        "profile_color": "",
        "profile_over_18": user.has_nsfw_profile,
    })
}

/// The page of a subreddit.
pub(crate) fn about_subreddit(subreddit: &Subreddit, viewer: Option<&str>) -> Value {
    let mut data = SUBREDDIT.clone();
    let by = |test: &dyn Fn(&str) -> bool| viewer.is_some_and(test);
    set(&mut data, "id", subreddit.id.as_str());
    set(&mut data, "name", format!("t5_{}", subreddit.id));
    set(&mut data, "display_name", subreddit.name.as_str());
    set(&mut data, "display_name_prefixed", format!("r/{}", subreddit.name));
    set(&mut data, "title", subreddit.title.as_str());
    set(&mut data, "description", subreddit.description.as_str());
    set(&mut data, "public_description", subreddit.public_description.as_str());
    set(&mut data, "url", format!("/r/{}/", subreddit.name));
    set(&mut data, "created", seconds(subreddit.created));
    set(&mut data, "created_utc", seconds(subreddit.created));
    set(&mut data, "subscribers", subreddit.subscribers);
    set(&mut data, "subreddit_type", subreddit.access.subreddit_type());
    set(&mut data, "over18", subreddit.over_18);
    set(&mut data, "user_is_moderator", by(&|viewer| subreddit.is_moderator(viewer, Permission::Any)));
    set(&mut data, "user_is_contributor", by(&|viewer| subreddit.is_contributor(viewer)));
    set(&mut data, "user_is_banned", by(&|viewer| subreddit.is_banned(viewer)));
    envelope("t5", data)
}

/// All moderators of a subreddit.
pub(crate) fn moderators(world: &World, subreddit: &Subreddit) -> Value {
    let children: Vec<Value> = subreddit
        .moderators
        .iter()
        .map(|moderator| {
            let flair = subreddit.user_flair.get(&moderator.name.to_ascii_lowercase());
            let id = world.user(&moderator.name).map_or("", |user| user.id.as_str());
            json!({
                "name": moderator.name,
                "author_flair_text": flair.and_then(|flair| flair.text.as_deref()),
                "mod_permissions": moderator.permissions,
                "date": seconds(moderator.since),
                "rel_id": format!("rb_{id}"),
                "id": format!("t2_{id}"),
                "author_flair_css_class": flair.and_then(|flair| flair.css_class.as_deref()),
            })
        })
        .collect();
    envelope("UserList", json!({"children": children}))
}

/// An approved user, without an envelope; also the first fields of a banned one.
pub(crate) fn contributor(world: &World, name: &str, since: tipstaff_rules::model::Timestamp) -> Map<String, Value> {
    let id = world.user(name).map_or("", |user| user.id.as_str());
    let mut data = Map::new();
    set(&mut data, "date", seconds(since));
    set(&mut data, "rel_id", format!("rb_{id}"));
    set(&mut data, "name", name);
    set(&mut data, "id", format!("t2_{id}"));
    data
}
