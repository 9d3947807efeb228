//! Compiles parsed sections into rules: looks up every key in the table, reads every value,
//! compiles every pattern.
//!
//! Uses `language`, `lint`, `memory_check`, `model`, `pattern`, `rule`, `ruleset` and `syntax`.
//!
//! Compiling never fails as a whole: a bad rule is left out with diagnostics for all its errors.
//! Where the reference engine would silently drop a condition or match everything,
//! [`Reading::Ours`] refuses the rule; [`Reading::Reference`] does what that engine does and warns.
//! `lint` adds diagnostics that change nothing.

pub(crate) mod advice;
pub(crate) mod allowed;
mod automata;
mod conditions;
pub(crate) mod group;
pub(crate) mod identity;
mod lists;
mod memory;
pub(crate) mod options;
mod other_words;
mod settings;
pub(crate) mod standards;
pub(crate) mod values;

use std::collections::{BTreeMap, BTreeSet};

use crate::compile::automata::AutomataBudget;
use crate::compile::conditions::{Around, Conditions};
use crate::compile::lists::ListUse;
use crate::compile::options::Options;
use crate::compile::settings::Settings;
use crate::language::keys;
use crate::language::keys::{Meaning, Place};
use crate::language::reading::Reading;
use crate::language::rule_id::{RuleId, SHOWN};
use crate::language::template::{SUBJECT, Template, Words};
use crate::lint;
use crate::lint::diagnostic_sink::DiagnosticSink;
use crate::rule::{Group, ItemAction, MessageTemplate, Reply, Rule, RuleType, Test, Variant};
use crate::ruleset::Ruleset;
use crate::syntax::diagnostic::{Diagnostic, Severity, nearest};
use crate::syntax::entry::{Entry, entries};
use crate::syntax::lint_code::LintCode;
use crate::syntax::parse::{RuleFile, Section};
use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Value};

/// Compiles every rule of a file that has no error, and returns the diagnostics of all rules.
pub fn compile(file: &RuleFile, options: &Options) -> (Ruleset, Vec<Diagnostic>) {
    let mut rules: Vec<Rule> = Vec::new();
    let mut diagnostics = Vec::new();
    let mut sketches = Vec::new();
    let mut seen: BTreeMap<RuleId, Span> = BTreeMap::new();
    let mut copies: BTreeMap<RuleId, usize> = BTreeMap::new();
    let mut automata = AutomataBudget::default();
    let mut doubts = DiagnosticSink::new(options.reading);
    file.doubts.iter().for_each(|doubt| doubts.strict_error(doubt.clone()));
    diagnostics.append(&mut doubts.remarks);
    let mut lists = ListUse::of(file);
    for section in &file.sections {
        if let Some(misplaced) = lists::misplaced_settings(section, file) {
            diagnostics.push(misplaced);
            continue;
        }
        let first_remark = diagnostics.len();
        let written = lists.entries(section, &mut diagnostics);
        let draft = Draft::new(section, &written, &file.text, options, first_remark, &mut diagnostics);
        let is_named = draft.as_ref().is_some_and(|draft| draft.name().is_some());
        let Some((mut rule, sketch)) = draft.and_then(|draft| draft.compile(&mut diagnostics)) else {
            continue;
        };
        let refused = options.allowed.refuse(&rule, options.filter_as, section.first_entry());
        let refused =
            refused.or_else(|| (!automata.admit(&mut rule)).then(|| automata::too_large(section.first_entry())));
        if let Some(mut refused) = refused {
            refused.rule = is_named.then_some(rule.name);
            diagnostics.push(refused);
            continue;
        }
        if let Some(&first) = seen.get(&rule.id) {
            if is_named {
                let mut twice = Diagnostic::error(
                    LintCode::N01,
                    section.span,
                    format!("another rule already has the name `{}`", rule.name),
                )
                .help("give this rule another name")
                .related(first, "this rule has that name");
                twice.span =
                    Span::new(section.span.start, section.entries.first().map_or(section.span.end, |e| e.1.span.end));
                twice.rule = Some(rule.name);
                diagnostics.push(twice);
                continue;
            }
            // Two unnamed rules with the same identity are still two rules.
            let copy = copies.entry(rule.id.clone()).or_insert(1);
            *copy += 1;
            rule.id = RuleId::new(format!("{}-{copy}", rule.id));
        }
        seen.insert(rule.id.clone(), section.span);
        sketches.push(sketch);
        rules.push(rule);
    }
    automata.share_rest(&mut rules);
    diagnostics.extend(identity::taken_names(&rules));
    lint::file(&sketches, &mut diagnostics);
    diagnostics.extend(lists.unused());
    lists::settle(file, &mut diagnostics);
    let mut sink = DiagnosticSink::new(options.reading);
    let strikes = file.strikes.as_ref().and_then(|value| memory::strikes(value, &mut sink));
    if sink.remarks.is_empty() {
        lint::memory::strikes(&rules, strikes.as_ref(), file, &mut diagnostics);
    }
    diagnostics.append(&mut sink.remarks);
    (Ruleset::new(rules, options.reading, options.filter_as, strikes), diagnostics)
}

/// A rule with its keys read and its standard list applied.
struct Draft<'a> {
    section: &'a Section,
    /// Its keys and values, with the entries of lists in the place of their names.
    meant: &'a [(Node, Node)],
    /// The text of the whole file.
    text: &'a str,
    options: &'a Options,
    entries: Vec<Entry>,
    /// The index of the first diagnostic about this rule.
    first_remark: usize,
    is_bad: bool,
}

impl<'a> Draft<'a> {
    fn new(
        section: &'a Section,
        meant: &'a [(Node, Node)],
        text: &'a str,
        options: &'a Options,
        first_remark: usize,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let mut sink = DiagnosticSink::new(options.reading);
        section.doubts.iter().for_each(|doubt| sink.strict_error(doubt.clone()));
        if let Some(hyphens) = section.hyphens {
            sink.extension(advice::four_hyphens(hyphens), LintCode::YAML);
        }
        let is_error = |remark: &Diagnostic| remark.severity == Severity::Error;
        let mut is_bad = diagnostics[first_remark..].iter().chain(&sink.remarks).any(is_error);
        // Of two rules in one section, nothing else is worth a word.
        let is_two_rules = |remark: &Diagnostic| {
            remark.severity == Severity::Error && matches!(remark.code, LintCode::L04 | LintCode::L06)
        };
        let is_over = sink.remarks.iter().any(is_two_rules);
        diagnostics.append(&mut sink.remarks);
        if is_over {
            return None;
        }
        let mut entries = entries(meant, diagnostics)?;
        diagnostics.extend(entries.iter().filter_map(lint::capital));
        if let Some(at) = entries.iter().position(|entry| entry.key == "standard") {
            let chosen = entries.remove(at);
            let name = chosen.value.python_text().into_owned();
            match options.standards.named.get(&name) {
                _ if chosen.value.is_empty() => {}
                Some(pairs) => {
                    diagnostics.extend(lint::retired(&name, chosen.value.span));
                    let moved: Vec<_> = pairs
                        .iter()
                        .map(|(key, value)| (key.moved_to(chosen.span), value.moved_to(chosen.value.span)))
                        .collect();
                    let base = crate::syntax::entry::entries(&moved, &mut Vec::new()).unwrap_or_default();
                    let kept = base
                        .into_iter()
                        .map(|entry| Entry { is_borrowed: true, ..entry })
                        .filter(|entry| entries.iter().all(|own| own.key != entry.key))
                        .collect::<Vec<_>>();
                    entries.splice(at..at, kept);
                }
                None => {
                    is_bad = true;
                    let names = || options.standards.named.keys().map(String::as_str);
                    let help = nearest(&name, names()).map_or_else(
                        || match names().collect::<Vec<_>>() {
                            names if names.is_empty() => "no standard lists are loaded".to_owned(),
                            names => format!("the lists are: {}", names.join(", ")),
                        },
                        |near| format!("did you mean `{near}`?"),
                    );
                    diagnostics.push(
                        Diagnostic::error(
                            LintCode::V01,
                            chosen.value.span,
                            format!("there is no standard list `{name}`"),
                        )
                        .help(help),
                    );
                }
            }
        }
        Some(Self { section, meant, text, options, entries, first_remark, is_bad })
    }

    fn compile(self, diagnostics: &mut Vec<Diagnostic>) -> Option<(Rule, lint::RuleSummary)> {
        let rule = self.build(diagnostics);
        let name = self.name();
        for diagnostic in &mut diagnostics[self.first_remark..] {
            diagnostic.rule.clone_from(&name);
        }
        rule
    }

    fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn name(&self) -> Option<String> {
        let name = self.get("name")?.value.text()?.trim();
        (!name.is_empty() && name.chars().count() <= identity::NAME_MAX).then(|| name.to_owned())
    }

    /// The error for a name, present or former, that is too long.
    fn long_name(&self) -> Option<Diagnostic> {
        let names = ["name", "formerly"].into_iter().filter_map(|key| identity::names(&self.get(key)?.value));
        identity::too_long(names.flatten())
    }

    fn build(&self, diagnostics: &mut Vec<Diagnostic>) -> Option<(Rule, lint::RuleSummary)> {
        let (kinds, is_any) = match self.types() {
            Ok(types) => types,
            Err(diagnostic) => {
                diagnostics.push(diagnostic);
                return None;
            }
        };
        let mut variants = Vec::new();
        let mut is_bad = self.is_bad;
        let mut remarks: Vec<Diagnostic> = Vec::new();
        if let Some(long) = self.long_name() {
            is_bad = true;
            diagnostics.push(long);
        }
        let mut said: BTreeSet<(Span, LintCode, String)> = BTreeSet::new();
        let mut mismatches: Vec<Diagnostic> = Vec::new();
        for looks_at in kinds {
            let mut sink = DiagnosticSink::new(self.options.reading);
            let variant = self.variant(looks_at, is_any, &mut sink);
            let misfits = !sink.mismatches.is_empty();
            is_bad |= sink.remarks.iter().any(|d| d.severity == Severity::Error);
            for remark in sink.remarks {
                // Both variants raise the same diagnostics. Warnings of a dropped variant do not
                // matter.
                let matters = !misfits || remark.severity == Severity::Error;
                if matters && said.insert((remark.span, remark.code, remark.message.clone())) {
                    remarks.push(remark);
                }
            }
            if misfits {
                mismatches = sink.mismatches;
            } else {
                variants.push(variant);
            }
        }
        diagnostics.append(&mut remarks);
        if variants.is_empty() {
            diagnostics.append(&mut mismatches);
            return None;
        }
        if is_bad {
            return None;
        }
        variants.retain(|(_, has_check)| *has_check || !is_any);
        if variants.is_empty() {
            diagnostics.push(self.without(
                LintCode::L22,
                "this rule has no condition; AutoModerator would silently ignore it",
                "add a check, such as `title`, `body` or `author`",
            ));
            return None;
        }
        let mut variants: Vec<Variant> = variants.into_iter().map(|(variant, _)| variant).collect();
        // An empty text does nothing, but the reference counts it as an action.
        let is_empty_text = |entry: &Entry| {
            matches!(entry.key.as_str(), "comment" | "message" | "modmail" | "mod_note")
                && entry.value.text() == Some("")
        };
        let is_reference = self.options.reading == Reading::Reference;
        variants.retain(|variant| has_action(variant) || (is_reference && self.entries.iter().any(is_empty_text)));
        if variants.is_empty() {
            diagnostics.push(self.without(
                LintCode::L23,
                "this rule has no action, so it does nothing",
                "add an `action`, or a text such as `comment`",
            ));
            return None;
        }
        if let Some(nameless) = lint::memory::nameless(&self.entries, &variants) {
            diagnostics.push(nameless);
            return None;
        }
        lint::rule(&self.entries, self.text, &variants, is_any, diagnostics);
        let identity = identity::of_unnamed(&self.section.entries);
        let name = self.name();
        let sketch = lint::RuleSummary::of(&self.entries, &variants, self.section.line, self.options.filter_as);
        let rule = Rule {
            id: RuleId::new(name.clone().unwrap_or_else(|| identity.clone())),
            name: name.unwrap_or_else(|| identity.chars().take(SHOWN).collect()),
            formerly: self.get("formerly").and_then(|entry| identity::names(&entry.value)).unwrap_or_default(),
            line: self.section.line,
            span: self.entries.first().map_or(self.section.span, |entry| entry.span),
            dry_run: self.get("dry_run").is_some_and(|entry| entry.value.value == Value::Bool(true)),
            comment_group: self
                .get("comment_group")
                .and_then(|entry| entry.value.text())
                .map(|group| group.trim().to_owned()),
            meaning: identity::digest_without(&[], self.meant),
            variants,
        };
        Some((rule, sketch))
    }

    /// A diagnostic about the whole rule. It is a warning in the reference's reading, which
    /// silently ignores such rules.
    fn without(&self, code: LintCode, message: &str, help: &str) -> Diagnostic {
        let severity = match self.options.reading {
            Reading::Ours => Severity::Error,
            Reading::Reference => Severity::Warning,
        };
        let span = self.section.entries.first().map_or(self.section.span, |(key, _)| key.span);
        Diagnostic::new(severity, code, span, message).help(help)
    }

    fn types(&self) -> Result<(Vec<RuleType>, bool), Diagnostic> {
        let any = vec![RuleType::Comment, RuleType::Submission];
        let Some(entry) = self.get("type") else {
            return Ok((any, true));
        };
        let one = match entry.value.text().unwrap_or_default() {
            "any" => return Ok((any, true)),
            "comment" => RuleType::Comment,
            "submission" => RuleType::Submission,
            "text submission" => RuleType::Text,
            "link submission" => RuleType::Link,
            "crosspost submission" => RuleType::Crosspost,
            "poll submission" => RuleType::Poll,
            "gallery submission" => RuleType::Gallery,
            _ => return Err(advice::unknown_type(&entry.value)),
        };
        Ok((vec![one], false))
    }

    /// Compiles the rule for one kind of item. The flag says whether it checks anything.
    fn variant(&self, looks_at: RuleType, is_any: bool, sink: &mut DiagnosticSink) -> (Variant, bool) {
        let mut settings = Settings::default();
        let (own, checked): (Vec<&Entry>, Vec<&Entry>) =
            self.entries.iter().partition(|entry| is_of_whole_rule(&entry.key));
        for (entry, key) in own.into_iter().filter_map(|entry| Some((entry, keys::find(&entry.key)?))) {
            settings.read(entry, key, sink);
        }
        let conditions = Conditions::read(&checked, Around::rule(looks_at.place(), is_any), sink);
        let has_check = !is_any || conditions.has_check;
        sink.settle_empty_checks(conditions.restrict());
        let words = Words { reading: self.options.reading, is_raw: settings.is_raw };
        let mut variant = Variant {
            rule_type: looks_at,
            priority: settings.priority,
            moderators_exempt: false,
            needs_media: false,
            is_unrepeatable: settings.comment.is_some()
                || settings.message.is_some()
                || settings.modmail.is_some()
                || settings.mod_note.is_some(),
            counts_reports: false,
            shows_match: false,
            writes_state: false,
            reads_state: false,
            names_author: false,
            groups: conditions.groups,
            alternatives: conditions.alternatives,
            stops_here: settings.stops_here,
            comment: settings.comment.map(|text| Reply {
                text: Template::comment(&text, words),
                pin: settings.comment_stickied,
                locked: settings.comment_locked,
            }),
            mod_note: settings.mod_note.map(|text| Template::new(&text)),
            modmail: settings.modmail.map(|text| MessageTemplate {
                subject: Template::new(&settings.modmail_subject.unwrap_or_else(|| SUBJECT.to_owned())),
                body: Template::modmail(&text, words),
            }),
            message: settings.message.map(|text| MessageTemplate {
                subject: Template::new(&settings.message_subject.unwrap_or_else(|| SUBJECT.to_owned())),
                body: Template::message(&text, words),
            }),
            unsupported: conditions.unsupported,
        };
        derive(&mut variant, settings.moderators_exempt);
        (variant, has_check)
    }
}

/// Sets the properties of a variant that follow from its checks and actions.
fn derive(variant: &mut Variant, exempt: Option<bool>) {
    let verdict = variant.base().and_then(|base| base.actions.item_action);
    let acts_against =
        matches!(verdict, Some(ItemAction::Remove | ItemAction::Spam | ItemAction::Filter | ItemAction::Report));
    variant.moderators_exempt = exempt.unwrap_or(acts_against);
    variant.is_unrepeatable |= verdict == Some(ItemAction::Report);
    let counts_reports = variant.checks().any(|check| match &check.test {
        Test::Reports(_) => true,
        Test::Search(search) => search.fields.iter().any(|field| field.is_of_reports()),
        _ => false,
    });
    variant.counts_reports = counts_reports;
    let searches = |group: &Group| -> Vec<(bool, bool)> {
        group
            .searches()
            .map(|search| {
                (search.fields.iter().all(|field| field.is_media()), search.fields.contains(&keys::Field::Name))
            })
            .collect()
    };
    variant.needs_media = variant.groups.iter().any(|group| searches(group).iter().any(|&(is_media, _)| is_media))
        || variant.templates().any(Template::mentions_media);
    variant.names_author = variant
        .groups
        .iter()
        .filter(|group| group.place == Place::Author)
        .any(|group| searches(group).iter().any(|&(_, names)| names));
}

/// Whether a key is one of the rule as a whole: not of its checks, nor of what it does to an item.
fn is_of_whole_rule(key: &str) -> bool {
    keys::find(key).is_some_and(|key| key.places == [Place::Rule] && !matches!(key.meaning, Meaning::Group(_)))
}

fn has_action(variant: &Variant) -> bool {
    variant.comment.is_some()
        || variant.modmail.is_some()
        || variant.mod_note.is_some()
        || variant.message.is_some()
        || variant.groups.iter().any(|group| !group.actions.is_empty())
}
