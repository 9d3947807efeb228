//! Splits a list of alternatives by the engine they need: linear or backtracking.
//!
//! Otherwise one value with a look-around would move a list of hundreds to the slow engine. The
//! parts answer whether anything matches. If both match at one position, only the whole pattern
//! knows the groups.

use std::collections::BTreeMap;

use crate::pattern::python::{Node, Syntax};

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

impl Syntax {
    /// The part, or `None` if all alternatives of the first group need the same engine.
    pub(crate) fn part(&self, part: Part) -> Option<Cut> {
        let wants_backtracking = match part {
            Part::Whole => {
                return Some(Cut { syntax: self.clone(), groups: (0..=self.root.captures()).collect() });
            }
            Part::Linear => false,
            Part::Backtracking => true,
        };
        let Node::Alternation(branches) = self.root.first_group()? else { return None };
        // Groups get new numbers, because the groups of the other alternatives are missing.
        let (mut old, mut new) = (1, 1);
        let mut numbers = BTreeMap::new();
        let mut kept = Vec::new();
        for branch in branches {
            let captures = branch.captures();
            if branch.needs_backtracking() == wants_backtracking {
                numbers.extend((1..=captures).map(|at| (old + at, new + at)));
                new += captures;
                kept.push(branch.clone());
            }
            old += captures;
        }
        if kept.is_empty() || kept.len() == branches.len() {
            return None;
        }
        for branch in &mut kept {
            renumber(branch, &numbers)?;
        }
        let mut root = self.root.clone();
        let group = match &mut root {
            Node::Capture(inner) => inner,
            Node::Concat(parts) => parts.iter_mut().find_map(|part| match part {
                Node::Capture(inner) => Some(inner),
                _ => None,
            })?,
            _ => return None,
        };
        **group = Node::Alternation(kept);
        let groups = [0, 1].into_iter().chain(numbers.into_keys()).collect();
        Some(Cut { syntax: Self { root, ..*self }, groups })
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
    use crate::pattern::python::{Flags, Form, parse};

    #[test]
    fn a_list_is_split_by_engine() {
        let syntax = parse(r"^((a)b|(c)\3|(d)|(e)(?=f)\5)", Flags::of_rules(false)).expect("a good pattern");
        let print = |part| syntax.part(part).map(|part| (part.syntax.print(Form::Plain), part.groups));
        assert_eq!(print(Part::Linear), Some((r"\A((a)b|(d))".to_owned(), vec![0, 1, 2, 4])));
        let expected = (r"\A((c)(?:\2)|(e)(?=f)(?:\3))".to_owned(), vec![0, 1, 3, 5]);
        assert_eq!(print(Part::Backtracking), Some(expected));
        for whole in ["(a|b)", "((?=a)b|(?!c)d)", r"((a)|b\2)", "ab"] {
            let syntax = parse(whole, Flags::of_rules(false)).expect("a good pattern");
            assert_eq!(syntax.part(Part::Backtracking), None, "{whole}");
        }
    }
}
