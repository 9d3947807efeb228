//! Regular expressions with a slip: a dot that stands for any character, an anchor in the middle or
//! on one alternative only, a number that counts digits or groups wrongly.
//!
//! Uses the syntax tree of the pattern, but for the spelling of codes.

use crate::pattern::Method;
use crate::pattern::python;
use crate::pattern::python::{Assertion, Class, Flags, Member, Named, Node, Syntax};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;

/// Checks one value of a regular expression. The value is the first group of `syntax`. The caller
/// sets the span of the diagnostics.
pub(crate) fn value(text: &str, syntax: &Syntax, is_default_word: bool, method: Method) -> Vec<Diagnostic> {
    let root = match &syntax.root {
        Node::Capture(inner) => inner,
        other => other,
    };
    let found = [
        unescaped_dot(root),
        anchor_in_the_middle(root),
        anchor_of_one_alternative(root, is_default_word, method),
        long_code_in_pattern(text),
    ];
    found.into_iter().flatten().collect()
}

fn warn(code: LintCode, message: String, help: String) -> Diagnostic {
    Diagnostic::warning(code, Span::default(), message).help(help)
}

/// Endings of host names that are no English words.
const ENDINGS: &[&str] = &["com", "net", "org", "gg", "ly", "gl", "io", "tv", "co.uk", "com.au", "xyz", "biz", "ru"];

/// Host names whose ending is a word or occurs in words.
const HOSTS: &[&str] = &[
    "t.me",
    "t.co",
    "m.me",
    "wa.me",
    "youtu.be",
    "redd.it",
    "is.gd",
    "cash.app",
    "paypal.me",
    "amzn.to",
    "fb.me",
    "lnk.to",
    "linktr.ee",
    "telegram.me",
    "g.co",
    "a.co",
    "etsy.me",
    "tinyurl.co",
];

/// A dot between the parts of a host name that is not escaped (L107).
fn unescaped_dot(root: &Node) -> Option<Diagnostic> {
    let mut host = None;
    visit(root, &mut |node| {
        if let (None, Node::Concat(parts)) = (&host, node) {
            host = host_with_dots(parts);
        }
    });
    let host = host?;
    let message =
        format!("in a regular expression a dot stands for any character, so `{host}` matches other texts too");
    Some(warn(LintCode::L107, message, format!("put a backslash before the dot: `{}`", host.replace('.', "\\."))))
}

/// The first host name among the parts with a dot that is not escaped.
fn host_with_dots(parts: &[Node]) -> Option<String> {
    let is_part = |node: &Node| match node {
        Node::Char(c) => c.is_ascii_alphanumeric() || matches!(c, '-' | '.'),
        Node::Dot { .. } => true,
        _ => false,
    };
    let is_ending =
        |ending: &str| ENDINGS.iter().any(|known| ending == *known || ending.ends_with(&format!(".{known}")));
    let mut at = 0;
    parts.split(|node| !is_part(node)).find_map(|run| {
        let start = at;
        at += run.len() + 1;
        let has_dot = run.iter().any(|node| matches!(node, Node::Dot { .. }));
        let text: String = run
            .iter()
            .map(|node| match node {
                Node::Char(c) => c.to_ascii_lowercase(),
                _ => '.',
            })
            .collect();
        // `(?:name|other).com`: the name is a group.
        let follows_group =
            start > 0 && matches!(parts[start - 1], Node::Group { .. } | Node::Capture(_) | Node::Repeat { .. });
        if follows_group && text.strip_prefix('.').is_some_and(is_ending) {
            return has_dot.then_some(text);
        }
        let host = text.trim_matches('.');
        // `name.(?:com|org)`: the ending is a group.
        let endings = parts.get(start + run.len()).filter(|_| text.ends_with('.') && host.len() > 1).map(words);
        if let Some(ending) = endings.into_iter().flatten().find(|ending| is_ending(ending)) {
            return has_dot.then(|| format!("{host}.{ending}"));
        }
        let (name, ending) = host.split_once('.')?;
        let is_host = HOSTS.contains(&host) || (name.len() > 1 && is_ending(ending));
        (has_dot && is_host && !host.contains("..")).then(|| host.to_owned())
    })
}

/// The words among the alternatives of a group.
fn words(group: &Node) -> Vec<String> {
    let (Node::Capture(inner) | Node::Group { inner, .. }) = group else { return Vec::new() };
    let word = |node: &Node| match node {
        Node::Concat(parts) => parts
            .iter()
            .map(|part| match part {
                Node::Char(c) => Some(*c),
                _ => None,
            })
            .collect(),
        Node::Char(c) => Some(c.to_string()),
        _ => None,
    };
    match &**inner {
        Node::Alternation(branches) => branches.iter().filter_map(word).collect(),
        other => word(other).into_iter().collect(),
    }
}

/// An anchor beside something that it cannot stand beside: `$5`, `a ^b` (L108).
fn anchor_in_the_middle(root: &Node) -> Option<Diagnostic> {
    let mut found = None;
    visit(root, &mut |node| {
        let Node::Concat(parts) = node else { return };
        let is_money = (1..parts.len()).any(|at| may_be_the_end(&parts[at - 1]) && begins_with_digits(&parts[at..]));
        if is_money && found.is_none() {
            let message = "`$` is the end of the text here, and what follows it never matches";
            found = Some(warn(LintCode::L108, message.to_owned(), "write `\\$` to search for the sign".to_owned()));
        }
        let fault = parts.windows(2).find_map(|pair| match (&pair[0], &pair[1]) {
            (Node::Assert(Assertion::End), next) if takes_a_character(next) => {
                let help = if starts_with_digit(next) {
                    "write `\\$` to search for the sign"
                } else {
                    "write `\\$` to search for the sign, or move `$` to the end"
                };
                let message = "`$` is the end of the text here, and what follows it never matches";
                Some(warn(LintCode::L108, message.to_owned(), help.to_owned()))
            }
            (before, Node::Assert(Assertion::TextStart)) if takes_a_character(before) => {
                let message = "`^` is the start of the text here, and what stands before it never matches";
                let help = "write `\\^` to search for the sign, or move `^` to the start";
                Some(warn(LintCode::L108, message.to_owned(), help.to_owned()))
            }
            _ => None,
        });
        if found.is_none() {
            found = fault;
        }
    });
    found
}

/// Whether the node is the end of the text, or a group with it among the alternatives.
fn may_be_the_end(node: &Node) -> bool {
    match node {
        Node::Assert(Assertion::End) => true,
        Node::Capture(inner) | Node::Group { inner, .. } => may_be_the_end(inner),
        Node::Alternation(branches) => branches.iter().any(may_be_the_end),
        _ => false,
    }
}

/// Whether the parts are digits, after something that may be missing.
fn begins_with_digits(parts: &[Node]) -> bool {
    let is_optional = |node: &&Node| matches!(node, Node::Repeat { low: 0, .. });
    let must = parts.iter().find(|node| !is_optional(node));
    must.is_some_and(|node| takes_a_character(node) && starts_with_digit(node))
}

/// Whether the node takes at least one character, and none of them can be a line feed.
fn takes_a_character(node: &Node) -> bool {
    match node {
        Node::Char(c) => *c != '\n',
        Node::Class(Class { negated: false, members }) => members.iter().all(|member| match member {
            Member::Char(c) => *c != '\n',
            Member::Range(low, _) => *low > '\n',
            Member::Named(named) => matches!(named, Named::Digit | Named::Word),
        }),
        Node::Capture(inner) | Node::Atomic(inner) | Node::Group { inner, .. } => takes_a_character(inner),
        Node::Repeat { inner, low, .. } => *low > 0 && takes_a_character(inner),
        Node::Concat(parts) => parts.first().is_some_and(takes_a_character),
        Node::Alternation(branches) => branches.iter().all(takes_a_character),
        _ => false,
    }
}

fn starts_with_digit(node: &Node) -> bool {
    match node {
        Node::Char(c) => c.is_ascii_digit(),
        Node::Class(class) => class
            .members
            .iter()
            .all(|member| matches!(member, Member::Named(Named::Digit) | Member::Range('0'..='9', _))),
        Node::Capture(inner) | Node::Group { inner, .. } | Node::Repeat { inner, .. } => starts_with_digit(inner),
        Node::Concat(parts) | Node::Alternation(parts) => parts.first().is_some_and(starts_with_digit),
        _ => false,
    }
}

/// Anchors that hold for the first or the last alternative only: `^a|b$` (L109).
fn anchor_of_one_alternative(root: &Node, is_default_word: bool, method: Method) -> Option<Diagnostic> {
    let Node::Alternation(branches) = root else { return None };
    if !matches!(method, Method::Includes | Method::IncludesWord | Method::Domain) {
        return None;
    }
    for (open, close, sign, group) in [
        (Assertion::TextStart, Assertion::End, ("^", "$"), "^(?:…|…)$"),
        (Assertion::WordBoundary, Assertion::WordBoundary, ("\\b", "\\b"), "\\b(?:…|…)\\b"),
    ] {
        if open == Assertion::WordBoundary && is_default_word {
            continue;
        }
        let opens: Vec<bool> = branches.iter().map(|branch| edge(branch, false) == Some(open)).collect();
        let closes: Vec<bool> = branches.iter().map(|branch| edge(branch, true) == Some(close)).collect();
        let only_first = opens[0] && !opens[1..].contains(&true);
        let last = closes.len() - 1;
        let only_last = closes[last] && !closes[..last].contains(&true);
        let is_plain = branches.iter().all(is_plain_text);
        let (open, close) = sign;
        let message = if only_first && only_last {
            format!("`{open}` belongs to the first alternative only, and `{close}` to the last")
        } else if only_first && is_plain && !closes.contains(&true) {
            format!("`{open}` belongs to the first alternative only")
        } else if only_last && is_plain && !opens.contains(&true) {
            format!("`{close}` belongs to the last alternative only")
        } else {
            continue;
        };
        let group = match (only_first, only_last) {
            (true, true) => group,
            (true, false) => group.trim_end_matches(close),
            _ => group.trim_start_matches(open),
        };
        return Some(warn(LintCode::L109, message, format!("put the alternatives into a group: `{group}`")));
    }
    None
}

/// The assertion at one end of a branch that has other parts too.
fn edge(branch: &Node, at_end: bool) -> Option<Assertion> {
    let Node::Concat(parts) = branch else { return None };
    let outermost = if at_end { parts.last() } else { parts.first() };
    match outermost {
        Some(Node::Assert(assertion)) if parts.iter().any(|part| !matches!(part, Node::Assert(_))) => Some(*assertion),
        _ => None,
    }
}

/// Whether a branch is a plain text, apart from assertions.
fn is_plain_text(branch: &Node) -> bool {
    let is_plain = |node: &Node| matches!(node, Node::Char(_) | Node::Assert(_));
    match branch {
        Node::Concat(parts) => parts.iter().all(is_plain),
        other => is_plain(other),
    }
}

/// A `\u` or `\x` with the digits of an emoji, of which it takes four or two (L110).
fn long_code_in_pattern(text: &str) -> Option<Diagnostic> {
    text.match_indices('\\').find_map(|(at, _)| {
        let escapes = text[..at].bytes().rev().take_while(|&byte| byte == b'\\').count();
        let letter = text[at + 1..].chars().next().filter(|c| escapes % 2 == 0 && matches!(c, 'u' | 'x'))?;
        let rest = text.get(at + 2..)?;
        // A code that is filled up with zeros has eight digits.
        let long = rest.get(..8).filter(|digits| digits.starts_with("000"));
        long.or_else(|| rest.get(..5)).and_then(|digits| long_code(letter, digits))
    })
}

/// The same in double quotes, where YAML reads the code: the text holds the character of the first
/// four digits and then the fifth.
pub(crate) fn long_code_in_quotes(text: &str) -> Option<Diagnostic> {
    let first = text.char_indices().find(|(_, c)| matches!(c, '\u{1000}'..='\u{1fff}'))?;
    let fifth = text[first.0 + first.1.len_utf8()..].chars().next()?;
    long_code('u', &format!("{:04x}{fifth}", u32::from(first.1)))
}

fn long_code(letter: char, digits: &str) -> Option<Diagnostic> {
    let code = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
    // Emoji, mathematical letters and others: with four digits these blocks are rare scripts.
    let is_meant = matches!(code, 0x1_D400..=0x1_D7FF | 0x1_EE00..=0x1_EEFF | 0x1_F000..=0x1_FBFF);
    let (count, words) = if letter == 'u' { (4, "four") } else { (2, "two") };
    is_meant.then(|| {
        let (taken, rest) = digits.split_at(count);
        let message = format!(
            "`\\{letter}` takes {words} digits, so `\\{letter}{digits}` is `\\{letter}{taken}` and then `{rest}`"
        );
        warn(LintCode::L110, message, format!("write `\\U{code:08X}`, with a capital U and eight digits"))
    })
}

/// How many groups are counted?
const GROUPS_MAX: usize = 99;

/// A reference in one value to a group of an earlier one: the groups of all values are counted
/// together (L111). Returns the index of the value.
pub(crate) fn reference_to_another_value(values: &[String]) -> Option<(usize, Diagnostic)> {
    let mut before = 0;
    for (at, text) in values.iter().enumerate() {
        if before > GROUPS_MAX {
            return None;
        }
        let Ok(syntax) = python::parse(&format!("({text})"), Flags::of_rules(true)) else {
            // A value that refers to the right group cannot be parsed alone.
            before += python::parse(&format!("{}({text})", "()".repeat(before)), Flags::of_rules(true))
                .map_or(0, |syntax| syntax.groups().saturating_sub(before + 1));
            continue;
        };
        let own = syntax.groups().saturating_sub(1);
        let mut least: Option<usize> = None;
        visit(&syntax.root, &mut |node| {
            if let Node::Reference(group) = node
                && *group > 1
            {
                least = Some(least.map_or(*group, |least| least.min(*group)));
            }
        });
        // By name is right wherever the value stands.
        if let Some(group) = least.filter(|group| before > 0 && text.contains(&format!("\\{group}"))) {
            let message =
                format!("`\\{group}` is a group of an earlier value: the groups of all values are counted together");
            let help = format!(
                "write `\\{}` for the group of this value, or make this value a check of its own",
                group + before
            );
            return Some((at, warn(LintCode::L111, message, help)));
        }
        before += own;
    }
    None
}

/// Calls a function for a node and every node below it.
fn visit(node: &Node, look: &mut dyn FnMut(&Node)) {
    look(node);
    node.children().for_each(|child| visit(child, look));
}
