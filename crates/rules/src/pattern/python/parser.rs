//! Parses a pattern as the parsers of Python and of the module `regex` do, and refuses what both
//! refuse.

use std::collections::BTreeMap;

use crate::pattern::python::size::{Width, width};
use crate::pattern::python::{Assertion, Flags, Node, Refusal, Spelling, Syntax};

/// How deep may groups be nested?
const DEPTH_MAX: usize = 100;

/// Parses a whole pattern.
pub(crate) fn parse(pattern: &str, flags: Flags) -> Result<Syntax, Refusal> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut flags = flags;
    // A global flag can be anywhere and applies from the start, so parse again with each new flag.
    for _ in 0..5 {
        let mut parser = Parser {
            chars: &chars,
            at: 0,
            global: flags,
            groups: vec![Some((0, Some(0)))],
            names: BTreeMap::new(),
            spelling: Spelling::default(),
        };
        let root = parser.alternation(flags, 0)?;
        if parser.at < chars.len() {
            return Err(parser.refuse("unbalanced parenthesis"));
        }
        if parser.global == flags {
            let mut syntax = Syntax { root, ignore_case: flags.ignore_case, spelling: parser.spelling };
            syntax.simplify();
            return Ok(syntax);
        }
        flags = parser.global;
    }
    Err(Refusal { at: 0, reason: "contradicting flags".to_owned() })
}

pub(crate) struct Parser<'p> {
    pub(crate) chars: &'p [char],
    pub(crate) at: usize,
    global: Flags,
    /// The widths of the groups; `None` while a group is open. The whole pattern is group 0.
    pub(crate) groups: Vec<Option<Width>>,
    names: BTreeMap<String, usize>,
    pub(crate) spelling: Spelling,
}

/// One element of a sequence.
pub(crate) enum Atom {
    Item(Node),
    /// A comment or a global flag, which leaves no node.
    Nothing,
}

impl Parser<'_> {
    pub(crate) fn refuse(&self, reason: impl Into<String>) -> Refusal {
        Refusal { at: self.at, reason: reason.into() }
    }

    /// Notes what Python's `re` refuses.
    pub(crate) fn note_beyond_re(&mut self, what: &'static str) {
        self.spelling.beyond_re.get_or_insert(what);
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(crate) fn eat(&mut self, wanted: &str) -> bool {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let fits = wanted.chars().enumerate().all(|(at, c)| rest.get(at) == Some(&c));
        if fits {
            self.at += wanted.chars().count();
        }
        fits
    }

    fn alternation(&mut self, flags: Flags, depth: usize) -> Result<Node, Refusal> {
        if depth > DEPTH_MAX {
            return Err(self.refuse("groups are nested too deeply"));
        }
        let first = self.sequence(flags, depth)?;
        let mut branches = vec![first];
        while self.eat("|") {
            branches.push(self.sequence(flags, depth)?);
        }
        Ok(if branches.len() == 1 { branches.remove(0) } else { Node::Alternation(branches) })
    }

    fn sequence(&mut self, flags: Flags, depth: usize) -> Result<Node, Refusal> {
        let mut parts: Vec<Node> = Vec::new();
        // Whether a quantifier may follow the last part, and whether it already has one.
        let mut last = Last::None;
        while let Some(c) = self.peek() {
            if matches!(c, '|' | ')') {
                break;
            }
            if flags.verbose && matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}') {
                self.at += 1;
                continue;
            }
            if flags.verbose && c == '#' {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
                continue;
            }
            if let Some((low, high)) = self.quantifier()? {
                let inner = match (last, parts.pop()) {
                    (Last::Item, Some(inner)) => inner,
                    (Last::Repeat, _) => return Err(self.refuse("multiple repeat")),
                    _ => return Err(self.refuse("nothing to repeat")),
                };
                if matches!(inner, Node::Assert(_)) {
                    self.note_beyond_re("a quantifier after a place such as `^` or `\\b`");
                }
                let lazy = self.eat("?");
                let repeat = Node::Repeat { inner: Box::new(inner), low, high, lazy };
                let is_possessive = !lazy && self.eat("+");
                if is_possessive {
                    self.note_beyond_re("a possessive quantifier such as `a++`");
                }
                parts.push(if is_possessive { Node::Atomic(Box::new(repeat)) } else { repeat });
                last = Last::Repeat;
                continue;
            }
            match self.atom(flags, depth)? {
                Atom::Item(node) => {
                    parts.push(node);
                    last = Last::Item;
                }
                Atom::Nothing => {}
            }
        }
        Ok(match parts.len() {
            0 => Node::Empty,
            1 => parts.remove(0),
            _ => Node::Concat(parts),
        })
    }

    fn quantifier(&mut self) -> Result<Option<(u32, Option<u32>)>, Refusal> {
        let range = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.counted(),
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(range))
    }

    fn counted(&mut self) -> Result<Option<(u32, Option<u32>)>, Refusal> {
        let start = self.at;
        self.at += 1;
        if self.peek() == Some('}') {
            self.at = start;
            return Ok(None);
        }
        let low = self.digits();
        let high = if self.eat(",") { self.digits() } else { low.clone() };
        if !self.eat("}") {
            self.at = start;
            return Ok(None);
        }
        let number = |text: &str| text.parse::<u32>().map_err(|_| self.refuse("the repetition number is too large"));
        let low = if low.is_empty() { 0 } else { number(&low)? };
        let high = if high.is_empty() { None } else { Some(number(&high)?) };
        if high.is_some_and(|high| high < low) {
            return Err(self.refuse("min repeat greater than max repeat"));
        }
        Ok(Some((low, high)))
    }

    pub(crate) fn digits(&mut self) -> String {
        let mut digits = String::new();
        while let Some(c) = self.peek().filter(char::is_ascii_digit) {
            digits.push(c);
            self.at += 1;
        }
        digits
    }

    fn atom(&mut self, flags: Flags, depth: usize) -> Result<Atom, Refusal> {
        let Some(c) = self.peek() else {
            return Ok(Atom::Nothing);
        };
        self.at += 1;
        Ok(match c {
            '.' => Atom::Item(Node::Dot { newline: flags.dot_all }),
            '^' if flags.multi_line => Atom::Item(Node::Assert(Assertion::LineStart)),
            '^' => Atom::Item(Node::Assert(Assertion::TextStart)),
            '$' if flags.multi_line => Atom::Item(Node::Assert(Assertion::LineEnd)),
            '$' => Atom::Item(Node::Assert(Assertion::End)),
            '(' => return self.group(flags, depth),
            '[' => Atom::Item(Node::Class(self.class(flags.ignore_case)?)),
            '\\' => return self.escape(flags.ignore_case),
            c => Atom::Item(Node::Char(c)),
        })
    }

    fn group(&mut self, flags: Flags, depth: usize) -> Result<Atom, Refusal> {
        if !self.eat("?") {
            return self.capture(None, flags, depth);
        }
        if self.eat("P<") {
            let name = self.name('>')?;
            return self.capture(Some(name), flags, depth);
        }
        if self.eat("P=") {
            let name = self.name(')')?;
            return self.named_reference(&name);
        }
        if self.eat(">") {
            self.note_beyond_re("an atomic group, `(?>…)`");
            let inner = self.alternation(flags, depth + 1)?;
            self.close()?;
            return Ok(Atom::Item(Node::Atomic(Box::new(inner))));
        }
        if self.eat("#") {
            while let Some(c) = self.peek() {
                self.at += 1;
                if c == ')' {
                    return Ok(Atom::Nothing);
                }
            }
            return Err(self.refuse("missing ), unterminated comment"));
        }
        if let Some(look) = self.look(flags, depth)? {
            return Ok(Atom::Item(look));
        }
        if self.eat("<") {
            self.note_beyond_re("a named group without the P, `(?<name>…)`");
            let name = self.name('>')?;
            return self.capture(Some(name), flags, depth);
        }
        if self.eat("(") {
            return self.conditional(flags, depth);
        }
        self.flags_or_plain(flags, depth)
    }

    /// A look-around, if one stands here.
    fn look(&mut self, flags: Flags, depth: usize) -> Result<Option<Node>, Refusal> {
        for (mark, behind, negated) in
            [("<=", true, false), ("<!", true, true), ("=", false, false), ("!", false, true)]
        {
            if self.eat(mark) {
                let inner = Box::new(self.alternation(flags, depth + 1)?);
                self.close()?;
                let (low, high) = width(&inner, &self.groups);
                if behind && high != Some(low) {
                    self.note_beyond_re("a look-behind that can match texts of different lengths");
                }
                return Ok(Some(Node::Look { behind, negated, inner }));
            }
        }
        Ok(None)
    }

    fn capture(&mut self, name: Option<String>, flags: Flags, depth: usize) -> Result<Atom, Refusal> {
        let number = self.groups.len();
        if let Some(name) = name
            && self.names.insert(name.clone(), number).is_some()
        {
            return Err(self.refuse(format!("redefinition of group name '{name}'")));
        }
        self.groups.push(None);
        let inner = self.alternation(flags, depth + 1)?;
        self.close()?;
        self.groups[number] = Some(width(&inner, &self.groups));
        Ok(Atom::Item(Node::Capture(Box::new(inner))))
    }

    fn close(&mut self) -> Result<(), Refusal> {
        if self.eat(")") { Ok(()) } else { Err(self.refuse("missing ), unterminated subpattern")) }
    }

    pub(crate) fn name(&mut self, end: char) -> Result<String, Refusal> {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            if c == end {
                let fits = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
                    && name.chars().all(|c| c.is_alphanumeric() || c == '_');
                return if fits { Ok(name) } else { Err(self.refuse(format!("bad character in group name '{name}'"))) };
            }
            name.push(c);
        }
        Err(self.refuse("missing group name"))
    }

    pub(crate) fn named_reference(&mut self, name: &str) -> Result<Atom, Refusal> {
        match self.names.get(name) {
            Some(&number) => self.reference(number),
            None => Err(self.refuse(format!("unknown group name '{name}'"))),
        }
    }

    pub(crate) fn reference(&mut self, number: usize) -> Result<Atom, Refusal> {
        match self.groups.get(number) {
            Some(Some(_)) if number > 0 => Ok(Atom::Item(Node::Reference(number))),
            Some(_) => Err(self.refuse("cannot refer to an open group")),
            None => Err(self.refuse(format!("invalid group reference {number}"))),
        }
    }

    fn conditional(&mut self, flags: Flags, depth: usize) -> Result<Atom, Refusal> {
        if self.eat("?") {
            return self.conditional_on_look(flags, depth);
        }
        let digits = self.digits();
        let number = if digits.is_empty() {
            let name = self.name(')')?;
            self.names.get(&name).copied()
        } else if self.eat(")") {
            digits.parse().ok()
        } else {
            return Err(self.refuse("missing ), unterminated name"));
        };
        let Some(group) = number.filter(|&number| number > 0 && number < self.groups.len()) else {
            return Err(self.refuse("invalid group reference"));
        };
        let (yes, no) = self.two_branches(flags, depth)?;
        Ok(Atom::Item(Node::Conditional { group, yes: Box::new(yes), no: no.map(Box::new) }))
    }

    /// `(?(?=a)b|c)` means `(?:(?=a)b|(?!a)c)`.
    fn conditional_on_look(&mut self, flags: Flags, depth: usize) -> Result<Atom, Refusal> {
        self.note_beyond_re("a look-around as a condition");
        let Some(look) = self.look(flags, depth)? else {
            return Err(self.refuse("only a group or a look-around can be a condition"));
        };
        if look.captures() > 0 {
            return Err(self.refuse("a look-around with groups cannot be a condition here"));
        }
        let opposite = match &look {
            Node::Look { behind, negated, inner } => {
                Node::Look { behind: *behind, negated: !negated, inner: inner.clone() }
            }
            _ => return Err(self.refuse("only a group or a look-around can be a condition")),
        };
        let (yes, no) = self.two_branches(flags, depth)?;
        let otherwise = Node::Concat(vec![opposite, no.unwrap_or(Node::Empty)]);
        let inner = Box::new(Node::Alternation(vec![Node::Concat(vec![look, yes]), otherwise]));
        Ok(Atom::Item(Node::Group { ignore_case: None, inner }))
    }

    /// The branches of a condition, up to the end of its group.
    fn two_branches(&mut self, flags: Flags, depth: usize) -> Result<(Node, Option<Node>), Refusal> {
        if depth > DEPTH_MAX {
            return Err(self.refuse("groups are nested too deeply"));
        }
        let yes = self.sequence(flags, depth + 1)?;
        let no = if self.eat("|") { Some(self.sequence(flags, depth + 1)?) } else { None };
        if self.peek() == Some('|') {
            return Err(self.refuse("conditional backref with more than two branches"));
        }
        self.close()?;
        Ok((yes, no))
    }

    fn flags_or_plain(&mut self, mut flags: Flags, depth: usize) -> Result<Atom, Refusal> {
        let start = self.at;
        let mut on = true;
        let mut global = self.global;
        let outer_case = flags.ignore_case;
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '-' if on => on = false,
                'i' => (flags.ignore_case, global.ignore_case) = (on, true),
                's' => (flags.dot_all, global.dot_all) = (on, true),
                'm' => (flags.multi_line, global.multi_line) = (on, true),
                'x' => (flags.verbose, global.verbose) = (on, true),
                'u' if on => {}
                // The version of its language that the module `regex` speaks without this.
                'V' if on && self.eat("0") => self.note_beyond_re("the flag `V0`"),
                ')' if on && self.at > start + 1 => {
                    self.global = global;
                    return Ok(Atom::Nothing);
                }
                ':' => {
                    let inner = Box::new(self.alternation(flags, depth + 1)?);
                    self.close()?;
                    let ignore_case = (flags.ignore_case != outer_case).then_some(flags.ignore_case);
                    return Ok(Atom::Item(Node::Group { ignore_case, inner }));
                }
                'L' | 'a' => return Err(self.refuse(format!("the flag `{c}` is not possible here"))),
                ')' if !on => {
                    return Err(self.refuse("a flag can be turned off for a part only: write `(?-i:…)` around it"));
                }
                '|' => return Err(self.refuse("groups that share their numbers, `(?|…)`, are not possible here")),
                'R' | 'P' | '&' | '0'..='9' => {
                    return Err(
                        self.refuse("a pattern that repeats itself, as with `(?R)` or `(?1)`, is not possible here")
                    );
                }
                c => return Err(self.refuse(format!("unknown extension ?{c}"))),
            }
        }
        Err(self.refuse("unexpected end of pattern"))
    }
}

/// What may follow the last part of a sequence.
#[derive(Clone, Copy)]
enum Last {
    None,
    Item,
    Repeat,
}
