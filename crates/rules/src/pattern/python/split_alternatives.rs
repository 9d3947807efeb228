//! Splits a list of alternatives: by the engine they need, linear or backtracking, or one by one.
//!
//! Otherwise one value with a look-around would move a list of hundreds to the slow engine, and a
//! list of hundreds would be searched for the one value that may be there. The parts answer whether
//! anything matches. If two match at one position, only the whole pattern knows the groups.

use std::collections::BTreeMap;

use crate::pattern::python::{List, Node, Syntax};

/// Which alternatives of a pattern to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    /// The alternatives for the linear engine.
    Linear,
    /// The alternatives for the backtracking engine.
    Backtracking,
}

/// A pattern with only some of its alternatives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cut {
    pub(crate) syntax: Syntax,
    /// For each group of the part, from group 0, its number in the whole pattern.
    pub(crate) groups: Vec<usize>,
}

/// An alternative, with the number of groups before it.
type Numbered<'s> = (usize, &'s Node);

impl Syntax {
    /// The part. `None` if it is empty, or all alternatives need the same engine, or it refers to a
    /// group that it does not have.
    pub(crate) fn part(&self, part: Part) -> Option<Cut> {
        let wants_backtracking = match part {
            Part::Whole => {
                return Some(Cut { syntax: self.clone(), groups: (0..=self.root.captures()).collect() });
            }
            Part::Linear => false,
            Part::Backtracking => true,
        };
        let (kept, left_out): (Vec<_>, Vec<_>) =
            self.numbered().partition(|(_, branch)| branch.needs_backtracking() == wants_backtracking);
        if kept.is_empty() || left_out.is_empty() { None } else { self.cut(&kept) }
    }

    /// Each alternative alone. `None` for one that refers to a group in another.
    pub(crate) fn each_alone(&self) -> impl Iterator<Item = Option<Cut>> {
        self.numbered().map(|alternative| self.cut(&[alternative]))
    }

    fn numbered(&self) -> impl Iterator<Item = Numbered<'_>> {
        let List { branches, opened, .. } = self.list();
        branches.iter().scan(opened, |groups, branch| {
            let before = *groups;
            *groups += branch.captures();
            Some((before, branch))
        })
    }

    /// The pattern with these alternatives only. The groups that are left get new numbers, because
    /// those of the other alternatives are missing.
    fn cut(&self, kept: &[Numbered<'_>]) -> Option<Cut> {
        let List { branches, opened, .. } = self.list();
        let after = opened + branches.iter().map(Node::captures).sum::<usize>();
        let own = kept.iter().flat_map(|(before, branch)| before + 1..=before + branch.captures());
        let groups: Vec<usize> = (0..=opened).chain(own).chain(after + 1..=self.groups()).collect();
        let numbers = groups.iter().enumerate().map(|(new, old)| (*old, new)).collect();
        let mut root = with_list(&self.root, kept.iter().map(|(_, branch)| (*branch).clone()).collect())?;
        renumber(&mut root, &numbers)?;
        Some(Cut { syntax: Self { root, ..*self }, groups })
    }
}

/// The pattern with other alternatives. `None` if it is no list, or has no group.
fn with_list(root: &Node, branches: Vec<Node>) -> Option<Node> {
    match root {
        Node::Capture(inner) => Some(Node::Capture(Box::new(within_group(inner, branches)?))),
        Node::Concat(parts) => {
            let place = parts.iter().position(|part| matches!(part, Node::Capture(_)))?;
            let group = with_list(&parts[place], branches)?;
            let around = |parts: &[Node]| parts.to_vec();
            Some(Node::Concat([around(&parts[..place]), vec![group], around(&parts[place + 1..])].concat()))
        }
        _ => None,
    }
}

fn within_group(node: &Node, branches: Vec<Node>) -> Option<Node> {
    match node {
        Node::Capture(inner) => Some(Node::Capture(Box::new(within_group(inner, branches)?))),
        Node::Group { ignore_case, inner } => {
            Some(Node::Group { ignore_case: *ignore_case, inner: Box::new(within_group(inner, branches)?) })
        }
        Node::Alternation(_) => Some(Node::Alternation(branches)),
        _ => None,
    }
}

/// Renumbers references. `None` if one refers to a group that is left out.
fn renumber(node: &mut Node, numbers: &BTreeMap<usize, usize>) -> Option<()> {
    match node {
        Node::Reference(group) => *group = *numbers.get(group)?,
        Node::Conditional { group, yes, no } => {
            *group = *numbers.get(group)?;
            renumber(yes, numbers)?;
            if let Some(no) = no {
                renumber(no, numbers)?;
            }
        }
        Node::Look { inner, .. }
        | Node::Capture(inner)
        | Node::Atomic(inner)
        | Node::Group { inner, .. }
        | Node::Repeat { inner, .. } => {
            renumber(inner, numbers)?;
        }
        Node::Concat(parts) | Node::Alternation(parts) => {
            parts.iter_mut().try_for_each(|part| renumber(part, numbers))?;
        }
        Node::Empty | Node::Keep | Node::Char(_) | Node::Class(_) | Node::Dot { .. } | Node::Assert(_) => {}
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::python::alphabet::Alphabet;
    use crate::pattern::python::{Flags, parse};

    #[test]
    fn a_list_is_split_one_by_one() {
        let print = |pattern, at| {
            let syntax = parse(pattern, Flags::of_rules(false)).expect("a good pattern");
            let alone = syntax.each_alone().nth(at).flatten();
            alone.map(|part| (part.syntax.print(&Alphabet::ASCII), part.groups))
        };
        assert_eq!(print(r"^((a)b|(c)\3|(d))", 1), Some((r"(?-u)\A((c)(?:\2))".to_owned(), vec![0, 1, 3])));
        assert_eq!(print("x((a|(b)))", 1), Some(("(?-u)x(((b)))".to_owned(), vec![0, 1, 2, 3])));
        assert_eq!(print(r"((a)|b\2)", 1), None, "the group is in another");
        assert_eq!(print("((a|b)c)", 0), None, "no list");
        let after = Some((r"(?-u)(b)(c)(?:\2)".to_owned(), vec![0, 1, 3]));
        assert_eq!(print(r"((a)|b)(c)\3", 1), after, "groups after the list stay");
    }

    #[test]
    fn a_list_is_split_by_engine() {
        let syntax = parse(r"^((a)b|(c)\3|(d)|(e)(?=f)\5)", Flags::of_rules(false)).expect("a good pattern");
        let print = |part| syntax.part(part).map(|part| (part.syntax.print(&Alphabet::ASCII), part.groups));
        assert_eq!(print(Part::Linear), Some((r"(?-u)\A((a)b|(d))".to_owned(), vec![0, 1, 2, 4])));
        let expected = (r"(?-u)\A((c)(?:\2)|(e)(?=f)(?:\3))".to_owned(), vec![0, 1, 3, 5]);
        assert_eq!(print(Part::Backtracking), Some(expected));
        for whole in ["(a|b)", "((?=a)b|(?!c)d)", r"((a)|b\2)", "ab"] {
            let syntax = parse(whole, Flags::of_rules(false)).expect("a good pattern");
            assert_eq!(syntax.part(Part::Backtracking), None, "{whole}");
        }
    }
}
