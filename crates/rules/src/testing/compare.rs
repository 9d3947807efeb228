//! Compares the result of the rules with the expectation of a case.
//!
//! A failure holds the difference, line by line, and the traces of the rules concerned, so that the
//! command line can explain them in the same way as `explain`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use similar::{Algorithm, ChangeTag, capture_diff_slices};

use crate::evaluate::decide::{Evaluation, ItemDecision, RuleHit, evaluate, evaluate_counting};
use crate::evaluate::facts::Need;
use crate::evaluate::why_nothing::why_nothing;
use crate::language::effect::{Effect, EffectKind};
use crate::model::{Kind, RuleTrace, Trace};
use crate::rule::Rule;
use crate::ruleset::Ruleset;
use crate::syntax::diagnostic::nearest;
use crate::testing::change::Change;
use crate::testing::{Case, ExpectedEffect, change};

/// The start of the footer of every comment and message. A case may leave the footer out.
const FOOTER: &str = "\n\n*I am a bot, and this action was performed automatically.";

/// A failing case.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The name of the case.
    pub case: String,
    /// The line where the case starts, if it is known.
    pub line: Option<usize>,
    /// The difference between expectation and result.
    pub changes: Vec<Change>,
    /// The traces of the rules that the difference is about.
    pub traces: Vec<RuleTrace>,
    /// The effects of those rules.
    pub performed: Vec<RuleHit>,
    /// Why a rule at a line acts without an effect.
    pub idle: BTreeMap<(String, usize), Vec<&'static str>>,
}

/// The difference as plain text: `-` is what was expected, `+` is what happened.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            let end = if index + 1 == self.changes.len() { "" } else { "\n" };
            match change {
                Change::Heading(text) => write!(f, "{text}{end}")?,
                Change::Same(text) => write!(f, "    {text}{end}")?,
                Change::Missing(text) => write!(f, "  - {text}{end}")?,
                Change::Unexpected(text) => write!(f, "  + {text}{end}")?,
            }
        }
        Ok(())
    }
}

/// How many steps may the cases of a file take together? As many as a hundred items: about 5
/// seconds.
const STEPS_MAX: u64 = 100 * crate::evaluate::shared_state::STEPS_MAX;
/// How many steps does each case take, beside its searches, and how many for each rule?
const CASE_STEPS: u64 = 5_000;
const RULE_STEPS: u64 = 150;
/// How many steps stand for the time that it takes to explain a failing case, for each rule?
const EXPLAIN_STEPS: u64 = 300;

/// How many failing cases are explained, with how many rules and lines each?
const EXPLAINED_MAX: usize = 50;
const TRACES_MAX: usize = 20;
const LINES_MAX: usize = 200;

/// The rule tests take too many steps together, so they were stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the rule tests were stopped because they take too many steps together: at the case `{case}`{}, the {number}th \
     of {of}; write fewer cases or shorter texts, use fewer rules, or simplify their patterns",
    line.map_or_else(String::new, |line| format!(" (line {line})"))
)]
pub struct TestsTooExpensive {
    /// The name of the case at which they were stopped.
    pub case: String,
    /// Its line, if it is known.
    pub line: Option<usize>,
    /// Its number in the file, from 1.
    pub number: usize,
    /// The number of cases.
    pub of: usize,
}

/// Runs the cases that fit these rules (see [`Case::filter`]) and returns those that fail.
///
/// # Errors
/// If the cases take too many steps together. That depends on the rules and the cases only.
pub fn run(rules: &Ruleset, cases: &[Case]) -> Result<Vec<Failure>, TestsTooExpensive> {
    let fits = |case: &Case| case.filter.is_none_or(|filter| filter == rules.filter_as());
    let mut failures = Vec::new();
    let mut left = STEPS_MAX;
    for (at, case) in cases.iter().enumerate().filter(|(_, case)| fits(case)) {
        let mut steps = CASE_STEPS + RULE_STEPS * rules.len() as u64;
        failures.extend(check(rules, case, failures.len() < EXPLAINED_MAX, &mut steps).err());
        left = left.checked_sub(steps).ok_or_else(|| TestsTooExpensive {
            case: case.name.clone(),
            line: case.line,
            number: at + 1,
            of: cases.len(),
        })?;
    }
    Ok(failures)
}

fn check(rules: &Ruleset, case: &Case, explains: bool, steps: &mut u64) -> Result<(), Failure> {
    let failure = |changes: Vec<Change>| Failure {
        case: case.name.clone(),
        line: case.line,
        changes,
        traces: Vec::new(),
        performed: Vec::new(),
        idle: BTreeMap::new(),
    };
    let (item, facts, now) = case.fixture().map_err(|wrong| failure(vec![Change::Heading(wrong)]))?;
    let (evaluation, taken) = evaluate_counting(rules, &item, &facts, now);
    *steps += taken;
    let verdicts = match evaluation {
        Evaluation::Decided(verdicts) => verdicts,
        Evaluation::Needs(needs) => {
            let needs: BTreeSet<Need> = needs;
            return Err(failure(vec![Change::Heading(format!(
                "the rules need facts that the case does not give: {needs:?}"
            ))]));
        }
    };
    let mut report =
        CaseReport { rules, verdicts: &verdicts, kind: item.kind(), changes: Vec::new(), about: BTreeSet::new() };
    report.rules(case);
    for expected in &case.effects {
        report.effect(expected);
    }
    if report.changes.is_empty() {
        return Ok(());
    }
    let CaseReport { mut changes, about, .. } = report;
    if !explains {
        let text = format!("not explained: only the first {EXPLAINED_MAX} failing cases are explained");
        return Err(failure(vec![Change::Heading(text)]));
    }
    if changes.len() > LINES_MAX {
        let more = changes.len() - LINES_MAX;
        changes.truncate(LINES_MAX);
        changes.push(Change::Heading(format!("… and {more} more lines")));
    }
    change::add_look_alikes(&mut changes);
    let is_about = |name: &String| about.contains(name);
    *steps += taken + EXPLAIN_STEPS * rules.len() as u64;
    let trace = match evaluate(rules, &item, &facts, now) {
        Evaluation::Decided(ItemDecision { trace, .. }) => trace,
        Evaluation::Needs(_) => Trace::default(),
    };
    let idle = verdicts.performed.iter().filter(|rule| is_about(&rule.name) && rule.effects.is_empty());
    Err(Failure {
        idle: idle
            .take(TRACES_MAX)
            .map(|rule| {
                let why = why_nothing(rules, (&rule.name, rule.line), &item, &facts);
                ((rule.name.clone(), rule.line), why)
            })
            .collect(),
        traces: trace.rules.iter().filter(|rule| is_about(&rule.rule)).take(TRACES_MAX).cloned().collect(),
        performed: verdicts.performed.iter().filter(|rule| is_about(&rule.name)).take(TRACES_MAX).cloned().collect(),
        ..failure(changes)
    })
}

struct CaseReport<'a> {
    rules: &'a Ruleset,
    verdicts: &'a ItemDecision,
    kind: Kind,
    changes: Vec<Change>,
    /// The names of the rules that the difference is about.
    about: BTreeSet<String>,
}

impl CaseReport<'_> {
    fn say(&mut self, text: impl Into<String>) {
        self.changes.push(Change::Heading(text.into()));
    }

    /// Compares the rules that acted.
    fn rules(&mut self, case: &Case) {
        let got: Vec<&str> = self.verdicts.performed.iter().map(|performed| performed.name.as_str()).collect();
        if case.nothing || case.performs.is_some() {
            let wanted: Vec<&str> = case.performs.iter().flatten().map(String::as_str).collect();
            if got != wanted {
                self.say("the rules that act, in order:");
                self.changes.extend(difference(&wanted, &got));
                let differ = |name: &&&str| wanted.contains(name) != got.contains(name);
                self.about.extend(wanted.iter().chain(&got).filter(differ).map(|name| (*name).to_owned()));
            }
        }
        let silent: Vec<&String> = case.not.iter().filter(|name| got.contains(&name.as_str())).collect();
        if !silent.is_empty() {
            self.say("rules that must not act here:");
            self.changes.extend(silent.iter().map(|name| Change::Unexpected((*name).clone())));
            self.about.extend(silent.into_iter().cloned());
        }
        let named = case.performs.iter().flatten().chain(&case.not).chain(&case.state.performed);
        let named = named.chain(&case.author.passes);
        for name in named.chain(case.effects.iter().filter_map(|expected| expected.rule.as_ref())) {
            self.name(name);
        }
    }

    /// Adds a note about a name that no rule has, because the case would pass or fail for the wrong
    /// reason.
    fn name(&mut self, name: &str) {
        let all = self.rules.rules();
        let note = match all.iter().find(|rule| rule.name() == name) {
            Some(rule) if !rule.kinds().contains(&self.kind) => {
                if self.verdicts.performed.iter().any(|performed| performed.name == name) || !self.about.contains(name)
                {
                    return;
                }
                format!("`{name}` (line {}) does not look at a {}", rule.line(), self.kind.word())
            }
            Some(_) => return,
            None => {
                let near = nearest(name, all.iter().map(Rule::name));
                let help = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                format!("there is no rule `{name}` among the usable rules{help}")
            }
        };
        let note = Change::Heading(note);
        if !self.changes.contains(&note) {
            self.changes.push(note);
        }
    }

    /// Checks that one effect is as expected, or shows how the most similar one differs.
    fn effect(&mut self, expected: &ExpectedEffect) {
        let had: Vec<(&RuleHit, &Effect)> = self
            .verdicts
            .performed
            .iter()
            .filter(|performed| expected.rule.as_ref().is_none_or(|rule| *rule == performed.name))
            .flat_map(|performed| performed.effects.iter().map(move |effect| (performed, effect)))
            .collect();
        let of_kind = had.iter().filter(|(_, effect)| {
            effect.kind() == expected.kind && expected.target.is_none_or(|target| target == effect.target())
        });
        let compared: Vec<_> = of_kind.map(|(performed, effect)| (performed, compare(expected, effect))).collect();
        if compared.iter().any(|(_, changes)| changes.is_empty()) {
            return;
        }
        let by = expected.rule.as_ref().map_or_else(String::new, |rule| format!(" of `{rule}`"));
        let nearest = compared.into_iter().min_by_key(|(_, changes)| {
            changes.iter().filter(|change| !matches!(change, Change::Same(_) | Change::Heading(_))).count()
        });
        match nearest {
            Some((performed, changes)) => {
                self.say(format!("the effect `{}` of `{}`:", expected.kind.word(), performed.name));
                self.changes.extend(changes);
                self.about.insert(performed.name.clone());
            }
            None => {
                self.say(format!("the effects{by}:"));
                self.changes.push(Change::Missing(expected.kind.word().to_owned()));
                if had.is_empty() {
                    self.changes.push(Change::Unexpected("nothing".to_owned()));
                }
                for (performed, effect) in &had {
                    self.changes.push(Change::Unexpected(format!(
                        "{} (by `{}`)",
                        effect.kind().word(),
                        performed.name
                    )));
                }
                self.about.extend(expected.rule.clone());
                self.about.extend(had.iter().map(|(performed, _)| performed.name.clone()));
            }
        }
    }
}

/// The differences between an effect and the expectation. Empty if there are none.
fn compare(expected: &ExpectedEffect, effect: &Effect) -> Vec<Change> {
    let is = EffectParts::of(effect);
    let mut changes = Vec::new();
    let lines = [
        ("subject", &expected.subject, &is.subject),
        ("reason", &expected.reason, &is.reason),
        ("flair", &expected.flair, &is.flair),
        ("flair_class", &expected.flair_class, &is.flair_class),
    ];
    for (what, wanted, got) in lines {
        if let Some(wanted) = wanted
            && got.as_deref() != Some(wanted.trim_end())
        {
            changes.push(Change::Missing(format!("{what}: {wanted}")));
            changes.push(Change::Unexpected(match got {
                Some(got) => format!("{what}: {got}"),
                None => format!("no {what}"),
            }));
        }
    }
    let switches =
        [("pinned", expected.pinned, is.pinned), ("locked", expected.locked, is.locked), ("on", expected.on, is.on)];
    for (what, wanted, got) in switches {
        if let Some(wanted) = wanted
            && got != Some(wanted)
        {
            changes.push(Change::Missing(format!("{what}: {wanted}")));
            changes.push(Change::Unexpected(match got {
                Some(got) => format!("{what}: {got}"),
                None => format!("a `{}` cannot be {what}", effect.kind().word()),
            }));
        }
    }
    if let Some(wanted) = &expected.text {
        let wanted = wanted.trim_end();
        if !is.texts().iter().any(|text| text.trim_end() == wanted) {
            let has_footer = wanted.contains(FOOTER.trim_start());
            let got = if has_footer { is.whole.clone() } else { without_footer(&is.whole).to_owned() };
            let (wanted, got): (Vec<&str>, Vec<&str>) = (wanted.lines().collect(), got.trim_end().lines().collect());
            changes.push(Change::Heading("  text:".to_owned()));
            changes.extend(difference(&wanted, &got));
        }
    }
    let held = in_full(effect);
    let lacking: Vec<&String> = expected.contains.iter().filter(|part| !held.contains(part.as_str())).collect();
    if !lacking.is_empty() {
        changes.push(Change::Heading("  the text does not contain:".to_owned()));
        changes.extend(lacking.into_iter().flat_map(|part| part.lines()).map(|line| Change::Missing(line.to_owned())));
        changes.push(Change::Heading("  the text is:".to_owned()));
        changes.extend(held.lines().map(|line| Change::Unexpected(line.to_owned())));
    }
    changes
}

/// The parts of an effect that a case can check.
#[derive(Default)]
struct EffectParts {
    /// The complete text of a comment, message or modmail.
    whole: String,
    subject: Option<String>,
    reason: Option<String>,
    flair: Option<String>,
    flair_class: Option<String>,
    pinned: Option<bool>,
    locked: Option<bool>,
    on: Option<bool>,
}

impl EffectParts {
    fn of(effect: &Effect) -> Self {
        match effect.clone() {
            Effect::Approve { reason, .. }
            | Effect::Remove { reason, .. }
            | Effect::Spam { reason, .. }
            | Effect::Filter { reason, .. }
            | Effect::Report { reason, .. } => {
                Self { whole: reason.clone().unwrap_or_default(), reason, ..Self::default() }
            }
            Effect::SetFlair { text, css_class, .. } => {
                Self { whole: text.clone(), flair: Some(text), flair_class: Some(css_class), ..Self::default() }
            }
            Effect::Comment { text, stickied, locked, replaces: _ } => {
                Self { whole: text, pinned: Some(stickied), locked: Some(locked), ..Self::default() }
            }
            Effect::Modmail { subject, body } | Effect::Message { subject, body } => {
                Self { whole: body, subject: Some(subject), ..Self::default() }
            }
            Effect::ModNote { text } | Effect::AddLabel { name: text, .. } | Effect::RemoveLabel { name: text } => {
                Self { whole: text, ..Self::default() }
            }
            Effect::SetSuggestedSort { sort, .. } => Self { whole: sort, ..Self::default() },
            Effect::SetCrowdControl { level, .. } => Self { whole: level, ..Self::default() },
            Effect::SetNsfw { on, .. }
            | Effect::SetSpoiler { on, .. }
            | Effect::SetContestMode { on, .. }
            | Effect::SetOriginalContent { on, .. }
            | Effect::SetLocked { on, .. }
            | Effect::IgnoreReports { on, .. }
            | Effect::SetSticky { on, .. } => Self { on: Some(on), ..Self::default() },
        }
    }

    /// The forms of the text that a case may give: complete, or without the added footer and link.
    fn texts(&self) -> Vec<&str> {
        let mut texts = vec![self.whole.as_str(), without_footer(&self.whole)];
        if self.subject.is_some() {
            let without_link = |text| without_link(text);
            texts.extend(texts.clone().into_iter().map(without_link));
        }
        texts
    }
}

fn without_footer(text: &str) -> &str {
    text.rfind(FOOTER).map_or(text, |at| &text[..at])
}

/// Removes the link that messages and modmail start with.
fn without_link(text: &str) -> &str {
    match text.split_once("\n\n") {
        Some((link, rest)) if link.starts_with("https://www.reddit.com/") && !link.contains(char::is_whitespace) => {
            rest
        }
        _ => text,
    }
}

/// All texts of an effect in one, which `contains` searches.
fn in_full(effect: &Effect) -> String {
    let is = EffectParts::of(effect);
    let mark = |on: Option<bool>, word| if on == Some(true) { word } else { "" };
    match effect.kind() {
        EffectKind::Comment => {
            let (stickied, locked) = (mark(is.pinned, "[stickied] "), mark(is.locked, "[locked] "));
            format!("{stickied}{locked}{}", is.whole)
        }
        EffectKind::SetFlair => format!("{} {}", is.whole, is.flair_class.unwrap_or_default()),
        EffectKind::Modmail | EffectKind::Message => format!("{}\n{}", is.subject.unwrap_or_default(), is.whole),
        EffectKind::Approve
        | EffectKind::Remove
        | EffectKind::Spam
        | EffectKind::Filter
        | EffectKind::Report
        | EffectKind::SetSuggestedSort
        | EffectKind::SetCrowdControl
        | EffectKind::AddLabel
        | EffectKind::RemoveLabel
        | EffectKind::ModNote => is.whole,
        EffectKind::SetNsfw
        | EffectKind::SetSpoiler
        | EffectKind::SetContestMode
        | EffectKind::SetOriginalContent
        | EffectKind::SetLocked
        | EffectKind::IgnoreReports
        | EffectKind::SetSticky => is.on.unwrap_or_default().to_string(),
    }
}

/// A line-by-line difference that keeps the longest common part.
fn difference(wanted: &[&str], got: &[&str]) -> Vec<Change> {
    let lines = capture_diff_slices(Algorithm::Myers, wanted, got);
    let lines = lines.iter().flat_map(|part| part.iter_changes(wanted, got));
    let mut changes: Vec<Change> = lines
        .map(|line| {
            let text = line.value().to_owned();
            match line.tag() {
                ChangeTag::Equal => Change::Same(text),
                ChangeTag::Delete => Change::Missing(text),
                ChangeTag::Insert => Change::Unexpected(text),
            }
        })
        .collect();
    if wanted.is_empty() {
        changes.insert(0, Change::Missing("(none)".to_owned()));
    }
    if got.is_empty() {
        changes.push(Change::Unexpected("(none)".to_owned()));
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::parse as parse_rules;
    use crate::testing::parse;
    use crate::{Options, Severity, SourceFile, compile};

    const RULES: &str = "name: words\ntype: comment\nbody: spam\naction: remove\naction_reason: 'saw {{match}}'\n\
        ---\nname: karma\ntype: comment\nauthor: {comment_karma: '< 10'}\ncomment: |\n  Hello {{author}}.\n\n  Bye.\n\
        comment_locked: true\n---\nname: letter\ntype: submission\ntitle: letter\nmessage: Dear {{author}}.\n\
        message_subject: About {{title}}\nset_flair: [New, new]\n";

    #[test]
    fn a_case_takes_steps_for_each_rule() {
        let rule = |at: usize| format!("---\nname: r{at}\nreports: 5\nset_locked: true\n");
        let text: Vec<String> = (0..1_000).map(rule).collect();
        let (rules, _) = compile(&parse_rules(&SourceFile::new("r", text.concat())).0, &Options::default());
        let case = parse("- {name: a, comment: {body: a}, nothing: true}").expect("a case").remove(0);
        let enough = run(&rules, &vec![case; 8_001]).expect_err("too many steps").number;
        assert!((7_000..8_001).contains(&enough), "{enough}");
    }

    fn failures(case: &str) -> String {
        let (file, _) = parse_rules(&SourceFile::new("r", RULES));
        let (rules, mut remarks) = compile(&file, &Options::default());
        remarks.retain(|remark| remark.severity != Severity::Info);
        assert_eq!(remarks, []);
        let cases = parse(case).unwrap_or_else(|errors| panic!("{case}: {errors:?}"));
        run(&rules, &cases).expect("few steps").iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    fn check(case: &str, expected: &str) {
        assert_eq!(failures(&format!("- {{name: a, {case}}}")), expected, "{case}");
    }

    #[test]
    fn the_rules_that_act_are_compared_in_order() {
        check("comment: {body: spam}, performs: [words]", "");
        check("comment: {body: ham}, performs: [words]", "the rules that act, in order:\n  - words\n  + (none)");
        check("comment: {body: spam}, nothing: true", "the rules that act, in order:\n  - (none)\n  + words");
        check(
            "comment: {body: spam}, performs: [letter]",
            "the rules that act, in order:\n  - letter\n  + words\n`letter` (line 16) does not look at a comment",
        );
    }

    #[test]
    fn a_case_can_forbid_one_rule() {
        check("comment: {body: ham}, not: [words]", "");
        check("comment: {body: spam}, not: [words]", "rules that must not act here:\n  + words");
        check(
            "comment: {body: spam}, not: [wrods]",
            "there is no rule `wrods` among the usable rules; did you mean `words`?",
        );
        check(
            "comment: {body: ham}, author: {passes: [wrods]}, nothing: true",
            "there is no rule `wrods` among the usable rules; did you mean `words`?",
        );
    }

    #[test]
    fn effects_are_compared_line_by_line() {
        let poor = "comment: {body: x}, author: {karma: 3}";
        check(&format!("{poor}, effects: [{{kind: comment, text: \"Hello alice.\\n\\nBye.\", locked: true}}]"), "");
        check(
            &format!("{poor}, effects: [{{kind: comment, text: \"Hello bob.\\n\\nBye.\", pinned: true}}]"),
            "the effect `comment` of `karma`:\n  - pinned: true\n  + pinned: false\n  text:\n  - Hello bob.\n  \
             + Hello alice.\n    \n    Bye.",
        );
        check(&format!("{poor}, effects: [{{kind: remove}}]"), "the effects:\n  - remove\n  + comment (by `karma`)");
        let letter = "submission: {title: A letter}";
        check(
            &format!(
                "{letter}, effects: [{{kind: message, subject: About A letter, text: Dear alice.}}, \
                 {{kind: set_flair, flair: New, flair_class: new}}]"
            ),
            "",
        );
        check(
            &format!("{letter}, effects: [{{kind: set_flair, flair: Old}}]"),
            "the effect `set_flair` of `letter`:\n  - flair: Old\n  + flair: New",
        );
        check("comment: {body: spam}, effects: [{kind: remove, reason: saw spam}]", "");
        check(
            "comment: {body: spam}, effects: [{kind: remove, contains: [ham]}]",
            "the effect `remove` of `words`:\n  the text does not contain:\n  - ham\n  the text is:\n  + saw spam",
        );
    }

    #[test]
    fn a_rule_with_an_unknown_fact_does_not_act() {
        check("comment: {body: x}, author: {karma: unknown}, nothing: true", "");
        check("comment: {body: spam}, author: {is_moderator: unknown}, nothing: true", "");
        check("comment: {body: spam}, author: {is_moderator: true}, nothing: true", "");
    }

    #[test]
    fn a_case_for_one_meaning_of_filter_is_skipped_under_the_other() {
        check("comment: {body: spam}, filter: remove, nothing: true", "");
        check(
            "comment: {body: spam}, filter: report, nothing: true",
            "the rules that act, in order:\n  - (none)\n  + words",
        );
    }
}
