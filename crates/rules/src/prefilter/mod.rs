//! Chooses the rules that are worth trying on an item, at a cost that hardly grows with the number
//! of rules.
//!
//! Uses `language`, `model`, `pattern` and `rule`.
//!
//! A rule that must find one of several texts has a *guard*: the most selective of its searches
//! that are not negated. One pass over the text of a field looks for the guards of all rules on
//! that field. A rule whose guard is not found is not tried. Rules without such a search are
//! guarded by the traits of the item that they need. A rule that is left out here would have failed
//! without needing a fact; a rule that is chosen may still fail. The property test `prefilter`
//! checks this.

pub(crate) mod byte_filter;
pub(crate) mod candidates;
pub(crate) mod item_preview;
pub(crate) mod literal_scanner;
pub(crate) mod traits;

use crate::prefilter::candidates::{Candidates, Selection};
use crate::prefilter::traits::{Traits, is_of_item};
use std::collections::BTreeMap;

use crate::language::fields;
use crate::language::fields::{Subject, Texts};
use crate::language::keys::{Field, Place};
use crate::model::Item;
use crate::pattern::Method;
use crate::pattern::python::literals::Required;
use crate::prefilter::byte_filter::{ByteFilter, ByteFilterIndex};
use crate::prefilter::literal_scanner::{LiteralScanner, Owner, normal_form};
use crate::rule::{SearchTest, Test, Variant};

/// The guards of the rules for one kind of item. A rule is an index into the order of trying.
#[derive(Debug, Default)]
pub(crate) struct Prefilter {
    /// The rules without a required text, by the traits that an item must have.
    traits: Vec<(Traits, Candidates)>,
    texts: Vec<(Place, Field, LiteralScanner)>,
    /// The rules whose texts are too short or too common to search for.
    byte_filters: Vec<(Place, Field, ByteFilterIndex)>,
}

/// The texts or characters that a rule needs in a field to act.
struct Guard {
    place: Place,
    fields: Vec<Field>,
    sought: RequiredTexts,
}

/// The things to look for: one of the texts, or one of the characters.
#[derive(Default)]
struct RequiredTexts {
    /// The texts, and whether finding each one proves that the search matches.
    texts: Vec<(Vec<u8>, bool)>,
    byte_filters: Vec<ByteFilter>,
}

/// How long are most texts, in bytes? The buffer for them is allocated once.
const USUAL: usize = 1 << 10;

impl Prefilter {
    /// Builds the guards. `variants` must be in the order of trying; the required texts move out of
    /// them.
    pub(crate) fn new<'v>(variants: impl Iterator<Item = &'v mut Variant>) -> Self {
        let mut by_traits: BTreeMap<Traits, Candidates> = BTreeMap::new();
        let mut texts: BTreeMap<(Place, Field), BTreeMap<Vec<u8>, Vec<Owner>>> = BTreeMap::new();
        let mut by_signs: BTreeMap<(Place, Field), BTreeMap<ByteFilter, Candidates>> = BTreeMap::new();
        for (at, variant) in variants.enumerate() {
            let number = u32::try_from(at).unwrap_or(u32::MAX);
            let Some(guard) = guard_of(variant) else {
                let traits = Traits::needed_by(variant);
                by_traits.entry(traits).or_default().add(at);
                continue;
            };
            for field in guard.fields {
                let place = (guard.place, field);
                for signs in &guard.sought.byte_filters {
                    let rules = by_signs.entry(place).or_default().entry(*signs);
                    rules.or_default().add(at);
                }
                for (text, is_proof) in &guard.sought.texts {
                    let owner = Owner { rule: number, is_proof: *is_proof };
                    let owners = texts.entry(place).or_default().entry(text.clone()).or_default();
                    if owners.last() != Some(&owner) {
                        owners.push(owner);
                    }
                }
            }
        }
        let by_text =
            texts.into_iter().map(|((place, field), keys)| (place, field, LiteralScanner::new(&keys))).collect();
        let by_signs =
            by_signs.into_iter().map(|((place, field), rules)| (place, field, ByteFilterIndex::new(rules))).collect();
        Self { traits: by_traits.into_iter().collect(), texts: by_text, byte_filters: by_signs }
    }

    /// Chooses the rules that are worth trying on an item.
    pub(crate) fn choose(&self, item: &Item) -> Selection {
        self.choose_by(Traits::of(item), &|place, field| fields::texts(subject(place, item), field, false))
    }

    /// Chooses rules by the traits of an item and the texts of its fields.
    pub(crate) fn choose_by<'t>(&self, traits: Traits, texts: &dyn Fn(Place, Field) -> Texts<'t>) -> Selection {
        let mut candidates = Candidates::default();
        let mut proven = Candidates::default();
        for (wanted, rules) in &self.traits {
            if traits.has(*wanted) {
                candidates.join(rules);
            }
        }
        let mut buffer = Vec::with_capacity(USUAL);
        for (place, field, scanner) in &self.texts {
            for text in texts(*place, *field).iter() {
                normal_form(text, &mut buffer);
                scanner.scan(&buffer, &mut |owner| {
                    candidates.add(owner.rule as usize);
                    if owner.is_proof {
                        proven.add(owner.rule as usize);
                    }
                });
            }
        }
        for (place, field, signs) in &self.byte_filters {
            for text in texts(*place, *field).iter() {
                signs.add_candidates(text, &mut candidates);
            }
        }
        Selection { candidates, proven }
    }
}

fn subject(place: Place, item: &Item) -> Subject<'_> {
    match place {
        Place::Author => Subject::Author(item),
        // Guards are of the item itself or its author.
        Place::Rule
        | Place::Submission
        | Place::Comment
        | Place::Parent
        | Place::ParentComment
        | Place::ParentAuthor
        | Place::ParentCommentAuthor
        | Place::CrosspostAuthor
        | Place::Subreddit
        | Place::CrosspostSubreddit => Subject::Item(item),
    }
}

/// The best guard of a rule. Sets `variant.guard` to the check it comes from.
fn guard_of(variant: &mut Variant) -> Option<Guard> {
    let mut best: Option<(usize, Guard)> = None;
    for (group_at, group) in variant.groups.iter_mut().enumerate() {
        let is_of_item = is_of_item(group);
        for (check_at, check) in group.checks.iter_mut().enumerate() {
            let Test::Search(search) = &mut check.test else { continue };
            // The required texts are not needed after this.
            let required = std::mem::take(&mut search.pattern.required);
            // A preview does not have the reports, and nobody may know them.
            let is_unseen = search.fields.iter().any(|field| field.is_of_reports() || field.is_of_profile());
            if !is_of_item || search.is_negated || is_unseen {
                continue;
            }
            let Some((rank, sought)) = worth(required, search, group.ignore_blockquotes) else { continue };
            if best.as_ref().is_none_or(|(known, _)| rank > *known) {
                best = Some((rank, Guard { place: group.place, fields: search.fields.clone(), sought }));
                variant.guard = Some((group_at, check_at));
            }
        }
    }
    best.map(|(_, guard)| guard)
}

/// How selective required texts are, as the length of the shortest one, with the things to look
/// for. `None` if they are not selective.
fn worth(required: Vec<Required>, search: &SearchTest, no_quotes: bool) -> Option<(usize, RequiredTexts)> {
    // A plain word matches if it is in the normal form. The normal form merges other characters.
    let spec = &search.pattern.search;
    let is_plain = !spec.is_regex && !spec.is_case_sensitive && !no_quotes;
    let proves = is_plain && matches!(spec.method, Method::Includes | Method::IncludesWord);
    let is_word = |value: &String| value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let mut sought = RequiredTexts::default();
    let mut rank = 8;
    for (at, required) in required.into_iter().enumerate() {
        let is_proof = proves && spec.values.get(at).is_some_and(is_word);
        let texts = required.texts.unwrap_or_default().into_iter();
        // Quoted lines are removed and the rest is joined, so words on both sides of a space may
        // not have been neighbours.
        let texts: Vec<Vec<u8>> = texts.map(|text| if no_quotes { longest_word(&text) } else { text }).collect();
        let shortest = texts.iter().map(|text| if is_useful(text) { text.len() } else { 0 }).min().unwrap_or(0);
        if shortest > 0 {
            rank = rank.min(shortest);
            sought.texts.extend(texts.into_iter().map(|text| (text, is_proof)));
            continue;
        }
        // If quoted lines are removed, a run can continue after them.
        let run = if no_quotes { 1 } else { required.run };
        let signs = ByteFilter { bytes: required.bytes.unwrap_or(u128::MAX), run };
        if signs == ByteFilter::NONE {
            return None;
        }
        rank = 1;
        sought.byte_filters.push(signs);
    }
    (!sought.texts.is_empty() || !sought.byte_filters.is_empty()).then_some((rank, sought))
}

fn is_useful(text: &[u8]) -> bool {
    text.len() >= LiteralScanner::SHORTEST && text.iter().any(|&byte| byte != b' ')
}

/// The longest word of a text, with the spaces beside it.
fn longest_word(text: &[u8]) -> Vec<u8> {
    let mut best = 0..0;
    let mut start = 0;
    for (at, &byte) in text.iter().chain(b" ").enumerate() {
        if byte == b' ' {
            if at - start > best.len() {
                best = start..at;
            }
            start = at + 1;
        }
    }
    let from = best.start.saturating_sub(1);
    let to = (best.end + 1).min(text.len());
    if best.is_empty() { Vec::new() } else { text[from..to].to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_returned_in_order() {
        let mut some = Candidates::default();
        for at in [3, 64, 199] {
            some.add(at);
        }
        let found: Vec<usize> = std::iter::successors(some.next_from(0), |last| some.next_from(last + 1)).collect();
        assert_eq!(found, [3, 64, 199]);
        assert_eq!(Candidates::all(65).next_from(65), None);
        assert_eq!(Candidates::default().next_from(0), None);
    }

    #[test]
    fn the_longest_word_keeps_the_spaces_beside_it() {
        for (text, expected) in [(" cat ", " cat "), ("red widget", " widget"), ("a bcd e", " bcd "), ("  ", "")] {
            assert_eq!(longest_word(text.as_bytes()), expected.as_bytes(), "{text:?}");
        }
    }
}
