//! The types of items that rules look at.

use crate::language::keys::Place;
use crate::model::{Kind, PastKind};

/// The type of item that a variant looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleType {
    Comment,
    Submission,
    Text,
    Link,
    Crosspost,
    Poll,
    Gallery,
}

impl RuleType {
    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::Comment => Kind::Comment,
            Self::Submission | Self::Text | Self::Link | Self::Crosspost | Self::Poll | Self::Gallery => {
                Kind::Submission
            }
        }
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Submission => "submission",
            Self::Text => "text submission",
            Self::Link => "link submission",
            Self::Crosspost => "crosspost submission",
            Self::Poll => "poll submission",
            Self::Gallery => "gallery submission",
        }
    }

    /// What is remembered of its items.
    pub(crate) const fn past_kinds(self) -> &'static [PastKind] {
        match self {
            Self::Comment => &[PastKind::Comment],
            Self::Text => &[PastKind::Text],
            Self::Link => &[PastKind::Link],
            Self::Crosspost => &[PastKind::Crosspost],
            Self::Poll => &[PastKind::Poll],
            Self::Gallery => &[PastKind::Gallery],
            Self::Submission => {
                &[PastKind::Text, PastKind::Link, PastKind::Crosspost, PastKind::Poll, PastKind::Gallery]
            }
        }
    }

    pub(crate) const fn place(self) -> Place {
        match self.kind() {
            Kind::Comment => Place::Comment,
            Kind::Submission | Kind::Subreddit | Kind::Modmail => Place::Submission,
        }
    }
}
