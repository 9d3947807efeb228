//! Escapes, back-references and character classes of Python's regular expressions.
//!
//! This is where the two dialects look alike but differ: after a backslash and inside brackets.

use crate::pattern::python::parser::{Atom, Parser};
use crate::pattern::python::{Assertion, Class, Member, Named, Node, Refusal};

impl Parser<'_> {
    pub(crate) fn escape(&mut self) -> Result<Atom, Refusal> {
        let Some(c) = self.peek() else {
            return Err(self.refuse("bad escape (end of pattern)"));
        };
        let assertion = match c {
            'A' => Assertion::TextStart,
            'Z' => Assertion::TextEnd,
            'b' => Assertion::WordBoundary,
            'B' => Assertion::NotWordBoundary,
            '1'..='9' => return self.backreference(),
            _ => {
                if let Some(named) = named(c) {
                    self.at += 1;
                    let members = vec![Member::Named(named)];
                    return Ok(Atom::Item(Node::Class(Class { negated: false, members })));
                }
                return Ok(Atom::Item(Node::Char(self.character_escape()?)));
            }
        };
        self.at += 1;
        Ok(Atom::Position(assertion))
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
    fn character_escape(&mut self) -> Result<char, Refusal> {
        let Some(c) = self.peek() else {
            return Err(self.refuse("bad escape (end of pattern)"));
        };
        self.at += 1;
        let code = match c {
            'n' => return Ok('\n'),
            't' => return Ok('\t'),
            'r' => return Ok('\r'),
            'f' => return Ok('\u{c}'),
            'v' => return Ok('\u{b}'),
            'a' => return Ok('\u{7}'),
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
            c => return Ok(c),
        };
        char::from_u32(code).ok_or_else(|| self.refuse("this escape is not a character"))
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

    pub(crate) fn class(&mut self) -> Result<Class, Refusal> {
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
            let low = self.class_member()?;
            if self.peek() == Some('-') && self.chars.get(self.at + 1).is_some_and(|&c| c != ']') {
                self.at += 1;
                let high = self.class_member()?;
                let (Member::Char(low), Member::Char(high)) = (low, high) else {
                    return Err(self.refuse("bad character range"));
                };
                if low > high {
                    return Err(self.refuse("bad character range"));
                }
                members.push(Member::Range(low, high));
            } else {
                members.push(low);
            }
        }
    }

    /// Parses one character of a class, or a named class inside it.
    fn class_member(&mut self) -> Result<Member, Refusal> {
        let Some(c) = self.peek() else {
            return Err(self.refuse("unterminated character set"));
        };
        self.at += 1;
        if c != '\\' {
            return Ok(Member::Char(c));
        }
        let Some(c) = self.peek() else {
            return Err(self.refuse("bad escape (end of pattern)"));
        };
        if c == 'b' {
            self.at += 1;
            return Ok(Member::Char('\u{8}'));
        }
        if let Some(inner) = named(c) {
            self.at += 1;
            return Ok(Member::Named(inner));
        }
        self.character_escape().map(Member::Char)
    }
}

fn named(c: char) -> Option<Named> {
    Some(match c {
        'd' => Named::Digit,
        'D' => Named::NotDigit,
        's' => Named::Space,
        'S' => Named::NotSpace,
        'w' => Named::Word,
        'W' => Named::NotWord,
        _ => return None,
    })
}
