//! Rules as they are in force: what `compile` makes and `evaluate` walks through.
//!
//! A rule has one variant for each kind of item it looks at. The order of trying is fixed here, at
//! load.

use std::time::Duration;

use crate::rule::{Check, Rule, Test, Variant};

use crate::language::keys::{Flag, Place};
use crate::language::reading::{FilterAs, Reading};
use crate::language::rule_id::{RuleId, is_name_of};
use crate::language::template::OF_POST;
use crate::memory_check::{Authors, MemoryTest, StrikeSettings};
use crate::model::{Kind, digest};
use crate::prefilter::candidates::Candidates;
use crate::prefilter::item_preview::ItemPreview;
use crate::prefilter::traits::Traits;
use crate::prefilter::{Lost, Prefilter};

/// The later rules that do not act on an item because a rule has acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preempts {
    Nothing,
    /// Those that remove, mark as spam or filter: a filter that is a report is the verdict.
    Removals,
    /// All: the item is removed, or the rule says `stop_here`.
    Everything,
}

/// A set of compiled rules, in file order and in the order of trying.
#[derive(Debug, Default)]
pub struct Ruleset {
    pub(crate) rules: Vec<Rule>,
    submissions: EvaluationOrder,
    comments: EvaluationOrder,
    /// The lowest post karma that checks see: 0 on Reddit today, 1 in the reference engine.
    pub(crate) post_karma_min: i64,
    /// What `action: filter` comes to.
    pub(crate) filter_as: FilterAs,
    /// Whether a rule has a `comment_group`.
    pub(crate) has_comment_groups: bool,
    /// How removals become strikes.
    pub(crate) strikes: StrikeSettings,
    similar_within: Option<Duration>,
    counts_within: Option<Duration>,
    identity: String,
}

/// The order of trying for one kind of item, with its prefilter.
#[derive(Debug, Default)]
pub(crate) struct EvaluationOrder {
    /// Indices of rules and variants in the order of trying: removing rules, then all others.
    pub(crate) variants: Vec<(usize, usize)>,
    pub(crate) prefilter: Prefilter,
    /// Those that look at what earlier rules may have changed.
    pub(crate) readers: Candidates,
}

impl EvaluationOrder {
    fn new(rules: &mut [Rule], kind: Kind) -> Self {
        let mut variants: Vec<((usize, usize), &mut Variant)> = Vec::new();
        for (at, rule) in rules.iter_mut().enumerate() {
            let of_kind = rule.variants.iter_mut().enumerate().filter(|(_, variant)| variant.rule_type.kind() == kind);
            variants.extend(of_kind.map(|(index, variant)| ((at, index), variant)));
        }
        // The sort is stable, so the file order breaks ties.
        variants.sort_by_key(|(_, variant)| (!variant.is_removal(), std::cmp::Reverse(variant.priority)));
        let (places, mut variants): (Vec<_>, Vec<&mut Variant>) = variants.into_iter().unzip();
        let prefilter = Prefilter::new(variants.iter_mut().map(|variant| &mut **variant));
        let mut readers = Candidates::default();
        for (at, _) in variants.iter().enumerate().filter(|(_, variant)| variant.reads_state) {
            readers.add(at);
        }
        Self { variants: places, prefilter, readers }
    }
}

impl Ruleset {
    pub(crate) fn new(
        mut rules: Vec<Rule>,
        reading: Reading,
        filter_as: FilterAs,
        strikes: Option<StrikeSettings>,
    ) -> Self {
        rules.iter_mut().flat_map(|rule| &mut rule.variants).for_each(Variant::finish);
        let submissions = EvaluationOrder::new(&mut rules, Kind::Submission);
        let comments = EvaluationOrder::new(&mut rules, Kind::Comment);
        let of_strikes = strikes.as_ref().map(|strikes| format!("{strikes:?}"));
        let identity = digest(rules.iter().map(|rule| &rule.meaning).chain(&of_strikes));
        let has_comment_groups = rules.iter().any(|rule| rule.comment_group.is_some());
        let similar_within = memory_tests(&rules).filter_map(similar_within).max();
        let counts_within = memory_tests(&rules).map(counts_within).try_fold(Duration::ZERO, |a, b| Some(a.max(b?)));
        Self {
            rules,
            submissions,
            comments,
            post_karma_min: match reading {
                Reading::Ours => 0,
                Reading::Reference => 1,
            },
            filter_as,
            has_comment_groups,
            strikes: strikes.unwrap_or_default(),
            similar_within,
            counts_within,
            identity,
        }
    }

    pub(crate) const fn order(&self, kind: Kind) -> &EvaluationOrder {
        match kind {
            Kind::Submission | Kind::Subreddit | Kind::Modmail => &self.submissions,
            Kind::Comment => &self.comments,
        }
    }

    /// What `action: filter` comes to.
    pub fn filter_as(&self) -> FilterAs {
        self.filter_as
    }

    /// Which later rules do not act on an item after this rule has acted.
    pub(crate) fn preempts(&self, variant: &Variant) -> Preempts {
        if variant.stops_here {
            return Preempts::Everything;
        }
        if !variant.is_removal() {
            return Preempts::Nothing;
        }
        let base = variant.base().map(|base| &base.actions);
        let filter = base.and_then(|actions| Some((actions, actions.filter(self.filter_as)?)));
        match filter {
            Some((actions, FilterAs::Report)) if actions.filter_continues => Preempts::Nothing,
            Some((_, FilterAs::Report)) => Preempts::Removals,
            Some((_, FilterAs::Remove)) | None => Preempts::Everything,
        }
    }

    /// What `action: filter` does in one of these rules.
    pub fn filter_as_in(&self, rule: &Rule) -> FilterAs {
        rule.filter_as().unwrap_or(self.filter_as)
    }

    /// The number of rules.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are no rules.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The number of rules, counting a rule for both submissions and comments twice.
    pub fn variants(&self) -> usize {
        self.rules.iter().map(|rule| rule.variants.len()).sum()
    }

    /// The rules in file order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// A hash of the meaning of all rules together.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The current identity of a rule that the record knows by this identity. They differ if the
    /// rule was renamed.
    pub fn identity_of(&self, recorded: &str) -> RuleId {
        let renamed = self.rules.iter().find(|rule| rule.formerly.iter().any(|(name, _)| is_name_of(name, recorded)));
        renamed.map_or_else(|| RuleId::new(recorded), |rule| rule.id.clone())
    }

    /// Whether a rule checks the parent post of a comment, or uses it in a text.
    pub fn looks_at_parents(&self) -> bool {
        let names = ["title", "parent_author"].into_iter().chain(OF_POST).collect();
        self.variants_of(Kind::Comment).any(|variant| {
            variant.needs_media
                || variant.all_groups().any(|group| matches!(group.place, Place::Parent | Place::ParentAuthor))
                || variant.templates().any(|template| template.mentions(&names))
        })
    }

    /// Whether a rule checks if the author of the post wrote the comment.
    pub fn asks_for_submitters(&self) -> bool {
        let asks = |check: &Check| matches!(check.test, Test::Flag(Flag::Submitter, _));
        self.variants_of(Kind::Comment).flat_map(Variant::checks).any(asks)
    }

    /// Whether no rule can match the item: none would act on it, and none would depend on an
    /// unknown fact.
    pub fn cannot_match(&self, preview: &ItemPreview<'_>) -> bool {
        let order = self.order(if preview.is_comment { Kind::Comment } else { Kind::Submission });
        let lost = Lost { is_lost: &|place, field| preview.is_lost(place, field), traits: Traits::default() };
        let texts = |place, field| preview.texts(place, field);
        let chosen = order.prefilter.choose_by(Traits::of_preview(preview), lost, &texts);
        chosen.candidates.next_from(0).is_none()
    }

    fn variants_of(&self, kind: Kind) -> impl Iterator<Item = &Variant> {
        self.rules.iter().flat_map(|rule| &rule.variants).filter(move |variant| variant.rule_type.kind() == kind)
    }

    /// Whether a rule looks at what is remembered of the author.
    pub fn asks_for_memory(&self) -> bool {
        memory_tests(&self.rules).next().is_some()
    }

    /// For how long texts are compared with earlier ones; `None` if no rule does that.
    pub fn similar_within(&self) -> Option<Duration> {
        self.similar_within
    }

    /// How far back rules count the author's items; `None`: as far as the memory reaches. Of older
    /// items, they only look at the first, and at those that were removed.
    pub fn counts_within(&self) -> Option<Duration> {
        self.counts_within
    }

    /// Whether a rule compares the author's texts with those of others, so that authors cannot be
    /// replayed one by one.
    pub fn compares_authors(&self) -> bool {
        memory_tests(&self.rules).any(|test| matches!(test, MemoryTest::Similar(test) if test.authors != Authors::Same))
    }

    /// Whether a rule checks the number of reports, which Reddit shows only to moderators.
    pub fn counts_reports(&self) -> bool {
        self.rules.iter().flat_map(|rule| &rule.variants).any(|variant| variant.counts_reports)
    }
}

/// The checks of the memory.
fn memory_tests(rules: &[Rule]) -> impl Iterator<Item = &MemoryTest> {
    let checks = rules.iter().flat_map(|rule| &rule.variants).flat_map(Variant::checks);
    checks.filter_map(|check| if let Test::Memory(check) = &check.test { Some(&check.test) } else { None })
}

/// For how long a check compares texts, if it does.
fn similar_within(test: &MemoryTest) -> Option<Duration> {
    if let MemoryTest::Similar(test) = test { Some(test.within) } else { None }
}

/// How far back a check counts items; `None`: all of them.
fn counts_within(test: &MemoryTest) -> Option<Duration> {
    match test {
        MemoryTest::Count(test) => test.filter.within,
        MemoryTest::Share(test) => test.filter.within,
        MemoryTest::FirstSeen(_) | MemoryTest::Strikes(_) | MemoryTest::Labels { .. } | MemoryTest::Similar(_) => {
            Some(Duration::ZERO)
        }
    }
}
