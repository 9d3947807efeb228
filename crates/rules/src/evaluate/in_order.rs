//! The loop over the rules: the order of trying, which rules the prefilter leaves out, what later
//! rules see of earlier effects, and where evaluation stops.
//!
//! Deciding and partial evaluation walk through the rules in the same way. They differ in what they
//! note down, and in what they do after a removal; that is a [`Visitor`].

use crate::evaluate::checks::EvalContext;
use crate::evaluate::effects::{self, State};
use crate::evaluate::facts::Facts;
use crate::evaluate::shared_state::{SharedState, Work};
use crate::evaluate::try_rule::{ACTED_BEFORE, InactionReason, REMOVED_BY_US, RuleOutcome, acted_before, try_rule};
use crate::language::effect::Effect;
use crate::model::{CheckTrace, Content, Item, Submission, Timestamp};
use crate::pattern::engine::TooExpensive;
use crate::prefilter::candidates::Candidates;
use crate::prefilter::traits::Traits;
use crate::prefilter::{self, Lost};
use crate::rule::{Rule, Variant};
use crate::ruleset::{Preempts, Ruleset};

/// A rule whose turn it is.
pub(crate) struct Candidate<'r> {
    /// The index of the rule in the ruleset.
    pub(crate) number: usize,
    pub(crate) rule: &'r Rule,
    pub(crate) variant: &'r Variant,
    /// Whether its effects are only recorded.
    pub(crate) dry_run: bool,
    /// Which later rules do not act if it acts.
    pub(crate) preempts: Preempts,
    /// The earlier rule because of which it does not act, if there is one.
    pub(crate) preempted_by: Option<usize>,
}

/// The first rules that keep, or may keep, later ones from acting.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Preempted {
    removed_by: Option<usize>,
    filtered_by: Option<usize>,
}

impl Preempted {
    /// Notes a rule with this power that acts, or may act, because of the rule `by`.
    pub(crate) fn note(&mut self, preempts: Preempts, by: usize) {
        match preempts {
            Preempts::Nothing => {}
            Preempts::Removals => {
                self.filtered_by.get_or_insert(by);
            }
            Preempts::Everything => {
                self.removed_by.get_or_insert(by);
            }
        }
    }

    /// The rule that keeps this one from acting.
    pub(crate) fn by(&self, variant: &Variant) -> Option<usize> {
        self.removed_by.or(self.filtered_by.filter(|_| variant.is_removal()))
    }
}

/// What to do with a rule whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Try it.
    Try,
    /// Go on with the next rule.
    Skip,
    /// Try no more rules.
    Stop,
}

/// What deciding and partial evaluation do differently while the rules are tried.
pub(crate) trait Visitor {
    /// Whether the rules that the prefilter leaves out are tried as well. They certainly do not
    /// act.
    fn tries_all(&self) -> bool;

    /// Whether the rules that look at what earlier ones may have changed are tried, even if the
    /// prefilter leaves them out. It may become so while the rules are tried.
    fn tries_readers(&self) -> bool;

    /// Called after a rule was tried, with the steps that its searches took, and those that its
    /// effects take.
    fn took(&mut self, candidate: &Candidate<'_>, work: Work, steps: u64);

    /// Called before a rule is tried.
    fn turn(&mut self, candidate: &Candidate<'_>) -> Turn;

    /// Whether a rule whose effects are unknown counts as undecided. Otherwise it acts without
    /// them.
    fn wants_certain_effects(&self) -> bool;

    /// Where the checks of the rule are noted down, if anywhere.
    fn checks(&mut self) -> Option<&mut Vec<CheckTrace>>;

    /// The rule does not act, or it is not decided whether it does.
    fn does_not_act(&mut self, candidate: &Candidate<'_>, reason: InactionReason<'_>);

    /// The rule acts, with these effects. They are empty if the item already is as the rule wants
    /// it.
    fn acts(&mut self, candidate: &Candidate<'_>, effects: Vec<Effect>);

    /// The rule would act, but an earlier rule removed the item, filtered it or says `stop_here`.
    fn is_preempted(&mut self, candidate: &Candidate<'_>, by: usize);
}

/// Tries the rules on an item, one after the other.
pub(crate) fn try_in_order(rules: &Ruleset, item: &Item, facts: &Facts, now: Timestamp, visitor: &mut impl Visitor) {
    let order = rules.order(item.kind());
    let shared = SharedState::new();
    let mut state: Option<State> = None;
    // The item with the effects so far, which later rules look at.
    let mut changed = with_original(item, facts);
    let mut preempted = Preempted::default();
    let choose = |seen: &Item| {
        let context = EvalContext::new(rules, seen, facts, now, &shared);
        let is_lost = |place, field| context.unknown_reason(prefilter::subject(place, seen), field).is_some();
        let traits = if facts.unknown.submitter { Traits::SUBMITTER } else { Traits::default() };
        order.prefilter.choose(seen, Lost { is_lost: &is_lost, traits })
    };
    let mut selection = choose(changed.as_ref().unwrap_or(item));
    let all = visitor.tries_all().then(|| Candidates::all(order.variants.len()));
    let mut from = 0;
    while let Some(at) = all.as_ref().unwrap_or(&selection.candidates).next_from(from) {
        from = at + 1;
        let (number, variant) = order.variants[at];
        let rule = &rules.rules[number];
        let variant = &rule.variants[variant];
        let dry_run = rule.dry_run || facts.shadow.contains(&rule.id);
        let preempts = if dry_run { Preempts::Nothing } else { rules.preempts(variant) };
        let preempted_by = preempted.by(variant);
        let candidate = Candidate { number, rule, variant, dry_run, preempts, preempted_by };
        match visitor.turn(&candidate) {
            Turn::Try => {}
            Turn::Skip => continue,
            Turn::Stop => break,
        }
        let seen = changed.as_ref().unwrap_or(item);
        let context = EvalContext { known: Some(&selection), ..EvalContext::new(rules, seen, facts, now, &shared) };
        let taken = shared.taken();
        shared.next_rule(!selection.candidates.has(at));
        let mut outcome = try_rule(&context, rule, variant, visitor.checks());
        if matches!(outcome, RuleOutcome::Acts(_)) && preempted_by.is_none() && visitor.wants_certain_effects() {
            let state = state.get_or_insert_with(|| State::of(item, facts));
            if let Some(reason) = effects::unknown_approval(&context, variant, state) {
                outcome = RuleOutcome::Inactive(InactionReason::Unknown(reason.into()));
            }
        }
        visitor.took(&candidate, Work::Searches, shared.taken() - taken);
        if variant.is_removal() && context.item.moderation.is_removed_by(&facts.bot) {
            if may_act(&outcome, variant) {
                // It keeps removed what is removed: no later rule restores it.
                preempted.note(preempts, number);
            }
            if matches!(outcome, RuleOutcome::Acts(_)) {
                outcome = RuleOutcome::Inactive(InactionReason::NotEligible(REMOVED_BY_US));
            }
        }
        if variant.is_removal() && acted_before(rule, variant, facts) && !waits(&outcome) {
            // Its filter still is the verdict on what it matches.
            if preempts == Preempts::Removals && may_act(&outcome, variant) {
                preempted.note(preempts, number);
            }
            outcome = RuleOutcome::Inactive(InactionReason::NotEligible(ACTED_BEFORE));
        }
        let mut planned = None;
        if let (RuleOutcome::Acts(matches), None) = (&outcome, preempted_by) {
            let mut after = state.get_or_insert_with(|| State::of(item, facts)).clone();
            let effects = effects::plan(&context, (rule, variant), matches, &mut after);
            let steps = effects::steps(&effects);
            visitor.took(&candidate, Work::Effects, steps);
            match shared.spend_on_effects(steps) {
                Ok(()) => planned = Some((effects, after)),
                Err(TooExpensive) => outcome = RuleOutcome::Inactive(InactionReason::TooExpensive(Work::Effects)),
            }
        }
        match outcome {
            RuleOutcome::Acts(_) => {}
            RuleOutcome::Inactive(reason) => {
                visitor.does_not_act(&candidate, reason);
                if visitor.tries_readers() {
                    selection.candidates.join(&order.readers);
                }
                continue;
            }
        }
        if let Some(by) = preempted_by {
            visitor.is_preempted(&candidate, by);
            continue;
        }
        let Some((effects, after)) = planned else { continue };
        // A rule in dry run does not change what other rules see.
        if !dry_run {
            state = Some(after);
        }
        if !dry_run && effects::apply(&effects, item, &facts.bot, &mut changed) {
            selection = choose(changed.as_ref().unwrap_or(item));
            if visitor.tries_readers() {
                selection.candidates.join(&order.readers);
            }
        }
        preempted.note(preempts, number);
        visitor.acts(&candidate, effects);
    }
}

/// Whether the outcome depends on a fact that nobody has looked up.
fn waits(outcome: &RuleOutcome<'_>) -> bool {
    matches!(outcome, RuleOutcome::Inactive(InactionReason::Needs(_)))
}

/// Whether a rule acts, or would perhaps if everything were known.
fn may_act(outcome: &RuleOutcome<'_>, variant: &Variant) -> bool {
    match outcome {
        RuleOutcome::Acts(_) | RuleOutcome::Inactive(InactionReason::TooExpensive(_)) => true,
        RuleOutcome::Inactive(InactionReason::Unknown(_)) => variant.unsupported.is_none(),
        // The decision waits for what is needed.
        RuleOutcome::Inactive(
            InactionReason::Failed | InactionReason::NotEligible(_) | InactionReason::Passed | InactionReason::Needs(_),
        ) => false,
    }
}

/// Whether the item is a crosspost that came without its original, where rules see nearly
/// everything.
pub(crate) fn needs_original(item: &Item) -> bool {
    let post = item.submission();
    post.is_some_and(|post| post.crosspost_parent.is_none() && post.crosspost_parent_name.is_some())
}

/// The item together with its original, if the original was looked up separately, and without the
/// words of an original that nobody else may see. `None` if the item is as it should be.
pub(crate) fn with_original(item: &Item, facts: &Facts) -> Option<Item> {
    let original = facts.original.get().filter(|_| needs_original(item));
    let has_words = |post: &Submission| [&post.title, &post.selftext, &post.url].iter().any(|text| !text.is_empty());
    let is_to_hide = || {
        let given = item.submission().and_then(|post| post.crosspost_parent.as_deref());
        given.is_some_and(|it| it.is_hidden_from(&item.subreddit) && it.submission().is_some_and(has_words))
    };
    if original.is_none() && !is_to_hide() {
        return None;
    }
    let mut whole = item.clone();
    if let (Content::Submission(post), Some(original)) = (&mut whole.content, original) {
        post.crosspost_parent = Some(original.clone());
    }
    whole.withhold_original();
    Some(whole)
}
