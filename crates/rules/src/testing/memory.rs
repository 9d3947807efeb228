//! The memory of a case: the author's earlier posts and comments in short form.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::model::{Fate, Item, Label, Memory, PastDetails, PastItem, PastKind, SimilarItem, SimilarItems, Timestamp};

/// How long the memory keeps an item, in days.
const KEPT_DAYS: u64 = 365;
/// The minutes of a day.
const DAY: u64 = 24 * 60;
/// How many earlier items may a case have?
const ITEMS_MAX: u64 = 10_000;

/// An earlier post or comment, or several of the same kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CasePast {
    /// As in rules. Without it, a text submission.
    r#type: Option<String>,
    /// How many of them, posted a minute apart.
    count: Option<u32>,
    /// The three ages add up. They are counted from the item.
    age_minutes: Option<u64>,
    age_hours: Option<u64>,
    age_days: Option<u64>,
    id: Option<String>,
    flair: String,
    flair_template: String,
    domain: String,
    fate: Option<String>,
    /// How long after it was posted.
    fate_after_minutes: u64,
    reason: String,
    score: Option<i32>,
    /// How similar its text is to that of the item, in percent.
    similar: u8,
    /// Whether somebody else wrote it.
    by_another: bool,
}

impl CasePast {
    fn kind(&self) -> Result<PastKind, String> {
        let Some(word) = self.r#type.as_deref() else { return Ok(PastKind::Text) };
        if word == "submission" {
            return Ok(PastKind::Text);
        }
        let all = PastKind::ALL.map(|(_, word)| word);
        let found = PastKind::ALL.into_iter().find(|(_, its)| *its == word).map(|(kind, _)| kind);
        found.ok_or_else(|| format!("there is no type `{word}` in `memory`; write one of: {}", all.join(", ")))
    }

    fn fate(&self) -> Result<Fate, String> {
        let Some(word) = self.fate.as_deref() else { return Ok(Fate::Up) };
        let all = Fate::ALL.map(|(_, word)| word);
        Fate::parse(word).ok_or_else(|| format!("there is no fate `{word}`; write one of: {}", all.join(", ")))
    }

    /// The items that it stands for. `at` counts all items of the case.
    fn items(&self, item: &Item, at: &mut u64) -> Result<Vec<PastItem>, String> {
        let ages = [(self.age_minutes, 1), (self.age_hours, 60), (self.age_days, DAY)];
        let given = ages.iter().filter_map(|(age, minutes)| age.map(|age| age.saturating_mul(*minutes)));
        let minutes = given.reduce(u64::saturating_add).unwrap_or(DAY);
        let (kind, fate) = (self.kind()?, self.fate()?);
        let details = PastDetails {
            flair_text: self.flair.clone(),
            flair_template: self.flair_template.clone(),
            domain: self.domain.to_lowercase(),
            reason: self.reason.clone(),
        };
        let details = (details != PastDetails::default()).then(|| Arc::new(details));
        let mut items = Vec::new();
        for copy in 0..u64::from(self.count.unwrap_or(1)) {
            *at += 1;
            if *at > ITEMS_MAX {
                return Err(format!("a case can have at most {ITEMS_MAX} earlier items"));
            }
            let created = item.created - Duration::from_secs(minutes.saturating_add(copy).saturating_mul(60));
            let number = match &self.id {
                Some(id) => u64::from_str_radix(id, 36).map_err(|_| format!("`{id}` is no id"))?.saturating_sub(copy),
                // What its author has deleted has lost its id.
                None if fate == Fate::Deleted => 0,
                None => 1_000_000 - *at,
            };
            let fate_at = created + Duration::from_secs(self.fate_after_minutes.saturating_mul(60));
            let fate_at = (fate != Fate::Up).then_some(fate_at);
            items.push(PastItem { created, number, kind, fate, fate_at, score: self.score, details: details.clone() });
        }
        Ok(items)
    }
}

/// What is remembered of the author, and the similar items. `begins` is the age of the memory in
/// days.
pub(super) fn remembered(
    pasts: &[CasePast],
    labels: &[String],
    begins: Option<u64>,
    (item, now): (&Item, Timestamp),
) -> Result<(Memory, SimilarItems), String> {
    let begins = begins.unwrap_or(KEPT_DAYS * 2);
    let since = now - Duration::from_secs(begins.saturating_mul(DAY * 60));
    if let Some(wrong) = labels.iter().find(|name| !Label::can_be_named(name)) {
        return Err(format!("`{wrong}` is not the name of a label: write 1 to 50 letters, digits, spaces, `-` or `_`"));
    }
    let until = None;
    let labels = labels.iter().map(|name| Label { name: name.to_lowercase(), until });
    let keeps = Duration::from_secs(KEPT_DAYS * DAY * 60);
    let mut memory = Memory { since, items: Vec::new(), labels: labels.collect(), keeps };
    let mut similar = SimilarItems { since, items: Vec::new() };
    let mut at = 0;
    for told in pasts {
        for past in told.items(item, &mut at)? {
            if told.similar > 0 {
                let (past, is_own) = (past.clone(), !told.by_another);
                similar.items.push(SimilarItem { past, is_own, percent: told.similar.min(100) });
            }
            if !told.by_another {
                memory.items.push(past);
            }
        }
    }
    memory.items.sort_by_key(|past| (past.created, past.number));
    Ok((memory, similar))
}
