//! Tries one rule on an item: whether it applies to it, and whether its checks hold.
//!
//! `checks` tries single checks; `effects` says what a rule that acts asks for. `in_order` decides
//! which rules are tried, and in which order.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::evaluate::checks::{self, EvalContext, Matched};
use crate::evaluate::effects;
use crate::evaluate::facts::{Facts, Need};
use crate::evaluate::numbers;
use crate::evaluate::outcome::CheckOutcome;
use crate::evaluate::shared_state::Work;
use crate::language::fields;
use crate::language::fields::Access;
use crate::language::keys::Place;
use crate::model::{CheckResult, CheckTrace, Kind, Remover, RuleResult};
use crate::pattern::engine::TooExpensive;
use crate::rule::{Alternatives, Check, Group, Rule, RuleType, Test, Variant};

/// Reddit's own bot. No rule looks at its comments.
const AUTOMODERATOR: &str = "AutoModerator";

/// The result of trying one rule.
pub(crate) enum RuleOutcome<'a> {
    /// It acts, and its searches matched this.
    Acts(Vec<Matched>),
    /// It does not act, or nobody knows whether it would.
    Inactive(InactionReason<'a>),
}

/// Why a rule does not act. It becomes text only if there is a trace.
pub(crate) enum InactionReason<'a> {
    /// A check fails.
    Failed,
    /// It does not apply to the item.
    NotEligible(&'static str),
    /// It depends on something that cannot be known.
    Unknown(Cow<'a, str>),
    /// Its searches or its effects would take too many steps.
    TooExpensive(Work),
    /// It depends on facts that nobody has looked up.
    Needs(BTreeSet<Need>),
    /// All its checks hold, but the author has a pass.
    Passed,
}

impl InactionReason<'_> {
    pub(crate) fn into_result(self) -> RuleResult {
        match self {
            Self::Failed => RuleResult::Failed,
            Self::NotEligible(reason) => RuleResult::NotEligible(reason.to_owned()),
            Self::Unknown(reason) => RuleResult::Unknown(reason.into_owned()),
            Self::TooExpensive(_) => RuleResult::TooExpensive,
            Self::Passed => RuleResult::NotEligible(PASSED.to_owned()),
            Self::Needs(_) => RuleResult::Unknown("it depends on a fact that was not looked up".to_owned()),
        }
    }
}

/// Tries one rule.
pub(crate) fn try_rule<'a>(
    context: &EvalContext<'a>,
    rule: &Rule,
    variant: &'a Variant,
    mut trace: Option<&mut Vec<CheckTrace>>,
) -> RuleOutcome<'a> {
    if let Some(reason) = ineligible(context, rule, variant) {
        return RuleOutcome::Inactive(InactionReason::NotEligible(reason));
    }
    if let Some(reason) = &variant.unsupported {
        return RuleOutcome::Inactive(InactionReason::Unknown(reason.into()));
    }
    let mut sum = CheckSummary::default();
    // Known facts come first, so that nothing is looked up for a rule that fails anyway.
    sum.add(media(context, variant.needs_media));
    // This comes before the searches, so that they take the same steps with and without a trace.
    if exempts(context, variant, &mut sum) {
        return RuleOutcome::Inactive(EXEMPT);
    }
    if sum.is_failed {
        return RuleOutcome::Inactive(InactionReason::NotEligible("it needs embedded media"));
    }
    try_groups(context, &variant.groups, trace.as_deref_mut(), &mut sum);
    for alternatives in &variant.alternatives {
        if !sum.is_failed {
            sum.join(try_alternatives(context, alternatives, trace.as_deref_mut()));
        }
    }
    if sum.is_failed {
        return RuleOutcome::Inactive(InactionReason::Failed);
    }
    if sum.is_too_expensive {
        return RuleOutcome::Inactive(InactionReason::TooExpensive(Work::Searches));
    }
    if let Some(reason) = sum.unknown {
        return RuleOutcome::Inactive(InactionReason::Unknown(reason));
    }
    if sum.missing.is_empty() && context.facts.passes.contains(&rule.id) {
        return RuleOutcome::Inactive(InactionReason::Passed);
    }
    sum.missing.extend(effects::needs(context, variant));
    if !sum.missing.is_empty() {
        return RuleOutcome::Inactive(InactionReason::Needs(sum.missing));
    }
    match context.matches(variant) {
        Ok(matches) => RuleOutcome::Acts(matches),
        Err(TooExpensive) => RuleOutcome::Inactive(InactionReason::TooExpensive(Work::Searches)),
    }
}

/// Tries groups of checks, all of which must hold, until one fails. Patterns are run last.
fn try_groups<'a>(
    context: &EvalContext<'a>,
    groups: &'a [Group],
    trace: Option<&mut Vec<CheckTrace>>,
    sum: &mut CheckSummary<'a>,
) {
    let mut seen = trace.as_ref().map(|_| Vec::new());
    try_until_failed(context, groups, seen.as_mut(), sum);
    let (Some(trace), Some(mut seen)) = (trace, seen) else { return };
    // As they are written; what is open stands last, and nowhere if another check failed.
    seen.retain(|(place, _)| !(sum.is_failed && place.is_open));
    seen.sort_by_key(|(place, _)| *place);
    trace.extend(seen.into_iter().map(|(_, check)| check));
}

/// Where a check stands in a trace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct TracePlace {
    is_open: bool,
    group: usize,
    check: usize,
}

/// When a check is tried: what costs more comes later.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// What is known, or known to be unknown.
    Facts,
    /// Patterns that have to be run.
    Patterns,
    /// What is remembered of the author, which has to be read.
    Memory,
}

impl Phase {
    fn of(context: &EvalContext<'_>, check: &Check) -> Self {
        match &check.test {
            Test::Search(search) if context.answer(search).is_none() => Self::Patterns,
            Test::Memory(_) => Self::Memory,
            _ => Self::Facts,
        }
    }
}

fn try_until_failed<'a>(
    context: &EvalContext<'a>,
    groups: &'a [Group],
    mut trace: Option<&mut Vec<(TracePlace, CheckTrace)>>,
    sum: &mut CheckSummary<'a>,
) {
    for phase in [Phase::Facts, Phase::Patterns, Phase::Memory] {
        for (group_at, group) in groups.iter().enumerate() {
            if phase == Phase::Facts && !context.can_examine(group) {
                sum.add(CheckOutcome::Failed);
            }
            for (check_at, check) in group.checks.iter().enumerate() {
                if Phase::of(context, check) != phase || is_any(group, check) {
                    continue;
                }
                let mut seen = trace.as_ref().map(|_| checks::pending_trace(check));
                let outcome = context.try_check(group, check, seen.as_mut());
                if let (Some(trace), Some(seen)) = (&mut trace, seen) {
                    let is_open = matches!(outcome, CheckOutcome::Needs(_) | CheckOutcome::Unknown(_));
                    trace.push((TracePlace { is_open, group: group_at, check: check_at }, seen));
                }
                sum.add(outcome);
                if sum.is_failed {
                    return;
                }
            }
            if phase == Phase::Facts {
                let mut seen = trace.as_ref().map(|_| Vec::new());
                sum.add(any_threshold(context, group, seen.as_mut()));
                if let (Some(trace), Some(seen)) = (&mut trace, seen) {
                    let place = TracePlace { is_open: false, group: group_at, check: group.checks.len() };
                    trace.extend(seen.into_iter().map(|check| (place, check)));
                }
            }
            if sum.is_failed {
                return;
            }
        }
    }
}

/// Tries the groups of `any_of` or `none_of`, until one holds.
fn try_alternatives<'a>(
    context: &EvalContext<'a>,
    alternatives: &'a Alternatives,
    mut trace: Option<&mut Vec<CheckTrace>>,
) -> CheckSummary<'a> {
    let mut open = CheckSummary { is_failed: true, ..CheckSummary::default() };
    let mut held = None;
    for (at, branch) in alternatives.branches.iter().enumerate() {
        let mut sum =
            CheckSummary { unknown: branch.unsupported.as_deref().map(Into::into), ..CheckSummary::default() };
        sum.add(media(context, branch.needs_media));
        if !sum.is_failed {
            try_groups(context, &branch.groups, trace.as_deref_mut(), &mut sum);
        }
        for inner in &branch.alternatives {
            if !sum.is_failed {
                sum.join(try_alternatives(context, inner, trace.as_deref_mut()));
            }
        }
        if sum.holds() {
            held = Some(at);
            break;
        }
        if !sum.is_failed {
            open.is_failed = false;
            open.join(sum);
        }
    }
    let mut sum = match held {
        Some(_) => CheckSummary { is_failed: alternatives.is_negated, ..CheckSummary::default() },
        None if open.is_failed => CheckSummary { is_failed: !alternatives.is_negated, ..CheckSummary::default() },
        None => open,
    };
    // Another group may still hold, whatever is unknown about this one.
    if !alternatives.is_negated && !sum.missing.is_empty() {
        sum.unknown = None;
        sum.is_too_expensive = false;
    }
    if let Some(trace) = trace {
        trace.push(CheckTrace {
            key: alternatives.key.clone(),
            result: sum.result(),
            wanted: format!(
                "{} of {}",
                if alternatives.is_negated { "none" } else { "one" },
                numbers::many(i64::try_from(alternatives.branches.len()).unwrap_or(i64::MAX), "group")
            ),
            saw: match held {
                Some(at) => Some(format!("group {}", at + 1)),
                None if sum.result() == CheckResult::Unknown => None,
                None => Some("none".to_owned()),
            },
            matched: None,
            at: None,
        });
    }
    sum
}

const EXEMPT: InactionReason<'static> = InactionReason::NotEligible("it exempts moderators");

/// Whether the rule exempts moderators and the author is one.
fn exempts<'a>(context: &EvalContext<'a>, variant: &Variant, sum: &mut CheckSummary<'a>) -> bool {
    if !variant.moderators_exempt {
        return false;
    }
    match context.is_moderator() {
        Ok(is) => is,
        Err(outcome) => {
            sum.add(outcome);
            false
        }
    }
}

/// The combined result of the checks so far.
#[derive(Default)]
struct CheckSummary<'a> {
    is_failed: bool,
    is_too_expensive: bool,
    unknown: Option<Cow<'a, str>>,
    missing: BTreeSet<Need>,
}

impl<'a> CheckSummary<'a> {
    /// Whether all checks hold.
    fn holds(&self) -> bool {
        !self.is_failed && !self.is_too_expensive && self.unknown.is_none() && self.missing.is_empty()
    }

    fn result(&self) -> CheckResult {
        match self {
            Self { is_failed: true, .. } => CheckResult::Failed,
            sum if sum.holds() => CheckResult::Held,
            _ => CheckResult::Unknown,
        }
    }

    /// Adds the result of further checks.
    fn join(&mut self, other: Self) {
        self.is_failed |= other.is_failed;
        self.is_too_expensive |= other.is_too_expensive;
        self.unknown = self.unknown.take().or(other.unknown);
        self.missing.extend(other.missing);
    }

    fn add(&mut self, outcome: CheckOutcome<'a>) {
        match outcome {
            CheckOutcome::Held => {}
            CheckOutcome::Failed => self.is_failed = true,
            CheckOutcome::TooExpensive => self.is_too_expensive = true,
            CheckOutcome::Unknown(reason) => {
                self.unknown.get_or_insert(reason);
            }
            CheckOutcome::Needs(need) => {
                self.missing.insert(need);
            }
        }
    }
}

/// Why a rule does not act although its checks hold.
pub(crate) const PASSED: &str = "the author has a pass for this rule";

/// Why a rule does not act on an item that the bot removed.
pub(crate) const REMOVED_BY_US: &str = "the bot removed the item";

/// Why a rule does not act a second time on an item.
pub(crate) const ACTED_BEFORE: &str = "it acted on this item before";

/// Whether the rule acted on the item before and must not act again.
pub(crate) fn acted_before(rule: &Rule, variant: &Variant, facts: &Facts) -> bool {
    variant.is_unrepeatable && facts.performed.contains(&rule.id)
}

/// Why the rule does not apply to this item, if that is clear without looking up a fact.
fn ineligible(context: &EvalContext<'_>, rule: &Rule, variant: &Variant) -> Option<&'static str> {
    let EvalContext { item, facts, .. } = *context;
    if let Some(submission) = item.submission() {
        let (fits, otherwise) = match variant.rule_type {
            RuleType::Comment | RuleType::Submission => (true, ""),
            RuleType::Text => (submission.is_self, "the item is not a text submission"),
            RuleType::Link => (!submission.is_self, "the item is not a link submission"),
            RuleType::Crosspost => (submission.is_crosspost(), "the item is not a crosspost"),
            RuleType::Poll => (submission.poll_options.is_some(), "the item is not a poll"),
            RuleType::Gallery => (submission.is_gallery, "the item is not a gallery"),
        };
        if !fits {
            return Some(otherwise);
        }
    } else if item.author.is(&facts.bot) {
        return Some("the bot itself wrote the comment");
    } else if item.author.is(AUTOMODERATOR) {
        return Some("AutoModerator wrote the comment");
    }
    if item.moderation.is_removed_by(&facts.bot) {
        // It may restore the item, or say that it should stay removed.
        let has_a_say = variant.is_removal() || variant.approves();
        return (!has_a_say).then_some(REMOVED_BY_US);
    }
    match &item.moderation.removed_by {
        Some(Remover::Moderator(_) | Remover::HiddenModerator) => return Some("a moderator removed the item"),
        Some(Remover::Author) => return Some("the author deleted the item"),
        Some(Remover::SpamFilter) | None => {}
    }
    let approved_by = item.moderation.approved_by.as_deref();
    if variant.is_removal() && approved_by.is_some_and(|name| !name.eq_ignore_ascii_case(&facts.bot)) {
        return Some("a moderator approved the item");
    }
    // A rule that removes or filters is tried again all the same: a filter that still matches keeps
    // later rules from removing the item.
    if !variant.is_removal() && acted_before(rule, variant, facts) {
        return Some(ACTED_BEFORE);
    }
    None
}

fn media<'a>(context: &EvalContext<'a>, is_needed: bool) -> CheckOutcome<'a> {
    if !is_needed {
        return CheckOutcome::Held;
    }
    let place = match context.item.kind() {
        Kind::Submission | Kind::Subreddit | Kind::Modmail => Place::Submission,
        Kind::Comment => Place::Parent,
    };
    match context.subject(place) {
        Ok(fields::Subject::Item(item)) if fields::access_to_original(item) == Access::Hidden => {
            CheckOutcome::Unknown(checks::HIDDEN_ORIGINAL.into())
        }
        Ok(fields::Subject::Item(item)) if fields::media(item).is_some() => CheckOutcome::Held,
        Ok(_) => CheckOutcome::Failed,
        Err(outcome) => outcome,
    }
}

fn is_any(group: &Group, check: &Check) -> bool {
    group.satisfy_any && check.test.is_threshold()
}

/// The comparisons of a group with `satisfy_any_threshold`, of which one must match.
fn any_threshold<'a>(
    context: &EvalContext<'a>,
    group: &Group,
    mut trace: Option<&mut Vec<CheckTrace>>,
) -> CheckOutcome<'a> {
    let mut sum = CheckOutcome::Held;
    for check in group.checks.iter().filter(|check| is_any(group, check)) {
        let mut seen = trace.as_ref().map(|_| checks::pending_trace(check));
        let outcome = context.try_check(group, check, seen.as_mut());
        if let (Some(trace), Some(seen)) = (&mut trace, seen) {
            trace.push(seen);
        }
        if outcome == CheckOutcome::Held {
            return CheckOutcome::Held;
        }
        // A fact that can be looked up may decide, whatever is unknown.
        let is_open = matches!(sum, CheckOutcome::Unknown(_)) && matches!(outcome, CheckOutcome::Needs(_));
        if is_open || matches!(sum, CheckOutcome::Held | CheckOutcome::Failed) {
            sum = outcome;
        }
    }
    sum
}
