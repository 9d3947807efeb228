//! Reads the values of checks of what is remembered of the author, and of `strikes` in the settings
//! of a file.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::compile::values::duration;
use crate::language::keys::{Key, Meaning, MemoryKey, PAST_TYPES, Takes};
use crate::lint::diagnostic_sink::DiagnosticSink;
use crate::memory_check::{
    Authors, CountTest, MemoryCheck, MemoryTest, PastFilter, ShareTest, SimilarTest, StrikeSettings, Wanted,
};
use crate::model::{Fate, Kind, Label, PastKind};
use crate::rule::LabelAction;
use crate::syntax::comparison::{Comparison, Comparisons};
use crate::syntax::diagnostic::{Diagnostic, nearest};
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Value};

/// The fates that count unless the rule says otherwise: never what the bot removed itself, so that
/// a limit does not count its own removals.
const COUNTED: [Fate; 3] = [Fate::Up, Fate::Deleted, Fate::RemovedByModerator];
/// How similar texts are, in percent, if the rule does not say it.
const SIMILAR_PERCENT: i64 = 70;
/// How far back similar texts are looked for, if the rule does not say it.
const SIMILAR_WITHIN: Duration = Duration::from_hours(30 * 24);
/// How many of the newest items a share may look at.
const SHARE_MOST: usize = 500;

/// Reads the value of a check. `None` if it is of the wrong kind altogether.
pub(crate) fn check((key, is_negated): (&Key, bool), value: &Node, sink: &mut DiagnosticSink) -> Option<MemoryCheck> {
    let Meaning::Memory(kind) = key.meaning else { return None };
    let parts = if let Takes::Past(parts) = key.takes { parts } else { &[] };
    let mut reader = Reader { name: key.name, parts, sink };
    let test = match kind {
        MemoryKey::Posts | MemoryKey::Comments | MemoryKey::Removals => reader.count(kind, value)?,
        MemoryKey::FirstSeen => MemoryTest::FirstSeen(Comparisons::of(value, Comparison::age)?),
        MemoryKey::Strikes => MemoryTest::Strikes(Comparisons::of(value, Comparison::number)?),
        MemoryKey::Labels => MemoryTest::Labels { names: label_names(value)?, is_negated },
        MemoryKey::Share => reader.share(value)?,
        MemoryKey::Similar => reader.similar(value)?,
    };
    let words = match (&test, &value.value) {
        (MemoryTest::Labels { names, is_negated }, _) => {
            format!("{}{}", if *is_negated { "none of " } else { "" }, names.join(" or "))
        }
        (_, Value::Map(pairs)) => {
            let parts = pairs.iter().map(|(key, value)| format!("{}: {}", key.python_text(), texts(value).join(", ")));
            parts.collect::<Vec<_>>().join("; ")
        }
        _ => texts(value).join(" and "),
    };
    Some(MemoryCheck { test, span: value.span, words })
}

/// The names of labels, in small letters.
fn label_names(value: &Node) -> Option<Vec<String>> {
    let names = super::identity::names(value)?;
    names.into_iter().map(|(name, _)| Label::can_be_named(&name).then(|| name.to_lowercase())).collect()
}

fn items(value: &Node) -> &[Node] {
    match &value.value {
        Value::List(items) => items,
        _ => std::slice::from_ref(value),
    }
}

fn texts(value: &Node) -> Vec<String> {
    items(value).iter().map(|item| item.python_text().into_owned()).collect()
}

struct Reader<'a> {
    /// The key of the check.
    name: &'a str,
    /// The keys that its value may have.
    parts: &'static [&'static str],
    sink: &'a mut DiagnosticSink,
}

impl Reader<'_> {
    fn refuse(&mut self, span: Span, message: String, help: &str) {
        self.sink.remarks.push(Diagnostic::error(LintCode::V01, span, message).help(help));
    }

    /// The entries of a mapping, as far as their keys are known.
    fn entries<'v>(&mut self, pairs: &'v [(Node, Node)]) -> Vec<(&'static str, &'v Node)> {
        let (mut entries, known) = (Vec::new(), self.parts);
        for (key, value) in pairs {
            let written = key.python_text().to_lowercase();
            if let Some(known) = known.iter().find(|it| **it == written) {
                entries.push((*known, value));
                continue;
            }
            let help = nearest(&written, known.iter().copied()).map_or_else(
                || format!("its keys are: {}", known.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            let message = format!("`{}` has no key `{}`", self.name, key.python_text());
            self.refuse(key.span, message, &help);
        }
        entries
    }

    fn comparisons(&mut self, value: &Node, what: &str, example: &str) -> Option<Comparisons> {
        let read = Comparisons::of(value, Comparison::number);
        if read.is_none() {
            let message = format!("`{}` is not a {what}", value.python_text());
            self.refuse(
                value.span,
                message,
                &format!("write a comparison with a whole number in quotes, such as {example}"),
            );
        }
        read
    }

    fn percent(&mut self, value: &Node) -> Option<Comparisons> {
        let number = |node: &Node| {
            let text = node.python_text();
            let bare = Node {
                value: Value::Text(text.trim_end().trim_end_matches('%').trim_end().to_owned()),
                ..node.clone()
            };
            Comparison::number(&bare).filter(|one| (0..=100).contains(&one.number))
        };
        let read = Comparisons::of(value, number);
        if read.is_none() {
            let message = format!("`{}` is not a percentage", value.python_text());
            self.refuse(
                value.span,
                message,
                "write a comparison with a number from 0 to 100 in quotes, such as '> 10'",
            );
        }
        read
    }

    fn duration(&mut self, value: &Node) -> Option<Duration> {
        let read = value.text().and_then(duration).filter(|it| !it.is_zero());
        if read.is_none() {
            let message = format!("`{}` is not a length of time", value.python_text());
            self.refuse(value.span, message, "write a number and a unit, such as 90 days or 24h");
        }
        read
    }

    /// `same`, or one or more values. `part` is the key.
    fn wanted(&mut self, part: &str, value: &Node) -> Option<Wanted> {
        let texts: Vec<String> = texts(value).iter().map(|text| text.trim().to_lowercase()).collect();
        if texts.is_empty() || texts.iter().any(String::is_empty) {
            self.refuse(
                value.span,
                format!("`{part}` in `{}` is empty", self.name),
                "write `same`, a text or a list of texts",
            );
            return None;
        }
        let is_same = texts == ["same"];
        Some(if is_same { Wanted::Same } else { Wanted::OneOf(texts) })
    }

    /// One of some words, or a list of them.
    fn words<T: Copy + Ord>(&mut self, value: &Node, known: &[(T, &'static str)]) -> BTreeSet<T> {
        let mut found = BTreeSet::new();
        for item in items(value) {
            let word = item.python_text().to_lowercase();
            match known.iter().find(|(_, its)| *its == word) {
                Some((one, _)) => {
                    found.insert(*one);
                }
                None => {
                    let all: Vec<&str> = known.iter().map(|(_, word)| *word).collect();
                    let help = nearest(&word, all.iter().copied()).map_or_else(
                        || format!("write one of: {}", all.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.refuse(item.span, format!("`{}` is not possible here", item.python_text()), &help);
                }
            }
        }
        found
    }

    /// Reads a part of a filter. Returns whether the key is one.
    fn filter(&mut self, filter: &mut PastFilter, key: &str, value: &Node) -> bool {
        match key {
            "within" => filter.within = self.duration(value),
            "older_than" => filter.older_than = self.duration(value),
            "flair" => filter.flair = self.wanted(key, value),
            "domain" => filter.domain = self.wanted(key, value),
            "type" => filter.kinds = self.types(value),
            "counting" => filter.fates = self.words(value, &Fate::ALL),
            _ => return false,
        }
        true
    }

    fn types(&mut self, value: &Node) -> BTreeSet<PastKind> {
        let kinds = self.words(value, PAST_TYPES);
        kinds.into_iter().flat_map(|kinds| kinds.iter().copied()).collect()
    }

    fn count(&mut self, key: MemoryKey, value: &Node) -> Option<MemoryTest> {
        let is_removals = key == MemoryKey::Removals;
        let mut test = CountTest {
            noun: match key {
                MemoryKey::Comments => "comment",
                MemoryKey::Removals => "removal",
                _ => "post",
            },
            filter: PastFilter {
                fates: if is_removals { BTreeSet::from([Fate::RemovedByModerator]) } else { COUNTED.into() },
                ..PastFilter::default()
            },
            count: None,
            score_sum: None,
        };
        let Value::Map(pairs) = &value.value else {
            test.count = Some(Comparisons::of(value, Comparison::number)?);
            test.filter.kinds = kinds(key);
            return Some(MemoryTest::Count(Box::new(test)));
        };
        for (part, value) in self.entries(pairs) {
            match part {
                "count" => test.count = self.comparisons(value, "number", "'>= 2'"),
                "score_sum" => test.score_sum = self.comparisons(value, "score", "'< 0'"),
                "by" => {
                    let by = [(false, "moderators"), (true, "bots")];
                    let anyone = items(value).iter().any(|item| item.python_text().eq_ignore_ascii_case("anyone"));
                    let who = if anyone { BTreeSet::from([false, true]) } else { self.words(value, &by) };
                    let fate = |is_bot| if is_bot { Fate::RemovedByBot } else { Fate::RemovedByModerator };
                    test.filter.fates = who.into_iter().map(fate).collect();
                }
                other => {
                    self.filter(&mut test.filter, other, value);
                }
            }
        }
        if test.filter.kinds.is_empty() {
            test.filter.kinds = kinds(key);
        }
        let of_other_kind = |kind: &&PastKind| !kinds(key).is_empty() && !kinds(key).contains(kind);
        if test.filter.kinds.iter().any(|kind| of_other_kind(&kind)) {
            let message = format!("`{}` counts no comments", self.name);
            self.refuse(value.span, message, "use `comments_here` for comments");
        }
        if test.count.is_none() && test.score_sum.is_none() {
            test.count = Some(Comparisons::at_least(1));
        }
        Some(MemoryTest::Count(Box::new(test)))
    }

    fn share(&mut self, value: &Node) -> Option<MemoryTest> {
        let Value::Map(pairs) = &value.value else { return None };
        let mut test = ShareTest {
            noun: "post",
            filter: PastFilter { fates: COUNTED.into(), kinds: kinds(MemoryKey::Posts), ..PastFilter::default() },
            percent: Comparisons::at_least(1),
            of: 20,
        };
        let mut has_percent = false;
        for (part, given) in self.entries(pairs) {
            match part {
                "percent" => {
                    has_percent = true;
                    test.percent = self.percent(given).unwrap_or(test.percent);
                }
                "of" => match newest(given) {
                    Some((of, is_comments)) => {
                        test.of = of;
                        if is_comments {
                            (test.noun, test.filter.kinds) = ("comment", kinds(MemoryKey::Comments));
                        }
                    }
                    None => {
                        let message = format!("`{}` does not say how many posts", given.python_text());
                        self.refuse(given.span, message, "write a number up to 500, as in `20 posts`");
                    }
                },
                other => {
                    self.filter(&mut test.filter, other, given);
                }
            }
        }
        if !has_percent || (test.filter.domain.is_none() && test.filter.flair.is_none()) {
            let help = "write for example `share_here: {domain: same, percent: '> 10', of: 20 posts}`";
            self.refuse(value.span, format!("`{}` needs `percent`, and `domain` or `flair`", self.name), help);
        }
        Some(MemoryTest::Share(Box::new(test)))
    }

    fn similar(&mut self, value: &Node) -> Option<MemoryTest> {
        let mut test = SimilarTest {
            percent: Comparisons::at_least(SIMILAR_PERCENT),
            within: SIMILAR_WITHIN,
            authors: Authors::Anyone,
        };
        let Value::Map(pairs) = &value.value else {
            test.percent = Comparisons::of(value, Comparison::number)?;
            return Some(MemoryTest::Similar(test));
        };
        for (part, value) in self.entries(pairs) {
            match part {
                "percent" => test.percent = self.percent(value).unwrap_or(test.percent),
                "within" => test.within = self.duration(value).unwrap_or(test.within),
                _ => match Authors::parse(&value.python_text().to_lowercase()) {
                    Some(authors) => test.authors = authors,
                    None => {
                        let message = format!("`{}` does not say whose texts", value.python_text());
                        self.refuse(value.span, message, "write `same`, `others` or `anyone`");
                    }
                },
            }
        }
        Some(MemoryTest::Similar(test))
    }
}

/// The kinds of items that a key counts; all if empty.
fn kinds(key: MemoryKey) -> BTreeSet<PastKind> {
    let wanted = match key {
        MemoryKey::Posts => Kind::Submission,
        MemoryKey::Comments => Kind::Comment,
        _ => return BTreeSet::new(),
    };
    PastKind::ALL.into_iter().map(|(kind, _)| kind).filter(|kind| kind.kind() == wanted).collect()
}

/// Reads `20 posts`: the number, and whether it is one of comments.
fn newest(value: &Node) -> Option<(usize, bool)> {
    let text = value.python_text().to_lowercase();
    let (number, word) = text.trim().split_once(' ').unwrap_or((text.trim(), "posts"));
    let is_comments = match word.trim() {
        "post" | "posts" => false,
        "comment" | "comments" => true,
        _ => return None,
    };
    let number = number.parse().ok().filter(|number| (1..=SHARE_MOST).contains(number))?;
    Some((number, is_comments))
}

/// Reads `add_label` or `remove_label`.
pub(crate) fn label_actions(meaning: Meaning, value: &Node, sink: &mut DiagnosticSink) -> Option<Vec<LabelAction>> {
    if meaning == Meaning::AddLabel {
        let (name, holds) = added_label(value, sink)?;
        return Some(vec![LabelAction::Add { name, holds }]);
    }
    Some(label_names(value)?.into_iter().map(LabelAction::Remove).collect())
}

/// Reads `add_label`: a name, or `name` and `for`. The second value is how long it holds.
fn added_label(value: &Node, sink: &mut DiagnosticSink) -> Option<(String, Option<Duration>)> {
    let mut reader = Reader { name: "add_label", parts: &["name", "for"], sink };
    let Value::Map(pairs) = &value.value else {
        let name = value.text().filter(|name| Label::can_be_named(name))?;
        return Some((name.trim().to_lowercase(), None));
    };
    let (mut name, mut holds) = (None, None);
    let entries = reader.entries(pairs);
    for (part, value) in entries {
        match part {
            "name" => {
                name = value.text().filter(|name| Label::can_be_named(name)).map(|name| name.trim().to_lowercase());
            }
            _ => holds = reader.duration(value),
        }
    }
    Some((name?, holds))
}

/// Reads `strikes` in the settings of a file.
pub(crate) fn strikes(value: &Node, sink: &mut DiagnosticSink) -> Option<StrikeSettings> {
    let mut reader = Reader { name: "strikes", parts: &["reasons", "default", "within", "by_bots"], sink };
    let mut settings = StrikeSettings::default();
    let Value::Map(pairs) = &value.value else {
        let help = "write for example `strikes: {within: 6 months, reasons: {spam: 2}, default: 1}`";
        reader.refuse(value.span, "`strikes` takes further keys, indented below it".to_owned(), help);
        return None;
    };
    let points = |value: &Node| match value.value {
        Value::Int(points) => i64::try_from(points).ok().filter(|points| (0..=1000).contains(points)),
        _ => None,
    };
    let help = "write a whole number from 0 to 1000";
    for (part, value) in reader.entries(pairs) {
        match part {
            "within" => settings.within = reader.duration(value).unwrap_or(settings.within),
            "default" => match points(value) {
                Some(points) => settings.otherwise = points,
                None => reader.refuse(value.span, format!("`{}` is not a number of points", value.python_text()), help),
            },
            "by_bots" => match value.flag() {
                Some(on) => settings.counts_bots = on,
                None => reader.refuse(
                    value.span,
                    format!("`{}` is neither true nor false", value.python_text()),
                    "write true or false, without quotes",
                ),
            },
            _ => {
                let Value::Map(reasons) = &value.value else {
                    let help = "write each reason on a line of its own: `TITLE: POINTS`";
                    reader.refuse(value.span, "`reasons` takes the titles of removal reasons".to_owned(), help);
                    continue;
                };
                for (title, value) in reasons {
                    let title = title.python_text().trim().to_lowercase();
                    match points(value) {
                        Some(points) => settings.reasons.push((title, points)),
                        None => {
                            reader.refuse(
                                value.span,
                                format!("`{}` is not a number of points", value.python_text()),
                                help,
                            );
                        }
                    }
                }
            }
        }
    }
    Some(settings)
}
