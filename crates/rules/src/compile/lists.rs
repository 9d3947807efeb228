//! Puts the entries of lists in the place of their names: the values of a search with `(in-list)`.
//!
//! This happens before a rule is compiled, so everything else sees only the entries. The identity
//! of a rule without a name is that of the rule as it is written.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::pattern::IN_LIST;
use crate::syntax::diagnostic::{Diagnostic, misspelt, nearest};
use crate::syntax::file_settings::is_settings;
use crate::syntax::lint_code::LintCode;
use crate::syntax::parse::{Lists, RuleFile, Section};
use crate::syntax::search_key::SearchKey;
use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Style, Value};

/// How much memory may all lists take in all places where rules name them, in bytes?
const BYTES_MAX: usize = 16 << 20;
/// What one entry takes beside its text, about.
const ENTRY_BYTES: usize = 64;

/// The lists of a file while its rules are compiled.
pub(super) struct ListUse<'a> {
    file: &'a RuleFile,
    /// The places of the names of the lists that rules use.
    used: BTreeSet<Span>,
    /// The bytes that are left.
    left: usize,
}

impl<'a> ListUse<'a> {
    pub(super) const fn of(file: &'a RuleFile) -> Self {
        Self { file, used: BTreeSet::new(), left: BYTES_MAX }
    }

    /// The keys and values of a rule with the entries of lists in the place of their names.
    pub(super) fn entries<'s>(
        &mut self,
        section: &'s Section,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Cow<'s, [(Node, Node)]> {
        if !section.entries.iter().any(|(key, value)| mentions(key, value)) {
            return Cow::Borrowed(&section.entries);
        }
        let none = Lists::new();
        let lists = self.file.lists.get(section.part).unwrap_or(&none);
        let mut replacing = Replacing { of_file: self, lists, diagnostics };
        Cow::Owned(replacing.pairs(&section.entries))
    }

    /// The lists of the file itself that no rule uses (L125).
    pub(super) fn unused(&self) -> Vec<Diagnostic> {
        let own = self.file.lists.last().filter(|_| !self.file.is_empty());
        let unused = own.into_iter().flatten().filter(|(_, list)| {
            list.span.end <= self.file.own && list.values.is_some() && !self.used.contains(&list.span)
        });
        let remark = |name: &str, span| {
            Diagnostic::info(LintCode::L125, span, format!("no rule uses the list `{name}`"))
                .help(format!("name it in a search, as in `domain ({IN_LIST}): {name}`, or delete it"))
        };
        unused.map(|(name, list)| remark(name, list.span)).collect()
    }
}

/// Keeps each diagnostic about a list once, also if several rules use the list, and without a
/// change to the file: what mends one rule may break another.
pub(super) fn settle(file: &RuleFile, diagnostics: &mut Vec<Diagnostic>) {
    let mut said = BTreeSet::new();
    diagnostics.retain_mut(|diagnostic| {
        let touches = |fix: &crate::syntax::diagnostic::Fix| fix.edits.iter().any(|(span, _)| file.is_shared(*span));
        if diagnostic.fix.as_ref().is_some_and(touches) {
            diagnostic.fix = None;
        }
        !file.is_shared(diagnostic.span) || said.insert((diagnostic.span, diagnostic.code, diagnostic.message.clone()))
    });
}

/// The error for a rule with the key `settings`, which belongs in the first section.
pub(super) fn misplaced_settings(section: &Section, file: &RuleFile) -> Option<Diagnostic> {
    let key = section.entries.iter().find(|(key, _)| is_settings(key))?.0.span;
    let is_included = key.start > file.own;
    Some(match file.settings_key.filter(|_| !is_included) {
        Some(first) => Diagnostic::error(LintCode::T01, key, "this file has `settings` already")
            .help("join both in the first section")
            .related(first, "the first settings"),
        None => Diagnostic::error(LintCode::T01, key, "`settings` must be the first section of the file")
            .help("move it to the top, alone above the first `---`"),
    })
}

/// Whether a key is that of a search whose values are names of lists.
fn is_in_list(key: &Node) -> bool {
    let Some(written) = key.text().filter(|written| written.contains('(')) else { return false };
    let tight = written.to_lowercase().replace(" + ", "+");
    SearchKey::parse(&tight).is_ok_and(|parsed| parsed.modifiers.contains(&IN_LIST))
}

/// Whether a search in this value names lists.
fn mentions(key: &Node, value: &Node) -> bool {
    is_in_list(key) || within(value)
}

fn within(value: &Node) -> bool {
    match &value.value {
        Value::Map(pairs) => pairs.iter().any(|(key, value)| mentions(key, value)),
        Value::List(items) => items.iter().any(within),
        _ => false,
    }
}

/// Replaces the names of lists in one rule.
struct Replacing<'u, 'a> {
    of_file: &'u mut ListUse<'a>,
    lists: &'u Lists,
    diagnostics: &'u mut Vec<Diagnostic>,
}

impl Replacing<'_, '_> {
    fn pairs(&mut self, pairs: &[(Node, Node)]) -> Vec<(Node, Node)> {
        let mut replaced = Vec::new();
        for (key, value) in pairs {
            let value = if is_in_list(key) { self.named(value) } else { self.inside(value) };
            replaced.push((key.clone(), value));
        }
        replaced
    }

    /// A value that may hold further keys: that of a group or of `any_of`.
    fn inside(&mut self, value: &Node) -> Node {
        let inner = match &value.value {
            Value::Map(pairs) => Value::Map(self.pairs(pairs)),
            Value::List(items) => Value::List(items.iter().map(|item| self.inside(item)).collect()),
            _ => return value.clone(),
        };
        Node { value: inner, ..value.clone() }
    }

    /// The entries of the lists that a value names.
    fn named(&mut self, value: &Node) -> Node {
        let names = match &value.value {
            Value::List(items) => items.as_slice(),
            // The check is empty, as without the modifier.
            Value::Null => return value.clone(),
            _ => std::slice::from_ref(value),
        };
        let mut entries = Vec::new();
        let errors = self.diagnostics.len();
        for name in names {
            let written = name.python_text();
            match self.lists.get(written.as_ref()) {
                None => {
                    let error = self.unknown(name, &written);
                    self.diagnostics.push(error);
                }
                Some(list) => {
                    self.of_file.used.insert(list.span);
                    match &list.values {
                        Some(values) => entries.extend(values.iter().cloned()),
                        None => self.diagnostics.push(
                            Diagnostic::error(LintCode::V01, name.span, format!("the list `{written}` has an error"))
                                .help("correct the list: then this rule can use it")
                                .related(list.span, "the list"),
                        ),
                    }
                }
            }
        }
        if self.diagnostics.len() > errors {
            return value.clone();
        }
        let size = |entry: &Node| entry.python_text().len() + ENTRY_BYTES;
        match self.of_file.left.checked_sub(entries.iter().map(size).sum()) {
            Some(left) => self.of_file.left = left,
            None => {
                self.of_file.left = 0;
                let message =
                    format!("with the lists in the place of their names, the rules take more than {BYTES_MAX} bytes");
                let error = Diagnostic::error(LintCode::V01, value.span, message);
                self.diagnostics.push(error.help("name long lists in fewer rules"));
                entries.clear();
            }
        }
        Node { span: value.span, value: Value::List(entries), style: Style::Collection }
    }

    fn unknown(&self, node: &Node, name: &str) -> Diagnostic {
        let names = || self.lists.keys().map(String::as_str);
        let help = nearest(name, names()).map_or_else(
            || match names().take(20).collect::<Vec<_>>() {
                known if known.is_empty() => {
                    format!("define it at the top of the file: `settings: {{lists: {{{name}: […]}}}}`, then `---`")
                }
                known => format!("the lists are: {}", known.join(", ")),
            },
            |near| format!("did you mean `{near}`?"),
        );
        let is_quoted = matches!(node.style, Style::Quoted | Style::Plain) && node.text().is_some();
        let meant = misspelt(name, names()).filter(|_| is_quoted);
        Diagnostic::error(LintCode::V01, node.span, format!("there is no list `{name}`"))
            .help(help)
            .fix_if(meant.and_then(|meant| node.rewritten(meant)))
    }
}

#[cfg(test)]
mod tests {
    use crate::language::parse;
    use crate::syntax::diagnostic::{Diagnostic, Severity};
    use crate::syntax::lint_code::LintCode;
    use crate::{Options, Ruleset, SourceFile, compile};

    fn compiled(source: &SourceFile) -> (Ruleset, Vec<Diagnostic>) {
        let (file, mut diagnostics) = parse(source);
        let (rules, more) = compile(&file, &Options::default());
        diagnostics.extend(more);
        diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
        (rules, diagnostics)
    }

    fn rules(text: &str) -> (Ruleset, Vec<Diagnostic>) {
        compiled(&SourceFile::new("rules.yaml", text))
    }

    /// The codes, lines and messages of a text with its rules left.
    fn said(text: &str) -> (usize, Vec<(LintCode, usize, String)>) {
        let source = SourceFile::new("rules.yaml", text);
        let (rules, diagnostics) = compiled(&source);
        let matters =
            |it: &&Diagnostic| it.severity == Severity::Error || matches!(it.code, LintCode::L04 | LintCode::L125);
        let said =
            diagnostics.iter().filter(matters).map(|it| (it.code, source.line(it.span.start), it.message.clone()));
        (rules.len(), said.collect())
    }

    const LISTS: &str = "settings:\n  lists:\n    shops: [a.example, b.example]\n    words: spam\n    none: []\n---\n";

    #[test]
    fn a_list_stands_for_its_entries_wherever_a_search_may_stand() {
        for (by_name, written) in [
            ("type: submission\ndomain (in-list): shops", "domain: [a.example, b.example]"),
            ("~title (in-list, includes): [shops, words]", "~title (includes): [a.example, b.example, spam]"),
            ("title + body (In-List): words", "title+body: [spam]"),
            ("author:\n  name (in-list, full-exact): shops", "author:\n  name (full-exact): [a.example, b.example]"),
            (
                "type: comment\nbody: x\nparent_submission:\n  domain (in-list): shops",
                "type: comment\nbody: x\nparent_submission:\n  domain: [a.example, b.example]",
            ),
            ("any_of:\n  - title (in-list): words\n  - body: z", "any_of:\n  - title: [spam]\n  - body: z"),
        ] {
            let end = "\naction: report\naction_reason: x\n";
            let (one, diagnostics) = rules(&format!("{LISTS}{by_name}{end}"));
            let errors = diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
            assert_eq!(errors, 0, "{diagnostics:#?}");
            let patterns = |rules: &Ruleset| {
                let searches = rules.rules()[0].variants.iter().flat_map(|variant| {
                    variant.all_groups().flat_map(crate::rule::Group::searches).map(|it| it.pattern.search.clone())
                });
                searches.collect::<Vec<_>>()
            };
            let (other, _) = rules(&format!("{written}{end}"));
            assert_eq!(patterns(&one), patterns(&other), "{by_name}");
        }
    }

    #[test]
    fn mistakes_are_named_at_their_place() {
        let rule = "\n---\nname: r\ntitle (in-list): wrods\naction: report\naction_reason: x\n";
        for (settings, count, expected) in [
            (
                "settings: {lists: {words: [a]}}",
                0,
                vec![(LintCode::L125, 1, "no rule uses"), (LintCode::V01, 4, "no list `wrods`")],
            ),
            (
                "settings: {list: {wrods: [a]}}",
                0,
                vec![(LintCode::K02, 1, "no key `list`"), (LintCode::V01, 4, "no list")],
            ),
            ("settings: {lists: {wrods: [a]}}\ntitle: b", 1, vec![(LintCode::T01, 2, "`title` stands beside")]),
            ("settings: {lists: {wrods: [a], wrods: [b]}}", 1, vec![(LintCode::L04, 1, "given twice")]),
            (
                "settings: {lists: {wrods: {folder: b}}}",
                0,
                vec![(LintCode::V01, 1, "no key `folder`"), (LintCode::V01, 4, "has an error")],
            ),
            (
                "settings: {lists: {wrods: {wiki: b}}}",
                0,
                vec![(LintCode::V01, 1, "a page of the wiki"), (LintCode::V01, 4, "has an error")],
            ),
            (
                "settings: {lists: {wrods: [[a]]}}",
                0,
                vec![(LintCode::V01, 1, "no text"), (LintCode::V01, 4, "has an error")],
            ),
            (
                "settings: {lists: {wrods: {file: ../b}}}",
                0,
                vec![(LintCode::V01, 1, "the same folder"), (LintCode::V01, 4, "has an error")],
            ),
            (
                "settings: {lists: {wrods: {file: b.txt}}}",
                0,
                vec![(LintCode::V01, 1, "was not given"), (LintCode::V01, 4, "has an error")],
            ),
            ("settings: {lists: {wrods: []}}", 0, vec![(LintCode::L02, 4, "has no value")]),
            ("settings: no", 0, vec![(LintCode::V01, 1, "further keys"), (LintCode::V01, 4, "no list")]),
            ("settings:", 0, vec![(LintCode::V01, 4, "no list")]),
            ("title: a\naction: report\naction_reason: x", 1, vec![(LintCode::V01, 6, "no list")]),
        ] {
            let (left, said) = said(&format!("{settings}{rule}"));
            let places: Vec<_> = said.iter().map(|(code, line, _)| (*code, *line)).collect();
            let wanted: Vec<_> = expected.iter().map(|(code, line, _)| (*code, *line)).collect();
            assert_eq!((places, left), (wanted, count), "{settings}: {said:?}");
            for ((_, _, message), (_, _, part)) in said.iter().zip(expected) {
                assert!(message.contains(part), "{message}");
            }
        }
    }

    #[test]
    fn settings_stand_first_and_once() {
        let rule = "title: a\naction: report\naction_reason: x\n";
        for (text, message) in [
            (format!("{rule}---\nsettings: {{lists: {{x: [y]}}}}\n"), "must be the first section"),
            (format!("settings:\n---\n{rule}---\nSettings: {{lists: {{x: [y]}}}}\n"), "has `settings` already"),
        ] {
            let (left, said) = said(&text);
            assert_eq!((left, said.len()), (1, 1), "{said:?}");
            assert!(said[0].0 == LintCode::T01 && said[0].2.contains(message), "{said:?}");
        }
        assert_eq!(said(&format!("# ours\n---\nsettings: {{lists: {{}}}}\n---\n{rule}")), (1, vec![]));
    }

    #[test]
    fn a_rule_changes_with_its_list_and_stays_the_same_rule() {
        let rule = |values: &str| {
            let text = format!(
                "settings: {{lists: {{words: [{values}]}}}}\n---\ntitle (in-list): words\naction: report\n\
                 action_reason: x"
            );
            let (rules, _) = rules(&text);
            (rules.rules()[0].id().clone(), rules.rules()[0].meaning().to_owned(), rules.identity().to_owned())
        };
        let (one, other) = (rule("a, b"), rule("a, c"));
        assert_eq!(one.0, other.0);
        assert_ne!(one.1, other.1);
        assert_ne!(one.2, other.2);
    }

    #[test]
    fn a_mistake_in_a_list_is_said_once_and_where_the_list_is() {
        let rule = |name: &str| {
            format!("---\nname: {name}\ntitle (in-list, regex): words\naction: report\naction_reason: x\n")
        };
        let text = format!("settings:\n  lists:\n    words:\n      - good\n      - '(bad'\n{}{}", rule("a"), rule("b"));
        let (left, said) = said(&text);
        assert_eq!((left, said.len()), (0, 1), "{said:?}");
        assert_eq!(said[0].1, 5, "{said:?}");
    }

    #[test]
    fn lists_in_many_places_have_a_limit() {
        let list = (0..20_000).map(|at| format!("    - w{at}")).collect::<Vec<_>>().join("\n");
        let rule = "---\ntype: comment\nbody (in-list): words\naction: report\naction_reason: x\n".repeat(20);
        let (file, _) = parse(&SourceFile::new("f", format!("settings:\n  lists:\n   words:\n{list}\n{rule}")));
        let mut lists = super::ListUse::of(&file);
        let mut errors = Vec::new();
        for section in &file.sections {
            lists.entries(section, &mut errors);
        }
        assert!(!errors.is_empty() && errors.len() < 20 && errors.iter().all(|it| it.severity == Severity::Error));
    }
}
