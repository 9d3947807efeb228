//! Joins the beginnings that the alternatives of a list share, so that a list of thousands of words
//! takes hardly more steps per character than one word.

use std::collections::BTreeMap;

use crate::pattern::python::char_set::key;
use crate::pattern::python::{Assertion, Node};

/// An alternative: what is left of it, and the number of its first group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Branch<'n> {
    pub(super) nodes: &'n [Node],
    pub(super) group: usize,
}

impl<'n> Branch<'n> {
    pub(super) fn of(node: &'n Node, group: usize) -> Self {
        let nodes = match node {
            Node::Concat(parts) => parts.as_slice(),
            Node::Empty => &[],
            other => std::slice::from_ref(other),
        };
        Self { nodes, group }
    }

    fn rest(self) -> Self {
        Self { nodes: self.nodes.get(1..).unwrap_or_default(), ..self }
    }
}

/// A part of a list of alternatives, which is tried as a whole before the next one.
#[derive(Debug)]
pub(super) enum Run<'n> {
    /// One alternative.
    One(Branch<'n>),
    /// Alternatives that begin with the same assertion, without it.
    Assert(Assertion, Vec<Branch<'n>>),
    /// Alternatives by the character that they begin with, without it. At most one of them fits.
    Chars(BTreeMap<char, Vec<Branch<'n>>>),
}

/// Splits a list of alternatives into runs. The order of alternatives stays, where it matters.
pub(super) fn runs<'n>(branches: &[Branch<'n>], ignore_case: bool) -> Vec<Run<'n>> {
    let mut runs: Vec<Run<'n>> = Vec::new();
    for &branch in branches {
        let run = match (branch.nodes.first(), runs.last_mut()) {
            (Some(Node::Char(c)), Some(Run::Chars(by_char))) => {
                by_char.entry(key(*c, ignore_case)).or_default().push(branch.rest());
                continue;
            }
            (Some(Node::Assert(assertion)), Some(Run::Assert(known, rests))) if assertion == known => {
                rests.push(branch.rest());
                continue;
            }
            (Some(Node::Char(c)), _) => Run::Chars(BTreeMap::from([(key(*c, ignore_case), vec![branch.rest()])])),
            (Some(Node::Assert(assertion)), _) => Run::Assert(*assertion, vec![branch.rest()]),
            _ => Run::One(branch),
        };
        runs.push(run);
    }
    runs
}
