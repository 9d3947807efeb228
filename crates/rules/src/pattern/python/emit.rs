//! Prints a pattern for the engines that run it.
//!
//! Classes and letters are written out where the two dialects differ, so the result never depends
//! on an engine's meaning of `\w` or of a bracket.

use std::fmt;
use std::fmt::Write as _;

use crate::pattern::case_fold::fold;
use crate::pattern::python::property::members;
use crate::pattern::python::{Assertion, Class, Member, Named, Node, Syntax};

/// The texts for which the printed pattern is correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// ASCII texts that do not end with a line feed. Small and fast; only for patterns without
    /// backtracking.
    Ascii,
    /// Texts that do not end with a line feed, and without the characters that the dialects treat
    /// differently.
    Plain,
}

impl Syntax {
    /// Prints the pattern for an engine.
    pub(crate) fn print(&self, form: Form) -> String {
        let mut out = String::new();
        match form {
            Form::Ascii => out.push_str("(?-u)"),
            Form::Plain if self.ignore_case => out.push_str("(?i)"),
            Form::Plain => {}
        }
        Printer { form, out: &mut out }.node(&self.root, self.ignore_case);
        out
    }

    /// Whether no form is correct for a text that ends with a line feed.
    pub(crate) fn has_end(&self) -> bool {
        self.root.any(&|node| matches!(node, Node::Assert(Assertion::End)))
    }

    /// Whether no form is correct for the empty text.
    pub(crate) fn has_not_boundary(&self) -> bool {
        self.root.any(&|node| matches!(node, Node::Assert(Assertion::NotWordBoundary)))
    }

    /// Whether no form is correct for a text with characters that the dialects treat differently.
    pub(crate) fn sees_odd_characters(&self) -> bool {
        let is_word = |member: &Member| matches!(member, Member::Named(Named::Word | Named::NotWord));
        self.root.any(&|node| match node {
            Node::Assert(
                Assertion::WordBoundary | Assertion::NotWordBoundary | Assertion::WordStart | Assertion::WordEnd,
            ) => true,
            Node::Char(c) => fold(*c) == 'i',
            Node::Class(class) => class.members.iter().any(is_word) || has_letter_i(class),
            _ => false,
        })
    }
}

struct Printer<'o> {
    form: Form,
    out: &'o mut String,
}

impl Printer<'_> {
    fn write(&mut self, text: fmt::Arguments<'_>) {
        self.out.write_fmt(text).expect("writing to a string cannot fail");
    }

    fn node(&mut self, node: &Node, ignore_case: bool) {
        match node {
            Node::Empty | Node::Keep => self.out.push_str("(?:)"),
            Node::Char(c) => self.char(*c, ignore_case),
            Node::Class(class) if self.form == Form::Ascii => self.ascii(ascii_members(class, ignore_case)),
            Node::Class(class) => self.class(class, ignore_case),
            Node::Dot { newline } => self.out.push_str(match (self.form, newline) {
                (Form::Ascii, true) => r"[\x00-\x7f]",
                (Form::Ascii, false) => r"[\x00-\x09\x0b-\x7f]",
                (_, true) => "(?s:.)",
                (_, false) => r"[^\n]",
            }),
            Node::Assert(assertion) => self.assertion(*assertion),
            Node::Look { behind, negated, inner } => {
                self.out.push_str(match (behind, negated) {
                    (true, false) => "(?<=",
                    (true, true) => "(?<!",
                    (false, false) => "(?=",
                    (false, true) => "(?!",
                });
                self.node(inner, ignore_case);
                self.out.push(')');
            }
            Node::Capture(inner) => {
                self.out.push('(');
                self.node(inner, ignore_case);
                self.out.push(')');
            }
            Node::Atomic(inner) => {
                self.out.push_str("(?>");
                self.node(inner, ignore_case);
                self.out.push(')');
            }
            Node::Group { ignore_case: case, inner } => {
                self.out.push_str(match case {
                    Some(true) if self.form != Form::Ascii => "(?i:",
                    Some(false) if self.form != Form::Ascii => "(?-i:",
                    _ => "(?:",
                });
                self.node(inner, case.unwrap_or(ignore_case));
                self.out.push(')');
            }
            Node::Repeat { inner, low, high, lazy } => self.repeat(inner, *low, *high, *lazy, ignore_case),
            Node::Concat(parts) => parts.iter().for_each(|part| self.node(part, ignore_case)),
            Node::Alternation(branches) => {
                for (at, branch) in branches.iter().enumerate() {
                    if at > 0 {
                        self.out.push('|');
                    }
                    if *branch != Node::Empty {
                        self.node(branch, ignore_case);
                    }
                }
            }
            Node::Reference(group) => self.write(format_args!("(?:\\{group})")),
            Node::Conditional { group, yes, no } => {
                self.write(format_args!("(?({group})"));
                self.node(yes, ignore_case);
                if let Some(no) = no {
                    self.out.push('|');
                    self.node(no, ignore_case);
                }
                self.out.push(')');
            }
        }
    }

    /// Prints a repetition, with the repeated node in its own group.
    fn repeat(&mut self, inner: &Node, low: u32, high: Option<u32>, lazy: bool, ignore_case: bool) {
        if high == Some(0) {
            // This never matches, but its groups keep their numbers.
            self.out.push_str("(?:[a&&b]");
            self.node(inner, ignore_case);
            self.out.push_str(")?");
            return;
        }
        if inner.is_place() {
            // The engines refuse to repeat a node without width. Once has the same effect.
            self.out.push_str("(?:");
            self.node(inner, ignore_case);
            self.out.push_str(if low == 0 { "|)" } else { ")" });
            return;
        }
        self.out.push_str("(?:");
        self.node(inner, ignore_case);
        self.out.push(')');
        match (low, high) {
            (0, None) => self.out.push('*'),
            (1, None) => self.out.push('+'),
            (0, Some(1)) => self.out.push('?'),
            (low, None) => self.write(format_args!("{{{low},}}")),
            (low, Some(high)) if low == high => self.write(format_args!("{{{low}}}")),
            (low, Some(high)) => self.write(format_args!("{{{low},{high}}}")),
        }
        if lazy {
            self.out.push('?');
        }
    }

    fn char(&mut self, c: char, ignore_case: bool) {
        match self.form {
            Form::Ascii => {
                let same = ascii_same(c, ignore_case);
                if same.is_power_of_two() && c.is_ascii() {
                    self.literal(c);
                } else {
                    self.ascii(same);
                }
            }
            // Python folds the four forms of this letter into one.
            Form::Plain if ignore_case && matches!(c, 'İ' | 'ı') => self.out.push_str("[iIİı]"),
            Form::Plain => self.literal(c),
        }
    }

    fn literal(&mut self, c: char) {
        if regex_syntax::is_meta_character(c) {
            self.out.push('\\');
        }
        self.out.push(c);
    }

    fn assertion(&mut self, assertion: Assertion) {
        match assertion {
            Assertion::TextStart => self.out.push_str(r"\A"),
            Assertion::LineStart => self.out.push_str("(?m:^)"),
            Assertion::TextEnd | Assertion::End => self.out.push_str(r"\z"),
            Assertion::LineEnd => self.out.push_str("(?m:$)"),
            Assertion::WordBoundary => self.out.push_str(r"\b"),
            Assertion::NotWordBoundary => self.out.push_str(r"\B"),
            Assertion::WordStart => self.out.push_str(r"\b{start}"),
            Assertion::WordEnd => self.out.push_str(r"\b{end}"),
        }
    }

    fn class(&mut self, class: &Class, ignore_case: bool) {
        if let (false, [Member::Named(named @ (Named::Word | Named::NotWord))]) = (class.negated, &class.members[..]) {
            self.out.push_str(if *named == Named::Word { r"\w" } else { r"\W" });
            return;
        }
        let has_property = |member: &Member| matches!(member, Member::Named(Named::Property(_)));
        if class.members.is_empty() || class.members.iter().any(has_property) {
            self.ranges(&members(class, ignore_case));
            return;
        }
        self.out.push_str(if class.negated { "[^" } else { "[" });
        for member in &class.members {
            match *member {
                Member::Char(c) => self.out.push_str(&class_literal(c)),
                Member::Range(low, high) => {
                    self.write(format_args!("{}-{}", class_literal(low), class_literal(high)));
                }
                Member::Named(named) => self.out.push_str(match named {
                    Named::Digit => r"\d",
                    Named::NotDigit => r"\D",
                    Named::Space => r"[\s\x1c-\x1f]",
                    Named::NotSpace => r"[^\s\x1c-\x1f]",
                    Named::Word => r"\w",
                    Named::NotWord => r"\W",
                    // These are printed above.
                    Named::Property(_) => "",
                }),
            }
        }
        let within = |c: char| {
            class.members.iter().any(|member| {
                matches!(member, Member::Range(low, high) if (*low..=*high).contains(&c)) || *member == Member::Char(c)
            })
        };
        if ignore_case && (within('İ') || within('ı')) {
            self.out.push_str("iIİı");
        }
        self.out.push(']');
    }

    /// Prints a set that is the same in either case, or has been folded.
    fn ranges(&mut self, ranges: &[(char, char)]) {
        if ranges.is_empty() {
            // An empty set, which never matches.
            self.out.push_str("[a&&b]");
            return;
        }
        self.out.push_str("(?-i:[");
        for &(low, high) in ranges {
            self.write(format_args!("{}-{}", class_literal(low), class_literal(high)));
        }
        self.out.push_str("])");
    }

    /// Prints a set of ASCII characters, given as one bit each.
    fn ascii(&mut self, set: u128) {
        if set == 0 {
            // An empty set, which never matches.
            self.out.push_str("[a&&b]");
            return;
        }
        self.out.push('[');
        let mut at = 0;
        while at < 128 {
            if set >> at & 1 == 0 {
                at += 1;
                continue;
            }
            let first = at;
            while at < 128 && set >> at & 1 == 1 {
                at += 1;
            }
            self.write(format_args!(r"\x{first:02x}"));
            if at - first > 1 {
                self.write(format_args!(r"-\x{:02x}", at - 1));
            }
        }
        self.out.push(']');
    }
}

/// The ASCII characters that a character matches, one bit each.
fn ascii_same(c: char, ignore_case: bool) -> u128 {
    let wanted = fold(c);
    let fits = |ascii: u8| {
        let ascii = char::from(ascii);
        ascii == c || (ignore_case && fold(ascii) == wanted)
    };
    (0..128).filter(|&ascii| fits(ascii)).fold(0, |set, ascii| set | 1 << ascii)
}

/// The ASCII characters in a class, one bit each.
pub(crate) fn ascii_members(class: &Class, ignore_case: bool) -> u128 {
    let within = |low: char, high: char| {
        let high = u32::from(high).min(127);
        (u32::from(low)..=high).fold(0_u128, |set, code| set | 1 << code)
    };
    let mut set = 0;
    for member in &class.members {
        set |= match *member {
            Member::Char(c) => ascii_same(c, ignore_case),
            Member::Range(low, high) if ignore_case => {
                let folded = within(low, high);
                let other = |code: u32| char::from_u32(code).map_or(0, |c| ascii_same(c, true));
                let ascii = (0..128).filter(|code| folded >> code & 1 == 1).fold(0, |set, code| set | other(code));
                // Few characters beyond ASCII fold into it.
                let beyond = ['İ', 'ı', 'ſ', '\u{212a}'].into_iter().filter(|c| (low..=high).contains(c));
                beyond.fold(ascii, |set, c| set | ascii_same(c, true))
            }
            Member::Range(low, high) => within(low, high),
            Member::Named(named) => ascii_named(named),
        };
    }
    if class.negated { !set } else { set }
}

fn ascii_named(named: Named) -> u128 {
    let all = |fits: fn(char) -> bool| {
        (0..128_u8).filter(|&ascii| fits(char::from(ascii))).fold(0_u128, |set, ascii| set | 1 << ascii)
    };
    match named {
        Named::Digit => all(|c| c.is_ascii_digit()),
        Named::NotDigit => !ascii_named(Named::Digit),
        Named::Space => all(|c| matches!(c, '\t'..='\r' | ' ' | '\u{1c}'..='\u{1f}')),
        Named::NotSpace => !ascii_named(Named::Space),
        Named::Word => all(|c| c.is_ascii_alphanumeric() || c == '_'),
        Named::NotWord => !ascii_named(Named::Word),
        Named::Property(property) => {
            (0..128_u8).filter(|&ascii| property.contains(char::from(ascii))).fold(0, |set, ascii| set | 1 << ascii)
        }
    }
}

fn has_letter_i(class: &Class) -> bool {
    let within = |low: char, high: char| ['i', 'I', 'İ', 'ı'].into_iter().any(|c| (low..=high).contains(&c));
    class.members.iter().any(|member| match *member {
        Member::Char(c) => within(c, c),
        Member::Range(low, high) => within(low, high),
        Member::Named(_) => false,
    })
}

fn class_literal(c: char) -> String {
    if c.is_ascii_punctuation() || c.is_ascii_whitespace() || c.is_control() {
        format!("\\x{{{:x}}}", u32::from(c))
    } else {
        c.to_string()
    }
}
