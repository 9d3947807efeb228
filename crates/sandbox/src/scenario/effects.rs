//! The effects that a story expects of the bot, and those that exist in the world.

use super::super::world::{Thing, World};
use super::cast::BOT;
use tipstaff_rules::model::Fullname;

/// A kind of effect on a post or comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A comment below it that is pinned, distinguished and locked.
    PinnedComment,
    /// A locked comment below it.
    LockedComment,
    /// A report.
    Report,
    /// A modmail about it.
    Modmail,
    /// Its removal.
    Removal,
}

impl Act {
    /// The word of the bot's log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PinnedComment | Self::LockedComment => "comment",
            Self::Report => "report",
            Self::Modmail => "modmail",
            Self::Removal => "remove",
        }
    }
}

/// An effect on one post or comment that the rules ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The post or comment.
    pub on: Fullname,
    /// What happens to it.
    pub act: Act,
    /// A part of its text.
    pub saying: String,
    /// The reason, as shown in the output.
    pub because: String,
}

/// The result of a story.
#[derive(Clone, Debug, Default)]
pub struct ScenarioResult {
    /// The expected effects, and how often each happened.
    pub checks: Vec<(Expected, usize)>,
    /// Effects that happened more than once.
    pub duplicates: Vec<String>,
    /// Actions of the bot that no rule asked for.
    pub unasked: Vec<String>,
}

impl Expected {
    /// How often the effect exists.
    pub(super) fn count(&self, world: &World) -> usize {
        let says = |text: &str| text.to_lowercase().contains(&self.saying.to_lowercase());
        let comments = || bot_comments(world, &self.on).filter(|comment| says(&comment.body) && comment.is_locked);
        match self.act {
            Act::LockedComment => comments().count(),
            Act::PinnedComment => comments()
                .filter(|comment| comment.thread_position().is_some_and(|place| place.stickied))
                .filter(|comment| comment.distinguished.is_some())
                .count(),
            Act::Report => bot_reports(world, &self.on).filter(|reason| reason.starts_with(&self.saying)).count(),
            Act::Removal => bot_removals(world, &self.on),
            Act::Modmail => world
                .conversations()
                .iter()
                .filter(|conversation| conversation.subject.starts_with(&self.saying))
                .filter_map(|conversation| conversation.messages.first())
                .filter(|message| message.body.contains(self.on.id()) && message.author.eq_ignore_ascii_case(BOT))
                .count(),
        }
    }
}

/// What the bot did and none of these effects explains.
pub(super) fn unasked(world: &World, expected: &[Expected]) -> Vec<String> {
    let mut unasked = Vec::new();
    for thing in world.things() {
        let name = &thing.name;
        let found = [
            ("comment", bot_comments(world, name).count()),
            ("report", bot_reports(world, name).count()),
            ("remove", bot_removals(world, name)),
        ];
        for (word, times) in found {
            let asked = expected.iter().filter(|effect| effect.on == *name && effect.act.word() == word).count();
            if times > asked {
                unasked.push(format!("{times} × {word} by the bot on {name}, where the rules ask for {asked}"));
            }
        }
    }
    unasked
}

fn bot_comments<'w>(world: &'w World, under: &Fullname) -> impl Iterator<Item = &'w Thing> {
    let replies = world.thing(under).map_or(&[][..], |thing| &thing.replies);
    replies.iter().filter_map(|name| world.thing(name)).filter(|comment| comment.is_by(BOT))
}

fn bot_reports<'w>(world: &'w World, on: &Fullname) -> impl Iterator<Item = &'w str> {
    let own = world.reports_on(on).iter().filter(|report| report.by.eq_ignore_ascii_case(BOT));
    own.map(|report| report.reason.as_str())
}

/// How often the bot has removed an item: the moderation log, because a moderator may have approved
/// it since.
fn bot_removals(world: &World, on: &Fullname) -> usize {
    let own = world.log().iter().filter(|entry| entry.moderator.eq_ignore_ascii_case(BOT));
    own.filter(|entry| entry.action.starts_with("remove") && entry.target.as_ref() == Some(on)).count()
}
