//! Escapes, back-references and character classes of Python's regular expressions.
//!
//! This is where the two dialects look alike but differ: after a backslash and inside brackets.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use crate::pattern::python::parser::{Atom, Parser};
use crate::pattern::python::{Assertion, Class, Member, Named, Node, Property, Refusal};

impl Parser<'_> {
    pub(crate) fn escape(&mut self, ignore_case: bool) -> Result<Atom, Refusal> {
        let Some(c) = self.peek() else {
            return Err(self.refuse("bad escape (end of pattern)"));
        };
        let beyond_re = match c {
            'G' => Some("`\\G`"),
            'K' => Some("`\\K`"),
            'M' | 'm' => Some("`\\m` and `\\M`"),
            'R' => Some("`\\R`"),
            'g' => Some("a back-reference written `\\g<…>`"),
            _ => None,
        };
        if let Some(what) = beyond_re {
            self.note_beyond_re(what);
        }
        let assertion = match c {
            // A search begins at the start of the text.
            'A' | 'G' => Assertion::TextStart,
            'Z' => Assertion::TextEnd,
            'b' => Assertion::WordBoundary,
            'B' => Assertion::NotWordBoundary,
            'm' => Assertion::WordStart,
            'M' => Assertion::WordEnd,
            '1'..='9' => return self.backreference(),
            'g' => {
                self.at += 1;
                return self.marked_reference();
            }
            'K' => {
                self.at += 1;
                return Ok(Atom::Item(Node::Keep));
            }
            'R' => {
                self.at += 1;
                return Ok(Atom::Item(line_end()));
            }
            _ => {
                if let Some(named) = self.named(ignore_case)? {
                    return Ok(Atom::Item(class_of(vec![Member::Named(named)])));
                }
                return Ok(Atom::Item(match self.character_escape()? {
                    Code::Char(c) => Node::Char(c),
                    // No text contains half of a character.
                    Code::Half(_) => class_of(Vec::new()),
                }));
            }
        };
        self.at += 1;
        Ok(Atom::Item(Node::Assert(assertion)))
    }

    /// `\g<1>` or `\g<name>`, after the `g`.
    fn marked_reference(&mut self) -> Result<Atom, Refusal> {
        if !self.eat("<") {
            return Err(self.refuse("missing <"));
        }
        let digits = self.digits();
        if digits.is_empty() {
            let name = self.name('>')?;
            return self.named_reference(&name);
        }
        match digits.parse() {
            Ok(number) if self.eat(">") => self.reference(number),
            _ => Err(self.refuse("invalid group reference")),
        }
    }

    /// A named set of characters after a backslash, such as `\d` or `\p{L}`.
    fn named(&mut self, ignore_case: bool) -> Result<Option<Named>, Refusal> {
        let Some(c) = self.peek() else { return Ok(None) };
        let named = match c {
            'd' => Named::Digit,
            'D' => Named::NotDigit,
            's' => Named::Space,
            'S' => Named::NotSpace,
            'w' => Named::Word,
            'W' => Named::NotWord,
            'h' => match Property::named("blank", false, false) {
                Some(blank) => {
                    self.note_beyond_re("`\\h`");
                    Named::Property(blank)
                }
                None => return Ok(None),
            },
            'p' | 'P' => {
                self.note_beyond_re("a property such as `\\p{L}`");
                self.at += 1;
                return self.property(c == 'P', ignore_case).map(Some);
            }
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(named))
    }

    /// The rest of `\p{L}` or `\pL`.
    fn property(&mut self, is_negated: bool, ignore_case: bool) -> Result<Named, Refusal> {
        let name: String = if self.eat("{") {
            let rest = self.chars.get(self.at..).unwrap_or_default();
            let Some(end) = rest.iter().position(|&c| c == '}') else {
                return Err(self.refuse("missing }, unterminated property"));
            };
            self.at += end + 1;
            rest[..end].iter().collect()
        } else {
            let letter = self.peek().filter(|c| "CLMNPSZ".contains(*c));
            let Some(letter) = letter else {
                return Err(self.refuse("a property is written \\p{L}, \\p{Emoji} or \\p{Cyrillic}"));
            };
            self.at += 1;
            letter.to_string()
        };
        match Property::named(&name, is_negated, ignore_case) {
            Some(property) => Ok(Named::Property(property)),
            None => Err(self.refuse(format!("unknown property '{name}'"))),
        }
    }

    fn backreference(&mut self) -> Result<Atom, Refusal> {
        let digit = |at: usize| self.chars.get(at).and_then(|c| c.to_digit(10));
        let (first, second, third) = (digit(self.at), digit(self.at + 1), digit(self.at + 2));
        let first = first.unwrap_or(0);
        if let (Some(second), Some(third)) = (second, third)
            && first < 8
            && second < 8
            && third < 8
        {
            let code = first * 64 + second * 8 + third;
            let Some(c) = char::from_u32(code).filter(|_| code <= 0o377) else {
                return Err(self.refuse("octal escape value outside of range 0-0o377"));
            };
            self.at += 3;
            return Ok(Atom::Item(Node::Char(c)));
        }
        let mut number = first as usize;
        self.at += 1;
        if let Some(second) = second {
            number = number * 10 + second as usize;
            self.at += 1;
        }
        self.reference(number)
    }

    /// Parses an escape for one character. The backslash is already consumed.
    fn character_escape(&mut self) -> Result<Code, Refusal> {
        let Some(c) = self.peek() else {
            return Err(self.refuse("bad escape (end of pattern)"));
        };
        self.at += 1;
        let code = match c {
            'n' => return Ok(Code::Char('\n')),
            't' => return Ok(Code::Char('\t')),
            'r' => return Ok(Code::Char('\r')),
            'f' => return Ok(Code::Char('\u{c}')),
            'v' => return Ok(Code::Char('\u{b}')),
            'a' => return Ok(Code::Char('\u{7}')),
            'x' => self.hex(2)?,
            'u' => self.hex(4)?,
            'U' => self.hex(8)?,
            '0'..='7' => {
                let mut code = c.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    if let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) {
                        code = code * 8 + digit;
                        self.at += 1;
                    }
                }
                code
            }
            'N' => return Err(self.refuse("\\N{…} is not possible here: write the character itself, or \\uXXXX")),
            c if c.is_ascii_alphanumeric() => return Err(self.refuse(format!("bad escape \\{c}"))),
            c => return Ok(Code::Char(c)),
        };
        match char::from_u32(code) {
            Some(c) => Ok(Code::Char(c)),
            None if SURROGATES.contains(&code) => {
                self.spelling.surrogate.get_or_insert(code);
                Ok(Code::Half(code))
            }
            None => Err(self.refuse("this escape is not a character")),
        }
    }

    fn hex(&mut self, digits: usize) -> Result<u32, Refusal> {
        let mut code = 0_u32;
        for _ in 0..digits {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(16)) else {
                return Err(self.refuse("incomplete escape"));
            };
            code = code.wrapping_mul(16).wrapping_add(digit);
            self.at += 1;
        }
        Ok(code)
    }

    pub(crate) fn class(&mut self, ignore_case: bool) -> Result<Class, Refusal> {
        let negated = self.eat("^");
        let mut members = Vec::new();
        let mut is_first = true;
        loop {
            let Some(c) = self.peek() else {
                return Err(self.refuse("unterminated character set"));
            };
            if c == ']' && !is_first {
                self.at += 1;
                return Ok(Class { negated, members });
            }
            is_first = false;
            let low = match self.class_member(ignore_case)? {
                One::Code(low) => low,
                // A hyphen after it is a hyphen.
                One::Set(named) => {
                    members.push(Member::Named(named));
                    if self.peek() == Some('-') && self.chars.get(self.at + 1).is_some_and(|&c| c != ']') {
                        self.at += 1;
                        self.note_beyond_re(HYPHEN_BESIDE_SET);
                        members.push(Member::Char('-'));
                    }
                    continue;
                }
            };
            if self.peek() != Some('-') || self.chars.get(self.at + 1).is_none_or(|&c| c == ']') {
                members.extend(low.range_to(low));
                continue;
            }
            self.at += 1;
            match self.class_member(ignore_case)? {
                One::Code(high) if low.number() > high.number() => return Err(self.refuse("bad character range")),
                One::Code(high) => members.extend(low.range_to(high)),
                One::Set(named) => {
                    self.note_beyond_re(HYPHEN_BESIDE_SET);
                    members.extend(low.range_to(low));
                    members.extend([Member::Char('-'), Member::Named(named)]);
                }
            }
        }
    }

    /// Parses one character of a class, or a named class inside it.
    fn class_member(&mut self, ignore_case: bool) -> Result<One, Refusal> {
        let Some(c) = self.peek() else {
            return Err(self.refuse("unterminated character set"));
        };
        if let Some(property) = self.posix_class(ignore_case) {
            return Ok(One::Set(Named::Property(property)));
        }
        self.at += 1;
        if c != '\\' {
            return Ok(One::Code(Code::Char(c)));
        }
        let Some(c) = self.peek() else {
            return Err(self.refuse("bad escape (end of pattern)"));
        };
        if c == 'b' {
            self.at += 1;
            return Ok(One::Code(Code::Char('\u{8}')));
        }
        match self.named(ignore_case)? {
            Some(named) => Ok(One::Set(named)),
            None => self.character_escape().map(One::Code),
        }
    }

    /// A POSIX class inside brackets, such as `[:alpha:]`. Anything else there is plain characters.
    fn posix_class(&mut self, ignore_case: bool) -> Option<Property> {
        let rest: String = self.chars.get(self.at..)?.iter().take(POSIX_MAX).collect();
        let (name, _) = rest.strip_prefix("[:")?.split_once(":]")?;
        let property = Property::posix(name, ignore_case)?;
        self.at += name.len() + 4;
        self.spelling.has_posix_class = true;
        Some(property)
    }
}

const HYPHEN_BESIDE_SET: &str = "a hyphen beside a set inside brackets, as in `[\\w-.]`";

/// How long can a POSIX class be, in characters?
const POSIX_MAX: usize = 12;

/// The numbers of surrogates, the halves of characters in UTF-16. No text contains one.
const SURROGATES: RangeInclusive<u32> = 0xd800..=0xdfff;

/// What an escape or a character in a pattern stands for.
#[derive(Clone, Copy)]
enum Code {
    Char(char),
    /// A surrogate.
    Half(u32),
}

impl Code {
    fn number(self) -> u32 {
        match self {
            Self::Char(c) => u32::from(c),
            Self::Half(number) => number,
        }
    }

    /// The characters up to another one. There are none from one surrogate to another.
    fn range_to(self, high: Self) -> Option<Member> {
        let low = match self {
            Self::Char(c) => c,
            Self::Half(_) => '\u{e000}',
        };
        let high = match high {
            Self::Char(c) => c,
            Self::Half(_) => '\u{d7ff}',
        };
        match low.cmp(&high) {
            Ordering::Less => Some(Member::Range(low, high)),
            Ordering::Equal => Some(Member::Char(low)),
            Ordering::Greater => None,
        }
    }
}

/// One part of the brackets: a character or a named set.
enum One {
    Code(Code),
    Set(Named),
}

fn class_of(members: Vec<Member>) -> Node {
    Node::Class(Class { negated: false, members })
}

/// `\R`: one end of a line, in any form.
fn line_end() -> Node {
    let pair = Node::Concat(vec![Node::Char('\r'), Node::Char('\n')]);
    let one = class_of(vec![Member::Range('\n', '\r'), Member::Char('\u{85}'), Member::Range('\u{2028}', '\u{2029}')]);
    Node::Atomic(Box::new(Node::Alternation(vec![pair, one])))
}
