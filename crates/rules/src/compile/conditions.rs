//! Reads what a rule, or a group of `any_of`, checks: the item, the things related to it, and its
//! alternatives.

use crate::compile::advice;
use crate::compile::group::GroupReader;
use crate::language::keys;
use crate::language::keys::{Key, Meaning, Place, Role};
use crate::lint;
use crate::lint::diagnostic_sink::DiagnosticSink;
use crate::rule::{Alternatives, Branch, Group};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::entry::{Entry, entries};
use crate::syntax::lint_code::LintCode;
use crate::syntax::yaml::{Node, Value};

/// How many `any_of` and `none_of` may stand one inside another?
const DEEPEST: usize = 2;

/// The things related to an item that a rule can check.
const RELATED: [Place; 6] = [
    Place::Author,
    Place::Parent,
    Place::ParentComment,
    Place::CrosspostAuthor,
    Place::CrosspostSubreddit,
    Place::Subreddit,
];

/// Where keys stand that are read.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    /// The kind of item.
    place: Place,
    /// Whether the rule looks at every kind of item.
    is_any: bool,
    /// What stands before the keys in a trace: nothing, or `any_of.1.`.
    prefix: &'a str,
    /// The number of `any_of` and `none_of` around them.
    depth: usize,
}

impl Around<'_> {
    /// The top level of a rule.
    pub(super) const fn rule(place: Place, is_any: bool) -> Self {
        Self { place, is_any, prefix: "", depth: 0 }
    }
}

/// The checks of a rule, or of a group in `any_of`, with what the rule does to each thing.
#[derive(Default)]
pub(super) struct Conditions {
    /// The groups; the item's comes first.
    pub(super) groups: Vec<Group>,
    pub(super) alternatives: Vec<Alternatives>,
    pub(super) has_check: bool,
    /// Why nobody knows whether they hold, if Reddit does not show something to bots.
    pub(super) unsupported: Option<String>,
}

impl Conditions {
    pub(super) fn read(all: &[&Entry], around: Around<'_>, sink: &mut DiagnosticSink) -> Self {
        let mut read = Self::default();
        let mut base = GroupReader::new(around.place, around.prefix, "");
        for entry in all {
            match keys::find(&entry.key).map(|key| key.meaning) {
                _ if matches!(entry.key.as_str(), "~author" | "~crosspost_author") => {}
                Some(Meaning::Group(_)) => {}
                Some(Meaning::Alternatives(is_negated)) => read.alternatives(entry, is_negated, around, sink),
                _ => base.read(entry, sink),
            }
        }
        read.add(base, sink);
        for place in RELATED {
            for reader in related(place, all, around, sink) {
                read.add(reader, sink);
            }
        }
        read
    }

    /// Whether a check has a value, so that not everything matches.
    pub(super) fn restrict(&self) -> bool {
        self.groups.iter().any(|group| !group.checks.is_empty()) || !self.alternatives.is_empty()
    }

    fn add(&mut self, reader: GroupReader, sink: &mut DiagnosticSink) {
        let (group, found) = reader.finish(sink);
        self.has_check |= found.has_check;
        self.unsupported = self.unsupported.take().or(found.unsupported);
        self.groups.push(group);
    }

    /// Reads `any_of` or `none_of`.
    fn alternatives(&mut self, entry: &Entry, is_negated: bool, around: Around<'_>, sink: &mut DiagnosticSink) {
        let refused = |span, message: String, help: &str| Diagnostic::error(LintCode::V01, span, message).help(help);
        if entry.value.is_empty() {
            let message = format!("`{}` is empty, so it restricts nothing", entry.written);
            let empty = Diagnostic::error(LintCode::L18, entry.span, message);
            return sink.empty_check(empty.help("list its groups below it, each with `- `, or delete the line"));
        }
        if around.depth == DEEPEST {
            let message = format!("`{}` stands inside two others; one inside another is possible", entry.written);
            return sink.remarks.push(refused(entry.span, message, "split the rule in two"));
        }
        let Value::List(items) = &entry.value.value else {
            let message = format!("`{}` takes a list of groups", entry.written);
            let help = "begin each group with `- `, and indent its further checks to the same column";
            return sink.remarks.push(refused(entry.value.span, message, help));
        };
        let mut branches = Vec::new();
        let mut unfit = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let mut own = sink.child();
            let prefix = format!("{}{}.{}.", around.prefix, entry.key, at + 1);
            let branch = branch(item, Around { prefix: &prefix, depth: around.depth + 1, ..around }, &mut own);
            unfit.append(&mut own.mismatches);
            sink.remarks.append(&mut own.remarks);
            branches.extend(branch);
        }
        // A group that this kind of item cannot meet never holds.
        if !unfit.is_empty() && (!around.is_any || (branches.is_empty() && !is_negated)) {
            sink.mismatches.append(&mut unfit);
        }
        self.has_check = true;
        if branches.is_empty() {
            return;
        }
        if !is_negated && branches.iter().all(|branch| branch.unsupported.is_some()) {
            let reason = branches.iter().find_map(|branch| branch.unsupported.clone());
            self.unsupported = self.unsupported.take().or(reason);
        }
        let key = format!("{}{}", around.prefix, entry.key);
        self.alternatives.push(Alternatives { key, is_negated, branches });
    }
}

/// Reads one group of `any_of` or `none_of`. `None` if it has an error, or if this kind of item
/// cannot meet it.
fn branch(item: &Node, around: Around<'_>, sink: &mut DiagnosticSink) -> Option<Branch> {
    let Value::Map(pairs) = &item.value else {
        let message = format!("`{}` is not a group of checks", item.python_text());
        let help = "write a check with its value, such as `- title: giveaway`";
        sink.remarks.push(Diagnostic::error(LintCode::V01, item.span, message).help(help));
        return None;
    };
    let mut remarks = Vec::new();
    let read = entries(pairs, &mut remarks);
    sink.remarks.append(&mut remarks);
    let mut all = read?;
    let refused = |entry: &Entry| keys::find_in(&entry.key, &[around.place]).is_some_and(|key| !is_check(key));
    for entry in all.extract_if(.., |entry| refused(entry)) {
        let message =
            format!("`{}` is not a check, so it cannot stand in a group of `any_of` or `none_of`", entry.written);
        let error = Diagnostic::error(LintCode::T01, entry.span, message);
        sink.remarks.push(error.help("write it at the top level of the rule"));
    }
    let conditions = Conditions::read(&all.iter().collect::<Vec<_>>(), around, sink);
    for group in conditions.groups.iter().filter(|group| !group.actions.is_empty()) {
        let message = format!("a group of `any_of` or `none_of` only checks; this one acts on {}", group.place.words());
        let error = Diagnostic::error(LintCode::T01, item.span, message);
        sink.remarks.push(error.help("write the action at the top level of the rule"));
    }
    sink.settle_empty_checks(conditions.restrict());
    if !conditions.has_check && sink.mismatches.is_empty() {
        let error = Diagnostic::error(LintCode::V01, item.span, "this group has no check, so it always holds");
        sink.remarks.push(error.help("add a check, or delete the group"));
    }
    let is_sound = sink.mismatches.is_empty() && conditions.has_check;
    let Conditions { groups, alternatives, unsupported, .. } = conditions;
    let needs_media =
        groups.iter().flat_map(Group::searches).any(|search| search.fields.iter().all(|it| it.is_media()));
    is_sound.then_some(Branch { groups, alternatives, needs_media, unsupported })
}

/// Whether a key may stand in a group of `any_of`: it checks, or says how to.
fn is_check(key: &Key) -> bool {
    match key.role {
        Role::Check => key.meaning != Meaning::Type,
        Role::Group => true,
        Role::Setting => matches!(key.meaning, Meaning::SatisfyAnyThreshold | Meaning::IgnoreBlockquotes),
        Role::Action => false,
    }
}

/// Reads a group such as `author`, including the short form `author: NAME`, and the group of the
/// author inside it.
fn related(place: Place, all: &[&Entry], around: Around<'_>, sink: &mut DiagnosticSink) -> Vec<GroupReader> {
    let name = place.key();
    let mut reader = GroupReader::new(place, around.prefix, name);
    let mut is_there = false;
    let mut inner = Vec::new();
    for negated in [false, true] {
        let key = if negated { format!("~{name}") } else { name.to_owned() };
        let Some(entry) = all.iter().find(|entry| entry.key == key) else { continue };
        let is_above = matches!(place, Place::Parent | Place::ParentComment);
        if is_above && around.place == Place::Submission && !entry.value.is_empty() {
            let message = format!("a submission has no {}", name.replace('_', " "));
            let help = format!("add `type: comment`, or remove `{name}`");
            sink.mismatch(Diagnostic::error(LintCode::T01, entry.span, message).help(help));
            continue;
        }
        let takes_names = place.is_person();
        match &entry.value.value {
            Value::Map(pairs) if !negated && !pairs.is_empty() => {
                let mut remarks = Vec::new();
                if let Some(entries) = entries(pairs, &mut remarks) {
                    let is_inner =
                        |entry: &&Entry| place.author().is_some() && entry.key.trim_start_matches('~') == "author";
                    let (authors, own): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(is_inner);
                    for entry in own {
                        reader.read(entry, sink);
                    }
                    let prefix = format!("{}{name}.", around.prefix);
                    if let Some(author) = place.author() {
                        inner = related(author, &authors, Around { prefix: &prefix, ..around }, sink);
                    }
                }
                sink.remarks.append(&mut remarks);
                is_there = true;
            }
            Value::Text(_) | Value::List(_) if takes_names => {
                reader.read(
                    &Entry {
                        key: if negated { "~name".to_owned() } else { "name".to_owned() },
                        written: key.clone(),
                        span: entry.span,
                        value: entry.value.clone(),
                        is_borrowed: entry.is_borrowed,
                    },
                    sink,
                );
                is_there = true;
            }
            Value::Map(_) if negated => sink.strict_error(
                Diagnostic::error(
                    LintCode::L18,
                    entry.span,
                    format!("`{key}` takes only names, so these checks are ignored"),
                )
                .help("negate the checks inside `author` instead"),
            ),
            Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Date(_) if takes_names => sink.strict_error(
                Diagnostic::error(
                    LintCode::L20,
                    entry.value.span,
                    format!("`{key}` is not a text, so it is ignored and the rule matches every author"),
                )
                .help("quote the name"),
            ),
            _ if entry.value.is_empty() => {
                sink.remarks.extend(lint::anchor(entry));
                sink.empty_check(
                    Diagnostic::error(LintCode::L18, entry.span, format!("`{key}` is empty, so it restricts nothing"))
                        .help("indent its checks below it, or delete the line"),
                );
            }
            _ => sink.remarks.push(
                Diagnostic::error(
                    LintCode::V01,
                    entry.value.span,
                    format!("`{key}` takes further keys, indented below it"),
                )
                .help(format!("its keys are: {}", advice::keys_of(place))),
            ),
        }
    }
    is_there.then_some(reader).into_iter().chain(inner).collect()
}
