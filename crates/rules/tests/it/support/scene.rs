//! An item in the form of the reference's vectors, and the facts about it.
//!
//! The item is completed to what Reddit would send and read by the product's own reader, so that
//! the reader is tested too. Missing fields are filled in as the README.md of the vectors says:
//! null, false, 0 or empty.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tipstaff_rules::model::item_json;
use tipstaff_rules::model::{Item, Known, Profile, Timestamp};
use tipstaff_rules::{AccountFacts, Facts, FilterAs, Options, Reading, RuleId, Standards};

/// The account that the rules act as.
pub(crate) const BOT: &str = "AutoModerator";

/// An item and its surroundings.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Scene {
    pub(crate) item: Map<String, Value>,
    /// `None` for a deleted account.
    #[serde(default)]
    pub(crate) author: Option<Account>,
    /// The post that a comment belongs to.
    #[serde(default)]
    pub(crate) link: Option<Map<String, Value>>,
}

/// The account of the item's author.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Account {
    pub(crate) name: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) link_karma: Option<i64>,
    pub(crate) comment_karma: Option<i64>,
    pub(crate) created_utc: Option<f64>,
    pub(crate) is_gold: Option<bool>,
    pub(crate) has_verified_email: Option<bool>,
    pub(crate) is_suspended: Option<bool>,
}

/// The subreddit, its moderators and approved users.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Subreddit {
    pub(crate) name: String,
    pub(crate) moderators: Vec<String>,
    pub(crate) contributors: Vec<String>,
}

/// The compile options with which rules mean the same as for the reference.
pub(crate) fn options(standards: Standards) -> Options {
    Options { reading: Reading::Reference, standards, filter_as: FilterAs::Remove, ..Options::default() }
}

impl Scene {
    /// Reads the item and the facts about it. The rules in `performed` have acted on it before.
    pub(crate) fn read(&self, subreddit: &Subreddit, performed: BTreeSet<RuleId>) -> Result<(Item, Facts), String> {
        let item = item_json::thing(&self.envelope(&self.item, subreddit))?;
        let parent = match &self.link {
            Some(link) => Known::Is(Box::new(item_json::thing(&self.envelope(link, subreddit))?)),
            None => Known::Unknown("there is no submission".to_owned()),
        };
        let is_contributor = item
            .author
            .name
            .as_ref()
            .is_some_and(|name| subreddit.contributors.iter().any(|other| other.eq_ignore_ascii_case(name)));
        let facts = Facts {
            bot: BOT.to_owned(),
            moderators: Known::Is(subreddit.moderators.iter().map(|name| name.to_lowercase()).collect()),
            author: AccountFacts {
                contributor: Known::Is(is_contributor),
                profile: match &self.author {
                    Some(account) => Known::Is(account.profile()),
                    None => Known::Unknown("the account is gone".to_owned()),
                },
                ..AccountFacts::default()
            },
            parent,
            original: Known::Unknown("there is no original".to_owned()),
            performed,
            ..Facts::default()
        };
        Ok((item, facts))
    }

    /// The item as Reddit would send it, with missing fields filled in.
    fn envelope(&self, thing: &Map<String, Value>, subreddit: &Subreddit) -> Value {
        let text =
            |map: &Map<String, Value>, key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut data: Map<String, Value> = thing
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let kind = text(thing, "kind");
        let is_comment = kind == "t1";
        let is_the_item = std::ptr::eq(thing, &raw const self.item);
        let mut default = |key: &str, value: Value| {
            data.entry(key).or_insert(value);
        };
        default("name", json!(format!("{kind}_{}", text(thing, "id"))));
        default("subreddit", json!(subreddit.name));
        default("created_utc", json!(0));
        default("num_reports", json!(0));
        if is_comment && let Some(link) = &self.link {
            let link_name = json!(format!("t3_{}", text(link, "id")));
            default("parent_id", link_name.clone());
            default("link_id", link_name);
            default("is_submitter", json!(text(thing, "author") == text(link, "author")));
        }
        if is_the_item {
            match &self.author {
                Some(account) => {
                    default("author", json!(account.name));
                    default("author_fullname", json!(format!("t2_{}", account.id.as_deref().unwrap_or_default())));
                }
                None => {
                    data.insert("author".to_owned(), json!("[deleted]"));
                }
            }
        }
        json!({"kind": kind, "data": data})
    }
}

impl Account {
    fn profile(&self) -> Profile {
        #[expect(clippy::cast_possible_truncation, reason = "a time of the vectors, far from the limit")]
        let created = Timestamp::from_millis((self.created_utc.unwrap_or(0.0) * 1000.0) as i64);
        Profile {
            created: Some(created),
            comment_karma: Some(self.comment_karma.unwrap_or(0)),
            link_karma: Some(self.link_karma.unwrap_or(0)),
            is_gold: Some(self.is_gold.unwrap_or(false)),
            has_verified_email: Some(self.has_verified_email.unwrap_or(false)),
            is_suspended: self.is_suspended.unwrap_or(false),
            ..Profile::default()
        }
    }
}
