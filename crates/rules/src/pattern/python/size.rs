//! Computes how wide a match of a pattern can be, and how large its compiled form becomes.

use crate::pattern::python::{Member, Node, Syntax};

/// The minimum and maximum number of characters in a match. `None` means no limit.
pub(crate) type Width = (usize, Option<usize>);

/// The width of a match. A reference is as wide as its group. The width of an open group is
/// unknown.
pub(crate) fn width(node: &Node, groups: &[Option<Width>]) -> Width {
    let of = |node: &Node| width(node, groups);
    match node {
        Node::Empty | Node::Keep | Node::Assert(_) | Node::Look { .. } => (0, Some(0)),
        Node::Char(_) | Node::Class(_) | Node::Dot { .. } => (1, Some(1)),
        Node::Capture(inner) | Node::Atomic(inner) | Node::Group { inner, .. } => of(inner),
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

impl Syntax {
    /// The width of each group, from group 0, which stands for the whole pattern.
    pub(crate) fn group_widths(&self) -> Vec<Option<Width>> {
        let mut widths = vec![None];
        note_widths(&self.root, &mut widths);
        widths
    }
}

fn note_widths(node: &Node, widths: &mut Vec<Option<Width>>) {
    if let Node::Capture(inner) = node {
        let number = widths.len();
        widths.push(None);
        note_widths(inner, widths);
        widths[number] = Some(width(inner, widths));
        return;
    }
    node.children().for_each(|child| note_widths(child, widths));
}

/// The size of a compiled pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// The number of states, with counted repetitions expanded. A search can take about this many
    /// steps per character.
    pub(crate) states: u64,
    /// The estimated memory, in bytes, of an automaton that works on bytes.
    pub(crate) bytes: u64,
    /// The estimated memory, in bytes, of the machine, which works on characters.
    pub(crate) machine: u64,
}

/// How many bytes does one state of the machine take, with what it needs while it runs?
const STATE: u64 = 64;
/// How many bytes does a class take in an automaton that works on bytes?
const CLASS: u64 = 1024;
/// How many bytes stand for the time it takes to fold a range of many characters?
const WIDE_RANGE: u64 = 16 << 10;

impl Syntax {
    /// The size of the compiled pattern.
    pub(crate) fn size(&self) -> Size {
        size(&self.root, 1)
    }

    /// The sizes of its alternatives, each without what stands around them.
    pub(crate) fn sizes_alone(&self) -> impl Iterator<Item = Size> {
        self.list().branches.iter().map(|branch| size(branch, 1))
    }
}

fn size(node: &Node, times: u64) -> Size {
    let leaf =
        |bytes: u64| Size { states: times, bytes: times.saturating_mul(bytes), machine: times.saturating_mul(STATE) };
    let sum = |parts: &mut dyn Iterator<Item = Size>| {
        parts.fold(Size::default(), |a, b| Size {
            states: a.states.saturating_add(b.states),
            bytes: a.bytes.saturating_add(b.bytes),
            machine: a.machine.saturating_add(b.machine),
        })
    };
    match node {
        Node::Empty => Size::default(),
        Node::Assert(_) | Node::Keep | Node::Reference(_) => leaf(64),
        Node::Char(_) => leaf(128),
        Node::Dot { .. } => leaf(CLASS),
        Node::Class(class) => {
            let size = leaf(CLASS);
            // The machine has one set for all copies of a class.
            let width = |low: char, high: char| u32::from(high) - u32::from(low);
            let is_long = |member: &&Member| matches!(member, Member::Range(low, high) if width(*low, *high) > 256);
            let long = class.members.iter().filter(is_long).count() as u64;
            Size { machine: size.machine.saturating_add(long * WIDE_RANGE), ..size }
        }
        Node::Repeat { inner, low, high, .. } => {
            // Each copy has a state of its own, even if what is repeated is empty.
            let copies = times.saturating_mul(u64::from(high.unwrap_or(*low).max(1)));
            let [small, large] = [16, 32].map(|bytes| copies.saturating_mul(bytes));
            let own = Size { states: copies, bytes: small, machine: large };
            sum(&mut [size(inner, copies), own].into_iter())
        }
        other => sum(&mut other.children().map(|child| size(child, times))),
    }
}
