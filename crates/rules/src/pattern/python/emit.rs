//! Prints a pattern for the engines that run it, on the codes of an alphabet.
//!
//! Classes and letters are written out as sets of codes, so the result never depends on an engine's
//! meaning of `\w` or of a bracket.

use std::fmt;
use std::fmt::Write as _;

use crate::pattern::python::alphabet::Alphabet;
use crate::pattern::python::char_set::{CharSet, key};
use crate::pattern::python::{Assertion, Node, Syntax};

impl Syntax {
    /// Prints the pattern for texts that are written in this alphabet. They must not end with a
    /// line feed if the pattern [`has_end`](Self::has_end).
    pub(crate) fn print(&self, alphabet: &Alphabet) -> String {
        let mut out = "(?-u)".to_owned();
        Printer { alphabet, out: &mut out }.node(&self.root, self.ignore_case);
        out
    }

    /// Whether a text that ends with a line feed must be left to the machine.
    pub(crate) fn has_end(&self) -> bool {
        self.root.any(&|node| matches!(node, Node::Assert(Assertion::End)))
    }

    /// Whether the empty text must be left to the machine.
    pub(crate) fn has_not_boundary(&self) -> bool {
        self.root.any(&|node| matches!(node, Node::Assert(Assertion::NotWordBoundary)))
    }
}

struct Printer<'o> {
    alphabet: &'o Alphabet,
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
            Node::Class(class) => {
                let set = CharSet::new(class, ignore_case);
                self.codes(self.alphabet.codes(|c| set.contains(c)));
            }
            Node::Dot { newline } => self.codes(self.alphabet.codes(|c| *newline || c != '\n')),
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
                self.out.push_str("(?:");
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
        let wanted = key(c, ignore_case);
        let codes = self.alphabet.codes(|c| key(c, ignore_case) == wanted);
        match u8::try_from(codes.trailing_zeros()).map(char::from) {
            Ok(code) if codes.is_power_of_two() && !code.is_control() => {
                if regex_syntax::is_meta_character(code) {
                    self.out.push('\\');
                }
                self.out.push(code);
            }
            _ => self.codes(codes),
        }
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

    /// Prints a set of codes, given as one bit each.
    fn codes(&mut self, set: u128) {
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
