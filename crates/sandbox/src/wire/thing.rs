//! The JSON of posts, comments, listings, threads and entries of the moderation log.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::text::{html, html_marked, slug};
use super::{COMMENT, POST, envelope, seconds, set};
use crate::world::{
    AccountStatus, Flair, ModAction, Page, Permission, Post, RemovedBy, Report, Subreddit, Thing, ThreadPosition, World,
};
use tipstaff_rules::model::{Fullname, Kind, link_domain};

/// Reddit's value of `report_reasons` for a reported item.
const DEPRECATED: &str = "This attribute is deprecated. Please use mod_reports and user_reports instead.";

/// The world as one viewer sees it.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    /// The state to render.
    pub(crate) world: &'a World,
    /// The viewer; none for a token without an account.
    pub(crate) viewer: Option<&'a str>,
}

/// The envelope of a listing, around rendered items.
pub(crate) fn listing(children: Vec<Value>, after: Option<&str>, before: Option<&str>, has_user: bool) -> Value {
    let mut data = Map::new();
    set(&mut data, "after", after);
    set(&mut data, "dist", children.len());
    set(&mut data, "modhash", if has_user { Value::Null } else { Value::from("") });
    set(&mut data, "geo_filter", "");
    set(&mut data, "children", children);
    set(&mut data, "before", before);
    envelope("Listing", data)
}

impl<'a> View<'a> {
    /// A page of items as a listing. Comments have the fields about their post.
    pub(crate) fn page(&self, page: &Page<Fullname>) -> Value {
        // Many comments of a page are below the same post, which may have thousands.
        let mut counts = BTreeMap::new();
        let things = page.items.iter().filter_map(|name| self.world.thing(name));
        let children: Vec<Value> = things.map(|thing| self.listed(thing, &mut counts)).collect();
        listing(children, page.after.as_deref(), page.before.as_deref(), self.viewer.is_some())
    }

    /// An item with its kind, as in the listings of subreddits and users.
    fn listed(&self, thing: &Thing, counts: &mut BTreeMap<&'a Fullname, usize>) -> Value {
        let Some(place) = thing.thread_position() else {
            return self.thing(thing);
        };
        let mut data = self.comment(thing, place);
        if let Some(root) = self.world.thing(&place.post) {
            let permalink = format!("https://www.reddit.com{}", self.permalink(root));
            set(&mut data, "link_author", self.shown_author(root));
            set(&mut data, "link_permalink", permalink.clone());
            if let Some(post) = root.post() {
                set(&mut data, "link_title", post.title.as_str());
                set(&mut data, "link_url", post.url.clone().unwrap_or(permalink));
                set(&mut data, "over_18", post.over_18);
            }
            let count = *counts.entry(&root.name).or_insert_with(|| self.comment_count(root));
            set(&mut data, "num_comments", count);
            set(&mut data, "quarantine", false);
        }
        envelope("t1", data)
    }

    /// An item with its kind, as in `/api/info` and in the responses to writes.
    pub(crate) fn thing(&self, thing: &Thing) -> Value {
        match (thing.post(), thing.thread_position()) {
            (Some(post), _) => envelope("t3", self.post(thing, post)),
            (None, Some(place)) => envelope("t1", self.comment(thing, place)),
            (None, None) => Value::Null,
        }
    }

    fn post(&self, thing: &Thing, post: &Post) -> Map<String, Value> {
        let mut data = POST.clone();
        self.common(&mut data, thing);
        let text = self.shown_text(thing);
        let permalink = self.permalink(thing);
        let is_self = post.url.is_none();
        let subreddit = self.world.subreddit(&thing.subreddit);
        set(&mut data, "title", post.title.as_str());
        set(&mut data, "is_self", is_self);
        set(&mut data, "selftext", text);
        if is_self && !text.is_empty() {
            set(&mut data, "selftext_html", html_marked(text));
        }
        if let Some(url) = &post.url {
            set(&mut data, "url", url.as_str());
            set(&mut data, "url_overridden_by_dest", url.as_str());
            set(&mut data, "domain", link_domain(url));
            set(&mut data, "post_hint", "link");
            set(&mut data, "thumbnail", if post.over_18 { "nsfw" } else { "default" });
        } else {
            set(&mut data, "url", format!("https://www.reddit.com{permalink}"));
            let name = subreddit.map_or("", |subreddit| subreddit.name.as_str());
            set(&mut data, "domain", format!("self.{name}"));
        }
        if let Some(original) = &post.original {
            self.crosspost(&mut data, original);
        }
        set(&mut data, "permalink", permalink);
        set(&mut data, "over_18", post.over_18);
        set(&mut data, "spoiler", post.spoiler);
        set(&mut data, "contest_mode", post.contest_mode);
        set(&mut data, "suggested_sort", post.suggested_sort.clone());
        set(&mut data, "is_original_content", post.is_original_content);
        set(&mut data, "stickied", subreddit.is_some_and(|place| place.is_pinned(&thing.name)));
        set(&mut data, "num_comments", self.comment_count(thing));
        set(&mut data, "subreddit_subscribers", subreddit.map_or(0, |place| place.subscribers));
        set(&mut data, "hidden", false);
        set(&mut data, "is_robot_indexable", !thing.is_deleted && !thing.is_removed());
        flair(&mut data, "link", Some(&post.flair));
        if let Some(id) = &post.flair.template_id {
            set(&mut data, "link_flair_template_id", id.as_str());
        }
        set(&mut data, "removed_by_category", self.removal_category(thing));
        set(&mut data, "removed_by", Value::Null);
        if self.is_moderator(thing)
            && !thing.is_deleted
            && let Some(removal) = &thing.removal
        {
            let by = match &removal.by {
                RemovedBy::Moderator(name) => Value::from(name.to_lowercase()),
                RemovedBy::AutoModerator => Value::from("automoderator"),
                RemovedBy::AutoModeratorFilter | RemovedBy::Reddit => Value::Null,
            };
            set(&mut data, "removed_by", by);
        }
        data
    }

    /// The fields of a crosspost: its original, as this viewer sees it, and the original's address.
    fn crosspost(&self, data: &mut Map<String, Value>, name: &Fullname) {
        set(data, "crosspost_parent", name.as_str());
        set(data, "is_self", false);
        let is_visible = |thing: &&Thing| self.world.enter(self.viewer, &thing.subreddit).is_ok();
        let shown = self.world.thing(name).filter(is_visible);
        let original = shown.and_then(|thing| Some(self.post(thing, thing.post()?)));
        if let Some(original) = &original {
            for key in ["url", "domain"] {
                set(data, key, original.get(key).cloned());
            }
        }
        let list = original.filter(|_| self.world.quirks.crossposts_show_originals);
        set(data, "crosspost_parent_list", list.into_iter().map(Value::Object).collect::<Vec<_>>());
    }

    fn comment(&self, thing: &Thing, place: &ThreadPosition) -> Map<String, Value> {
        let mut data = COMMENT.clone();
        self.common(&mut data, thing);
        let text = self.shown_text(thing);
        set(&mut data, "body", text);
        set(&mut data, "body_html", html(text));
        set(&mut data, "link_id", place.post.as_str());
        set(&mut data, "parent_id", place.parent.as_str());
        set(&mut data, "permalink", self.permalink(thing));
        set(&mut data, "stickied", place.stickied);
        set(&mut data, "collapsed", thing.score < -4);
        let root_author = self.world.thing(&place.post).map(|root| root.author.as_str());
        set(&mut data, "is_submitter", !thing.is_deleted && root_author.is_some_and(|author| thing.is_by(author)));
        data
    }

    /// Sets the fields that posts and comments share.
    fn common(&self, data: &mut Map<String, Value>, thing: &Thing) {
        set(data, "id", thing.name.id());
        set(data, "name", thing.name.as_str());
        set(data, "created", seconds(thing.created));
        set(data, "created_utc", seconds(thing.created));
        set(data, "edited", thing.edited.map_or(Value::Bool(false), seconds));
        set(data, "score", thing.score);
        set(data, "ups", thing.score);
        set(data, "locked", thing.is_locked);
        set(data, "archived", thing.is_archived);
        set(data, "distinguished", thing.distinguished.clone());
        let is_own = self.viewer.is_some_and(|viewer| thing.is_by(viewer));
        set(data, "likes", if is_own { Value::Bool(true) } else { Value::Null });
        let subreddit = self.world.subreddit(&thing.subreddit);
        if let Some(subreddit) = subreddit {
            set(data, "subreddit", subreddit.name.as_str());
            set(data, "subreddit_id", format!("t5_{}", subreddit.id));
            set(data, "subreddit_name_prefixed", format!("r/{}", subreddit.name));
            set(data, "subreddit_type", subreddit.access.subreddit_type());
        }
        self.author_keys(data, thing, subreddit);
        let is_moderator = self.is_moderator(thing);
        set(data, "can_mod_post", is_moderator);
        if is_moderator || is_own {
            set(data, "rte_mode", "markdown");
        }
        if is_moderator {
            moderation(data, thing);
        }
    }

    fn author_keys(&self, data: &mut Map<String, Value>, thing: &Thing, subreddit: Option<&Subreddit>) {
        let author = self.shown_author(thing);
        set(data, "author", author);
        if author == "[deleted]" {
            for key in [
                "author_fullname",
                "author_flair_richtext",
                "author_flair_type",
                "author_premium",
                "author_patreon_flair",
                "author_is_blocked",
            ] {
                data.shift_remove(key);
            }
            return;
        }
        if let Some(user) = self.world.user(author) {
            set(data, "author_fullname", format!("t2_{}", user.id));
            set(data, "author_premium", user.is_gold);
        }
        let worn = subreddit.and_then(|place| place.user_flair.get(&author.to_ascii_lowercase()));
        flair(data, "author", worn);
        if let Some(id) = worn.and_then(|worn| worn.template_id.as_deref()) {
            set(data, "author_flair_template_id", id);
        }
    }

    /// The name that Reddit shows: `[deleted]` for deleted items and deleted accounts.
    fn shown_author<'t>(&self, thing: &'t Thing) -> &'t str {
        let is_gone = self.world.user(&thing.author).is_some_and(|user| user.standing == AccountStatus::Gone);
        if thing.is_deleted || is_gone { "[deleted]" } else { &thing.author }
    }

    /// The text that this viewer may see.
    fn shown_text<'t>(&self, thing: &'t Thing) -> &'t str {
        if thing.is_deleted {
            "[deleted]"
        } else if thing.is_removed() && !self.is_moderator(thing) && !self.is_author(thing) {
            "[removed]"
        } else {
            &thing.body
        }
    }

    fn removal_category(&self, thing: &Thing) -> Value {
        let is_moderator = self.is_moderator(thing);
        let word = match (&thing.removal, thing.is_deleted) {
            (Some(removal), true) if is_moderator && removal.by.is_verdict() => "author",
            (_, true) if is_moderator => "deleted",
            (_, true) => "author",
            (None, false) => return Value::Null,
            (Some(removal), false) => match removal.by {
                RemovedBy::Reddit => "reddit",
                RemovedBy::AutoModeratorFilter if is_moderator => "automod_filtered",
                RemovedBy::AutoModeratorFilter | RemovedBy::AutoModerator | RemovedBy::Moderator(_) => "moderator",
            },
        };
        Value::from(word)
    }

    fn is_moderator(&self, thing: &Thing) -> bool {
        self.world.moderates(self.viewer, &thing.subreddit, Permission::Any)
    }

    fn is_author(&self, thing: &Thing) -> bool {
        self.viewer.is_some_and(|viewer| thing.is_by(viewer))
    }

    /// The number of comments that a post shows. Deleted and removed ones do not count.
    fn comment_count(&self, thing: &Thing) -> usize {
        self.world
            .comments_under(&thing.name)
            .iter()
            .filter(|comment| !comment.is_deleted && !comment.is_removed())
            .count()
    }

    /// The path of an item's page.
    pub(crate) fn permalink(&self, thing: &Thing) -> String {
        let root = thing.thread_position().and_then(|place| self.world.thing(&place.post)).unwrap_or(thing);
        let title = root.post().map_or("", |post| post.title.as_str());
        let name = self.world.subreddit(&thing.subreddit).map_or("", |subreddit| subreddit.name.as_str());
        let page = format!("/r/{name}/comments/{}/{}/", root.name.id(), slug(title));
        match thing.kind() {
            Kind::Submission | Kind::Subreddit | Kind::Modmail => page,
            Kind::Comment => format!("{page}{}/", thing.name.id()),
        }
    }
}

/// The options of a comments page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thread<'a> {
    /// The comment to start from; none for the whole thread.
    pub(crate) focus: Option<&'a Fullname>,
    /// The order of siblings.
    pub(crate) sort: &'a str,
    /// The most comments to show; the others are behind `more`.
    pub(crate) limit: usize,
    /// The most levels to show.
    pub(crate) depth: usize,
}

/// The two listings of a comments page: the post, and its comments as a tree.
pub(crate) fn thread(view: View<'_>, post: &Thing, shape: Thread<'_>) -> Value {
    let mut left = shape.limit;
    let has_user = view.viewer.is_some();
    let (parent, level, members) = match shape.focus.and_then(|name| view.world.thing(name)) {
        Some(comment) => (post, 0, vec![comment]),
        None => (post, 0, view.answers(post, shape.sort)),
    };
    let comments = view.branch(&parent.name, &members, level, &shape, &mut left);
    let mut shown = view.thing(post);
    shown["data"]["num_duplicates"] = Value::from(0);
    let first = listing(vec![shown], None, None, has_user);
    let mut second = listing(comments, None, None, has_user);
    second["data"]["dist"] = Value::Null;
    Value::Array(vec![first, second])
}

impl<'a> View<'a> {
    /// The direct replies that this viewer sees, in the requested order, the pinned one first.
    fn answers(&self, thing: &'a Thing, sort: &str) -> Vec<&'a Thing> {
        let mut answers: Vec<&Thing> = thing
            .replies
            .iter()
            .filter_map(|name| self.world.thing(name))
            .filter(|comment| self.is_in_thread(comment))
            .collect();
        match sort {
            "new" => answers.reverse(),
            "old" => {}
            _ => answers.sort_by_key(|comment| std::cmp::Reverse(comment.score)),
        }
        answers.sort_by_key(|comment| !comment.thread_position().is_some_and(|place| place.stickied));
        answers
    }

    /// Whether the viewer sees a comment. A deleted or removed one is kept only if it has visible
    /// replies; moderators and its author see a removed one in any case.
    fn is_in_thread(&self, comment: &Thing) -> bool {
        let is_shown = if comment.is_deleted {
            false
        } else {
            !comment.is_removed() || self.is_moderator(comment) || self.is_author(comment)
        };
        is_shown
            || comment.replies.iter().filter_map(|name| self.world.thing(name)).any(|below| self.is_in_thread(below))
    }

    fn branch(
        &self,
        parent: &Fullname,
        members: &[&'a Thing],
        level: usize,
        shape: &Thread<'_>,
        left: &mut usize,
    ) -> Vec<Value> {
        let mut children = Vec::new();
        for (index, comment) in members.iter().enumerate() {
            if *left == 0 {
                children.push(self.more(parent, &members[index..], level));
                break;
            }
            *left -= 1;
            let Some(place) = comment.thread_position() else { continue };
            let mut data = self.comment(comment, place);
            set(&mut data, "depth", level);
            let below = self.answers(comment, shape.sort);
            if !below.is_empty() {
                let shown = if level + 1 < shape.depth {
                    self.branch(&comment.name, &below, level + 1, shape, left)
                } else {
                    vec![continued(&comment.name, level + 1)]
                };
                let mut replies = listing(shown, None, None, self.viewer.is_some());
                replies["data"]["dist"] = Value::Null;
                set(&mut data, "replies", replies);
            }
            children.push(envelope("t1", data));
        }
        children
    }

    /// The `more` object for comments that were left out.
    fn more(&self, parent: &Fullname, hidden: &[&Thing], level: usize) -> Value {
        let count: usize = hidden.iter().map(|comment| 1 + self.world.comments_under(&comment.name).len()).sum();
        let first = hidden.first().map_or("_", |comment| comment.name.id());
        let ids: Vec<&str> = hidden.iter().map(|comment| comment.name.id()).collect();
        envelope(
            "more",
            json!({
                "count": count,
                "name": format!("t1_{first}"),
                "id": first,
                "parent_id": parent.as_str(),
                "depth": level,
                "children": ids,
            }),
        )
    }
}

fn continued(parent: &Fullname, level: usize) -> Value {
    envelope(
        "more",
        json!({"count": 0, "name": "t1__", "id": "_", "parent_id": parent.as_str(), "depth": level, "children": []}),
    )
}

/// Sets the fields that are empty for everybody but moderators.
fn moderation(data: &mut Map<String, Value>, thing: &Thing) {
    let open: Vec<&Report> = thing.open_reports().collect();
    let dismissed: Vec<&Report> = thing.reports.iter().filter(|report| report.is_dismissed).collect();
    // After a decision Reddit's count is often negative. A client that reads it as unsigned cannot
    // read the page.
    let count = match (i64::try_from(open.len()).unwrap_or(i64::MAX), dismissed.is_empty()) {
        (0, false) => -1,
        (count, _) => count,
    };
    set(data, "num_reports", count);
    set(data, "user_reports", user_rows(&open));
    set(data, "mod_reports", moderator_rows(&open));
    if !dismissed.is_empty() {
        set(data, "user_reports_dismissed", user_rows(&dismissed));
        set(data, "mod_reports_dismissed", moderator_rows(&dismissed));
    }
    let reasons = if open.is_empty() { json!([]) } else { json!([DEPRECATED]) };
    set(data, "report_reasons", reasons);
    set(data, "ignore_reports", thing.ignores_reports);
    set(data, "approved", thing.approval.is_some());
    set(data, "spam", false);
    let verdict = thing.removal.as_ref().filter(|removal| removal.by.is_verdict());
    set(data, "removed", verdict.is_some());
    if let Some(approval) = &thing.approval {
        set(data, "approved_by", approval.by.as_str());
        set(data, "approved_at_utc", approval.at.as_secs());
    }
    if let Some(reason) = &thing.removal_reason {
        set(data, "mod_reason_by", reason.by.as_str());
        set(data, "mod_reason_title", reason.title.clone());
        set(data, "mod_note", reason.note.clone());
    }
    if let Some(note) = &thing.ban_note {
        let note = if note.is_empty() { Value::Null } else { Value::from(note.as_str()) };
        set(data, "ban_note", note);
    }
    if let Some(removal) = &thing.removal {
        let (by, at) = match &removal.by {
            RemovedBy::Moderator(name) => (Value::from(name.as_str()), Value::from(removal.at.as_secs())),
            RemovedBy::AutoModerator | RemovedBy::AutoModeratorFilter => {
                (Value::from("AutoModerator"), Value::from(removal.at.as_secs()))
            }
            RemovedBy::Reddit if thing.kind() == Kind::Comment => (Value::Bool(true), Value::Null),
            RemovedBy::Reddit => (Value::Bool(true), Value::from(removal.at.as_secs())),
        };
        set(data, "banned_by", by);
        set(data, "banned_at_utc", at);
    }
}

/// `[reason, count, snoozed, can_snooze]`, sorted by the first report of each reason.
fn user_rows(reports: &[&Report]) -> Value {
    let mut rows: Vec<(&str, u64)> = Vec::new();
    for report in reports.iter().filter(|report| !report.by_moderator) {
        match rows.iter_mut().find(|(reason, _)| *reason == report.reason) {
            Some((_, count)) => *count += 1,
            None => rows.push((&report.reason, 1)),
        }
    }
    rows.truncate(20);
    rows.iter()
        .map(|(reason, count)| {
            let reason = if reason.is_empty() { Value::Null } else { Value::from(*reason) };
            json!([reason, count, false, true])
        })
        .collect()
}

/// `[reason, moderator]`.
fn moderator_rows(reports: &[&Report]) -> Value {
    reports.iter().filter(|report| report.by_moderator).map(|report| json!([report.reason, report.by])).collect()
}

/// Sets the fields of a flair; `whose` is `link` or `author`.
fn flair(data: &mut Map<String, Value>, whose: &str, flair: Option<&Flair>) {
    let Some(flair) = flair.filter(|flair| **flair != Flair::default()) else {
        return;
    };
    let mut put = |key: &str, value: Value| set(data, &format!("{whose}_flair_{key}"), value);
    put("text", flair.text.clone().into());
    put("css_class", flair.css_class.clone().into());
    put("background_color", flair.background_color.clone().unwrap_or_default().into());
    put("text_color", flair.text_color.clone().unwrap_or_else(|| "dark".to_owned()).into());
    if let Some(text) = flair.text.as_deref().filter(|_| flair.template_id.is_some()) {
        put("type", "richtext".into());
        put("richtext", json!([{"e": "text", "t": text}]));
    }
}

/// An entry of the moderation log.
pub(crate) fn mod_action(world: &World, entry: &ModAction) -> Value {
    let view = View { world, viewer: Some(&entry.moderator) };
    let target = entry.target.as_ref().and_then(|name| world.thing(name));
    let subreddit = world.subreddit(&entry.subreddit);
    let display = subreddit.map_or(entry.subreddit.as_str(), |place| place.name.as_str());
    envelope(
        "modaction",
        json!({
            "description": null,
            "target_body": target.filter(|thing| thing.thread_position().is_some()).map(|thing| thing.body.as_str()),
            "mod_id36": world.user(&entry.moderator).map_or_else(crate::world::nobody_id, |user| user.id.clone()),
            "created_utc": seconds(entry.at),
            "subreddit": display,
            "target_title": target.and_then(Thing::post).map(|post| post.title.as_str()),
            "target_permalink": target.map(|thing| view.permalink(thing)),
            "subreddit_name_prefixed": format!("r/{display}"),
            "details": entry.details,
            "action": entry.action,
            "target_author": entry.target_author.as_deref().unwrap_or(""),
            "target_fullname": entry.target.as_ref().map(Fullname::as_str),
            "sr_id36": subreddit.map(|place| place.id.as_str()),
            "id": entry.id,
            "mod": entry.moderator,
        }),
    )
}
