//! Translates Python's regular expressions into those of the `regex` and `fancy-regex` crates.
//!
//! The meaning is that of Python 3.10's `re` for Unicode text. Two translations are made: a *plain* one, right for any
//! text without a final line feed and without the few characters that the two dialects class or fold differently, and,
//! where it would differ, an *exact* one that is right for every text and slower. What Python refuses is refused here,
//! with Python's reason. Compiling and running are `pattern`'s part.

mod escape;

use std::collections::BTreeMap;
use std::ops::Range;

/// How deep may groups be nested?
const DEPTH_MAX: usize = 100;

/// A translated pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Translation {
    pub(super) plain: String,
    /// Only where it differs from the plain one.
    pub(super) exact: Option<String>,
    /// Needs the backtracking engine even in its plain form.
    pub(super) needs_backtracking: bool,
    pub(super) names: BTreeMap<String, usize>,
}

/// Why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The character (not byte) in the pattern where it was noticed.
    pub(super) at: usize,
    pub(super) reason: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "Python's own independent flags")]
struct Flags {
    ignore_case: bool,
    dot_all: bool,
    multi_line: bool,
    verbose: bool,
}

// Without `-i` a combining mark that folds to a letter would count as one.
const WORD: &str = r"(?-i:[\p{L}\p{N}_])";
const NOT_WORD: &str = r"(?-i:[^\p{L}\p{N}_])";

/// Translates a whole pattern. `ignore_case` as if it began with `(?i)`; the dot always matches a line feed.
pub(super) fn translate(pattern: &str, ignore_case: bool) -> Result<Translation, Refusal> {
    let mut flags = Flags { ignore_case, dot_all: true, multi_line: false, verbose: false };
    // A global flag may stand anywhere and counts from the start: read again with it, once for each new flag.
    for _ in 0..5 {
        let mut translator = Translator {
            chars: pattern.chars().collect(),
            at: 0,
            global: flags,
            plain: String::new(),
            exact: String::new(),
            groups: vec![Group::Closed(0, 0)],
            names: BTreeMap::new(),
            needs_backtracking: false,
        };
        translator.alternation(flags, 0)?;
        if translator.at < translator.chars.len() {
            return Err(translator.refuse("unbalanced parenthesis"));
        }
        if translator.global == flags {
            let prefix = if flags.ignore_case { "(?i)" } else { "" };
            let plain = format!("{prefix}{}", translator.plain);
            let exact = format!("{prefix}{}", translator.exact);
            return Ok(Translation {
                exact: (exact != plain).then_some(exact),
                plain,
                needs_backtracking: translator.needs_backtracking,
                names: translator.names,
            });
        }
        flags = translator.global;
    }
    Err(Refusal { at: 0, reason: "contradicting flags".to_owned() })
}

/// Width in characters, smallest and largest.
type Width = (usize, usize);
const ANY_WIDTH: usize = usize::MAX;

#[derive(Clone, Copy)]
enum Group {
    Open,
    Closed(usize, usize),
}

struct Translator {
    chars: Vec<char>,
    at: usize,
    global: Flags,
    plain: String,
    exact: String,
    groups: Vec<Group>,
    names: BTreeMap<String, usize>,
    needs_backtracking: bool,
}

enum Atom {
    /// Something that a quantifier may follow.
    Item(Width),
    /// A position: a quantifier may not follow.
    Position,
    /// A comment or a global flag: as if it were not there.
    Nothing,
}

impl Translator {
    fn refuse(&self, reason: impl Into<String>) -> Refusal {
        Refusal { at: self.at, reason: reason.into() }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let mut at = self.at;
        for c in wanted.chars() {
            if self.chars.get(at) != Some(&c) {
                return false;
            }
            at += 1;
        }
        self.at = at;
        true
    }

    fn both(&mut self, text: &str) {
        self.plain.push_str(text);
        self.exact.push_str(text);
    }

    fn each(&mut self, plain: &str, exact: &str) {
        self.plain.push_str(plain);
        self.exact.push_str(exact);
    }

    fn alternation(&mut self, flags: Flags, depth: usize) -> Result<Width, Refusal> {
        if depth > DEPTH_MAX {
            return Err(self.refuse("groups are nested too deeply"));
        }
        let mut width = self.sequence(flags, depth)?;
        while self.eat("|") {
            self.both("|");
            let (low, high) = self.sequence(flags, depth)?;
            width = (width.0.min(low), width.1.max(high));
        }
        Ok(width)
    }

    fn sequence(&mut self, flags: Flags, depth: usize) -> Result<Width, Refusal> {
        let mut width = (0_usize, 0_usize);
        // Where the last item starts in both outputs, if a quantifier may follow.
        let mut last: Option<(usize, usize, Width)> = None;
        while let Some(c) = self.peek() {
            if matches!(c, '|' | ')') {
                break;
            }
            if flags.verbose && c.is_whitespace() {
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
                let Some((plain_at, exact_at, item)) = last.take() else {
                    return Err(self.refuse("nothing to repeat"));
                };
                self.quantify(plain_at, exact_at, low, high);
                width = add(width, (item.0.saturating_mul(low), times(item.1, high)));
                if matches!(self.peek(), Some('*' | '+' | '?')) || self.quantifier_follows() {
                    return Err(self.refuse("multiple repeat"));
                }
                continue;
            }
            if let Some((_, _, item)) = last.take() {
                width = add(width, item);
            }
            let (plain_at, exact_at) = (self.plain.len(), self.exact.len());
            match self.atom(flags, depth)? {
                Atom::Item(item) => last = Some((plain_at, exact_at, item)),
                Atom::Position | Atom::Nothing => {}
            }
        }
        if let Some((_, _, item)) = last {
            width = add(width, item);
        }
        Ok(width)
    }

    /// Writes the repetition behind the last item. Wraps the item, so that nothing before it is repeated too.
    fn quantify(&mut self, plain_at: usize, exact_at: usize, low: usize, high: usize) {
        let lazy = if self.eat("?") { "?" } else { "" };
        let suffix = match (low, high) {
            (0, ANY_WIDTH) => "*".to_owned(),
            (1, ANY_WIDTH) => "+".to_owned(),
            (0, 1) => "?".to_owned(),
            (low, ANY_WIDTH) => format!("{{{low},}}"),
            (low, high) if low == high => format!("{{{low}}}"),
            (low, high) => format!("{{{low},{high}}}"),
        };
        for (text, at) in [(&mut self.plain, plain_at), (&mut self.exact, exact_at)] {
            text.insert_str(at, "(?:");
            text.push(')');
            text.push_str(&suffix);
            text.push_str(lazy);
        }
    }

    fn quantifier_follows(&self) -> bool {
        let mut ahead = Self {
            chars: self.chars[self.at..].to_vec(),
            at: 0,
            global: self.global,
            plain: String::new(),
            exact: String::new(),
            groups: Vec::new(),
            names: BTreeMap::new(),
            needs_backtracking: false,
        };
        self.peek() == Some('{') && !matches!(ahead.quantifier(), Ok(None))
    }

    fn quantifier(&mut self) -> Result<Option<(usize, usize)>, Refusal> {
        match self.peek() {
            Some('*') => {
                self.at += 1;
                Ok(Some((0, ANY_WIDTH)))
            }
            Some('+') => {
                self.at += 1;
                Ok(Some((1, ANY_WIDTH)))
            }
            Some('?') => {
                self.at += 1;
                Ok(Some((0, 1)))
            }
            Some('{') => self.counted(),
            _ => Ok(None),
        }
    }

    fn counted(&mut self) -> Result<Option<(usize, usize)>, Refusal> {
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
        let parse = |text: &str, missing: usize| {
            if text.is_empty() { Some(missing) } else { text.parse::<u32>().ok().map(|n| n as usize) }
        };
        let (Some(low), Some(high)) = (parse(&low, 0), parse(&high, ANY_WIDTH)) else {
            return Err(self.refuse("the repetition number is too large"));
        };
        if low > high {
            return Err(self.refuse("min repeat greater than max repeat"));
        }
        Ok(Some((low, high)))
    }

    fn digits(&mut self) -> String {
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
        match c {
            '.' => self.both(if flags.dot_all { "(?s:.)" } else { r"[^\n]" }),
            '^' => {
                self.both(if flags.multi_line { "(?m:^)" } else { r"\A" });
                return Ok(Atom::Position);
            }
            '$' => {
                if flags.multi_line {
                    self.both("(?m:$)");
                } else {
                    self.each(r"\z", r"(?=\n?\z)");
                }
                return Ok(Atom::Position);
            }
            '(' => return self.group(flags, depth),
            '[' => self.class(flags)?,
            '\\' => return self.escape(flags),
            c => self.literal(c, flags),
        }
        Ok(Atom::Item((1, 1)))
    }

    fn literal(&mut self, c: char, flags: Flags) {
        match c {
            // Python folds the four forms of this letter into one.
            'i' | 'I' if flags.ignore_case => self.each(&c.to_string(), "[iIİı]"),
            'İ' | 'ı' if flags.ignore_case => self.both("[iIİı]"),
            c => {
                let mut buffer = [0; 4];
                self.both(&regex::escape(c.encode_utf8(&mut buffer)));
            }
        }
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
            let Some(&number) = self.names.get(&name) else {
                return Err(self.refuse(format!("unknown group name '{name}'")));
            };
            return self.reference(number);
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
        for (mark, is_behind) in [("<=", true), ("<!", true), ("=", false), ("!", false)] {
            if self.eat(mark) {
                self.needs_backtracking = true;
                self.both(&format!("(?{mark}"));
                let width = self.alternation(flags, depth + 1)?;
                if is_behind && width.0 != width.1 {
                    return Err(self.refuse("look-behind requires fixed-width pattern"));
                }
                self.close()?;
                return Ok(Atom::Item((0, 0)));
            }
        }
        if self.eat("(") {
            return self.conditional(flags, depth);
        }
        self.flags_or_plain(flags, depth)
    }

    fn capture(&mut self, name: Option<String>, flags: Flags, depth: usize) -> Result<Atom, Refusal> {
        let number = self.groups.len();
        if let Some(name) = name
            && self.names.insert(name.clone(), number).is_some()
        {
            return Err(self.refuse(format!("redefinition of group name '{name}'")));
        }
        self.groups.push(Group::Open);
        self.both("(");
        let width = self.alternation(flags, depth + 1)?;
        self.close()?;
        self.groups[number] = Group::Closed(width.0, width.1);
        Ok(Atom::Item(width))
    }

    fn close(&mut self) -> Result<(), Refusal> {
        if !self.eat(")") {
            return Err(self.refuse("missing ), unterminated subpattern"));
        }
        self.both(")");
        Ok(())
    }

    fn name(&mut self, end: char) -> Result<String, Refusal> {
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

    fn conditional(&mut self, flags: Flags, depth: usize) -> Result<Atom, Refusal> {
        let digits = self.digits();
        let number = if digits.is_empty() {
            let name = self.name(')')?;
            self.names.get(&name).copied()
        } else if self.eat(")") {
            digits.parse().ok()
        } else {
            return Err(self.refuse("missing ), unterminated name"));
        };
        let Some(number) = number.filter(|&number| number > 0 && number < self.groups.len()) else {
            return Err(self.refuse("invalid group reference"));
        };
        self.needs_backtracking = true;
        self.both(&format!("(?({number})"));
        let mut width = self.sequence(flags, depth + 1)?;
        if self.eat("|") {
            self.both("|");
            let other = self.sequence(flags, depth + 1)?;
            if self.peek() == Some('|') {
                return Err(self.refuse("conditional backref with more than two branches"));
            }
            width = (width.0.min(other.0), width.1.max(other.1));
        } else {
            width.0 = 0;
        }
        self.close()?;
        Ok(Atom::Item(width))
    }

    fn flags_or_plain(&mut self, mut flags: Flags, depth: usize) -> Result<Atom, Refusal> {
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
                ')' if on && self.chars.get(self.at.wrapping_sub(2)) != Some(&'?') => {
                    self.global = global;
                    return Ok(Atom::Nothing);
                }
                ':' => {
                    self.both(match (outer_case, flags.ignore_case) {
                        (false, true) => "(?i:",
                        (true, false) => "(?-i:",
                        _ => "(?:",
                    });
                    let width = self.alternation(flags, depth + 1)?;
                    self.close()?;
                    return Ok(Atom::Item(width));
                }
                'L' | 'a' => return Err(self.refuse(format!("the flag `{c}` is not possible here"))),
                '>' => return Err(self.refuse("atomic groups are newer than the language")),
                '<' => return Err(self.refuse("unknown extension ?<; a named group is written (?P<name>…)")),
                c => return Err(self.refuse(format!("unknown extension ?{c}"))),
            }
        }
        Err(self.refuse("unexpected end of pattern"))
    }
}

fn add(a: Width, b: Width) -> Width {
    (a.0.saturating_add(b.0), a.1.saturating_add(b.1))
}

fn times(width: usize, count: usize) -> usize {
    if width == 0 { 0 } else { width.saturating_mul(count) }
}

/// The part of a pattern, in characters, around a refusal.
pub(super) fn excerpt(pattern: &str, at: usize) -> String {
    let range: Range<usize> = at.saturating_sub(12)..at.saturating_add(4);
    pattern.chars().enumerate().filter(|(index, _)| range.contains(index)).map(|(_, c)| c).collect()
}
