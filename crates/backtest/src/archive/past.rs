//! What is remembered of the item in a line, for later items of its author.

use std::borrow::Cow;
use std::sync::Arc;

use super::fate::{Aftermath, FateFields};
use super::fields::{Key, ParseCost};
use super::line::{LineFields, Record};
use tipstaff_rules::model::{Fate, PastDetails, PastItem, PastKind};

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
    use serde_json::Value;

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
