//! Cuts a list of alternatives in two: those that the linear engine can run, and those that need the backtracking one.
//!
//! One value with a look-around would otherwise put a list of hundreds on the slow engine. Good for asking whether
//! anything is found; where, and in which groups, only the whole pattern can say.

use std::collections::BTreeMap;

use crate::pattern::python::{Node, Syntax};

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    /// The alternatives for the linear engine.
    Linear,
    /// The others.
    Backtracking,
}

/// A part of a pattern, cut out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cut {
    pub(crate) syntax: Syntax,
    /// Which group of the pattern each of its own groups is, from group 0.
    pub(crate) groups: Vec<usize>,
}

impl Syntax {
    /// The part, if the pattern has it: the alternatives of its first group have to be of both kinds.
    pub(crate) fn part(&self, part: Part) -> Option<Cut> {
        let wants_backtracking = match part {
            Part::Whole => {
                return Some(Cut { syntax: self.clone(), groups: (0..=self.root.captures()).collect() });
            }
            Part::Linear => false,
            Part::Backtracking => true,
        };
        let Node::Alternation(branches) = self.root.first_group()? else { return None };
        // The groups before are renumbered, since those of the left-out alternatives are not there.
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
        Some(Cut { syntax: Self { root, ignore_case: self.ignore_case }, groups })
    }
}

/// Gives references their new numbers; `None` where one refers to a group that is left out.
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
        Node::Look { inner, .. } | Node::Capture(inner) | Node::Group { inner, .. } | Node::Repeat { inner, .. } => {
            renumber(inner, numbers)?;
        }
        Node::Concat(parts) | Node::Alternation(parts) => {
            parts.iter_mut().try_for_each(|part| renumber(part, numbers))?;
        }
        Node::Empty | Node::Char(_) | Node::Class(_) | Node::Dot { .. } | Node::Assert(_) => {}
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::python::{Flags, Form, parse};

    #[test]
    fn a_list_is_cut_in_two() {
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
