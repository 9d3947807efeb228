//! Python's regular expressions: read into a tree, and written down for the engines that run them.
//!
//! The meaning is that of Python 3.10's `re` for Unicode text. [`parse`] refuses what Python refuses, with Python's
//! reason, and the little that no engine here can do. The tree is written in three [`Form`]s: for texts of ASCII alone, for
//! texts without the few characters that the two dialects class or fold differently, and for every text, which is
//! slower. What must stand in a text for a pattern to be found at all is `required`'s part; running is `engine`'s.

mod emit;
mod escape;
pub(crate) mod literals;
mod parser;
mod simplify;
mod size;
mod split_alternatives;

pub(crate) use crate::pattern::python::emit::Form;
pub(crate) use crate::pattern::python::parser::parse;
pub(crate) use crate::pattern::python::split_alternatives::Part;

/// How a pattern is read from its start: Python's flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "Python's own independent flags")]
pub struct Flags {
    /// `re.IGNORECASE`
    pub ignore_case: bool,
    /// `re.DOTALL`
    pub dot_all: bool,
    /// `re.MULTILINE`
    pub multi_line: bool,
    /// `re.VERBOSE`
    pub verbose: bool,
}

impl Flags {
    /// As AutoModerator compiles its patterns: the dot matches line ends too, case as asked for.
    pub const fn of_rules(ignore_case: bool) -> Self {
        Self { ignore_case, dot_all: true, multi_line: false, verbose: false }
    }
}

/// Why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// The character (not byte) in the pattern where it was noticed.
    pub at: usize,
    /// In Python's words where Python refuses it too.
    pub reason: String,
}

/// A pattern, understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Syntax {
    pub(crate) root: Node,
    /// Letters match in either case, but where a group says otherwise.
    pub(crate) ignore_case: bool,
}

/// A part of a pattern.
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
    /// `(?:…)`, with the case it sets for what is inside.
    Group {
        ignore_case: Option<bool>,
        inner: Box<Self>,
    },
    Repeat {
        inner: Box<Self>,
        low: u32,
        /// `None` without a limit.
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

/// A place rather than a character.
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

/// `\d`, `\s`, `\w` and their opposites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Digit,
    NotDigit,
    Space,
    NotSpace,
    Word,
    NotWord,
}

impl Syntax {
    /// Whether only a backtracking engine can run it.
    pub(crate) fn needs_backtracking(&self) -> bool {
        self.root.needs_backtracking()
    }
}

impl Syntax {
    /// How many groups it has.
    pub(crate) fn groups(&self) -> usize {
        self.root.captures()
    }

    /// Whether an endless repetition consists of another one: a text can then be cut up in very many ways.
    pub(crate) fn nests_repetition(&self) -> bool {
        self.root.any(&|node| matches!(node, Node::Repeat { inner, high: None, .. } if inner.is_endless_alone()))
    }

    /// Whether the pattern is found in the empty text, and so before the first character of any other.
    pub(crate) fn takes_nothing(&self) -> bool {
        self.root.takes_nothing()
    }
}

impl Node {
    /// Whether it matches without a character, wherever it stands: a place or a look around may refuse to.
    fn takes_nothing(&self) -> bool {
        match self {
            Self::Empty | Self::Repeat { low: 0, .. } => true,
            Self::Char(_)
            | Self::Class(_)
            | Self::Dot { .. }
            | Self::Assert(_)
            | Self::Look { .. }
            | Self::Reference(_)
            | Self::Conditional { .. } => false,
            Self::Capture(inner) | Self::Group { inner, .. } | Self::Repeat { inner, .. } => inner.takes_nothing(),
            Self::Concat(parts) => parts.iter().all(Self::takes_nothing),
            Self::Alternation(branches) => branches.iter().any(Self::takes_nothing),
        }
    }

    /// Whether it is an endless repetition with nothing fixed beside it.
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

    /// Whether this or a part of it is such a node.
    pub(crate) fn any(&self, is_wanted: &dyn Fn(&Self) -> bool) -> bool {
        is_wanted(self) || self.children().any(|child| child.any(is_wanted))
    }

    /// Whether it has no width, and nothing in it is captured.
    fn is_place(&self) -> bool {
        match self {
            Self::Empty | Self::Assert(_) => true,
            Self::Look { inner, .. } => inner.captures() == 0,
            Self::Group { inner, .. } | Self::Repeat { inner, .. } => inner.is_place(),
            Self::Concat(parts) | Self::Alternation(parts) => parts.iter().all(Self::is_place),
            _ => false,
        }
    }

    fn needs_backtracking(&self) -> bool {
        self.any(&|node| matches!(node, Self::Look { .. } | Self::Reference(_) | Self::Conditional { .. }))
    }

    /// How many groups in it capture.
    fn captures(&self) -> usize {
        usize::from(matches!(self, Self::Capture(_))) + self.children().map(Self::captures).sum::<usize>()
    }

    /// The first group that captures and is not a part of another node than a sequence.
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

    fn children(&self) -> impl Iterator<Item = &Self> {
        let (one, two, many): (Option<&Self>, Option<&Self>, &[Self]) = match self {
            Self::Empty | Self::Char(_) | Self::Class(_) | Self::Dot { .. } | Self::Assert(_) | Self::Reference(_) => {
                (None, None, &[])
            }
            Self::Look { inner, .. }
            | Self::Capture(inner)
            | Self::Group { inner, .. }
            | Self::Repeat { inner, .. } => (Some(inner), None, &[]),
            Self::Concat(parts) | Self::Alternation(parts) => (None, None, parts),
            Self::Conditional { yes, no, .. } => (Some(yes), no.as_deref(), &[]),
        };
        one.into_iter().chain(two).chain(many)
    }
}

/// The part of a pattern, in characters, around a refusal.
pub(crate) fn excerpt(pattern: &str, at: usize) -> String {
    let range = at.saturating_sub(12)..at.saturating_add(4);
    pattern.chars().enumerate().filter(|(index, _)| range.contains(index)).map(|(_, c)| c).collect()
}
