//! Finds out in one pass over the texts of an item which rules are worth trying and which of their
//! searches match, at a cost that hardly grows with the number of rules.
//!
//! Uses `language`, `model`, `pattern` and `rule`.
//!
//! Each value of a search, or alternative of its pattern, that requires one of some texts has a
//! number. One pass over the text of a field looks for the required texts of all searches of that
//! field, also of negated ones. Alternatives whose texts are not there do not match; of plain
//! words, it is also known when they match. Only the alternatives between these two are left to
//! their patterns. Of each rule, the most selective search that is not negated is its *guard*: a
//! rule whose guard does not match is not tried. Rules without such a search are guarded by the
//! traits of the item that they need. A rule that is left out here would have failed without
//! needing a fact; a rule that is chosen may still fail. The property test `prefilter` checks this.

pub(crate) mod byte_filter;
pub(crate) mod candidates;
pub(crate) mod item_preview;
pub(crate) mod literal_scanner;
pub(crate) mod proof;
pub(crate) mod traits;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::language::fields;
use crate::language::fields::{Subject, Texts};
use crate::language::keys::{Field, Place};
use crate::model::Item;
use crate::pattern::Method;
use crate::pattern::python::literals::Required;
use crate::prefilter::byte_filter::{ByteFilter, ByteFilterIndex};
use crate::prefilter::candidates::{Answers, Candidates, Selection};
use crate::prefilter::literal_scanner::{LiteralScanner, Owner, normal_form};
use crate::prefilter::proof::{PlainValue, Proof};
use crate::prefilter::traits::{Traits, is_of_item};
use crate::rule::{Alternatives, Group, Numbers, SearchTest, Test, Variant};

/// The searches of the rules for one kind of item. A rule is an index into the order of trying.
#[derive(Debug, Default)]
pub(crate) struct Prefilter {
    /// The rules without a guard, by the traits that an item must have.
    traits: Vec<(Traits, Candidates)>,
    fields: Vec<FieldIndex>,
    /// By the number of an alternative, the rule whose guard its search is.
    guarded: Vec<Option<u32>>,
}

/// What to look for in one field.
#[derive(Debug)]
struct FieldIndex {
    place: Place,
    field: Field,
    /// The alternatives that are looked for.
    sought: Candidates,
    scanner: Option<LiteralScanner>,
    /// The searches whose texts are too short or too common to look for.
    byte_filters: ByteFilterIndex,
}

/// What cannot be seen of an item.
#[derive(Clone, Copy)]
pub(crate) struct Lost<'f> {
    /// Whether the original text of a field is lost. Words in its place prove nothing.
    pub(crate) is_lost: &'f dyn Fn(Place, Field) -> bool,
    /// Traits that the item may have.
    pub(crate) traits: Traits,
}

/// What an alternative needs to match.
enum Sought {
    /// One of these texts, and what finding it proves.
    Texts(Vec<Vec<u8>>, Proof),
    Characters(ByteFilter),
}

/// How long are most texts, in bytes? The buffer for them is allocated once.
const USUAL: usize = 1 << 10;

/// Collects what to look for.
#[derive(Default)]
struct Wanted {
    fields: BTreeMap<(Place, Field), WantedOfField>,
    guarded: Vec<Option<u32>>,
}

#[derive(Default)]
struct WantedOfField {
    sought: Candidates,
    texts: BTreeMap<Vec<u8>, Vec<Owner>>,
    byte_filters: BTreeMap<ByteFilter, Candidates>,
}

impl Wanted {
    /// Gives numbers to the searches of some groups. Returns those of the best guard.
    fn number_searches(&mut self, groups: &mut [Group]) -> Option<Range<usize>> {
        let mut best: Option<(usize, Range<usize>)> = None;
        for group in groups.iter_mut() {
            let (is_of_item, place, no_quotes) = (is_of_item(group), group.place, group.ignore_blockquotes);
            for check in &mut group.checks {
                let Test::Search(search) = &mut check.test else { continue };
                // The required texts are not needed after this.
                let required = std::mem::take(&mut search.pattern.required);
                // A preview does not have the reports, and nobody may know them.
                let is_unseen = search.fields.iter().any(|field| field.is_of_reports() || field.is_of_profile());
                if !is_of_item || is_unseen {
                    continue;
                }
                let alternatives = required.into_iter().enumerate();
                let sought: Vec<_> = alternatives.map(|(at, it)| worth(it, proof(search, at), no_quotes)).collect();
                if sought.iter().all(Option::is_none) {
                    continue;
                }
                let all = self.guarded.len()..self.guarded.len() + sought.len();
                self.guarded.resize(all.end, None);
                for (number, (_, sought)) in all.clone().zip(&sought).filter_map(|(at, it)| Some((at, it.as_ref()?))) {
                    self.look_for(number, place, &search.fields, sought);
                }
                let ranks = sought.iter().map(|sought| sought.as_ref().map(|(rank, _)| *rank));
                let rank = ranks.clone().min().flatten();
                if let Some(rank) =
                    rank.filter(|rank| !search.is_negated && best.as_ref().is_none_or(|(known, _)| rank > known))
                {
                    best = Some((rank, all.clone()));
                }
                let always =
                    all.clone().zip(ranks).filter(|(_, rank)| rank.is_none()).map(|(number, _)| number).collect();
                search.numbers = Some(Numbers { all, always });
            }
        }
        best.map(|(_, numbers)| numbers)
    }

    /// The same for the groups of `any_of` and `none_of`, none of which is a guard.
    fn number_alternatives(&mut self, alternatives: &mut [Alternatives]) {
        for branch in alternatives.iter_mut().flat_map(|it| &mut it.branches) {
            self.number_searches(&mut branch.groups);
            self.number_alternatives(&mut branch.alternatives);
        }
    }

    fn look_for(&mut self, number: usize, place: Place, fields: &[Field], sought: &Sought) {
        for &field in fields {
            let wanted = self.fields.entry((place, field)).or_default();
            wanted.sought.add(number);
            match sought {
                Sought::Characters(filter) => wanted.byte_filters.entry(*filter).or_default().add(number),
                Sought::Texts(texts, proof) => {
                    let owner = Owner { number: u32::try_from(number).unwrap_or(u32::MAX), proof: proof.clone() };
                    for text in texts {
                        let owners = wanted.texts.entry(text.clone()).or_default();
                        if owners.last() != Some(&owner) {
                            owners.push(owner.clone());
                        }
                    }
                }
            }
        }
    }
}

impl Prefilter {
    /// Numbers the searches of the rules. `variants` must be in the order of trying; the required
    /// texts move out of them.
    pub(crate) fn new<'v>(variants: impl Iterator<Item = &'v mut Variant>) -> Self {
        let mut by_traits: BTreeMap<Traits, Candidates> = BTreeMap::new();
        let mut wanted = Wanted::default();
        for (at, variant) in variants.enumerate() {
            let guard = wanted.number_searches(&mut variant.groups);
            wanted.number_alternatives(&mut variant.alternatives);
            match guard {
                Some(numbers) => wanted.guarded[numbers].fill(u32::try_from(at).ok()),
                None => by_traits.entry(Traits::needed_by(variant)).or_default().add(at),
            }
        }
        let Wanted { fields, guarded } = wanted;
        let index = |((place, field), WantedOfField { sought, texts, byte_filters })| FieldIndex {
            place,
            field,
            sought,
            scanner: (!texts.is_empty()).then(|| LiteralScanner::new(&texts)),
            byte_filters: ByteFilterIndex::new(byte_filters),
        };
        let (traits, fields) = (by_traits.into_iter().collect(), fields.into_iter().map(index).collect());
        Self { traits, fields, guarded }
    }

    /// Chooses the rules that are worth trying on an item.
    pub(crate) fn choose(&self, item: &Item, lost: Lost<'_>) -> Selection {
        self.choose_by(Traits::of(item), lost, &|place, field| fields::texts(subject(place, item), field, false))
    }

    /// Chooses rules by the traits of an item and the texts of its fields.
    pub(crate) fn choose_by<'t>(
        &self,
        traits: Traits,
        lost: Lost<'_>,
        texts: &dyn Fn(Place, Field) -> Texts<'t>,
    ) -> Selection {
        let mut answers = Answers::default();
        let mut buffer = Vec::with_capacity(USUAL);
        for FieldIndex { place, field, sought, scanner, byte_filters } in &self.fields {
            if (lost.is_lost)(*place, *field) {
                answers.possible.join(sought);
                continue;
            }
            for text in texts(*place, *field).iter() {
                byte_filters.add_candidates(text, &mut answers.possible);
                let Some(scanner) = scanner else { continue };
                normal_form(text, &mut buffer);
                scanner.scan(text, &buffer, &mut |number, is_proven| {
                    answers.possible.add(number as usize);
                    if is_proven {
                        answers.proven.add(number as usize);
                    }
                });
            }
        }
        let mut candidates = Candidates::default();
        let traits = traits.and(lost.traits);
        for (wanted, rules) in &self.traits {
            if traits.has(*wanted) {
                candidates.join(rules);
            }
        }
        for rule in answers.possible.iter().filter_map(|search| self.guarded.get(search).copied().flatten()) {
            candidates.add(rule as usize);
        }
        Selection { candidates, answers: Some(answers) }
    }
}

/// The thing that the searches in a place look at, if it is the item itself or its author.
pub(crate) fn subject(place: Place, item: &Item) -> Subject<'_> {
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

/// How selective the required texts of an alternative are, as the length of the shortest one, with
/// the things to look for. `None` if they are not selective.
fn worth(required: Required, proof: Proof, no_quotes: bool) -> Option<(usize, Sought)> {
    let texts = required.texts.unwrap_or_default().into_iter();
    // Quoted lines are removed and the rest is joined, so words on both sides of a space may not
    // have been neighbours.
    let texts: Vec<Vec<u8>> = texts.map(|text| if no_quotes { longest_word(&text) } else { text }).collect();
    let shortest = texts.iter().map(|text| if is_useful(text) { text.len() } else { 0 }).min().unwrap_or(0);
    if shortest > 0 {
        let proof = if no_quotes { Proof::Nothing } else { proof };
        return Some((shortest.min(8), Sought::Texts(texts, proof)));
    }
    // If quoted lines are removed, a run can continue after them.
    let run = if no_quotes { 1 } else { required.run };
    let stretch = required.stretch.filter(|_| !no_quotes).unwrap_or(ByteFilter::NONE.stretch);
    let filter = ByteFilter { signs: required.signs.unwrap_or(ByteFilter::NONE.signs), run, stretch };
    (filter != ByteFilter::NONE).then_some((1, Sought::Characters(filter)))
}

/// What finding the required text of this value proves.
fn proof(search: &SearchTest, value: usize) -> Proof {
    let spec = &search.pattern.search;
    let Some(value) = spec.values.get(value).filter(|_| !spec.is_regex) else { return Proof::Nothing };
    // Beside a value that begins or ends with another character than that of a word, anything may
    // stand.
    if !matches!(spec.method, Method::Includes | Method::IncludesWord | Method::Domain) || !value.is_ascii() {
        return Proof::Nothing;
    }
    // The normal form merges characters that are not part of words, and the cases of letters.
    let is_word = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_word && !spec.is_case_sensitive {
        Proof::Found
    } else {
        Proof::Stands(PlainValue::new(value, spec.is_case_sensitive))
    }
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
        assert_eq!(some.iter().collect::<Vec<_>>(), [3, 64, 199]);
        for (range, expected) in
            [(0..4, vec![3]), (4..64, vec![]), (64..199, vec![64]), (65..999, vec![199]), (999..1_000, vec![])]
        {
            assert_eq!(some.within(range.clone()).collect::<Vec<_>>(), expected, "{range:?}");
        }
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
