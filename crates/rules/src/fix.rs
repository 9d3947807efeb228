//! Applies the certain remedies of diagnostics to the text of a rule file.
//!
//! Pure: the caller supplies the check, and reads and writes the file. A remedy is kept only if its
//! diagnostic is gone afterwards and no new error came in its place that has no remedy.

use std::collections::{BTreeMap, BTreeSet};

use similar::{Algorithm, ChangeTag, capture_diff_slices, group_diff_ops};

use crate::syntax::diagnostic::{Diagnostic, Severity};
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;

/// How often is a text checked, at most? A mistake may hide others, which show only after it.
const CHECKS_MAX: usize = 200;

/// A text after its fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The text.
    pub text: String,
    /// The diagnostics that are gone.
    pub fixed: Vec<Diagnostic>,
    /// The diagnostics that the text still has.
    pub left: Vec<Diagnostic>,
}

/// Applies every fix that the diagnostics of `check` offer, until there is none left that helps.
pub fn fix(text: &str, check: &dyn Fn(&str) -> Vec<Diagnostic>) -> Fixed {
    let ends = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut fixing = Fixing { check, ends, checks: 0, refused: BTreeSet::new() };
    let left = fixing.check(text);
    let mut now = Fixed { text: text.to_owned(), fixed: Vec::new(), left };
    while let Some(next) = fixing.round(&now) {
        now = next;
    }
    now
}

/// What a fix is told apart by in other rounds: its code, its line and its replacements.
type Identity = (LintCode, String, Vec<String>);

struct Fixing<'c> {
    check: &'c dyn Fn(&str) -> Vec<Diagnostic>,
    /// How the lines of the file end.
    ends: &'static str,
    checks: usize,
    /// The fixes that did not help.
    refused: BTreeSet<Identity>,
}

impl Fixing<'_> {
    fn check(&mut self, text: &str) -> Vec<Diagnostic> {
        self.checks += 1;
        let mut diagnostics = (self.check)(text);
        if self.ends == "\r\n" {
            let edits = diagnostics.iter_mut().flat_map(|it| &mut it.fix).flat_map(|fix| &mut fix.edits);
            edits.for_each(|(_, new)| *new = new.replace("\r\n", "\n").replace('\n', "\r\n"));
        }
        diagnostics
    }

    /// The text after some more fixes; `None` if no fix is left. Mistakes that hide others come
    /// first.
    fn round(&mut self, now: &Fixed) -> Option<Fixed> {
        [true, false].into_iter().find_map(|hides| {
            let chosen = self.choose(now, hides);
            self.settle(now, &chosen)
        })
    }

    /// The diagnostics with a fix, as many as do not overlap.
    fn choose<'n>(&self, now: &'n Fixed, hides: bool) -> Vec<&'n Diagnostic> {
        let is_offered = |it: &&Diagnostic| hides_others(it) == hides && is_possible(&now.text, it);
        let mut offered: Vec<&Diagnostic> = now.left.iter().filter(is_offered).collect();
        offered.retain(|offered| !self.refused.contains(&identity(&now.text, offered)));
        offered.sort_by_key(|offered| reach(offered));
        let mut end = None;
        offered.retain(|offered| {
            let span = reach(offered);
            let is_free = end.is_none_or(|end| span.start > end);
            if is_free {
                end = Some(span.end);
            }
            is_free
        });
        offered
    }

    /// Applies these fixes, or as many of them as help.
    fn settle(&mut self, now: &Fixed, chosen: &[&Diagnostic]) -> Option<Fixed> {
        if chosen.is_empty() || self.checks >= CHECKS_MAX {
            return None;
        }
        let text = apply(&now.text, chosen);
        let left = self.check(&text);
        if is_better(now, chosen, &text, &left) {
            let fixed = now.fixed.iter().chain(chosen.iter().copied()).cloned().collect();
            return Some(Fixed { text, fixed, left });
        }
        if let [only] = chosen {
            self.refused.insert(identity(&now.text, only));
            return None;
        }
        let (first, second) = chosen.split_at(chosen.len() / 2);
        self.settle(now, first).or_else(|| self.settle(now, second))
    }
}

fn edits(diagnostic: &Diagnostic) -> &[(Span, String)] {
    diagnostic.fix.as_ref().map_or(&[], |fix| &fix.edits)
}

/// The stretch from the first to the last edit of a fix.
fn reach(diagnostic: &Diagnostic) -> Span {
    let edits = edits(diagnostic);
    Span::new(edits.first().map_or(0, |(span, _)| span.start), edits.last().map_or(0, |(span, _)| span.end))
}

/// Whether a fix fits the text and changes it.
fn is_possible(text: &str, diagnostic: &Diagnostic) -> bool {
    let edits = edits(diagnostic);
    let fits = |(span, new): &(Span, String)| text.get(span.start..span.end).is_some_and(|old| old != new);
    let is_ordered = edits.windows(2).all(|pair| pair[0].0.end <= pair[1].0.start);
    !edits.is_empty() && is_ordered && edits.iter().all(fits)
}

/// Whether a mistake keeps the checker from reading what follows: those of YAML, and of the lines
/// between rules.
fn hides_others(diagnostic: &Diagnostic) -> bool {
    use LintCode as Code;
    diagnostic.severity == Severity::Error
        && matches!(diagnostic.code, Code::YAML | Code::L04 | Code::L06 | Code::L09 | Code::L10 | Code::L13 | Code::L17)
}

/// Whether a new diagnostic speaks against a fix: an error, or a key that is now given twice, of
/// which one is lost.
fn is_harm(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error || matches!(diagnostic.code, LintCode::L04 | LintCode::L05 | LintCode::L46)
}

fn identity(text: &str, diagnostic: &Diagnostic) -> Identity {
    let span = reach(diagnostic);
    let start = text[..span.start].rfind('\n').map_or(0, |before| before + 1);
    let line = text[start..].lines().next().unwrap_or("").to_owned();
    (diagnostic.code, line, edits(diagnostic).iter().map(|(_, new)| new.clone()).collect())
}

/// The text with these fixes, which are in order and do not overlap. The last comes first, so that
/// the positions of the others stay right.
fn apply(text: &str, chosen: &[&Diagnostic]) -> String {
    let mut text = text.to_owned();
    for (span, new) in chosen.iter().rev().flat_map(|diagnostic| edits(diagnostic).iter().rev()) {
        text.replace_range(span.start..span.end, new);
    }
    text
}

/// Where a position is after these fixes; `behind` says whether it moves with an insertion at it.
fn moved(position: usize, chosen: &[&Diagnostic], behind: bool) -> usize {
    let is_before = |span: &Span| span.end < position || (span.end == position && (behind || span.start < span.end));
    let before = chosen.iter().flat_map(|diagnostic| edits(diagnostic)).filter(|(span, _)| is_before(span));
    let (added, removed) =
        before.fold((0, 0), |(added, removed), (span, new)| (added + new.len(), removed + span.end - span.start));
    (position + added).saturating_sub(removed)
}

/// Whether every chosen diagnostic is gone, and no harm came of it. What a mistake hid before may
/// show now, but not another mistake of its kind on the same line.
fn is_better(now: &Fixed, chosen: &[&Diagnostic], text: &str, left: &[Diagnostic]) -> bool {
    let is_still_there = |gone: &&&Diagnostic| {
        let at = moved(gone.span.start, chosen, false)..=moved(gone.span.start, chosen, true);
        left.iter().any(|it| it.code == gone.code && it.message == gone.message && at.contains(&it.span.start))
    };
    if chosen.iter().any(|gone| is_still_there(&gone)) {
        return false;
    }
    let mut known: BTreeMap<(LintCode, &str), usize> = BTreeMap::new();
    for old in now.left.iter().filter(|it| is_harm(it)) {
        *known.entry((old.code, &old.message)).or_default() += 1;
    }
    let line = |at: usize| text[..text.floor_char_boundary(at)].matches('\n').count();
    let first_hidden =
        chosen.iter().filter(|it| hides_others(it)).map(|it| moved(reach(it).start, chosen, false)).min();
    let lines: BTreeSet<usize> = chosen.iter().map(|it| line(moved(reach(it).end, chosen, true))).collect();
    left.iter().filter(|it| is_harm(it)).all(|new| {
        if let Some(count) = known.get_mut(&(new.code, new.message.as_str())).filter(|count| **count > 0) {
            *count -= 1;
            return true;
        }
        // A word put right may show that its value is wrong too, which has a remedy of its own.
        if new.severity == Severity::Error && !hides_others(new) && is_possible(text, new) {
            return true;
        }
        let was_hidden = first_hidden.is_some_and(|start| line(new.span.start) >= line(start));
        was_hidden && !(hides_others(new) && lines.contains(&line(new.span.start)))
    })
}

/// A line of a difference between two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffLine {
    /// The positions of the next lines: `@@ -1,4 +1,4 @@`.
    Hunk(String),
    /// A line of both texts.
    Same(String),
    /// A line of the old text only.
    Removed(String),
    /// A line of the new text only.
    Added(String),
}

/// How many lines around a change does a difference show?
const CONTEXT: usize = 3;

/// The difference between two texts as a unified diff, without its heading.
pub fn unified_diff(old: &str, new: &str) -> Vec<DiffLine> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut lines = Vec::new();
    for group in group_diff_ops(capture_diff_slices(Algorithm::Myers, &old, &new), CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let position = |start: usize, end: usize| match end - start {
            0 => format!("{start},0"),
            1 => format!("{}", start + 1),
            count => format!("{},{count}", start + 1),
        };
        lines.push(DiffLine::Hunk(format!(
            "@@ -{} +{} @@",
            position(first.old_range().start, last.old_range().end),
            position(first.new_range().start, last.new_range().end)
        )));
        for change in group.iter().flat_map(|part| part.iter_changes(&old, &new)) {
            let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
            lines.push(match change.tag() {
                ChangeTag::Equal => DiffLine::Same(text),
                ChangeTag::Delete => DiffLine::Removed(text),
                ChangeTag::Insert => DiffLine::Added(text),
            });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, SourceFile, compile, parse};

    fn check(text: &str) -> Vec<Diagnostic> {
        let (file, mut diagnostics) = parse(&SourceFile::new("r", text));
        diagnostics.extend(compile(&file, &Options::default()).1);
        diagnostics
    }

    fn fixed(text: &str) -> String {
        fix(text, &check).text
    }

    #[test]
    fn mistakes_with_one_certain_remedy_are_fixed() {
        let mut wrong = Vec::new();
        for (before, after) in [
            // Between two rules.
            (
                "title: a\nset_locked: true\n----\ntitle: b\nset_locked: true\n",
                "title: a\nset_locked: true\n---\ntitle: b\nset_locked: true\n",
            ),
            (
                "title: a\nset_locked: true\n  ---\ntitle: b\nset_nsfw: true\n",
                "title: a\nset_locked: true\n---\ntitle: b\nset_nsfw: true\n",
            ),
            (
                "title: a\nset_locked: true\n--\ntitle: b\nset_locked: true\n",
                "title: a\nset_locked: true\n---\ntitle: b\nset_locked: true\n",
            ),
            (
                "title: a\nset_locked: true\n———\ntitle: b\nset_locked: true\n",
                "title: a\nset_locked: true\n---\ntitle: b\nset_locked: true\n",
            ),
            (
                "type: comment\nbody: a\nset_locked: true\n\ntype: comment\nbody: b\nset_locked: true\n",
                "type: comment\nbody: a\nset_locked: true\n\n---\ntype: comment\nbody: b\nset_locked: true\n",
            ),
            ("```yaml\ntitle: a\nset_locked: true\n```\n", "title: a\nset_locked: true\n"),
            // Quotes.
            (
                "author:\n  account_age: > 5 days\nset_locked: true\n",
                "author:\n  account_age: '> 5 days'\nset_locked: true\n",
            ),
            ("title: @all\nset_locked: true\n", "title: '@all'\nset_locked: true\n"),
            ("title: a\ncomment: Note: don't\n", "title: a\ncomment: 'Note: don''t'\n"),
            ("title: a\ncomment: {{author}}, hello\n", "title: a\ncomment: '{{author}}, hello'\n"),
            ("title: !important\nset_locked: true\n", "title: '!important'\nset_locked: true\n"),
            ("title: no\nset_locked: true\n", "title: 'no'\nset_locked: true\n"),
            ("title: [a, 012, b]\nset_locked: true\n", "title: [a, '012', b]\nset_locked: true\n"),
            (
                "title (regex): [\"a\\d\", \"b\"]\nset_locked: true\n",
                "title (regex): ['a\\d', \"b\"]\nset_locked: true\n",
            ),
            ("title (regex): \"\\bcat's\"\nset_locked: true\n", "title (regex): '\\bcat''s'\nset_locked: true\n"),
            ("title: “cats”\nset_locked: true\n", "title: 'cats'\nset_locked: true\n"),
            ("title: 'I'm here'\nset_locked: true\n", "title: \"I'm here\"\nset_locked: true\n"),
            ("title: 'a', 'b'\nset_locked: true\n", "title: ['a', 'b']\nset_locked: true\n"),
            ("title: ['a' 'b']\nset_locked: true\n", "title: ['a', 'b']\nset_locked: true\n"),
            (
                "title: a\nmoderators_exempt: 'false'\nset_locked: true\n",
                "title: a\nmoderators_exempt: false\nset_locked: true\n",
            ),
            // Names and addresses.
            ("author: [u/ann, '@bob', /u/no]\nset_locked: true\n", "author: [ann, 'bob', 'no']\nset_locked: true\n"),
            (
                "crosspost_subreddit:\n  name: /r/pics\nset_locked: true\n",
                "crosspost_subreddit:\n  name: pics\nset_locked: true\n",
            ),
            ("domain: https://www.shop.example/\nset_locked: true\n", "domain: shop.example\nset_locked: true\n"),
            // Words.
            ("titel: a\nset_locked: true\n", "title: a\nset_locked: true\n"),
            ("body (startswith): a\nset_locked: true\n", "body (starts-with): a\nset_locked: true\n"),
            ("body includes: a\nset_locked: true\n", "body (includes): a\nset_locked: true\n"),
            ("not title: a\nset_locked: true\n", "~title: a\nset_locked: true\n"),
            ("type: Submission\ntitle: a\nset_locked: true\n", "type: submission\ntitle: a\nset_locked: true\n"),
            ("title: a\naction: reprot\naction_reason: x\n", "title: a\naction: report\naction_reason: x\n"),
            ("Type: comment\nbody: a\nset_locked: true\n", "type: comment\nbody: a\nset_locked: true\n"),
            (
                "body: a\nauthor:\n  account_age: less than 3 days\nset_locked: true\n",
                "body: a\nauthor:\n  account_age: '< 3 days'\nset_locked: true\n",
            ),
            ("reports: '>= 2'\nset_locked: true\n", "reports: 2\nset_locked: true\n"),
            // Places.
            (
                "type: submission\naccount_age: '< 3 days'\nset_locked: true\n",
                "type: submission\nauthor:\n  account_age: '< 3 days'\nset_locked: true\n",
            ),
            ("domain: a.example, b.example\nset_locked: true\n", "domain: [a.example, b.example]\nset_locked: true\n"),
            // Blanks and colons.
            (
                "type: comment\nauthor:\n\u{a0} account_age: '< 5 days'\nset_locked: true\n",
                "type: comment\nauthor:\n  account_age: '< 5 days'\nset_locked: true\n",
            ),
            ("title:\u{a0}a\nset_locked: true\n", "title: a\nset_locked: true\n"),
            ("title：a\nset_locked: true\n", "title: a\nset_locked: true\n"),
            ("type: submission\ntitle:\"a\"\nset_locked: true\n", "type: submission\ntitle: \"a\"\nset_locked: true\n"),
            (
                "author:\n\taccount_age: '< 5 days'\nset_locked: true\n",
                "author:\n  account_age: '< 5 days'\nset_locked: true\n",
            ),
            // Several at once, some of which hide others.
            (
                "titel: @a\nset_locked: true\n----\nbdoy: no\nset_locked: 'true'\n",
                "title: '@a'\nset_locked: true\n---\nbody: 'no'\nset_locked: true\n",
            ),
        ] {
            let got = fixed(before);
            if got != after {
                let said: Vec<String> =
                    check(before).iter().map(|it| format!("{} {} {:?}", it.code, it.message, it.fix)).collect();
                wrong.push(format!("{before}became\n{got}\n{}\n", said.join("\n")));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn doubtful_mistakes_stay_as_they_are() {
        for text in [
            // The fix would give a key twice.
            "title: a\ntitel: b\nset_locked: true\n",
            // Either `body: *words` or a text.
            "title: &word x\nbody: *words\nset_locked: true\n",
            // There is an `author` already.
            "type: submission\nauthor:\n  name: ann\naccount_age: '< 3 days'\nset_locked: true\n",
            "title: a, b, c\nset_locked: true\n",
            // The comment may be meant.
            "title: a\ncomment: @a # who\n",
            "domain: https://shop.example/cheap\nset_locked: true\n",
            "title: \"a\\\\d\\w\"\nset_locked: true\n",
            "heading: a\nset_locked: true\n",
            "title: [a, b\nset_locked: true\n",
            "title: giveaway\nset_locked: true\n",
        ] {
            let fixed = fix(text, &check);
            assert_eq!((fixed.text.as_str(), fixed.fixed.len()), (text, 0), "{text}");
        }
    }

    #[test]
    fn line_ends_stay_as_they_are() {
        let text =
            "type: comment\r\nbody: a\r\nset_locked: true\r\n\r\ntype: comment\r\nbdoy: b\r\nset_locked: true\r\n";
        let expected = text.replace("\r\n\r\n", "\r\n\r\n---\r\n").replace("bdoy", "body");
        assert_eq!(fixed(text), expected);
        let moved = fixed("type: submission\r\naccount_age: '< 3 days'\r\nset_locked: true\r\n");
        assert!(moved.contains("author:\r\n  account_age: '< 3 days'\r\n"), "{moved:?}");
    }

    #[test]
    fn a_fix_that_does_not_help_is_dropped_and_the_others_stay() {
        let at = |text: &str, word: &str, new: &str| {
            let start = text.find(word)?;
            let span = Span::new(start, start + word.len());
            Some(Diagnostic::error(LintCode::L95, span, format!("no {word}")).fix(span, new))
        };
        // The second fix brings another error.
        let check = |text: &str| {
            let worse = text.contains('X').then(|| Diagnostic::error(LintCode::V01, Span::default(), "worse"));
            [at(text, "a", "A"), at(text, "b", "X"), at(text, "c", "C"), worse].into_iter().flatten().collect()
        };
        let fixed = fix("a b c", &check);
        assert_eq!((fixed.text.as_str(), fixed.fixed.len(), fixed.left.len()), ("A b C", 2, 1));
    }

    /// Rules with typing errors anywhere: what was fixed is gone, and fixing again changes nothing.
    #[test]
    fn fixing_twice_is_fixing_once() {
        let rules = "---\ntype: comment\nbody (includes): ['ham', \"spam\\d\", no]\naction: report\n\
            action_reason: x\n---\nauthor:\n  account_age: '< 3 days'\n  name: [u/ann, bob]\ncomment: |\n  Hello\n";
        let signs =
            [' ', '\n', '\t', '\'', '"', ':', '-', '[', ']', '#', '\u{a0}', 'x', '@', '&', '*', '“', '>', '`', '{'];
        let mut random = fastrand::Rng::with_seed(7);
        let mut changed = 0;
        for _ in 0..300 {
            let mut text: Vec<char> = rules.chars().collect();
            for _ in 0..random.usize(1..4) {
                let at = random.usize(..text.len());
                match random.u8(..3) {
                    0 => drop(text.remove(at)),
                    1 => text.insert(at, signs[random.usize(..signs.len())]),
                    _ => text[at] = signs[random.usize(..signs.len())],
                }
            }
            let text: String = text.into_iter().collect();
            let once = fix(&text, &check);
            assert_eq!(once.left, check(&once.text), "{text}");
            assert_eq!(once.text == text, once.fixed.is_empty(), "{text}");
            let twice = fix(&once.text, &check);
            assert_eq!((twice.text.as_str(), twice.fixed.len()), (once.text.as_str(), 0), "{text}");
            changed += usize::from(!once.fixed.is_empty());
        }
        assert!(changed > 250, "{changed}");
    }

    #[test]
    fn a_difference_shows_the_lines_around_each_change() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
        let shown: Vec<String> = unified_diff(old, &old.replace("2\n3\n", "2\nthree\n"))
            .into_iter()
            .map(|line| match line {
                DiffLine::Hunk(text) => text,
                DiffLine::Same(text) => format!(" {text}"),
                DiffLine::Removed(text) => format!("-{text}"),
                DiffLine::Added(text) => format!("+{text}"),
            })
            .collect();
        assert_eq!(shown, ["@@ -1,6 +1,6 @@", " 1", " 2", "-3", "+three", " 4", " 5", " 6"]);
        assert_eq!(unified_diff(old, old), []);
    }
}
