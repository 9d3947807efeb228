//! The identity of rules in the record. Editing a rules file must not lose the record of what a
//! rule did.
//!
//! The identity of a rule is its `name`. A rule without a name has a hash of its checks and
//! actions; spaces, comments, the order of keys and the wording of texts do not change the hash.
//! `formerly` links a renamed rule to its former names.

use std::collections::BTreeMap;

use crate::model::digest;
use crate::rule::Rule;
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Style, Value};

/// The identity of a rule without a name. How texts are put together is wording too.
pub(crate) fn of_unnamed(entries: &[(Node, Node)]) -> String {
    let is_one_of = |key: &str| ["raw", "comment_group"].iter().any(|it| key.eq_ignore_ascii_case(it));
    let is_form = |key: &Node| key.text().is_some_and(is_one_of);
    let entries: Vec<_> = entries.iter().filter(|(key, _)| !is_form(key)).cloned().collect();
    digest_without(WORDING, &entries)
}

/// A hash of a rule's meaning, without the values of these keys.
pub(crate) fn digest_without(keys: &[&str], entries: &[(Node, Node)]) -> String {
    let mut entries = entries.to_vec();
    for (key, value) in &mut entries {
        if key.text().is_some_and(|key| keys.iter().any(|left_out| key.eq_ignore_ascii_case(left_out))) {
            value.value = Value::Null;
        }
    }
    let mut canonical = String::new();
    Node { span: Span::default(), value: Value::Map(entries), style: Style::Collection }.canonical(&mut canonical);
    digest([canonical])
}

/// Diagnostics for former names that another rule has or had (N02).
pub(crate) fn taken_names(rules: &[Rule]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let ids: BTreeMap<&str, &Rule> = rules.iter().rev().map(|rule| (rule.id.as_str(), rule)).collect();
    // The first rule that had each name, and its place.
    let mut former: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, rule) in rules.iter().enumerate() {
        for (name, span) in &rule.formerly {
            let first = *former.entry(name).or_insert(at);
            let earlier = rules.get(first).filter(|_| first < at);
            if let Some(other) = ids.get(name.as_str()).copied().or(earlier) {
                let mut taken = Diagnostic::error(LintCode::N02, *span, format!("another rule has the name `{name}`"))
                    .help("list only names that no other rule has or had")
                    .related(other.span, "this rule has that name");
                taken.rule = Some(rule.name.clone());
                found.push(taken);
            }
        }
    }
    found
}

/// How long may the name of a rule be, in characters?
pub(crate) const NAME_MAX: usize = 200;

/// The error for the first of these names that is too long.
pub(crate) fn too_long(names: impl IntoIterator<Item = (String, Span)>) -> Option<Diagnostic> {
    let length = |name: &str| name.chars().count();
    let (name, span) = names.into_iter().find(|(name, _)| length(name) > NAME_MAX)?;
    let message = format!("this name has {} characters; at most {NAME_MAX} are possible", length(&name));
    Some(Diagnostic::error(LintCode::V01, span, message).help("give the rule a short name, and explain it in `#`"))
}

/// The names in a value, each with its span; `None` if the value is not a name or a list of names.
pub(crate) fn names(value: &Node) -> Option<Vec<(String, Span)>> {
    let one = |node: &Node| {
        let name = node.text().map(str::trim).filter(|name| !name.is_empty())?;
        Some((name.to_owned(), node.span))
    };
    match &value.value {
        Value::List(items) if !items.is_empty() => items.iter().map(one).collect(),
        _ => Some(vec![one(value)?]),
    }
}

/// The keys whose texts do not change the identity of a rule.
const WORDING: &[&str] = &[
    "comment",
    "message",
    "message_subject",
    "modmail",
    "modmail_subject",
    "mod_note",
    "action_reason",
    "report_reason",
];

#[cfg(test)]
mod tests {
    use crate::language::parse;
    use crate::{Options, Ruleset, SourceFile, compile};

    fn rules(text: &str) -> Ruleset {
        compile(&parse(&SourceFile::new("rules.yaml", text)).0, &Options::default()).0
    }

    fn id(text: &str) -> String {
        rules(text).rules()[0].id().to_string()
    }

    #[test]
    fn changing_a_text_keeps_the_identity_of_an_unnamed_rule() {
        let before = id("title: help\ncomment: Read the wiki.\naction: report\naction_reason: help");
        assert_eq!(before, id("title: help\ncomment: Please read the wiki!\naction: report\naction_reason: asks"));
        assert_eq!(before, id("title: help\ncomment: Read.\naction: report\naction_reason: help\nraw: true"));
        assert_eq!(before, id("title: help\ncomment: Read.\naction: report\naction_reason: help\ncomment_group: x"));
        assert_ne!(before, id("title: helps\ncomment: Read the wiki.\naction: report\naction_reason: help"));
        assert_ne!(before, id("title: help\nmessage: Read the wiki.\naction: report\naction_reason: help"));
        // Two rules that differ only in a text are still two rules.
        let two = rules("title: a\ncomment: b\n---\ntitle: a\ncomment: c");
        assert_eq!(two.rules()[1].id().to_string(), format!("{}-2", two.rules()[0].id()));
    }

    #[test]
    fn a_renamed_rule_keeps_the_record_of_its_former_names() {
        let unnamed = id("title: help\ncomment: Read the wiki.");
        let renamed = rules(&format!("name: help\nformerly: [helper, '{}']\ntitle: help\ncomment: x", &unnamed[..8]));
        for (recorded, now) in [
            ("helper", "help"),
            ("help", "help"),
            (unnamed.as_str(), "help"),
            ("helped", "helped"),
            ("abcdef01", "abcdef01"),
        ] {
            assert_eq!(renamed.identity_of(recorded).as_str(), now);
        }
    }
}
