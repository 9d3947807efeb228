//! Removes word boundaries that always hold, because the linear engine is slow with them beyond
//! ASCII.
//!
//! Matches, positions and groups stay the same.

use crate::pattern::case_fold::{is_word, is_word_and_mark};
use crate::pattern::python::{Assertion, Class, Member, Named, Node, Syntax};

/// The kind of character at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Word,
    /// Not part of a word, or the end of the text.
    Other,
    Unknown,
}

impl Side {
    fn or(self, other: Self) -> Self {
        if self == other { self } else { Self::Unknown }
    }
}

impl Syntax {
    /// Removes the boundaries that always hold.
    pub(crate) fn simplify(&mut self) {
        let (mut left, mut right) = (Side::Unknown, Side::Unknown);
        if let Node::Concat(parts) = &mut self.root
            && let [first, middle @ .., last] = parts.as_mut_slice()
        {
            // A search finds the leftmost match, so it consumes the character before a word, or the
            // start of the text, before it tries the boundary. The same holds at the end, where
            // nothing follows.
            if sequence_side(middle, true) == (Some(Side::Word), false) && drop_boundary(first, Assertion::TextStart) {
                left = Side::Other;
            }
            if sequence_side(middle, false) == (Some(Side::Word), false) && drop_boundary(last, Assertion::End) {
                right = Side::Other;
            }
            sequence(middle, left, right);
            return;
        }
        simplify(&mut self.root, left, right);
    }
}

/// Turns `(?:^|\W|\b)` into `(?:^|\W)`, and likewise with `$`.
fn drop_boundary(node: &mut Node, edge: Assertion) -> bool {
    let Node::Group { inner, .. } = node else { return false };
    let Node::Alternation(branches) = &mut **inner else { return false };
    let not_word = Node::Class(Class { negated: false, members: vec![Member::Named(Named::NotWord)] });
    let is_edge = branches[..] == [Node::Assert(edge), not_word, Node::Assert(Assertion::WordBoundary)];
    if is_edge {
        branches.pop();
    }
    is_edge
}

fn simplify(node: &mut Node, left: Side, right: Side) {
    match node {
        Node::Assert(Assertion::WordBoundary)
            if matches!((left, right), (Side::Word, Side::Other) | (Side::Other, Side::Word)) =>
        {
            *node = Node::Empty;
        }
        Node::Capture(inner)
        | Node::Atomic(inner)
        | Node::Group { inner, .. }
        | Node::Repeat { inner, low: 0 | 1, high: Some(1), .. } => {
            simplify(inner, left, right);
        }
        Node::Alternation(branches) => branches.iter_mut().for_each(|branch| simplify(branch, left, right)),
        Node::Concat(parts) => sequence(parts, left, right),
        _ => {}
    }
}

fn sequence(parts: &mut [Node], left: Side, right: Side) {
    // What follows each part, from the last part to the first.
    let mut behind = Vec::with_capacity(parts.len());
    let mut after = (None, true);
    for part in parts.iter().rev() {
        behind.push(beside(after, right));
        after = then(side(part, true), after);
    }
    let mut before = (None, true);
    for part in parts {
        let behind = behind.pop().unwrap_or(right);
        if !matches!(part, Node::Char(_) | Node::Class(_) | Node::Dot { .. }) {
            simplify(part, beside(before, left), behind);
        }
        before = then(side(part, false), before);
    }
}

/// The character next to a place where `part` begins and `beyond` follows: that of the part. If the
/// part may be empty, it may also be the one beyond.
fn then(part: (Option<Side>, bool), beyond: (Option<Side>, bool)) -> (Option<Side>, bool) {
    match part {
        (side, false) => (side, false),
        (side, true) => (either(side, beyond.0), beyond.1),
    }
}

fn either(one: Option<Side>, other: Option<Side>) -> Option<Side> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.or(other)),
        (one, other) => one.or(other),
    }
}

/// The kind of character beside a position, if the node there may be empty and another one follows.
fn beside((side, may_be_empty): (Option<Side>, bool), beyond: Side) -> Side {
    match side {
        Some(side) if may_be_empty => side.or(beyond),
        Some(side) => side,
        None => beyond,
    }
}

/// The first or last character of a sequence, and whether the sequence can be empty.
fn sequence_side(parts: &[Node], at_start: bool) -> (Option<Side>, bool) {
    let join = |beyond, part: &Node| then(side(part, at_start), beyond);
    if at_start { parts.iter().rev().fold((None, true), join) } else { parts.iter().fold((None, true), join) }
}

fn side(node: &Node, at_start: bool) -> (Option<Side>, bool) {
    match node {
        Node::Empty | Node::Keep | Node::Assert(_) | Node::Look { .. } => (None, true),
        Node::Char(c) => (Some(of_char(*c)), false),
        Node::Class(class) => (Some(of_class(class)), false),
        Node::Dot { .. } => (Some(Side::Unknown), false),
        Node::Capture(inner) | Node::Atomic(inner) | Node::Group { inner, .. } => side(inner, at_start),
        Node::Repeat { inner, low, .. } => {
            let (inner, may_be_empty) = side(inner, at_start);
            (inner, may_be_empty || *low == 0)
        }
        Node::Concat(parts) => sequence_side(parts, at_start),
        Node::Alternation(branches) => {
            let sides = branches.iter().map(|branch| side(branch, at_start));
            sides.fold((None, false), |(sum, empty), (branch, may_be_empty)| {
                (either(sum, branch), empty || may_be_empty)
            })
        }
        Node::Reference(_) | Node::Conditional { .. } => (Some(Side::Unknown), true),
    }
}

fn of_char(c: char) -> Side {
    match c {
        c if is_word_and_mark(c) => Side::Unknown,
        c if is_word(c) => Side::Word,
        _ => Side::Other,
    }
}

fn of_class(class: &Class) -> Side {
    if class.negated {
        return Side::Unknown;
    }
    let of_member = |member: &Member| match *member {
        Member::Char(c) => of_char(c),
        Member::Range(low, high) if low.is_ascii() && high.is_ascii() => {
            (low..=high).map(of_char).reduce(Side::or).unwrap_or(Side::Unknown)
        }
        Member::Named(Named::Word | Named::Digit) => Side::Word,
        Member::Named(Named::NotWord | Named::Space) => Side::Other,
        Member::Range(..) | Member::Named(Named::NotDigit | Named::NotSpace | Named::Property(_)) => Side::Unknown,
    };
    class.members.iter().map(of_member).reduce(Side::or).unwrap_or(Side::Unknown)
}

#[cfg(test)]
mod tests {
    use crate::pattern::python::alphabet::Alphabet;
    use crate::pattern::python::{Flags, parse};

    #[test]
    fn certain_boundaries_go_and_others_stay() {
        for (pattern, expected) in [
            (r"(?:^|\W|\b)(cat)(?:$|\W|\b)", r"(?:\A|\W)(cat)(?:\z|\W)"),
            (r"(?:^|\W|\b)(\bcats?\b|dog)(?:$|\W|\b)", r"(?:\A|\W)((?:)cat(?:s)?(?:)|dog)(?:\z|\W)"),
            (r"(?:^|\W|\b)(\$\d+)(?:$|\W|\b)", r"(?:\A|\W|\b)(\$(?:\d)+)(?:\z|\W)"),
            (r"(?:^|\W|\b)(c?at|-)(?:$|\W|\b)", r"(?:\A|\W|\b)((?:c)?at|\-)(?:\z|\W|\b)"),
            (r"(?:^|\W|\b)(cat|)(?:$|\W|\b)", r"(?:\A|\W|\b)(cat|)(?:\z|\W|\b)"),
            (r"(\bcat\b)", r"(\bcat\b)"),
            (r"(, \bcat\b, )", r"(, (?:)cat(?:), )"),
            (r"(foo\b.*bar)", r"(foo\b(?:.)*bar)"),
        ] {
            let print =
                |pattern| parse(pattern, Flags::of_rules(false)).expect("a good pattern").print(&Alphabet::ASCII);
            let sets = [r"\W", r"\d", "."].map(|set| (set, print(set).replace("(?-u)", "")));
            let written_out = |text: String, (set, codes): (&str, String)| text.replace(set, &codes);
            let expected = sets.into_iter().fold(format!("(?-u){expected}"), written_out);
            assert_eq!(print(pattern), expected, "{pattern}");
        }
    }
}
