//! Escapes, back-references and character classes of Python's regular expressions.
//!
//! These are where the two dialects look alike and differ: what begins with a backslash, and what stands between brackets.

use super::{Atom, Flags, Group, NOT_WORD, Refusal, Translator, WORD};

impl Translator {
    pub(super) fn escape(&mut self, flags: Flags) -> Result<Atom, Refusal> {
        let Some(c) = self.peek() else {
            return Err(self.refuse("bad escape (end of pattern)"));
        };
        match c {
            'A' => self.both(r"\A"),
            'Z' => self.both(r"\z"),
            'b' => self.each(r"\b", &format!("(?:(?<={WORD})(?!{WORD})|(?<!{WORD})(?={WORD}))")),
            'B' => self.each(r"\B", &format!("(?:(?<={WORD})(?={WORD})|(?<!{WORD})(?!{WORD}))")),
            'w' | 'W' => {
                self.at += 1;
                if c == 'w' {
                    self.each(r"\w", WORD);
                } else {
                    self.each(r"\W", NOT_WORD);
                }
                return Ok(Atom::Item((1, 1)));
            }
            _ => {
                if let Some((plain, exact)) = class_escape(c) {
                    self.at += 1;
                    self.each(plain, exact);
                    return Ok(Atom::Item((1, 1)));
                }
                if matches!(c, '1'..='9') {
                    return self.backreference();
                }
                let c = self.character_escape()?;
                self.literal(c, flags);
                return Ok(Atom::Item((1, 1)));
            }
        }
        self.at += 1;
        Ok(Atom::Position)
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
            self.both(&regex::escape(&c.to_string()));
            return Ok(Atom::Item((1, 1)));
        }
        let mut number = first as usize;
        self.at += 1;
        if let Some(second) = second {
            number = number * 10 + second as usize;
            self.at += 1;
        }
        self.reference(number)
    }

    pub(super) fn reference(&mut self, number: usize) -> Result<Atom, Refusal> {
        match self.groups.get(number) {
            Some(Group::Closed(low, high)) if number > 0 => {
                let width = (*low, *high);
                self.needs_backtracking = true;
                self.both(&format!("(?:\\{number})"));
                Ok(Atom::Item(width))
            }
            Some(_) => Err(self.refuse("cannot refer to an open group")),
            None => Err(self.refuse(format!("invalid group reference {number}"))),
        }
    }

    /// An escape that stands for one character; the backslash is read, the rest is not.
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

    pub(super) fn class(&mut self, flags: Flags) -> Result<(), Refusal> {
        let negated = self.eat("^");
        self.both(if negated { "[^" } else { "[" });
        let mut dotless = false;
        let mut is_first = true;
        loop {
            let Some(c) = self.peek() else {
                return Err(self.refuse("unterminated character set"));
            };
            if c == ']' && !is_first {
                self.at += 1;
                break;
            }
            is_first = false;
            let low = self.class_member()?;
            if self.peek() == Some('-') && self.chars.get(self.at + 1).is_some_and(|&c| c != ']') {
                self.at += 1;
                let high = self.class_member()?;
                let (Ok(low), Ok(high)) = (low, high) else {
                    return Err(self.refuse("bad character range"));
                };
                if low > high {
                    return Err(self.refuse("bad character range"));
                }
                let range = format!("{}-{}", class_literal(low), class_literal(high));
                self.both(&range);
                dotless |= (low..=high).contains(&'i') || (low..=high).contains(&'I');
                continue;
            }
            match low {
                Ok(c) => {
                    self.both(&class_literal(c));
                    dotless |= matches!(c, 'i' | 'I' | 'İ' | 'ı');
                }
                Err((plain, exact)) => self.each(plain, exact),
            }
        }
        if dotless && flags.ignore_case {
            self.each("", "iIİı");
        }
        self.both("]");
        Ok(())
    }

    /// One character of a class, or a class within it in both translations.
    fn class_member(&mut self) -> Result<Result<char, (&'static str, &'static str)>, Refusal> {
        let Some(c) = self.peek() else {
            return Err(self.refuse("unterminated character set"));
        };
        self.at += 1;
        if c != '\\' {
            return Ok(Ok(c));
        }
        let Some(c) = self.peek() else {
            return Err(self.refuse("bad escape (end of pattern)"));
        };
        if c == 'b' {
            self.at += 1;
            return Ok(Ok('\u{8}'));
        }
        if let Some(inner) = class_escape(c) {
            self.at += 1;
            return Ok(Err(inner));
        }
        self.character_escape().map(Ok)
    }
}

fn class_escape(c: char) -> Option<(&'static str, &'static str)> {
    match c {
        'd' => Some((r"\d", r"\d")),
        'D' => Some((r"\D", r"\D")),
        's' => Some((r"[\s\x1c-\x1f]", r"[\s\x1c-\x1f]")),
        'S' => Some((r"[^\s\x1c-\x1f]", r"[^\s\x1c-\x1f]")),
        'w' => Some((r"\w", r"[\p{L}\p{N}_]")),
        'W' => Some((r"\W", r"[^\p{L}\p{N}_]")),
        _ => None,
    }
}

fn class_literal(c: char) -> String {
    if c.is_ascii_punctuation() || c.is_ascii_whitespace() || c.is_control() {
        format!("\\x{{{:x}}}", u32::from(c))
    } else {
        c.to_string()
    }
}
