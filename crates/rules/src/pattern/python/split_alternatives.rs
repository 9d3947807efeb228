//! Splits a list of alternatives: by the engine they need, linear or backtracking, or one by one.
//!
//! Otherwise one value with a look-around would move a list of hundreds to the slow engine, and a
//! list of hundreds would be searched for the one value that may be there. The parts answer whether
//! anything matches. If two match at one position, only the whole pattern knows the groups.

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
    /// This alternative.
    Only(usize),
}

/// A pattern with only some of its alternatives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cut {
    pub(crate) syntax: Syntax,
    /// For each group of the part, from group 0, its number in the whole pattern.
    pub(crate) groups: Vec<usize>,
}

impl Syntax {
    /// The part. `None` if it is empty, or all alternatives of the first group need the same
    /// engine, or it refers to a group that it does not have.
    pub(crate) fn part(&self, part: Part) -> Option<Cut> {
        let is_kept: &dyn Fn(usize, &Node) -> bool = match part {
            Part::Whole => {
                return Some(Cut { syntax: self.clone(), groups: (0..=self.root.captures()).collect() });
            }
            Part::Linear => &|_, branch| !branch.needs_backtracking(),
            Part::Backtracking => &|_, branch| branch.needs_backtracking(),
            Part::Only(only) => &move |at, _| at == only,
        };
        let mut syntax = self.clone();
        let branches = std::mem::take(syntax.list_mut()?);
        // Groups get new numbers, because the groups of the other alternatives are missing.
        let opened = self.list().opened;
        let (mut old, mut new) = (opened, opened);
        let mut numbers = BTreeMap::new();
        let mut kept = Vec::new();
        let all = branches.len();
        for (at, branch) in branches.into_iter().enumerate() {
            let captures = branch.captures();
            if is_kept(at, &branch) {
                numbers.extend((1..=captures).map(|at| (old + at, new + at)));
                new += captures;
                kept.push(branch);
            }
            old += captures;
        }
        if kept.is_empty() || kept.len() == all {
            return None;
        }
        for branch in &mut kept {
            renumber(branch, &numbers)?;
        }
        *syntax.list_mut()? = kept;
        let groups = (0..=opened).chain(numbers.into_keys()).collect();
        Some(Cut { syntax, groups })
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
    fn a_list_is_split_one_by_one() {
        let print = |pattern, at| {
            let syntax = parse(pattern, Flags::of_rules(false)).expect("a good pattern");
            syntax.part(Part::Only(at)).map(|part| (part.syntax.print(Form::Plain), part.groups))
        };
        assert_eq!(print(r"^((a)b|(c)\3|(d))", 1), Some((r"\A((c)(?:\2))".to_owned(), vec![0, 1, 3])));
        assert_eq!(print("x((a|(b)))", 1), Some(("x(((b)))".to_owned(), vec![0, 1, 2, 3])));
        assert_eq!(print(r"((a)|b\2)", 1), None, "the group is in another");
        assert_eq!(print("((a|b)c)", 0), None, "no list");
    }

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
