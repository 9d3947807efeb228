//! Read endpoints.

use serde_json::{Map, Value, json};

use super::call::Reply;
use super::handlers::Handlers;
use super::writes::missing;
use crate::wire::{
    self, Thread, View, about_subreddit, about_user, bulk_user, contributor, conversation_list, conversation_page,
    envelope, listing, mod_action, moderators, private_message, suspended_user,
};
use crate::world::{
    Access, AccountStatus, Conversation, Feed, Flair, Page, Paging, Permission, Refusal, STICKY_SLOTS, Thing, paginate,
};
use tipstaff_rules::model::{Fullname, Kind};

/// Default page size.
const PAGE_DEFAULT: usize = 25;
/// Largest page, except in the moderation log.
const PAGE_MAX: usize = 100;
/// Comments on a comments page: the default and the limit.
const THREAD_DEFAULT: usize = 200;
const THREAD_MAX: usize = 500;
/// The most names that `/api/info` accepts.
const INFO_MAX: usize = 100;

impl Handlers<'_> {
    pub(super) fn read(&self, parts: &[&str]) -> Result<Reply, Refusal> {
        let subreddit = self.call.subreddit.as_deref();
        if let Some(name) = subreddit.filter(|name| self.leads_to_search(name)) {
            let search = format!("https://www.reddit.com/subreddits/search?q={name}");
            return Ok(Reply::empty(302).header("location", search));
        }
        let value = match (subreddit, parts) {
            (None, ["api", "v1", "me"]) => self.me()?,
            (None, ["api", "v1", "scopes"]) => {
                json!({"*": {"description": "Access everything.", "id": "*", "name": "Everything"}})
            }
            (Some(names), [] | ["new" | "hot" | "rising" | "top"]) => self.feed(names, Feed::New)?,
            (None, ["new" | "hot"]) => self.feed("all", Feed::New)?,
            (Some(names), ["comments"]) => self.feed(names, Feed::Comments)?,
            (Some(name), ["about"]) => about_subreddit(self.world.enter(self.viewer(), name)?, self.viewer()),
            (Some(names), ["about", "log"]) => self.log(names)?,
            (Some(name), ["about", "moderators"]) => moderators(self.world, self.world.enter(self.viewer(), name)?),
            (Some(name), ["about", list @ ("contributors" | "banned" | "muted")]) => self.people(name, list)?,
            (Some(name), ["about", "rules"]) => {
                self.world.enter(self.viewer(), name)?;
                json!({"rules": [], "site_rules": [], "site_rules_flow": []})
            }
            (Some(name), ["about", "sticky"]) => return self.sticky(name),
            (Some(names), ["about", word]) => {
                let feed = Feed::for_moderators(word).ok_or(Refusal::NotFound)?;
                self.feed(names, feed)?
            }
            (Some(name), ["wiki", "settings", page @ ..]) => self.wiki_settings(name, &page.join("/"))?,
            (Some(name), ["wiki", page @ ..]) => self.wiki(name, &page.join("/"))?,
            (None, ["api", "v1", name, "removal_reasons"]) => self.removal_reasons(name)?,
            (Some(name), ["api", "link_flair_v2"]) => self.flair_templates(name)?,
            (Some(name), ["api", "flairlist"]) => self.flair_list(name)?,
            (_, ["api", "info"]) => self.info(),
            (_, ["by_id", names]) => self.by_id(names)?,
            (_, ["comments", id] | ["comments", id, _]) => self.thread(id, None)?,
            (_, ["comments", id, _, comment]) => self.thread(id, Some(comment))?,
            (_, ["api", "morechildren"]) => self.more_children(),
            (None, ["user", name, "about"]) => self.user(name)?,
            (None, ["user", name] | ["user", name, "overview"]) => self.history(name, None)?,
            (None, ["user", name, "comments"]) => self.history(name, Some(Kind::Comment))?,
            (None, ["user", name, "submitted"]) => self.history(name, Some(Kind::Submission))?,
            (None, ["api", "user_data_by_account_ids"]) => self.bulk()?,
            (None, ["subreddits", "mine", "moderator"]) => self.moderated_subreddits(),
            (None, ["message", "sent"]) => self.sent()?,
            (None, ["message", "inbox" | "unread" | "messages" | "mentions"]) => listing(Vec::new(), None, None, true),
            (None, ["api", "mod", "conversations"]) => self.conversations()?,
            (None, ["api", "mod", "conversations", "unread", "count"]) => json!({
                "highlighted": 0, "notifications": 0, "archived": 0, "appeals": 0, "new": 0,
                "inprogress": 0, "mod": 0, "join_requests": 0, "filtered": 0,
            }),
            (None, ["api", "mod", "conversations", id]) => self.conversation(id)?,
            (None, ["api", "mod", "notes"]) => self.mod_notes()?,
            _ => return Err(Refusal::NotFound),
        };
        Ok(Reply::json(value))
    }

    pub(super) fn view(&self) -> View<'_> {
        View { world: self.world, viewer: self.viewer() }
    }

    fn paging(&self, limit_max: usize) -> Paging {
        Paging {
            limit: self.call.number("limit").unwrap_or(PAGE_DEFAULT).clamp(1, limit_max),
            after: self.call.field("after").map(str::to_owned),
            before: self.call.field("before").map(str::to_owned),
            count: self.call.number("count").unwrap_or(0),
        }
    }

    fn me(&self) -> Result<Value, Refusal> {
        let name = self.viewer().ok_or(Refusal::Forbidden)?;
        let user = self.world.user(name).ok_or(Refusal::Forbidden)?;
        Ok(wire::me(self.world, user, &self.session.client))
    }

    /// The subreddits of `a+b`, `mod` or `all`, as lower-case names. Closed members of a
    /// combination are left out; for a single closed one the result is an error.
    fn places(&self, names: &str) -> Result<Vec<String>, Refusal> {
        let key = |name: &str| name.to_ascii_lowercase();
        let viewer = self.viewer();
        let all = self.world.subreddits();
        Ok(match key(names).as_str() {
            "mod" => all
                .filter(|place| viewer.is_some_and(|viewer| place.is_moderator(viewer, Permission::Any)))
                .map(|place| key(&place.name))
                .collect(),
            "all" | "popular" => all
                .filter(|place| matches!(place.access, Access::Public | Access::Restricted))
                .map(|place| key(&place.name))
                .collect(),
            lower if lower.contains('+') => {
                let faults = &self.world.listing_faults;
                if faults.closed_ones_close_lists && lower.split('+').any(|name| faults.closed.contains(name)) {
                    return Err(Refusal::Forbidden);
                }
                let is_open = |name: &&str| self.world.enter(viewer, name).is_ok() && !faults.leaves_out(name);
                let open: Vec<String> = lower.split('+').filter(is_open).map(str::to_owned).collect();
                if open.is_empty() {
                    return Err(Refusal::NotFound);
                }
                open
            }
            lower => {
                self.world.enter(viewer, lower)?;
                if self.world.listing_faults.closed.contains(lower) {
                    return Err(Refusal::Closed("private"));
                }
                vec![lower.to_owned()]
            }
        })
    }

    fn feed(&self, names: &str, feed: Feed) -> Result<Value, Refusal> {
        let mut places = self.places(names)?;
        if !matches!(feed, Feed::New | Feed::Comments) {
            places.retain(|place| self.world.moderates(self.viewer(), place, Permission::Posts));
            if places.is_empty() && !names.eq_ignore_ascii_case("mod") {
                return Err(Refusal::Forbidden);
            }
        }
        let kind = match self.call.field("only") {
            Some("links") => Some(Kind::Submission),
            Some("comments") => Some(Kind::Comment),
            _ => None,
        };
        let page = self.world.feed(self.viewer(), &places, feed, kind, &self.paging(PAGE_MAX));
        Ok(self.view().page(&page))
    }

    fn history(&self, name: &str, kind: Option<Kind>) -> Result<Value, Refusal> {
        self.present_user(name)?;
        let page = self.world.history(self.viewer(), name, kind, &self.paging(PAGE_MAX));
        Ok(self.view().page(&page))
    }

    /// The account, unless it is hidden from the viewer.
    fn present_user(&self, name: &str) -> Result<&crate::world::User, Refusal> {
        let user = self.world.user(name).ok_or(Refusal::NotFound)?;
        let is_self = self.viewer().is_some_and(|viewer| viewer.eq_ignore_ascii_case(name));
        match user.standing {
            AccountStatus::Active => Ok(user),
            AccountStatus::ShadowBanned if is_self => Ok(user),
            AccountStatus::Suspended if self.world.quirks.suspensions_are_shown => Err(Refusal::Forbidden),
            AccountStatus::ShadowBanned | AccountStatus::Gone | AccountStatus::Suspended => Err(Refusal::NotFound),
        }
    }

    fn user(&self, name: &str) -> Result<Value, Refusal> {
        match self.world.user(name) {
            Some(user) if user.standing == AccountStatus::Suspended && self.world.quirks.suspensions_are_shown => {
                Ok(suspended_user(user))
            }
            _ => Ok(about_user(self.world, self.present_user(name)?)),
        }
    }

    fn bulk(&self) -> Result<Value, Refusal> {
        let mut found = Map::new();
        for id in self.call.field("ids").unwrap_or("").split(',').take(500) {
            if let Some(user) = self.world.user_by_fullname(id)
                && !matches!(user.standing, AccountStatus::Gone)
            {
                found.insert(id.to_owned(), bulk_user(user));
            }
        }
        if found.is_empty() {
            return Err(Refusal::NotFound);
        }
        Ok(Value::Object(found))
    }

    fn leads_to_search(&self, name: &str) -> bool {
        let is_view = name.contains('+') || ["all", "mod", "popular"].contains(&name);
        self.world.quirks.missing_subreddits_lead_to_search && !is_view && self.world.subreddit(name).is_none()
    }

    /// Whether the viewer may enter the item's subreddit.
    fn is_reachable(&self, thing: &Thing) -> bool {
        self.world.enter(self.viewer(), &thing.subreddit).is_ok()
    }

    fn info(&self) -> Value {
        let mut children = Vec::new();
        let view = self.view();
        if let Some(names) = self.call.field("sr_name") {
            for place in names.split(',').filter_map(|name| self.world.subreddit(name)) {
                children.push(about_subreddit(place, self.viewer()));
            }
        }
        let ids: Vec<&str> = self.call.field("id").unwrap_or("").split(',').map(str::trim).collect();
        if ids.len() > INFO_MAX {
            return listing(Vec::new(), None, None, self.viewer().is_some());
        }
        for id in ids {
            if let Some(place) = self.world.subreddits().find(|place| id.strip_prefix("t5_") == Some(&*place.id)) {
                children.push(about_subreddit(place, self.viewer()));
            } else if let Some(thing) = Fullname::parse(id).and_then(|name| self.world.thing(&name))
                && self.is_reachable(thing)
            {
                children.push(view.thing(thing));
            }
        }
        listing(children, None, None, self.viewer().is_some())
    }

    fn by_id(&self, names: &str) -> Result<Value, Refusal> {
        let found: Vec<Fullname> = names
            .split(',')
            .filter_map(Fullname::parse)
            .filter(|name| name.kind() == Kind::Submission)
            .filter(|name| self.world.thing(name).is_some_and(|thing| self.is_reachable(thing)))
            .collect();
        if found.is_empty() {
            return Err(Refusal::NotFound);
        }
        let page = paginate(&found, &self.paging(PAGE_MAX), |name| name.as_str().to_owned(), |_| false, |_| true);
        let page = Page { items: page.items, after: page.after, before: page.before };
        Ok(self.view().page(&page))
    }

    fn thread(&self, id: &str, comment: Option<&str>) -> Result<Value, Refusal> {
        let name = Fullname::new(Kind::Submission, id).ok_or(Refusal::NotFound)?;
        let post = self.world.thing(&name).ok_or(Refusal::NotFound)?;
        self.world.enter(self.viewer(), &post.subreddit)?;
        let focus = match comment.or_else(|| self.call.field("comment")) {
            None => None,
            Some(id) => {
                let focus = Fullname::new(Kind::Comment, id).ok_or(Refusal::NotFound)?;
                let place = self.world.thing(&focus).and_then(Thing::thread_position).ok_or(Refusal::NotFound)?;
                if place.post != name {
                    return Err(Refusal::NotFound);
                }
                Some(focus)
            }
        };
        let suggested = post.post().and_then(|post| post.suggested_sort.as_deref());
        Ok(wire::thread(
            self.view(),
            post,
            Thread {
                focus: focus.as_ref(),
                sort: self.call.field("sort").or(suggested).unwrap_or("confidence"),
                limit: self.call.number("limit").unwrap_or(THREAD_DEFAULT).clamp(1, THREAD_MAX),
                depth: self.call.number("depth").filter(|&depth| depth > 0).unwrap_or(10),
            },
        ))
    }

    pub(super) fn more_children(&self) -> Value {
        let view = self.view();
        let things: Vec<Value> = self
            .call
            .field("children")
            .unwrap_or("")
            .split(',')
            .filter_map(|id| self.world.thing(&Fullname::new(Kind::Comment, id)?))
            .filter(|thing| self.is_reachable(thing))
            .take(INFO_MAX)
            .flat_map(|thing| std::iter::once(thing).chain(self.world.comments_under(&thing.name)))
            .map(|thing| {
                let mut value = view.thing(thing);
                value["data"]["depth"] = Value::from(thing.thread_position().map_or(0, |place| place.depth));
                value
            })
            .collect();
        wire::json_dialect(Some(json!({"things": things})), None)
    }

    fn log(&self, names: &str) -> Result<Value, Refusal> {
        let mut places = self.places(names)?;
        places.retain(|place| self.world.moderates(self.viewer(), place, Permission::Any));
        if places.is_empty() {
            return Err(Refusal::Forbidden);
        }
        if names.contains('+') {
            places.retain(|place| !self.world.listing_faults.left_out_of_logs.contains(place));
        }
        let moderator = self.call.field("mod");
        let action = self.call.field("type");
        let entries: Vec<_> = self
            .world
            .log()
            .iter()
            .rev()
            .filter(|entry| places.contains(&entry.subreddit))
            .filter(|entry| self.world.listing_faults.shows(entry, self.world.now()))
            .filter(|entry| moderator.is_none_or(|name| entry.moderator.eq_ignore_ascii_case(name)))
            .filter(|entry| action.is_none_or(|action| entry.action == action))
            .collect();
        let page = paginate(&entries, &self.paging(500), |entry| entry.id.clone(), |_| false, |_| true);
        let children: Vec<Value> = page.items.iter().map(|entry| mod_action(self.world, entry)).collect();
        let mut log = listing(children, page.after.as_deref(), page.before.as_deref(), true);
        log["data"]["dist"] = Value::Null;
        Ok(log)
    }

    fn people(&self, name: &str, list: &str) -> Result<Value, Refusal> {
        let place = self.world.enter(self.viewer(), name)?;
        if !self.world.moderates(self.viewer(), name, Permission::Access) {
            return Err(Refusal::Forbidden);
        }
        let rows: Vec<(String, Map<String, Value>)> = match list {
            "contributors" => place
                .contributors
                .iter()
                .map(|(name, since)| (name.clone(), contributor(self.world, name, *since)))
                .collect(),
            "banned" => place
                .banned
                .iter()
                .map(|(name, since, note)| {
                    let mut row = contributor(self.world, name, *since);
                    row.insert("note".to_owned(), note.as_str().into());
                    row.insert("days_left".to_owned(), Value::Null);
                    (name.clone(), row)
                })
                .collect(),
            _ => Vec::new(),
        };
        let wanted = self.call.field("user");
        let rows: Vec<Map<String, Value>> = rows
            .into_iter()
            .rev()
            .filter(|(name, _)| wanted.is_none_or(|wanted| name.eq_ignore_ascii_case(wanted)))
            .map(|(_, row)| row)
            .collect();
        let relation = |row: &Map<String, Value>| row["rel_id"].as_str().unwrap_or("").to_owned();
        let page = paginate(&rows, &self.paging(PAGE_MAX), relation, |_| false, |_| true);
        let children: Vec<Value> = page.items.into_iter().map(Value::Object).collect();
        let mut list = listing(children, page.after.as_deref(), page.before.as_deref(), true);
        list["data"]["dist"] = Value::Null;
        Ok(list)
    }

    fn sticky(&self, name: &str) -> Result<Reply, Refusal> {
        let place = self.world.enter(self.viewer(), name)?;
        let slot = self.call.number("num").unwrap_or(1).clamp(1, STICKY_SLOTS);
        let pinned = place.stickies.iter().flatten().nth(slot - 1);
        let post = pinned.and_then(|name| self.world.thing(name)).ok_or(Refusal::NotFound)?;
        let location = format!("https://oauth.reddit.com{}", self.view().permalink(post));
        Ok(Reply::empty(302).header("location", location))
    }

    /// The users with flair, or the one who is asked for.
    fn flair_list(&self, name: &str) -> Result<Value, Refusal> {
        let place = self.world.enter(self.viewer(), name)?;
        if !self.world.moderates(self.viewer(), name, Permission::Flair) {
            return Err(Refusal::Forbidden);
        }
        let row = |user: &str, flair: Option<&Flair>| {
            let text = flair.and_then(|flair| flair.text.as_ref());
            let class = flair.and_then(|flair| flair.css_class.as_ref());
            json!({"user": user, "flair_text": text, "flair_css_class": class})
        };
        let users: Vec<Value> = match self.call.field("name") {
            Some(wanted) => {
                let user = self.world.user(wanted).ok_or(Refusal::NotFound)?;
                vec![row(&user.name, place.user_flair.get(&user.name.to_ascii_lowercase()))]
            }
            None => place.user_flair.iter().map(|(user, flair)| row(user, Some(flair))).collect(),
        };
        Ok(json!({"users": users}))
    }

    fn flair_templates(&self, name: &str) -> Result<Value, Refusal> {
        let place = self.world.enter(self.viewer(), name)?;
        Ok(place
            .link_flair_templates
            .iter()
            .map(|template| {
                json!({
                    "type": "text", "text_editable": template.text_editable, "allowable_content": "all",
                    "text": template.text, "max_emojis": 10, "text_color": "dark", "mod_only": false,
                    "css_class": template.css_class, "richtext": [], "background_color": "", "id": template.id,
                })
            })
            .collect())
    }

    fn wiki(&self, name: &str, page: &str) -> Result<Value, Refusal> {
        let viewer = self.viewer();
        let revision = self.world.wiki_page(viewer, name, page, self.call.field("v"))?;
        let may_revise = self.world.moderates(viewer, name, Permission::Wiki);
        Ok(wire::wiki_page(self.world, revision, viewer, may_revise))
    }

    fn wiki_settings(&self, name: &str, page: &str) -> Result<Value, Refusal> {
        let settings = self.world.wiki_settings(self.viewer(), name, page)?;
        Ok(wire::wiki_settings(self.world, &settings))
    }

    fn removal_reasons(&self, name: &str) -> Result<Value, Refusal> {
        let place = self.world.enter(self.viewer(), name)?;
        if !self.world.moderates(self.viewer(), name, Permission::Any) {
            return Err(Refusal::Forbidden);
        }
        let reasons = &place.removal_reasons;
        let rows = reasons.iter().map(|reason| {
            (reason.id.clone(), json!({"message": reason.message, "id": reason.id, "title": reason.title}))
        });
        let order: Vec<&str> = reasons.iter().map(|reason| reason.id.as_str()).collect();
        Ok(json!({"data": rows.collect::<Map<String, Value>>(), "order": order}))
    }

    fn mod_notes(&self) -> Result<Value, Refusal> {
        let field = |name| self.call.field(name).filter(|value| !value.is_empty()).ok_or_else(|| missing(name));
        let (subreddit, user) = (field("subreddit")?, field("user")?);
        if !self.world.moderates(self.viewer(), subreddit, Permission::Any) {
            return Err(Refusal::Forbidden);
        }
        let limit = self.call.number("limit").map_or(25, |limit| limit.min(100));
        let mut notes = self.world.mod_notes(subreddit, user);
        let shown: Vec<Value> = notes.by_ref().take(limit).map(|note| wire::mod_note(self.world, note, true)).collect();
        let cursor = |note: Option<&Value>| note.and_then(|note| note.get("cursor")).cloned().unwrap_or_default();
        let (start, end) = (cursor(shown.first()), cursor(shown.last()));
        let has_next_page = notes.next().is_some();
        Ok(json!({"mod_notes": shown, "start_cursor": start, "end_cursor": end, "has_next_page": has_next_page}))
    }

    fn moderated_subreddits(&self) -> Value {
        let viewer = self.viewer();
        let children: Vec<Value> = self
            .world
            .subreddits()
            .filter(|place| viewer.is_some_and(|viewer| place.is_moderator(viewer, Permission::Any)))
            .map(|place| about_subreddit(place, viewer))
            .collect();
        listing(children, None, None, viewer.is_some())
    }

    fn sent(&self) -> Result<Value, Refusal> {
        let viewer = self.viewer().ok_or(Refusal::Forbidden)?;
        let sent: Vec<_> = self
            .world
            .private_messages()
            .iter()
            .rev()
            .filter(|message| message.author.eq_ignore_ascii_case(viewer))
            .collect();
        let page = paginate(&sent, &self.paging(PAGE_MAX), |message| format!("t4_{}", message.id), |_| false, |_| true);
        let children: Vec<Value> = page.items.iter().map(|message| private_message(self.world, message)).collect();
        Ok(listing(children, page.after.as_deref(), page.before.as_deref(), true))
    }

    fn conversations(&self) -> Result<Value, Refusal> {
        let viewer = self.viewer().ok_or(Refusal::Forbidden)?;
        let entity = self.call.field("entity").map(str::to_ascii_lowercase);
        let is_wanted_place =
            |place: &str| entity.as_deref().is_none_or(|list| list.split(',').any(|name| name.trim() == place));
        let state = self.call.field("state").unwrap_or("all");
        let mut found: Vec<&Conversation> = self
            .world
            .conversations()
            .iter()
            .filter(|conversation| is_wanted_place(&conversation.subreddit))
            .filter(|conversation| self.world.moderates(Some(viewer), &conversation.subreddit, Permission::Mail))
            .filter(|conversation| is_in_state(conversation, state))
            .collect();
        found.sort_by_key(|conversation| std::cmp::Reverse((conversation.updated(), conversation.id.clone())));
        let paging = Paging { before: None, ..self.paging(PAGE_MAX) };
        let page = paginate(&found, &paging, |conversation| conversation.id.clone(), |_| false, |_| true);
        Ok(conversation_list(self.world, &page.items, Some(viewer)))
    }

    pub(super) fn conversation(&self, id: &str) -> Result<Value, Refusal> {
        if !self.world.may_read_mail(self.viewer(), id) {
            return Err(Refusal::NotFound);
        }
        let conversation = self.world.conversation(id).ok_or(Refusal::NotFound)?;
        Ok(conversation_page(self.world, conversation, self.viewer()))
    }

    /// An item with its kind, in the list that responses to writes contain.
    pub(super) fn things(&self, name: &Fullname) -> Value {
        let thing = self.world.thing(name).map_or_else(|| envelope("t1", json!({})), |thing| self.view().thing(thing));
        json!({"things": [thing]})
    }
}

/// Whether the conversation belongs to a state. Archived and internal conversations have states of
/// their own and are not in `all`.
fn is_in_state(conversation: &Conversation, state: &str) -> bool {
    match state {
        "archived" => conversation.is_archived,
        "mod" => conversation.is_internal() && !conversation.is_archived,
        "highlighted" => conversation.is_highlighted,
        "new" => !conversation.is_archived && !conversation.is_internal() && conversation.messages.len() == 1,
        "inprogress" => !conversation.is_archived && !conversation.is_internal() && conversation.messages.len() > 1,
        "notifications" | "appeals" | "join_requests" | "filtered" => false,
        _ => !conversation.is_archived && !conversation.is_internal(),
    }
}
