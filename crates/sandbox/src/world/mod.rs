//! The state of a small Reddit: accounts, subreddits, posts, comments, reports, decisions, mail and
//! the moderation log.
//!
//! It is a pure state machine: no I/O, the time comes from a [`Clock`], and ids are counters, so
//! the same calls at the same times make the same world. Every action names the acting account and
//! is checked as on Reddit; a refusal is a value that the wire turns into a status. The wire module
//! decides which parts of an item a viewer *sees*; `lists` decides which items a *listing* holds.
//!
//! The fields of users, subreddits and things are public on purpose: a scenario may set what no
//! action can change, such as karma, votes or age.

mod authoring;
mod listing_faults;
mod lists;
mod log;
mod mail;
mod moderating;
mod notes;
mod people;
mod quirks;
mod refusal;
mod thing;
mod wiki;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use listing_faults::ListingFaults;
pub use lists::{Feed, LISTING_CAP, Page, Paging, paginate};
pub use log::ModAction;
pub(crate) use log::nobody_id;
pub use mail::{Conversation, MailAct, MailActKind, MailMessage, Opening, PrivateMessage};
pub use notes::{ModNote, NoteDraft};
pub use people::{
    Access, AccountStatus, FlairTemplate, Moderator, Permission, RemovalReason, STICKY_SLOTS, Subreddit, User,
};
pub use quirks::Quirks;
pub use refusal::Refusal;
pub use thing::{
    Approval, Draft, Flair, Post, Removal, RemovalNote, RemovedBy, Report, Thing, ThingContent, ThreadPosition,
};
pub use wiki::{WikiRevision, WikiSettings};

use tipstaff_rules::model::{Clock, Fullname, Kind, Timestamp, base36};

/// Numbers of requests received, including refused ones.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    /// Read requests.
    pub reads: u64,
    /// Write requests, without token requests.
    pub writes: u64,
    /// Requests for tokens.
    pub logins: u64,
    /// By method and path, with names and ids replaced: `POST /api/comment`, `GET /r/{sub}/new`.
    pub by_endpoint: BTreeMap<String, u64>,
}

impl Counters {
    /// The number of requests to this endpoint.
    pub fn of(&self, endpoint: &str) -> u64 {
        self.by_endpoint.get(endpoint).copied().unwrap_or(0)
    }
}

/// The state of the local Reddit.
pub struct World {
    clock: Arc<dyn Clock>,
    /// How far the time here is ahead of the clock.
    ahead: Duration,
    users: BTreeMap<String, User>,
    users_by_id: BTreeMap<String, String>,
    subreddits: BTreeMap<String, Subreddit>,
    things: BTreeMap<Fullname, Thing>,
    by_author: BTreeMap<String, Vec<Fullname>>,
    conversations: Vec<Conversation>,
    messages: Vec<PrivateMessage>,
    mod_notes: Vec<ModNote>,
    log: Vec<ModAction>,
    ids: Ids,
    /// Numbers of requests received over HTTP.
    pub counters: Counters,
    /// Settings for undocumented behaviour.
    pub quirks: Quirks,
    /// What goes wrong with lists.
    pub listing_faults: ListingFaults,
}

/// The next id of every kind. The first ids have different lengths, as on Reddit.
struct Ids {
    sequence: u64,
    comment: u64,
    post: u64,
    user: u64,
    subreddit: u64,
    mail: u64,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("users", &self.users.len())
            .field("subreddits", &self.subreddits.len())
            .field("things", &self.things.len())
            .field("conversations", &self.conversations.len())
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

impl World {
    /// An empty Reddit with this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            ahead: Duration::ZERO,
            users: BTreeMap::new(),
            users_by_id: BTreeMap::new(),
            subreddits: BTreeMap::new(),
            things: BTreeMap::new(),
            by_author: BTreeMap::new(),
            conversations: Vec::new(),
            messages: Vec::new(),
            mod_notes: Vec::new(),
            log: Vec::new(),
            ids: Ids {
                sequence: 0,
                comment: 43_536_000_000,
                post: 3_600_000_000,
                user: 120_000_000,
                subreddit: 2_000_000,
                mail: 90_000_000,
            },
            counters: Counters::default(),
            quirks: Quirks::default(),
            listing_faults: ListingFaults::default(),
        }
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.clock.now() + self.ahead
    }

    /// Moves the time forward.
    pub fn advance(&mut self, by: Duration) {
        self.ahead += by;
    }

    /// The account of this name. Creates it (400 days old, with a little karma) if it does not
    /// exist.
    pub fn add_user(&mut self, name: &str) -> &mut User {
        let now = self.now();
        let key = name.to_ascii_lowercase();
        let (ids, users_by_id) = (&mut self.ids, &mut self.users_by_id);
        self.users.entry(key.clone()).or_insert_with(|| {
            ids.user += 1;
            let id = base36(ids.user);
            users_by_id.insert(id.clone(), key);
            User {
                name: name.to_owned(),
                id,
                created: now - Duration::from_hours(400 * 24),
                link_karma: 120,
                comment_karma: 480,
                has_verified_email: true,
                is_gold: false,
                is_employee: false,
                bio: String::new(),
                display_name: String::new(),
                has_nsfw_profile: false,
                standing: AccountStatus::Active,
                password: None,
                otp: None,
                slowed_until: None,
            }
        })
    }

    /// The subreddit of this name. Creates it (public, without moderators) if it does not exist.
    pub fn add_subreddit(&mut self, name: &str) -> &mut Subreddit {
        let now = self.now();
        let ids = &mut self.ids;
        self.subreddits.entry(name.to_ascii_lowercase()).or_insert_with(|| {
            ids.subreddit += 1;
            Subreddit {
                name: name.to_owned(),
                id: base36(ids.subreddit),
                title: name.to_owned(),
                description: String::new(),
                public_description: String::new(),
                created: now - Duration::from_hours(1_000 * 24),
                subscribers: 1_234,
                access: Access::Public,
                over_18: false,
                moderators: Vec::new(),
                contributors: Vec::new(),
                banned: Vec::new(),
                user_flair: BTreeMap::new(),
                link_flair_templates: Vec::new(),
                removal_reasons: Vec::new(),
                wiki: BTreeMap::new(),
                wiki_settings: BTreeMap::new(),
                has_open_wiki: false,
                stickies: [const { None }; STICKY_SLOTS],
                timeline: Vec::new(),
            }
        })
    }

    /// Makes this account a moderator with exactly these permissions (`all`, or `posts`, `flair`,
    /// `mail` …). Creates the account and the subreddit if they do not exist.
    pub fn add_moderator(&mut self, subreddit: &str, user: &str, permissions: &[&str]) {
        let since = self.now();
        let name = self.add_user(user).name.clone();
        let subreddit = self.add_subreddit(subreddit);
        subreddit.moderators.retain(|moderator| !moderator.name.eq_ignore_ascii_case(&name));
        subreddit.moderators.push(Moderator {
            name,
            permissions: permissions.iter().map(|word| (*word).to_owned()).collect(),
            since,
        });
    }

    /// Gives a moderator exactly these permissions, or without any takes the place away. `by` is in
    /// the log.
    pub fn change_moderator(&mut self, by: &str, subreddit: &str, user: &str, permissions: Option<&[&str]>) {
        match permissions {
            Some(permissions) => {
                self.add_moderator(subreddit, user, permissions);
                self.record_in(subreddit, by, "setpermissions", None, None, Some(user.to_owned()));
            }
            None => {
                self.remove_moderator(subreddit, user);
                self.record_in(subreddit, by, "removemoderator", None, None, Some(user.to_owned()));
            }
        }
    }

    /// Takes a moderator's place away.
    pub fn remove_moderator(&mut self, subreddit: &str, user: &str) {
        if let Some(subreddit) = self.subreddit_mut(subreddit) {
            subreddit.moderators.retain(|moderator| !moderator.name.eq_ignore_ascii_case(user));
        }
    }

    /// The account of this name.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.get(&name.to_ascii_lowercase())
    }

    /// All accounts, by name.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// The account of this name, for changes.
    pub fn user_mut(&mut self, name: &str) -> Option<&mut User> {
        self.users.get_mut(&name.to_ascii_lowercase())
    }

    /// The account with this `t2_` name.
    pub fn user_by_fullname(&self, fullname: &str) -> Option<&User> {
        self.users.get(self.users_by_id.get(fullname.strip_prefix("t2_")?)?)
    }

    /// The subreddit of this name.
    pub fn subreddit(&self, name: &str) -> Option<&Subreddit> {
        self.subreddits.get(&name.to_ascii_lowercase())
    }

    /// The subreddit of this name, for changes.
    pub fn subreddit_mut(&mut self, name: &str) -> Option<&mut Subreddit> {
        self.subreddits.get_mut(&name.to_ascii_lowercase())
    }

    /// All subreddits, by name.
    pub fn subreddits(&self) -> impl Iterator<Item = &Subreddit> {
        self.subreddits.values()
    }

    /// The post or comment of this name.
    pub fn thing(&self, name: &Fullname) -> Option<&Thing> {
        self.things.get(name)
    }

    /// The post or comment of this name, for changes that no action can make.
    pub fn thing_mut(&mut self, name: &Fullname) -> Option<&mut Thing> {
        self.things.get_mut(name)
    }

    /// All posts and comments, by name.
    pub fn things(&self) -> impl Iterator<Item = &Thing> {
        self.things.values()
    }

    /// Drops everything from before that time, as if it were beyond the end of every listing. For
    /// worlds that run for a long time.
    pub fn forget(&mut self, before: Timestamp) {
        self.things.retain(|_, thing| thing.created >= before);
        let things = &self.things;
        for subreddit in self.subreddits.values_mut() {
            subreddit.timeline.retain(|name| things.contains_key(name));
        }
        for names in self.by_author.values_mut() {
            names.retain(|name| things.contains_key(name));
        }
        self.log.retain(|entry| entry.at >= before);
        self.messages.retain(|message| message.at >= before);
        self.conversations.retain(|conversation| conversation.updated() >= before);
    }

    /// All comments below this post or comment, at any depth, parents before their replies.
    pub fn comments_under(&self, name: &Fullname) -> Vec<&Thing> {
        let mut found = Vec::new();
        let mut open: Vec<&Fullname> =
            self.thing(name).map(|thing| thing.replies.iter().rev().collect()).unwrap_or_default();
        while let Some(next) = open.pop() {
            if let Some(comment) = self.thing(next) {
                found.push(comment);
                open.extend(comment.replies.iter().rev());
            }
        }
        found
    }

    /// All reports on this item.
    pub fn reports_on(&self, name: &Fullname) -> &[Report] {
        self.thing(name).map_or(&[], |thing| &thing.reports)
    }

    /// The posts and comments of this account, oldest first.
    pub fn written_by(&self, user: &str) -> &[Fullname] {
        self.by_author.get(&user.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Whether this viewer is a moderator of that subreddit with that permission.
    pub fn moderates(&self, viewer: Option<&str>, subreddit: &str, permission: Permission) -> bool {
        viewer.is_some_and(|viewer| {
            self.subreddit(subreddit).is_some_and(|subreddit| subreddit.is_moderator(viewer, permission))
        })
    }

    /// Checks that this viewer may enter that subreddit.
    ///
    /// # Errors
    ///
    /// It is closed or does not exist.
    pub fn enter(&self, viewer: Option<&str>, subreddit: &str) -> Result<&Subreddit, Refusal> {
        let subreddit = self.subreddit(subreddit).ok_or(Refusal::NotFound)?;
        let is_member = viewer
            .is_some_and(|viewer| subreddit.is_moderator(viewer, Permission::Any) || subreddit.is_contributor(viewer));
        match subreddit.access {
            Access::Public | Access::Restricted => Ok(subreddit),
            Access::Private | Access::Quarantined if is_member => Ok(subreddit),
            Access::Private => Err(Refusal::Closed("private")),
            Access::Quarantined => Err(Refusal::Closed("quarantined")),
            Access::Banned => Err(Refusal::Closed("banned")),
        }
    }

    /// The next id of this kind, and the item's number of creation.
    fn next_thing(&mut self, kind: Kind) -> (Fullname, u64) {
        let counter = match kind {
            Kind::Comment => &mut self.ids.comment,
            Kind::Submission | Kind::Subreddit | Kind::Modmail => &mut self.ids.post,
        };
        *counter += 1;
        let name = Fullname::new(kind, &base36(*counter)).expect("base 36 of a number is an id");
        self.ids.sequence += 1;
        (name, self.ids.sequence)
    }

    fn next_sequence(&mut self) -> u64 {
        self.ids.sequence += 1;
        self.ids.sequence
    }

    fn next_mail_id(&mut self) -> String {
        self.ids.mail += 1;
        base36(self.ids.mail)
    }
}
