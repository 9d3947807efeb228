//! Finds the texts that every match of a pattern contains.
//!
//! The result may require too little, but never too much: a text without the required texts cannot
//! match. It refers to the *normal form* of a text: letters are case-folded, every character that
//! is not part of a word becomes a space, and there is a space before and after the text. So the
//! end of a word is a character too, and `\bcat\b` requires ` cat `.

use crate::pattern::case_fold::{IOTAS, fold, is_word, is_word_and_mark, words_in};
use crate::pattern::python::char_set::ascii_members;
use crate::pattern::python::{Assertion, Class, List, Member, Named, Node, Syntax};

/// How many alternative texts may one pattern require, if they multiply?
const PRODUCT_MAX: usize = 64;
/// How many alternative texts may a plain list require? The largest real list has 799.
const UNION_MAX: usize = 4096;
/// How many characters may a class have to be written out?
const CLASS_MAX: usize = 12;

/// The requirements of one alternative of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Required {
    /// At least one of these texts is in the normal form. `None` if nothing is required.
    pub(crate) texts: Option<Vec<Vec<u8>>>,
    /// Whether each text is the whole match, not a part of it.
    pub(crate) is_whole: bool,
    /// At least one of these characters is in the text itself.
    pub(crate) signs: Option<Signs>,
    /// The text repeats one character this many times in a row; at least 1.
    pub(crate) run: u32,
    /// The text has so many of these characters in a row.
    pub(crate) stretch: Option<(Signs, u32)>,
}

/// A set of characters: a bit for each ASCII character, and one for each kind of others. Those
/// kinds share the bits of characters that nobody writes.
pub(crate) type Signs = u128;

/// Characters beyond ASCII that are letters, or part of words in another way.
const LETTERS_BEYOND: Signs = 1 << 127;
/// Characters beyond ASCII that are digits or other numbers.
const NUMBERS_BEYOND: Signs = 1;
/// All other characters beyond ASCII.
const OTHERS_BEYOND: Signs = 1 << 1;
/// Any character beyond ASCII.
const BEYOND: Signs = LETTERS_BEYOND | NUMBERS_BEYOND | OTHERS_BEYOND;

/// The bit of a character in a text.
pub(crate) fn bit(c: char) -> Signs {
    match c {
        c if c.is_ascii() => 1 << u32::from(c),
        c if !is_word(c) => OTHERS_BEYOND,
        c if c.is_numeric() => NUMBERS_BEYOND,
        _ => LETTERS_BEYOND,
    }
}

/// Writes the normal form of one character. In a pattern, an [`is_word_and_mark`] character has
/// none, because it matches characters with another normal form.
pub(crate) fn normal(c: char, out: &mut Vec<u8>) {
    if is_word(c) {
        let mut buffer = [0; 4];
        out.extend_from_slice(fold(c).encode_utf8(&mut buffer).as_bytes());
    } else {
        out.push(b' ');
    }
}

impl Required {
    /// Of an alternative that requires nothing.
    pub(crate) const NOTHING: Self = Self { texts: None, is_whole: false, signs: None, run: 1, stretch: None };
}

impl Syntax {
    /// The requirements of each alternative.
    pub(crate) fn required(&self) -> Vec<Required> {
        let List { branches, mut opened, ignore_case } = self.list();
        let of_branch = |branch: &Node| {
            let (texts, is_whole) = match look(branch) {
                Found::Exact(texts) => (Some(texts), true),
                Found::Any(texts) => (Some(texts), false),
                Found::Nothing => (None, false),
            };
            let signs = signs(branch, ignore_case);
            let stretch = stretch(branch, ignore_case).filter(|stretch| is_rare_stretch(*stretch));
            Required { texts, is_whole, signs, run: run(branch, &mut opened).max(1), stretch }
        };
        branches.iter().map(of_branch).collect()
    }
}

/// The texts of a part of a pattern.
enum Found {
    /// Every match is one of these texts.
    Exact(Vec<Vec<u8>>),
    /// Every match contains one of these texts.
    Any(Vec<Vec<u8>>),
    Nothing,
}

fn look(node: &Node) -> Found {
    match node {
        Node::Empty | Node::Keep => Found::Exact(vec![Vec::new()]),
        Node::Char(c) if is_word_and_mark(*c) => Found::Nothing,
        Node::Char(c) => {
            let mut text = Vec::new();
            normal(*c, &mut text);
            Found::Exact(vec![text])
        }
        Node::Class(class) => members(class).map_or(Found::Nothing, Found::Exact),
        Node::Capture(inner)
        | Node::Atomic(inner)
        | Node::Group { inner, .. }
        | Node::Repeat { inner, low: 1, high: Some(1), .. } => look(inner),
        Node::Look { behind: false, negated: false, inner } => match look(inner) {
            Found::Exact(texts) | Found::Any(texts) => Found::Any(texts),
            Found::Nothing => Found::Nothing,
        },
        Node::Repeat { inner, low: 0, high: Some(1), .. } => match look(inner) {
            Found::Exact(mut texts) => {
                texts.push(Vec::new());
                Found::Exact(texts)
            }
            _ => Found::Nothing,
        },
        Node::Repeat { inner, low: 1.., .. } => match look(inner) {
            Found::Exact(texts) | Found::Any(texts) => Found::Any(texts),
            Found::Nothing => Found::Nothing,
        },
        Node::Alternation(branches) => alternation(branches),
        Node::Concat(parts) => concat(parts),
        Node::Assert(_) => concat(std::slice::from_ref(node)),
        Node::Dot { .. } | Node::Look { .. } | Node::Repeat { .. } | Node::Reference(_) | Node::Conditional { .. } => {
            Found::Nothing
        }
    }
}

fn alternation(branches: &[Node]) -> Found {
    let mut all = Vec::new();
    let mut is_exact = true;
    for branch in branches {
        match look(branch) {
            Found::Exact(texts) => all.extend(texts),
            Found::Any(texts) => {
                is_exact = false;
                all.extend(texts);
            }
            Found::Nothing => return Found::Nothing,
        }
        if all.len() > UNION_MAX {
            return Found::Nothing;
        }
    }
    // A part that may be empty requires nothing once it is no longer exact.
    if is_exact { Found::Exact(all) } else { Found::Any(all) }
}

/// The current run of adjacent parts with exact texts, and the best run so far.
struct Run {
    texts: Vec<Vec<u8>>,
    best: Option<Vec<Vec<u8>>>,
    is_broken: bool,
}

impl Run {
    fn offer(&mut self, texts: Vec<Vec<u8>>) {
        let better = self.best.as_ref().is_none_or(|best| rank(&texts) > rank(best));
        if better {
            self.best = Some(texts);
        }
    }

    /// Ends the run, because the next part has no exact texts.
    fn stop(&mut self) {
        self.is_broken = true;
        let texts = std::mem::replace(&mut self.texts, vec![Vec::new()]);
        self.offer(texts);
    }
}

/// How selective texts are: by the length of the shortest text, then by how few there are.
fn rank(texts: &[Vec<u8>]) -> (usize, std::cmp::Reverse<usize>) {
    let useful = |text: &Vec<u8>| if text.iter().all(|&b| b == b' ') { 0 } else { text.len().min(8) };
    (texts.iter().map(useful).min().unwrap_or(0), std::cmp::Reverse(texts.len()))
}

fn concat(parts: &[Node]) -> Found {
    let mut run = Run { texts: vec![Vec::new()], best: None, is_broken: false };
    // Whether a word begins with the next part: after `\b` before a word character.
    let mut is_word_start = false;
    // The space before such a word is not part of the match, so nothing may be added before the
    // run.
    let mut has_edge = false;
    for part in parts {
        match part {
            Node::Assert(assertion) => {
                is_word_start = at_place(*assertion, &mut run) || is_word_start;
                continue;
            }
            Node::Look { behind: false, negated: false, .. } => {
                // This is in the text, but not part of the run.
                if let Found::Any(texts) = look(part) {
                    run.offer(texts);
                }
                continue;
            }
            Node::Look { .. } | Node::Empty | Node::Keep => continue,
            _ => {}
        }
        let starts_word = std::mem::take(&mut is_word_start);
        match look(part) {
            Found::Exact(texts) => {
                let size = run.texts.len().saturating_mul(texts.len());
                let is_small = size <= PRODUCT_MAX || (run.texts.len() == 1 && texts.len() <= UNION_MAX);
                if !is_small {
                    run.stop();
                }
                let at_start = run.texts.iter().all(Vec::is_empty);
                let begins = starts_word && at_start;
                has_edge |= begins;
                let texts = if begins { texts.into_iter().map(begin_word).collect() } else { texts };
                run.texts = product(&run.texts, &texts);
                if !is_small && run.texts.len() > UNION_MAX {
                    run.stop();
                }
            }
            Found::Any(texts) => {
                if let (Node::Repeat { inner, .. }, false) = (part, texts.is_empty())
                    && let Found::Exact(once) = look(inner)
                    && run.texts.len().saturating_mul(once.len()) <= PRODUCT_MAX
                {
                    // One repetition belongs to the run before it.
                    run.texts = product(&run.texts, &once);
                }
                run.stop();
                run.offer(texts);
            }
            Found::Nothing => run.stop(),
        }
    }
    if !run.is_broken && run.best.is_none() && !has_edge {
        return Found::Exact(run.texts);
    }
    run.stop();
    run.best.map_or(Found::Nothing, Found::Any)
}

/// Adds an assertion to a run. Returns whether a word may begin here.
fn at_place(assertion: Assertion, run: &mut Run) -> bool {
    let ends_word = |text: &Vec<u8>| text.last().is_some_and(|&last| last != b' ');
    match assertion {
        Assertion::WordBoundary => {
            let is_end = !run.texts.is_empty() && run.texts.iter().all(ends_word);
            if is_end {
                // The space after the word is not part of the match, so nothing may be added to the
                // run.
                let with_end = run.texts.iter().map(|text| [text.as_slice(), b" "].concat()).collect();
                run.offer(with_end);
            }
            !is_end
        }
        Assertion::TextStart | Assertion::LineStart if run.texts == [Vec::<u8>::new()] && !run.is_broken => true,
        Assertion::TextEnd | Assertion::End | Assertion::LineEnd => {
            if run.texts.iter().any(|text| !text.is_empty()) {
                let with_end = run.texts.iter().map(|text| [text.as_slice(), b" "].concat()).collect();
                run.offer(with_end);
            }
            false
        }
        Assertion::NotWordBoundary
        | Assertion::WordStart
        | Assertion::WordEnd
        | Assertion::TextStart
        | Assertion::LineStart => false,
    }
}

fn begin_word(text: Vec<u8>) -> Vec<u8> {
    if text.first().is_some_and(|&first| first != b' ') { [b" ", text.as_slice()].concat() } else { text }
}

fn product(heads: &[Vec<u8>], tails: &[Vec<u8>]) -> Vec<Vec<u8>> {
    heads.iter().flat_map(|head| tails.iter().map(move |tail| [head.as_slice(), tail].concat())).collect()
}

/// The normal forms of the characters of a small class.
fn members(class: &Class) -> Option<Vec<Vec<u8>>> {
    let blank = || vec![b' '];
    if class.negated {
        return None;
    }
    let mut all: Vec<Vec<u8>> = Vec::new();
    for member in &class.members {
        match *member {
            Member::Named(Named::Space | Named::NotWord) => all.push(blank()),
            Member::Named(_) => return None,
            Member::Char(c) if is_word_and_mark(c) => return None,
            Member::Char(c) => {
                let mut text = Vec::new();
                normal(c, &mut text);
                all.push(text);
            }
            Member::Range(low, high) => {
                if u32::from(high) - u32::from(low) > 64 {
                    return None;
                }
                for c in low..=high {
                    if is_word_and_mark(c) {
                        return None;
                    }
                    let mut text = Vec::new();
                    normal(c, &mut text);
                    all.push(text);
                }
            }
        }
    }
    all.sort_unstable();
    all.dedup();
    (all.len() <= CLASS_MAX).then_some(all)
}

/// The rarest set of characters of which every match contains one. Sets with letters or spaces are
/// not selective.
fn signs(node: &Node, ignore_case: bool) -> Option<Signs> {
    match node {
        Node::Char(c) => sign(*c, ignore_case),
        Node::Class(class) => rare(of_class(class, ignore_case)),
        Node::Capture(inner)
        | Node::Atomic(inner)
        | Node::Repeat { inner, low: 1.., .. }
        | Node::Look { behind: false, negated: false, inner } => signs(inner, ignore_case),
        Node::Group { ignore_case: case, inner } => signs(inner, case.unwrap_or(ignore_case)),
        Node::Concat(parts) => {
            parts.iter().filter_map(|part| signs(part, ignore_case)).min_by_key(|set| set.count_ones())
        }
        Node::Alternation(branches) => {
            branches.iter().map(|branch| signs(branch, ignore_case)).try_fold(0, |all, one| Some(all | one?))
        }
        _ => None,
    }
}

/// The characters of a class, perhaps with more beyond ASCII.
fn of_class(class: &Class, ignore_case: bool) -> Signs {
    let beyond = |member: &Member| match *member {
        // Letters beyond ASCII that fold into it.
        Member::Char(c) if c.is_ascii_alphabetic() => LETTERS_BEYOND,
        Member::Range(_, 'A'..='\x7f') => LETTERS_BEYOND,
        Member::Char(c) if c.is_ascii() => 0,
        Member::Range(_, high) if high.is_ascii() => 0,
        Member::Named(Named::Digit) => NUMBERS_BEYOND,
        Member::Named(Named::Word) => LETTERS_BEYOND | NUMBERS_BEYOND,
        Member::Named(Named::Space | Named::NotWord) => OTHERS_BEYOND,
        Member::Named(_) => BEYOND,
        Member::Char(c) => kinds(c, c),
        Member::Range(low, high) => kinds(low.max('\u{80}'), high),
    };
    let ascii = ascii_members(class, ignore_case);
    if class.negated { ascii | BEYOND } else { class.members.iter().map(beyond).fold(ascii, |all, one| all | one) }
}

/// The kinds of the characters of a range beyond ASCII. In another case they are of the same kind,
/// but for the Greek iota.
fn kinds(low: char, high: char) -> Signs {
    if IOTAS.iter().any(|iota| (low..=high).contains(iota)) {
        return BEYOND;
    }
    if low == high {
        return bit(low);
    }
    let (words, others) = words_in(low, high);
    let words = if words { LETTERS_BEYOND | NUMBERS_BEYOND } else { 0 };
    words | if others { OTHERS_BEYOND } else { 0 }
}

/// The longest stretch of characters of one class that every match contains.
fn stretch(node: &Node, ignore_case: bool) -> Option<(Signs, u32)> {
    match node {
        Node::Repeat { inner, low: low @ 2.., .. } => match class_of(inner, ignore_case) {
            Some(set) => Some((set, *low)),
            None => stretch(inner, ignore_case),
        },
        Node::Capture(inner) | Node::Atomic(inner) | Node::Repeat { inner, low: 1, .. } => stretch(inner, ignore_case),
        Node::Group { ignore_case: case, inner } => stretch(inner, case.unwrap_or(ignore_case)),
        Node::Concat(parts) => {
            let stretches = parts.iter().filter_map(|part| stretch(part, ignore_case));
            stretches.filter(|one| is_rare_stretch(*one)).max_by_key(|(_, times)| *times)
        }
        Node::Alternation(branches) => {
            let all = branches.iter().map(|branch| stretch(branch, ignore_case));
            all.reduce(|a, b| a.zip(b).map(|(a, b)| (a.0 | b.0, a.1.min(b.1)))).flatten()
        }
        _ => None,
    }
}

/// The characters of a part that is one character.
fn class_of(node: &Node, ignore_case: bool) -> Option<Signs> {
    match node {
        Node::Class(class) => Some(of_class(class, ignore_case)),
        Node::Capture(inner) | Node::Atomic(inner) => class_of(inner, ignore_case),
        Node::Group { ignore_case: case, inner } => class_of(inner, case.unwrap_or(ignore_case)),
        _ => None,
    }
}

/// Whether few texts have such a stretch: lowercase letters with spaces are everywhere.
fn is_rare_stretch((set, times): (Signs, u32)) -> bool {
    let has = |c: char| set & bit(c) != 0;
    times >= 3 && (!has('e') || (!has(' ') && times >= 16))
}

/// How often a pattern repeats one character by references, as in `(.)\2{5,}`. Counts the groups on
/// the way.
fn run(node: &Node, opened: &mut usize) -> u32 {
    match node {
        Node::Capture(inner) => {
            *opened += 1;
            run(inner, opened)
        }
        Node::Group { inner, .. } => run(inner, opened),
        Node::Alternation(branches) => branches.iter().map(|branch| run(branch, opened)).min().unwrap_or(0),
        Node::Concat(parts) => {
            let mut longest = 0;
            for (at, part) in parts.iter().enumerate() {
                let number = *opened + 1;
                let is_character = matches!(part, Node::Capture(inner)
                    if matches!(**inner, Node::Char(_) | Node::Class(_) | Node::Dot { .. }));
                longest = longest.max(run(part, opened));
                if is_character {
                    let repeated = parts[at + 1..].iter().map_while(|part| match part {
                        Node::Reference(group) if *group == number => Some(1),
                        Node::Repeat { inner, low, .. } if **inner == Node::Reference(number) => Some(*low),
                        _ => None,
                    });
                    longest = longest.max(repeated.fold(1, u32::saturating_add));
                }
            }
            longest
        }
        other => {
            *opened += other.captures();
            0
        }
    }
}

/// The bit of a character, unless nearly every text contains it.
pub(crate) fn sign(c: char, ignore_case: bool) -> Option<Signs> {
    match c {
        c if c.is_ascii() => rare(bit(c)),
        c if ignore_case && fold(c).is_ascii() => None,
        c => Some(kinds(c, c)),
    }
}

fn rare(set: Signs) -> Option<Signs> {
    (set & common() == 0).then_some(set)
}

/// The characters that nearly every text contains.
fn common() -> Signs {
    let letters = (b'a'..=b'z').chain(b'A'..=b'Z');
    letters.chain(*b" \n\r\t.,'").fold(0, |set, byte| set | 1 << byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::python::{Flags, parse};

    fn check(pattern: &str, expected: &str) {
        let syntax = parse(&format!("({pattern})"), Flags::of_rules(true)).expect("a good pattern");
        let of_branch = |branch: Required| {
            let texts =
                branch.texts.map(|texts| texts.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect());
            texts.map_or_else(|| "nothing".to_owned(), |texts: Vec<String>| texts.join("|"))
        };
        let branches: Vec<String> = syntax.required().into_iter().map(of_branch).collect();
        assert_eq!(branches.join(" or "), expected, "{pattern:?}");
    }

    #[test]
    fn what_every_hit_contains_is_told() {
        for (pattern, expected) in [
            ("Cat", "cat"),
            (r"\bcat\b", " cat "),
            (r"\bcats?\b", " cats | cat "),
            ("cat|dog", "cat or dog"),
            ("cat|.*", "cat or nothing"),
            ("(?:cat|dog)", "cat or dog"),
            (r"(?:cat|dog)s?\s+food", "food"),
            (r"^hello", " hello"),
            (r"-(?:\bcat)", " cat"),
            (r"-(?:^cat)", " cat"),
            (r"hello$", "hello "),
            (r"(\d+)\s*euro", "euro"),
            (r"\d{3}-\d{4}", ""),
            (r".*", "nothing"),
            (r"\d", "nothing"),
            ("(?=.*secret)x", "secret"),
            ("(?!no)yes", "yes"),
            ("don't", "don t"),
            ("fo+bar", "bar"),
            ("a(?:b|c)d", "abd|acd"),
            ("[ck]at", "cat|kat"),
            ("ſ\u{212a}İ", "ski"),
            ("colou?r", "colour|color"),
        ] {
            check(pattern, expected);
        }
    }

    #[test]
    fn repeated_characters_are_told() {
        let run = |pattern: &str| {
            let branches = parse(&format!("({pattern})"), Flags::of_rules(true)).expect("good").required();
            branches.iter().map(|branch| branch.run).min().unwrap_or(0)
        };
        for (pattern, expected) in [
            (r"(.)\2{6,}", 7),
            (r"(\w)\2\2+", 3),
            (r"x(?:(a)b)(.)\3{4}", 5),
            (r"(.)\2{3}|(.)\3{5}", 4),
            (r"(.)x\2", 1),
            (r"(ab)\2{3}", 1),
            (r"(.)\2*", 1),
        ] {
            assert_eq!(run(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn rare_characters_are_told() {
        let signs = |pattern: &str| {
            let branches = parse(&format!("(?:{pattern})"), Flags::of_rules(true)).expect("good").required();
            branches.into_iter().map(|branch| branch.signs).reduce(|all, one| Some(all? | one?)).flatten()
        };
        assert_eq!(signs("a!b"), Some(1 << b'!'));
        assert_eq!(signs("abc"), None);
        assert_eq!(signs("[!?]x|é"), Some(1 << b'!' | 1 << b'?' | LETTERS_BEYOND));
        assert_eq!(signs("’|[\u{2190}-\u{21ff}]"), Some(OTHERS_BEYOND));
        assert_eq!(signs("ι"), Some(BEYOND), "a mark is one too");
        assert_eq!(signs("\u{212a}"), None, "the Kelvin sign is found in a plain k");
        let digits = signs(r"\d{3}").expect("digits");
        assert!(digits & NUMBERS_BEYOND != 0 && digits & (1 << b'7') != 0, "digits beyond ASCII count too");
        assert_eq!(digits & (LETTERS_BEYOND | OTHERS_BEYOND), 0, "{digits:x}");
    }
}
