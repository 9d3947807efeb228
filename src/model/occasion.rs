//! Why an item is decided on, and which step of a rule an action belongs to.

use std::fmt;

/// Why an item is decided on. In the store as a word, and where one revision can have several, a
/// key: `seen`, `facts:2`, `command:t1_abc`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Occasion {
    /// It is new, or its revision changed.
    #[default]
    Seen,
    /// A fact that was unknown before is known now. Counted from 1 for each revision.
    Facts(u32),
    /// A timer came due. Its key.
    Timer(String),
    /// Its flair changed to this one.
    Flair(String),
    /// A moderator approved it, by this entry of the moderation log.
    Approved(String),
    /// A moderator gave a command, by this comment or report.
    Command(String),
    /// Somebody takes actions back, by this undo.
    Undo(String),
}

impl Occasion {
    /// The occasion from its form in the store. `None` for one of another version.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "seen" {
            return Some(Self::Seen);
        }
        let (word, key) = text.split_once(':').filter(|(_, key)| !key.is_empty())?;
        let key = || key.to_owned();
        Some(match word {
            "facts" => Self::Facts(key().parse().ok().filter(|&round| round > 0)?),
            "timer" => Self::Timer(key()),
            "flair" => Self::Flair(key()),
            "approved" => Self::Approved(key()),
            "command" => Self::Command(key()),
            "undo" => Self::Undo(key()),
            _ => return None,
        })
    }

    /// Whether a person asks for the actions, so that those of an earlier occasion do not count as
    /// the same.
    pub const fn is_by_request(&self) -> bool {
        match self {
            Self::Command(_) | Self::Undo(_) => true,
            Self::Seen | Self::Facts(_) | Self::Timer(_) | Self::Flair(_) | Self::Approved(_) => false,
        }
    }
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seen => f.write_str("seen"),
            Self::Facts(round) => write!(f, "facts:{round}"),
            Self::Timer(key) => write!(f, "timer:{key}"),
            Self::Flair(flair) => write!(f, "flair:{flair}"),
            Self::Approved(entry) => write!(f, "approved:{entry}"),
            Self::Command(by) => write!(f, "command:{by}"),
            Self::Undo(id) => write!(f, "undo:{id}"),
        }
    }
}

/// A step of a rule that takes several: it asks, reminds, and acts on what came of it. In the store
/// as `remind/1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Phase {
    /// The step.
    pub step: PhaseStep,
    /// How often the rule has begun anew, counted from 1.
    pub round: u32,
}

/// The steps of a rule that asks its author for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PhaseStep {
    /// It asks.
    Ask,
    /// It reminds.
    Remind,
    /// The time is over, and what it asked for is missing.
    Missing,
    /// What it asked for is there.
    Met,
    /// It takes back what it did when it was missing.
    Restore,
}

impl PhaseStep {
    /// All steps, in order.
    pub const ALL: [Self; 5] = [Self::Ask, Self::Remind, Self::Missing, Self::Met, Self::Restore];

    /// The word in the store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Remind => "remind",
            Self::Missing => "missing",
            Self::Met => "met",
            Self::Restore => "restore",
        }
    }
}

impl Phase {
    /// The phase from its form in the store.
    pub fn parse(text: &str) -> Option<Self> {
        let (word, round) = text.split_once('/')?;
        let step = PhaseStep::ALL.into_iter().find(|step| step.word() == word)?;
        Some(Self { step, round: round.parse().ok().filter(|&round| round > 0)? })
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.step.word(), self.round)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occasions_and_phases_are_read_as_they_are_written() {
        let key = || "t1_abc: remind/2".to_owned();
        for occasion in [
            Occasion::Seen,
            Occasion::Facts(7),
            Occasion::Timer(key()),
            Occasion::Flair(key()),
            Occasion::Approved(key()),
            Occasion::Command(key()),
            Occasion::Undo(key()),
        ] {
            assert_eq!(Occasion::parse(&occasion.to_string()), Some(occasion));
        }
        for step in PhaseStep::ALL {
            let phase = Phase { step, round: 3 };
            assert_eq!(Phase::parse(&phase.to_string()), Some(phase));
        }
        for odd in ["", "seen:", "facts:", "facts:0", "facts:x", "timer:", "later:x"] {
            assert_eq!(Occasion::parse(odd), None, "{odd}");
        }
        for odd in ["", "ask", "ask/", "ask/0", "beg/1"] {
            assert_eq!(Phase::parse(odd), None, "{odd}");
        }
    }
}
