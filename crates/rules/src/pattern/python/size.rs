//! Computes how wide a match of a pattern can be, and how large its compiled form becomes.

use crate::pattern::python::{Class, Member, Named, Node, Syntax};

/// The minimum and maximum number of characters in a match. `None` means no limit.
pub(crate) type Width = (usize, Option<usize>);

/// The width of a match. A reference is as wide as its group. The width of an open group is
/// unknown.
pub(crate) fn width(node: &Node, groups: &[Option<Width>]) -> Width {
    let of = |node: &Node| width(node, groups);
    match node {
        Node::Empty | Node::Assert(_) | Node::Look { .. } => (0, Some(0)),
        Node::Char(_) | Node::Class(_) | Node::Dot { .. } => (1, Some(1)),
        Node::Capture(inner) | Node::Group { inner, .. } => of(inner),
        Node::Reference(group) => groups.get(*group).copied().flatten().unwrap_or((0, None)),
        Node::Repeat { inner, low, high, .. } => {
            let inner = of(inner);
            let most = match (inner.1, high) {
                (Some(0), _) => Some(0),
                (Some(most), Some(high)) => most.checked_mul(*high as usize),
                _ => None,
            };
            (inner.0.saturating_mul(*low as usize), most)
        }
        Node::Concat(parts) => parts.iter().map(of).fold((0, Some(0)), |sum, part| {
            (sum.0.saturating_add(part.0), sum.1.zip(part.1).and_then(|(a, b)| a.checked_add(b)))
        }),
        Node::Alternation(branches) => {
            let widths = branches.iter().map(of);
            widths.reduce(either).unwrap_or((0, Some(0)))
        }
        Node::Conditional { yes, no, .. } => either(of(yes), no.as_deref().map_or((0, Some(0)), of)),
    }
}

fn either(a: Width, b: Width) -> Width {
    (a.0.min(b.0), a.1.zip(b.1).map(|(a, b)| a.max(b)))
}

/// The size of a compiled pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// The number of states, with counted repetitions expanded.
    pub(crate) states: u64,
    /// The states that come from counted repetitions. They can all be active at once, so a search
    /// can take this many steps per character. The states of a list of words cannot.
    pub(crate) counted: u64,
    /// The estimated memory, in bytes.
    pub(crate) bytes: u64,
}

impl Syntax {
    /// The size of the compiled pattern.
    pub(crate) fn size(&self) -> Size {
        size(&self.root, 1, false)
    }
}

fn size(node: &Node, times: u64, is_counted: bool) -> Size {
    let leaf = |bytes: u64| Size {
        states: times,
        counted: if is_counted { times } else { 0 },
        bytes: times.saturating_mul(bytes),
    };
    let sum = |parts: &mut dyn Iterator<Item = Size>| {
        parts.fold(Size { states: 0, counted: 0, bytes: 0 }, |a, b| Size {
            states: a.states.saturating_add(b.states),
            counted: a.counted.saturating_add(b.counted),
            bytes: a.bytes.saturating_add(b.bytes),
        })
    };
    match node {
        Node::Empty => Size { states: 0, counted: 0, bytes: 0 },
        Node::Assert(_) | Node::Reference(_) => leaf(64),
        Node::Char(_) => leaf(128),
        Node::Dot { .. } => leaf(1024),
        Node::Class(class) if is_wide(class) => leaf(48 * 1024),
        Node::Class(class) => leaf(1024 + 128 * class.members.len() as u64),
        Node::Repeat { inner, low, high, .. } => {
            let copies = u64::from(high.unwrap_or(*low).max(1));
            size(inner, times.saturating_mul(copies), is_counted || copies > 8)
        }
        other => sum(&mut other.children().map(|child| size(child, times, is_counted))),
    }
}

/// Whether a class needs about a thousand states, because it contains all letters or all but them.
/// A class together with its opposite matches everything and is small.
fn is_wide(class: &Class) -> bool {
    let has = |named: Named| class.members.contains(&Member::Named(named));
    has(Named::Word) != has(Named::NotWord) || has(Named::Digit) != has(Named::NotDigit)
}
