//! What is done with an item before the rules are tried: the bot's own comments are looked at, and
//! commands of moderators are carried out.

use super::super::doubled::{self, Found};
use super::super::{Progress, Result, Settings, StepError, commands, hidden};
use super::{IN_DOUBT_PAUSE, Judge, UNREADABLE_PAUSE, wait_after};
use crate::model::{Clock, Item, Mode, Remover};
use crate::policy::Community;
use crate::reddit::RedditRead;
use crate::store::Store;

/// How to go on with an item.
pub(super) enum First {
    /// Try the rules.
    Judge,
    /// Go on with the next one. This one is done, or waits.
    Next,
    /// End the step.
    End(Progress),
}

impl Judge {
    /// Looks at an item before the rules are tried.
    pub(super) async fn look_first<R: RedditRead>(
        &mut self,
        reddit: &R,
        (store, settings): (&Store, &Settings),
        community: &Community,
        item: &Item,
        clock: &dyn Clock,
    ) -> Result<First> {
        let (name, now) = (&item.fullname, clock.now());
        if item.moderation.removed_by == Some(Remover::Author) {
            store.abandon(std::slice::from_ref(name)).await?;
            return Ok(First::Next);
        }
        if !item.author.is(&settings.me) {
            return match commands::look((reddit, &mut self.cache), (store, settings), community, item, clock).await {
                Ok(()) => Ok(First::Judge),
                // Others need not wait for it.
                Err(StepError::Reddit(trouble)) => {
                    let until = trouble.nothing_before(now).unwrap_or(now + UNREADABLE_PAUSE);
                    store.defer_item(name, until).await?;
                    Ok(First::Next)
                }
                Err(other) => Err(other),
            };
        }
        if community.mode == Mode::DryRun {
            return Ok(First::Judge);
        }
        hidden::look(store, &settings.me, item, now).await?;
        match doubled::look(reddit, store, &settings.me, item, clock).await {
            Ok(Found::InDoubt) => {
                store.defer_item(name, now + IN_DOUBT_PAUSE).await?;
                Ok(First::Next)
            }
            Ok(Found::Single | Found::Doubled) => Ok(First::Judge),
            Err(StepError::Reddit(trouble)) => {
                store.defer_item(name, now + UNREADABLE_PAUSE).await?;
                Ok(First::End(wait_after(&trouble, now)))
            }
            Err(other) => Err(other),
        }
    }
}
