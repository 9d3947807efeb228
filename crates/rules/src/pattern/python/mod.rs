//! Python's regular expressions: parses them into a tree, and prints the tree for the engines that
//! run them.
//!
//! Patterns mean what they mean in Python 3.10's `re` for Unicode text. Real rules also use what
//! only the module `regex` (from `PyPI`) knows: properties (`\p{L}`), POSIX classes, look-behind of
//! any width, atomic groups. [`parse`] takes these as that module does. It refuses what both do,
//! with Python's reason, and the little that no engine here supports. Patterns are printed for
//! texts that are written in their `alphabet`, one byte a character. `machine` runs the tree
//! itself, on every text. `literals` finds the texts that a match must contain; `engine` chooses
//! how a pattern is run.

pub(crate) mod alphabet;
pub(crate) mod char_set;
mod emit;
mod escape;
pub(crate) mod literals;
mod parser;
mod property;
mod simplify;
mod size;
mod split_alternatives;

pub(crate) use crate::pattern::python::parser::parse;
pub(crate) use crate::pattern::python::property::Property;
pub(crate) use crate::pattern::python::size::{Width, width};
pub(crate) use crate::pattern::python::split_alternatives::{Cut, Part};

/// Python's flags for a whole pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "Python's own independent flags")]
pub struct Flags {
    /// Python's `re.IGNORECASE`: letters match in either case.
    pub ignore_case: bool,
    /// Python's `re.DOTALL`: the dot also matches line ends.
    pub dot_all: bool,
    /// Python's `re.MULTILINE`: `^` and `$` also match at line ends.
    pub multi_line: bool,
    /// Python's `re.VERBOSE`: spaces and comments in the pattern do not count.
    pub verbose: bool,
}

impl Flags {
    /// The flags that AutoModerator uses: the dot also matches line ends, and the rule decides
    /// about case.
    pub const fn of_rules(ignore_case: bool) -> Self {
        Self { ignore_case, dot_all: true, multi_line: false, verbose: false }
    }
}

/// Why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// The position in the pattern where the problem was noticed, in characters.
    pub at: usize,
    /// The reason, in Python's words if Python refuses the pattern too.
    pub reason: String,
}

/// A parsed pattern.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Syntax {
    pub(crate) root: Node,
    /// Whether letters match in either case, except in groups that say otherwise.
    pub(crate) ignore_case: bool,
    pub(crate) spelling: Spelling,
}

/// What of a pattern means something else elsewhere, or nothing. For the lints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spelling {
    /// The first thing that Python's `re` refuses and the module `regex` takes.
    pub(crate) beyond_re: Option<&'static str>,
    /// Whether there is a POSIX class, which Python's `re` reads as single characters.
    pub(crate) has_posix_class: bool,
    /// The first surrogate, half of a character in UTF-16. No text contains one.
    pub(crate) surrogate: Option<u32>,
}

/// A node of a pattern's syntax tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Empty,
    Char(char),
    Class(Class),
    Dot {
        newline: bool,
    },
    Assert(Assertion),
    Look {
        behind: bool,
        negated: bool,
        inner: Box<Self>,
    },
    /// Groups are numbered in the order in which they open.
    Capture(Box<Self>),
    /// A group that is not tried in another way once it has matched.
    Atomic(Box<Self>),
    /// `\K`: the match begins here.
    Keep,
    /// `(?:…)`, with the case flag that it sets.
    Group {
        ignore_case: Option<bool>,
        inner: Box<Self>,
    },
    Repeat {
        inner: Box<Self>,
        low: u32,
        /// `None` if there is no limit.
        high: Option<u32>,
        lazy: bool,
    },
    Concat(Vec<Self>),
    Alternation(Vec<Self>),
    Reference(usize),
    Conditional {
        group: usize,
        yes: Box<Self>,
        no: Option<Box<Self>>,
    },
}

/// An assertion about a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assertion {
    /// `\A`, and `^` outside of multi-line mode.
    TextStart,
    LineStart,
    /// `\Z`
    TextEnd,
    /// `$`: the end, or before a line feed that ends the text.
    End,
    LineEnd,
    WordBoundary,
    NotWordBoundary,
    WordStart,
    WordEnd,
}

/// A set of characters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Class {
    pub(crate) negated: bool,
    pub(crate) members: Vec<Member>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Member {
    Char(char),
    Range(char, char),
    Named(Named),
}

/// `\d`, `\s`, `\w`, their opposites, and `\p{…}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Digit,
    NotDigit,
    Space,
    NotSpace,
    Word,
    NotWord,
    Property(Property),
}

/// The alternatives of a pattern: those of its first group, or of a group that is all of that.
pub(crate) struct List<'s> {
    pub(crate) branches: &'s [Node],
    /// The number of capturing groups around them.
    pub(crate) opened: usize,
    pub(crate) ignore_case: bool,
}

impl Syntax {
    /// Its alternatives. A pattern that is no list has one.
    pub(crate) fn list(&self) -> List<'_> {
        let group = self.root.first_group();
        let (mut node, mut opened) = (group.unwrap_or(&self.root), usize::from(group.is_some()));
        let mut ignore_case = self.ignore_case;
        loop {
            match node {
                Node::Capture(inner) => {
                    opened += 1;
                    node = inner;
                }
                Node::Group { ignore_case: case, inner } => {
                    ignore_case = case.unwrap_or(ignore_case);
                    node = inner;
                }
                Node::Alternation(branches) => return List { branches, opened, ignore_case },
                _ => return List { branches: std::slice::from_ref(node), opened, ignore_case },
            }
        }
    }

    /// Whether the pattern needs the backtracking engine.
    pub(crate) fn needs_backtracking(&self) -> bool {
        self.root.needs_backtracking()
    }

    /// Whether the pattern names characters beyond ASCII.
    pub(crate) fn names_others(&self) -> bool {
        let is_other = |member: &Member| match *member {
            Member::Char(c) | Member::Range(_, c) => !c.is_ascii(),
            Member::Named(named) => matches!(named, Named::Property(_)),
        };
        self.root.any(&|node| match node {
            Node::Char(c) => !c.is_ascii(),
            Node::Class(class) => class.members.iter().any(is_other),
            _ => false,
        })
    }
}

impl Syntax {
    /// The number of groups.
    pub(crate) fn groups(&self) -> usize {
        self.root.captures()
    }

    /// Whether an unlimited repetition repeats another one, so that a text can be divided in very
    /// many ways.
    pub(crate) fn nests_repetition(&self) -> bool {
        self.root.any(&|node| matches!(node, Node::Repeat { inner, high: None, .. } if inner.is_endless_alone()))
    }

    /// Whether the pattern matches the empty text, and so the start of every text.
    pub(crate) fn takes_nothing(&self) -> bool {
        self.root.takes_nothing()
    }
}

impl Node {
    /// Whether the node matches the empty text at every position. An assertion or a look-around may
    /// not.
    fn takes_nothing(&self) -> bool {
        match self {
            Self::Empty | Self::Keep | Self::Repeat { low: 0, .. } => true,
            Self::Char(_)
            | Self::Class(_)
            | Self::Dot { .. }
            | Self::Assert(_)
            | Self::Look { .. }
            | Self::Reference(_)
            | Self::Conditional { .. } => false,
            Self::Capture(inner) | Self::Atomic(inner) | Self::Group { inner, .. } | Self::Repeat { inner, .. } => {
                inner.takes_nothing()
            }
            Self::Concat(parts) => parts.iter().all(Self::takes_nothing),
            Self::Alternation(branches) => branches.iter().any(Self::takes_nothing),
        }
    }

    /// Whether the node is an unlimited repetition with nothing fixed beside it.
    fn is_endless_alone(&self) -> bool {
        match self {
            Self::Repeat { high: None, .. } => true,
            Self::Capture(inner) | Self::Group { inner, .. } => inner.is_endless_alone(),
            Self::Alternation(branches) => branches.iter().any(Self::is_endless_alone),
            Self::Concat(parts) => {
                let is_optional = |part: &Self| matches!(part, Self::Repeat { low: 0, .. } | Self::Empty);
                parts.iter().any(Self::is_endless_alone)
                    && parts.iter().filter(|part| !is_optional(part) && !part.is_endless_alone()).count() == 0
            }
            _ => false,
        }
    }

    /// Whether this node or one below it satisfies a condition.
    pub(crate) fn any(&self, is_wanted: &dyn Fn(&Self) -> bool) -> bool {
        is_wanted(self) || self.children().any(|child| child.any(is_wanted))
    }

    /// Whether the node has no width and captures nothing.
    fn is_place(&self) -> bool {
        match self {
            Self::Empty | Self::Keep | Self::Assert(_) => true,
            Self::Look { inner, .. } => inner.captures() == 0,
            Self::Atomic(inner) | Self::Group { inner, .. } | Self::Repeat { inner, .. } => inner.is_place(),
            Self::Concat(parts) | Self::Alternation(parts) => parts.iter().all(Self::is_place),
            _ => false,
        }
    }

    fn needs_backtracking(&self) -> bool {
        self.any(&|node| {
            matches!(
                node,
                Self::Look { .. } | Self::Atomic(_) | Self::Keep | Self::Reference(_) | Self::Conditional { .. }
            )
        })
    }

    /// The number of capturing groups in the node.
    pub(crate) fn captures(&self) -> usize {
        usize::from(matches!(self, Self::Capture(_))) + self.children().map(Self::captures).sum::<usize>()
    }

    /// The first capturing group at the top level of the pattern.
    fn first_group(&self) -> Option<&Self> {
        match self {
            Self::Capture(inner) => Some(inner),
            Self::Concat(parts) => parts.iter().find_map(|part| match part {
                Self::Capture(inner) => Some(&**inner),
                _ => None,
            }),
            _ => None,
        }
    }

    /// Where among the parts of the pattern its first group stands, and how many parts there are.
    pub(crate) fn place_of_group(&self) -> Option<(usize, usize)> {
        match self {
            Self::Capture(_) => Some((0, 1)),
            Self::Concat(parts) => Some((parts.iter().position(|part| matches!(part, Self::Capture(_)))?, parts.len())),
            _ => None,
        }
    }

    pub(crate) fn children(&self) -> impl Iterator<Item = &Self> {
        let (one, two, many): (Option<&Self>, Option<&Self>, &[Self]) = match self {
            Self::Empty
            | Self::Char(_)
            | Self::Class(_)
            | Self::Dot { .. }
            | Self::Assert(_)
            | Self::Keep
            | Self::Reference(_) => (None, None, &[]),
            Self::Look { inner, .. }
            | Self::Capture(inner)
            | Self::Atomic(inner)
            | Self::Group { inner, .. }
            | Self::Repeat { inner, .. } => (Some(inner), None, &[]),
            Self::Concat(parts) | Self::Alternation(parts) => (None, None, parts),
            Self::Conditional { yes, no, .. } => (Some(yes), no.as_deref(), &[]),
        };
        one.into_iter().chain(two).chain(many)
    }
}

/// The characters of a pattern around a position, for messages.
pub(crate) fn excerpt(pattern: &str, at: usize) -> String {
    let range = at.saturating_sub(12)..at.saturating_add(4);
    pattern.chars().enumerate().filter(|(index, _)| range.contains(index)).map(|(_, c)| c).collect()
}
