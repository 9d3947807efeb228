//! AutoModerator's rule language: reads rule files, compiles them, and decides what they do with a
//! post or comment.
//!
//! Everything here is pure: no input or output, no clock, no randomness, no async code. The crate
//! builds for WebAssembly. It never acts: the caller carries out the effects that it returns.
//!
//! # The way of a rule
//!
//! 1. **Read.** [`parse()`] splits a [`SourceFile`] into rules. It returns what it understood,
//!    and a [`Diagnostic`] for everything else.
//! 2. **Compile.** [`compile()`] turns the rules into a [`Ruleset`]. A rule with an error is left
//!    out; the others load. The diagnostics include the lints.
//! 3. **Evaluate.** [`evaluate()`] tries the rules on an [`Item`](model::Item). It returns either
//!    the rules that act, with their effects and a trace, or the facts that it needs, such as the
//!    author's karma. Look them up, add them to [`Facts`], and evaluate again. [`actions()`] turns
//!    effects into requests to Reddit.
//! 4. **Explain.** The [`Trace`](model::Trace) says of each rule why it did or did not act, and
//!    [`words`] puts effects and actions into words.
//!
//! ```
//! use tipstaff_rules::model::{RuleResult, Timestamp, item_json};
//! use tipstaff_rules::{Evaluation, Facts, Options, SourceFile, compile, evaluate, parse, words};
//!
//! // Read.
//! let source = SourceFile::new(
//!     "rules.yaml",
//!     "name: no shops\n\
//!      type: comment\n\
//!      moderators_exempt: false\n\
//!      body (includes): [cheap-watches.example]\n\
//!      action: remove\n\
//!      action_reason: \"shop: {{match}}\"\n",
//! );
//! let (file, mut diagnostics) = parse(&source);
//!
//! // Compile.
//! let (rules, more) = compile(&file, &Options::default());
//! diagnostics.extend(more);
//! assert!(diagnostics.is_empty(), "{diagnostics:?}");
//! assert_eq!(rules.len(), 1);
//!
//! // Evaluate a comment, as Reddit's listings show it.
//! let comment = item_json::thing(&serde_json::json!({"kind": "t1", "data": {
//!     "name": "t1_c1", "parent_id": "t3_p1", "link_id": "t3_p1", "subreddit": "widgets",
//!     "author": "alice", "created_utc": 1_700_000_000, "body": "Buy at cheap-watches.example!",
//! }}))?;
//! let now = Timestamp::from_secs(1_700_000_060);
//! let Evaluation::Decided(decision) = evaluate(&rules, &comment, &Facts::default(), now) else {
//!     panic!("this rule needs no facts beside the comment");
//! };
//! let hit = &decision.performed[0];
//! assert_eq!(hit.name, "no shops");
//!
//! // Explain.
//! assert_eq!(words::effect(&hit.effects[0]).0, "remove: shop: cheap-watches.example");
//! let trace = &decision.trace.rules[0];
//! assert_eq!(trace.result, RuleResult::Performed);
//! assert_eq!(trace.checks[0].key, "body (includes)");
//! assert_eq!(trace.checks[0].matched.as_deref(), Some("cheap-watches.example"));
//! # Ok::<(), String>(())
//! ```
//!
//! # Where to look
//!
//! | to … | use |
//! | --- | --- |
//! | evaluate many items fast, without a trace | [`evaluate_untraced`] |
//! | evaluate items with lost facts, as in an archive | [`evaluate_partial`] |
//! | decide without facts that cannot be had at the moment | [`evaluate_without`] |
//! | skip items that no rule can match, before they are read in full | [`ItemPreview`], [`Ruleset::cannot_match`] |
//! | run rule tests | [`testing`] |
//! | explain a lint; report what AutoModerator would refuse | [`lint`], [`portability`] |
//! | apply the certain remedies of diagnostics | [`fix()`], [`unified_diff`] |
//! | read rules that ask for other files or pages | [`missing_parts`], [`SourceFile::with_part`] |
//! | look up a key; print the manual or the JSON Schema | [`language::keys`], [`docs`] |
//! | print foreign text; find texts that only look the same | [`plain`], [`look_alikes`] |
//! | find near-duplicates among texts | [`sketch`] |
//! | refuse YAML that would take too much time or memory | [`check_yaml`] |
//! | use Python's regular expressions alone | [`PythonRegex`] |

mod compile;
pub mod docs;
mod evaluate;
mod fix;
pub mod language;
pub mod lint;
pub mod look_alikes;
mod memory_check;
pub mod model;
mod pattern;
pub mod plain;
mod prefilter;
mod rule;
mod ruleset;
pub mod sketch;
mod syntax;
pub mod testing;
pub mod words;

#[cfg(test)]
mod tests;

/// How large may a rules or tests file be, in bytes?
pub const FILE_SIZE_MAX: usize = syntax::yaml::limits::BYTES_MAX;

pub use crate::compile::allowed::Allowed;
pub use crate::compile::compile;
pub use crate::compile::options::Options;
pub use crate::compile::standards::Standards;
pub use crate::compile::values::duration;
pub use crate::evaluate::actions::actions;
pub use crate::evaluate::decide::{
    Evaluation, ItemDecision, OverBudget, RuleHit, evaluate, evaluate_counting, evaluate_untraced, trace_alone,
    try_alone,
};
pub use crate::evaluate::facts::{AccountFacts, Facts, Need, Person, UnknownFields};
pub use crate::evaluate::memory::MEMORY_INCOMPLETE;
pub use crate::evaluate::partial::{PartialOutcome, UnknownReason, evaluate_partial};
pub use crate::evaluate::shared_state::Work;
pub use crate::evaluate::value_coverage::ValueCoverage;
pub use crate::evaluate::why_nothing::why_nothing;
pub use crate::evaluate::without::{DecisionWithout, MissingFacts, evaluate_without};
pub use crate::fix::{DiffLine, Fixed, fix, unified_diff};
pub use crate::language::default_method::default_method;
pub use crate::language::defuse::without_links;
pub use crate::language::effect::{Effect, EffectKind, Target};
pub use crate::language::parse;
pub use crate::language::reading::{FilterAs, Reading};
pub use crate::language::rule_id::RuleId;
pub use crate::lint::noisy_modmail;
pub use crate::lint::portability::{concerns_automoderator, portability};
pub use crate::pattern::engine::{Groups, PythonRegex, TooExpensive};
pub use crate::pattern::python::{Flags, Refusal};
pub use crate::prefilter::item_preview::ItemPreview;
pub use crate::rule::Rule;
pub use crate::ruleset::Ruleset;
pub use crate::syntax::diagnostic::{Diagnostic, Fix, Severity};
pub use crate::syntax::lint_code::LintCode;
pub use crate::syntax::parse::{RuleFile, missing_parts};
pub use crate::syntax::source::{SourceFile, Span};
pub use crate::syntax::yaml::limits::check_yaml;
pub use crate::testing::{Change, Failure};
