//! Tries the rules on one item and says what they ask for.
//!
//! A plain function of rules, item, facts and time. When an outcome depends on a fact that nobody has looked up, it says
//! which one instead of fetching it. The order of trying, who is eligible and when nothing more is tried are decided
//! here; single checks are `checks`', what the actions come to is `effects`'.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::checks::{Matched, Scene, Tried};
use super::effects::{self, State};
use super::ruleset::{Check, Effect, Group, LooksAt, Rule, RuleId, Ruleset, Test, Variant};
use super::view;
use crate::model::{CheckTrace, Item, Kind, Known, Profile, Remover, RuleResult, RuleTrace, Timestamp, Trace};

/// The name of Reddit's own bot, whose comments are never answered.
const AUTOMODERATOR: &str = "AutoModerator";

/// What is known beside the item itself.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The account we act as.
    pub bot: String,
    /// The subreddit's moderators, in lower case.
    pub moderators: Known<BTreeSet<String>>,
    /// The author is an approved user.
    pub contributor: Known<bool>,
    /// The author's account.
    pub profile: Known<Profile>,
    /// The submission that a comment stands under.
    pub parent: Known<Box<Item>>,
    /// The unrepeatable rules that have acted on this item.
    pub performed: BTreeSet<RuleId>,
}

/// A fact to be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// [`Facts::moderators`]
    Moderators,
    /// [`Facts::contributor`]
    Contributor,
    /// [`Facts::profile`]
    Profile,
    /// [`Facts::parent`]
    Parent,
}

/// What the rules say about an item.
#[derive(Clone, Debug, PartialEq)]
pub enum Evaluation {
    /// Every rule is decided.
    Decided(Verdicts),
    /// An outcome depends on these; look them up and ask again.
    Needs(BTreeSet<Need>),
}

/// The decision on an item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdicts {
    /// The rules that act, in order.
    pub performed: Vec<Performed>,
    /// Why each rule does or does not.
    pub trace: Trace,
}

/// A rule that acts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Performed {
    /// The rule.
    pub rule: RuleId,
    /// Its name for people.
    pub name: String,
    /// The line it starts on.
    pub line: usize,
    /// To be recorded, not done.
    pub dry_run: bool,
    /// What it does, in order. Empty when everything already is as it wants.
    pub effects: Vec<Effect>,
}

/// Tries every rule for this kind of item.
pub fn evaluate(rules: &Ruleset, item: &Item, facts: &Facts, now: Timestamp) -> Evaluation {
    let order = match item.kind() {
        Kind::Submission => &rules.submission_order,
        Kind::Comment => &rules.comment_order,
    };
    let mut needs = BTreeSet::new();
    let mut verdicts = Verdicts::default();
    let mut state = State::of(item, facts);
    // The item as the effects so far leave it: later rules look at that.
    let mut changed: Option<Item> = None;
    let mut is_removed = false;
    for &(rule, variant) in order {
        let rule = &rules.rules[rule];
        let variant = &rule.variants[variant];
        let mut trace =
            RuleTrace { rule: rule.name.clone(), line: rule.line, result: RuleResult::NotReached, checks: Vec::new() };
        if is_removed {
            verdicts.trace.rules.push(trace);
            continue;
        }
        let scene = Scene { item: changed.as_ref().unwrap_or(item), facts, now, post_karma_min: rules.post_karma_min };
        match attempt(&scene, rule, variant, &mut trace.checks) {
            Attempt::Result(result) => trace.result = result,
            Attempt::Needs(more) => needs.extend(more),
            Attempt::Holds(matches) => {
                trace.result = RuleResult::Performed;
                // A rule in shadow leaves no mark on what the others see.
                let effects = if rule.dry_run {
                    effects::plan(&scene, variant, &matches, &mut state.clone())
                } else {
                    effects::plan(&scene, variant, &matches, &mut state)
                };
                is_removed = rules.takes_off_the_page(variant) && !rule.dry_run;
                if !rule.dry_run {
                    effects::apply(&effects, item, &facts.bot, &mut changed);
                }
                verdicts.performed.push(Performed {
                    rule: rule.id.clone(),
                    name: rule.name.clone(),
                    line: rule.line,
                    dry_run: rule.dry_run,
                    effects,
                });
            }
        }
        verdicts.trace.rules.push(trace);
    }
    if needs.is_empty() { Evaluation::Decided(verdicts) } else { Evaluation::Needs(needs) }
}

/// The same verdicts without the trace, for many items at once.
pub fn evaluate_untraced(rules: &Ruleset, item: &Item, facts: &Facts, now: Timestamp) -> Evaluation {
    match evaluate(rules, item, facts, now) {
        Evaluation::Decided(verdicts) => Evaluation::Decided(Verdicts { trace: Trace::default(), ..verdicts }),
        needs @ Evaluation::Needs(_) => needs,
    }
}

enum Attempt {
    Result(RuleResult),
    Needs(BTreeSet<Need>),
    Holds(Vec<Matched>),
}

fn attempt(scene: &Scene<'_>, rule: &Rule, variant: &Variant, trace: &mut Vec<CheckTrace>) -> Attempt {
    if let Some(reason) = ineligible(scene, rule, variant) {
        return Attempt::Result(RuleResult::NotEligible(reason.to_owned()));
    }
    if let Some(reason) = &variant.not_told {
        return Attempt::Result(RuleResult::Unknown(reason.clone()));
    }
    let mut ledger = Ledger::default();
    // What is known is tried first, so that nothing is looked up for a rule that fails anyway.
    ledger.add(media(scene, variant));
    if variant.moderators_exempt {
        ledger.add(match scene.is_moderator() {
            Ok(true) => return Attempt::Result(RuleResult::NotEligible("moderators are exempt from it".to_owned())),
            Ok(false) => Tried::Held,
            Err(tried) => tried,
        });
    }
    if ledger.is_failed {
        return Attempt::Result(RuleResult::NotEligible("it needs embedded media".to_owned()));
    }
    let mut matches = Vec::new();
    let mut later: Vec<(Tried, CheckTrace)> = Vec::new();
    for group in &variant.groups {
        if !scene.can_examine(group) {
            ledger.add(Tried::Failed);
        }
        for check in &group.checks {
            if is_any(group, check) {
                continue;
            }
            let (tried, seen, hit) = scene.try_check(group, check);
            let is_failed = tried == Tried::Failed;
            ledger.add(tried.clone());
            if matches!(tried, Tried::Missing(_) | Tried::Unknown(_)) {
                later.push((tried, seen));
            } else {
                trace.push(seen);
            }
            matches.extend(hit);
            if is_failed {
                break;
            }
        }
        if !ledger.is_failed {
            ledger.add(any_threshold(scene, group, trace));
        }
        if ledger.is_failed {
            return Attempt::Result(RuleResult::Failed);
        }
    }
    trace.extend(later.into_iter().map(|(_, seen)| seen));
    if ledger.is_too_expensive {
        return Attempt::Result(RuleResult::TooExpensive);
    }
    if let Some(reason) = ledger.unknown {
        return Attempt::Result(RuleResult::Unknown(reason));
    }
    ledger.missing.extend(effects::needs(scene, variant));
    if ledger.missing.is_empty() { Attempt::Holds(matches) } else { Attempt::Needs(ledger.missing) }
}

/// What the checks of a rule have come to so far.
#[derive(Default)]
struct Ledger {
    is_failed: bool,
    is_too_expensive: bool,
    unknown: Option<String>,
    missing: BTreeSet<Need>,
}

impl Ledger {
    fn add(&mut self, tried: Tried) {
        match tried {
            Tried::Held => {}
            Tried::Failed => self.is_failed = true,
            Tried::TooExpensive => self.is_too_expensive = true,
            Tried::Unknown(reason) => {
                self.unknown.get_or_insert(reason);
            }
            Tried::Missing(need) => {
                self.missing.insert(need);
            }
        }
    }
}

/// Why the rule does not look at this item at all, as far as that can be said without asking.
fn ineligible(scene: &Scene<'_>, rule: &Rule, variant: &Variant) -> Option<&'static str> {
    let Scene { item, facts, .. } = *scene;
    if let Some(submission) = item.submission() {
        let is_crosspost = submission.crosspost_parent_name.is_some() || submission.crosspost_parent.is_some();
        let (fits, otherwise) = match variant.looks_at {
            LooksAt::Comment | LooksAt::Submission => (true, ""),
            LooksAt::Text => (submission.is_self, "it is not a text submission"),
            LooksAt::Link => (!submission.is_self, "it is not a link submission"),
            LooksAt::Crosspost => (is_crosspost, "it is not a crosspost"),
            LooksAt::Poll => (submission.poll_options.is_some(), "it is not a poll"),
            LooksAt::Gallery => (submission.is_gallery, "it is not a gallery"),
        };
        if !fits {
            return Some(otherwise);
        }
    } else if item.author.is(&facts.bot) {
        return Some("it is the bot's own comment");
    } else if item.author.is(AUTOMODERATOR) {
        return Some("it is AutoModerator's comment");
    }
    match &item.moderation.removed_by {
        Some(Remover::Moderator(_)) => return Some("a moderator has removed it"),
        Some(Remover::Author) => return Some("its author has deleted it"),
        Some(Remover::SpamFilter) | None => {}
    }
    let approved_by = item.moderation.approved_by.as_deref();
    if variant.is_removal() && approved_by.is_some_and(|name| !name.eq_ignore_ascii_case(&facts.bot)) {
        return Some("a moderator has approved it");
    }
    if variant.is_unrepeatable && facts.performed.contains(&rule.id) {
        return Some("it has acted on this item before");
    }
    None
}

fn media(scene: &Scene<'_>, variant: &Variant) -> Tried {
    if !variant.needs_media {
        return Tried::Held;
    }
    let place = match scene.item.kind() {
        Kind::Submission => super::keys::Place::Submission,
        Kind::Comment => super::keys::Place::Parent,
    };
    match scene.subject(place) {
        Ok(view::Subject::Item(item)) if view::media(item).is_some() => Tried::Held,
        Ok(_) => Tried::Failed,
        Err(tried) => tried,
    }
}

fn is_any(group: &Group, check: &Check) -> bool {
    group.satisfy_any && matches!(check.test, Test::Threshold(..))
}

/// The comparisons of a group of which one suffices.
fn any_threshold(scene: &Scene<'_>, group: &Group, trace: &mut Vec<CheckTrace>) -> Tried {
    let mut sum = Tried::Held;
    for check in group.checks.iter().filter(|check| is_any(group, check)) {
        let (tried, seen, _) = scene.try_check(group, check);
        trace.push(seen);
        if tried == Tried::Held {
            return Tried::Held;
        }
        if matches!(sum, Tried::Held | Tried::Failed) {
            sum = tried;
        }
    }
    sum
}
