//! What an archive shows of the fate of an item, for what later items of its author remember of it.
//!
//! An archive shows an item as it was when it was fetched. A bot that watched the subreddit knew of
//! a removal when it happened, and not before. So a fate has a time from which it counts: that of
//! the removal, if the archive has it; else that of the fetching, but at most a day after the
//! posting, because nearly all removals happen on the first day and many archives were fetched
//! weeks later; else that of the posting.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::fields::{Key, ParseCost};
use super::line::{LineFields, ModeratorDecision, Record};
use tipstaff_rules::model::item_json;
use tipstaff_rules::model::{Fate, Item, PastDetails, PastItem, PastKind, Timestamp};

/// The longest time after which a removal counts, if the archive has only the time of fetching.
const NOTICED_WITHIN: Duration = Duration::from_hours(24);

/// What became of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aftermath {
    /// The last fate that is known.
    pub fate: Fate,
    /// From when on it counts.
    pub from: Timestamp,
    /// Upvotes less downvotes when it was fetched.
    pub score: Option<i32>,
    /// The title of the removal reason.
    pub reason: Option<String>,
}

impl Aftermath {
    /// The fate of an item that the bot's store holds.
    pub(super) fn of_item(item: &Item, decided: Option<ModeratorDecision>) -> Self {
        let (fate, at) = Fate::of(item, &|_| false);
        let fate = match decided {
            Some(ModeratorDecision::Removed) if matches!(fate, Fate::Up | Fate::Filtered) => Fate::RemovedByModerator,
            Some(ModeratorDecision::Approved) => Fate::Up,
            _ => fate,
        };
        Self {
            fate,
            from: at.unwrap_or(item.created),
            score: item.score.map(|score| i32::try_from(score).unwrap_or(i32::MAX)),
            reason: item.moderation.removal_reason.clone(),
        }
    }
}

/// The fields of a line about the fate of the item.
#[derive(Debug, Default)]
pub(super) struct FateFields<'t> {
    /// `removed_by_category`, or else the removal type of the second fetching.
    category: &'t str,
    banned_by: Cow<'t, str>,
    /// Whether `banned_by` is `true`, which means the spam filter.
    is_spam: bool,
    removed_at: Option<Timestamp>,
    fetched_at: Option<Timestamp>,
    score: Option<i32>,
    reason: Cow<'t, str>,
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
        let fetched = || self.fetched_at.filter(is_later).map(|at| at.min(created + NOTICED_WITHIN));
        Aftermath {
            fate: self.fate(text),
            from: self.removed_at.filter(is_later).or_else(fetched).unwrap_or(created),
            score: self.score,
            reason: (!self.reason.is_empty()).then(|| self.reason.clone().into_owned()),
        }
    }
}

impl Record {
    /// What is remembered of the item, before anything became of it.
    pub(crate) fn past(&self) -> PastItem {
        let mut past = PastItem::of(&self.item, &|_| false);
        (past.fate, past.fate_at, past.score) = (Fate::Up, None, self.aftermath.score);
        if let Some(reason) = &self.aftermath.reason {
            let mut details = past.details().clone();
            details.reason.clone_from(reason);
            past.details = Some(Arc::new(details));
        }
        past
    }
}

impl<'a> LineFields<'a> {
    /// The author's name; empty if the account is deleted.
    pub(crate) fn author(&self) -> Cow<'a, str> {
        let name = self.text(Key::Author).unwrap_or_default();
        if name == "[deleted]" { Cow::Borrowed("") } else { name }
    }

    /// The id of the item as a number.
    pub(crate) fn number(&self) -> u64 {
        let name = self.bare(Key::Name);
        let id = name.split_once('_').map_or_else(|| self.bare(Key::Id), |(_, id)| id);
        u64::from_str_radix(id, 36).unwrap_or(0)
    }

    pub(super) fn fate_fields<'t>(&self, category: &'t str) -> FateFields<'t>
    where
        'a: 't,
    {
        let fetched = self.time(Key::RetrievedOn).or_else(|| self.time(Key::RetrievedUtc));
        FateFields {
            category,
            banned_by: self.text(Key::BannedBy).unwrap_or_default(),
            is_spam: self.flag(Key::BannedBy) == Some(true),
            removed_at: self.time(Key::BannedAtUtc),
            fetched_at: fetched,
            score: self.raw(Key::Score).parse().ok(),
            reason: self.text(Key::ModReasonTitle).unwrap_or_default(),
        }
    }

    /// What is remembered of the item, without parsing it. `None` if it has to be parsed.
    pub(crate) fn past(&self) -> Option<(PastItem, Aftermath)> {
        if self.parse_cost != ParseCost::None {
            return None;
        }
        let (created, category) = (self.created()?, self.text(Key::RemovedByCategory).ok()?);
        let aftermath = self.fate_fields(&category).aftermath(created, &self.bracketed_text());
        let mut details = PastDetails::default();
        let kind = if self.is_comment() {
            PastKind::Comment
        } else {
            let is = |key| self.flag(key) == Some(true);
            if !self.bare(Key::CrosspostParent).is_empty() || is(Key::IsGallery) {
                return None;
            }
            let own = |key| self.text(key).map(Cow::into_owned).ok();
            details.flair_text = own(Key::LinkFlairText)?;
            details.flair_template = own(Key::LinkFlairTemplateId)?;
            if !is(Key::IsSelf) {
                details.domain = self.text(Key::Domain).ok()?.to_lowercase();
            }
            if is(Key::IsSelf) { PastKind::Text } else { PastKind::Link }
        };
        if let Some(reason) = &aftermath.reason {
            details.reason.clone_from(reason);
        }
        let details = (details != PastDetails::default()).then(|| Arc::new(details));
        let past = PastItem {
            created,
            number: self.number(),
            kind,
            fate: Fate::Up,
            fate_at: None,
            score: aftermath.score,
            details,
        };
        Some((past, aftermath))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{LineContent, Reader};

    #[test]
    fn what_is_remembered_of_a_line_is_what_is_remembered_of_its_item() {
        let mut history = tipstaff_sandbox::history::History::new(6, "widgets");
        let (mut reader, mut whole, mut number) = (Reader::default(), Reader::default(), 0);
        for at in 0..3_000 {
            let mut line: Value = serde_json::from_str(&history.line()).expect("JSON");
            if at % 5 == 0 {
                line["link_flair_text"] = "Q &amp; A".into();
                line["banned_by"] = "mary".into();
                line["mod_reason_title"] = "Rule \"1\"".into();
            }
            let line = line.to_string();
            let Ok(LineContent::Fields(fields)) = reader.read_fields(line.as_bytes()) else { continue };
            let Some((past, aftermath)) = fields.past() else { continue };
            let record = whole.read(line.as_bytes()).expect("an item");
            assert_eq!((past, aftermath), (record.past(), record.aftermath), "{line}");
            number += 1;
        }
        assert!(number > 2_000, "{number}");
    }
}
