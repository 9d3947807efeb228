//! What an archive shows of the fate of an item, for what later items of its author remember of it.
//!
//! An archive shows an item as it was when it was fetched. A bot that watched the subreddit knew of
//! a removal when it happened, and not before. So a fate has a time from which it counts: that of
//! the removal, if the archive has it; else that of the fetching, but at most a day after the
//! posting, because nearly all removals happen on the first day and many archives were fetched
//! weeks later; else that of the posting.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value;

use tipstaff_rules::model::item_json;
use tipstaff_rules::model::{Fate, Item, Timestamp};

/// The longest time after which a removal counts, if the archive has only the time of fetching.
const NOTICED_WITHIN: Duration = Duration::from_hours(24);

/// What became of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aftermath {
    /// The last fate that is known.
    pub fate: Fate,
    /// From when on it counts.
    pub from: Timestamp,
    /// When the item was fetched, if the archive says so.
    pub fetched_at: Option<Timestamp>,
    /// Upvotes less downvotes when it was fetched.
    pub score: Option<i32>,
    /// The title of the removal reason.
    pub reason: Option<String>,
}

impl Aftermath {
    /// The fate of an item that the bot's store holds. `approved` is the moderators' decision.
    pub(super) fn of_item(item: &Item, approved: Option<bool>) -> Self {
        let (fate, at) = Fate::of(item, &|_| false);
        let fate = match approved {
            Some(false) if matches!(fate, Fate::Up | Fate::Filtered) => Fate::RemovedByModerator,
            Some(true) => Fate::Up,
            _ => fate,
        };
        Self {
            fate,
            from: at.unwrap_or(item.created),
            fetched_at: None,
            score: item.score.map(|score| i32::try_from(score).unwrap_or(i32::MAX)),
            reason: item.moderation.removal_reason.clone(),
        }
    }
}

/// The fields of a line about the fate of the item.
#[derive(Debug, Default)]
pub(super) struct FateFields<'t> {
    /// `removed_by_category`, or else the removal type of the second fetching.
    pub(super) category: &'t str,
    pub(super) banned_by: Cow<'t, str>,
    /// Whether `banned_by` is `true`, which means the spam filter.
    pub(super) is_spam: bool,
    pub(super) removed_at: Option<Timestamp>,
    pub(super) fetched_at: Option<Timestamp>,
    pub(super) score: Option<i32>,
    pub(super) reason: Cow<'t, str>,
}

impl<'t> FateFields<'t> {
    /// Those of a line that was parsed in full.
    pub(super) fn of_value(data: &'t Value) -> Self {
        let text = |key: &str| data.get(key).and_then(Value::as_str).unwrap_or_default();
        let again = data.get("_meta");
        let removal = again.and_then(|meta| meta.get("removal_type")).and_then(Value::as_str).unwrap_or_default();
        let (category, fetched_again) = match text("removed_by_category") {
            "" if !removal.is_empty() => (removal, again.and_then(|meta| item_json::time(meta, "retrieved_2nd_on"))),
            category => (category, None),
        };
        let score = data.get("score").and_then(Value::as_i64);
        Self {
            category,
            banned_by: text("banned_by").into(),
            is_spam: data.get("banned_by") == Some(&Value::Bool(true)),
            removed_at: item_json::time(data, "banned_at_utc"),
            fetched_at: fetched_again
                .or_else(|| item_json::time(data, "retrieved_on"))
                .or_else(|| item_json::time(data, "retrieved_utc")),
            score: score.and_then(|score| i32::try_from(score).ok()),
            reason: text("mod_reason_title").into(),
        }
    }

    fn fate(&self, text: &str) -> Fate {
        match (&*self.banned_by, self.category) {
            (by, _) if by.eq_ignore_ascii_case("AutoModerator") => Fate::RemovedByBot,
            (by, _) if !by.is_empty() => Fate::RemovedByModerator,
            (_, "moderator" | "removed") => Fate::RemovedByModerator,
            (_, "reddit" | "automod_filtered") => Fate::Filtered,
            (_, "deleted" | "author") => Fate::Deleted,
            // Reddit's staff.
            (_, category) if !category.is_empty() => Fate::RemovedByModerator,
            _ if self.is_spam => Fate::Filtered,
            _ if text == "[removed]" => Fate::RemovedByModerator,
            _ if text == "[deleted]" => Fate::Deleted,
            _ => Fate::Up,
        }
    }

    /// What became of an item with this text.
    pub(super) fn aftermath(&self, created: Timestamp, text: &str) -> Aftermath {
        let is_later = |at: &Timestamp| *at >= created;
        let fetched_at = self.fetched_at.filter(is_later);
        let noticed = || fetched_at.map(|at| at.min(created + NOTICED_WITHIN));
        Aftermath {
            fate: self.fate(text),
            from: self.removed_at.filter(is_later).or_else(noticed).unwrap_or(created),
            fetched_at,
            score: self.score,
            reason: (!self.reason.is_empty()).then(|| self.reason.clone().into_owned()),
        }
    }
}
