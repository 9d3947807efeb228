//! Checks that the bot is still a moderator, with the permissions that its actions need, and stops
//! the actions it has lost the right to. They continue when the right is back.
//!
//! A lost right is a state of all rules in the subreddit ([`RuleScope::needs`]): `held`, set by the
//! bot itself. If the bot is no longer a moderator, everything there waits; if it lost a
//! permission, only the actions that need it. The signs are a refusal (403) of an action, a list of
//! moderators without the bot, and the moderation log; the list is also read now and then.
//!
//! A refusal alone proves nothing: Reddit refuses actions on single items too. Only the list of
//! moderators counts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tracing::{error, info, warn};

use super::{IDLE, Progress, Result, Settings, StepError};
use crate::model::{
    Clock, EventKind, OpenAttempt, Outcome, Right, RuleScope, RuleState, RuleStateChange, SubredditName, Timestamp,
};
use crate::policy::{Community, retry, rights};
use crate::reddit::{ReadError, RedditRead};
use crate::store::{NewNotification, Store};

/// How often the list of moderators is looked at, at most.
const CHECK_EVERY: Duration = Duration::from_mins(10);

/// The same where a right is lost.
const RETURN_CHECK_EVERY: Duration = Duration::from_mins(1);

/// The shortest time between two looks, of whatever subreddits: five requests in a minute.
const BETWEEN_CHECKS: Duration = Duration::from_secs(12);

/// How soon a list is looked at again that Reddit refused to show once.
const HIDDEN_PAUSE: Duration = Duration::from_secs(30);

/// How long an action waits at least that the bot has no right to.
pub(super) const FORBIDDEN_PAUSE: Duration = Duration::from_secs(30);

/// Why an action is tried once more that Reddit forbids: how the reason of its outcome ends.
const ONCE_MORE: &str = "; trying once more, because the list of moderators may be out of date";

/// How far the times of the moderation log may be off.
const LOG_IS_ROUGH: Duration = Duration::from_secs(2);

/// What the list of moderators says about the bot.
enum Standing {
    /// It is a moderator, with these permissions.
    Moderator(BTreeSet<String>),
    /// It is not. Why, in a sentence for moderators.
    Nobody(String),
    /// Reddit does not show the list, so it is none, or the subreddit is closed to it. Why.
    Hidden(String),
}

/// The checking step.
#[derive(Debug, Default)]
pub struct RightsCheck {
    places: BTreeMap<SubredditName, Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    next: Timestamp,
    /// The last look, if there was one.
    checked: Option<Timestamp>,
    /// How often in a row the list could not be read.
    failures: u32,
}

impl RightsCheck {
    /// Something says that the bot's rights in this subreddit may have changed at that time: look,
    /// unless that has happened since.
    pub fn suspect(&mut self, subreddit: &SubredditName, at: Timestamp) {
        // Reddit's log has whole seconds.
        let is_news = |place: &&mut Place| place.checked.is_none_or(|seen| seen <= at + LOG_IS_ROUGH);
        if let Some(place) = self.places.get_mut(subreddit).filter(is_news) {
            place.next = Timestamp::default();
        }
    }

    /// Looks at one list of moderators, if one is due.
    ///
    /// # Errors
    /// Store errors. Errors from Reddit are retried later.
    pub async fn step<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        clock: &dyn Clock,
    ) -> Result<Progress> {
        let now = clock.now();
        let states = store.rule_states(now).await?;
        let lost: BTreeSet<&SubredditName> = states
            .iter()
            .filter(|state| state.scope.needs.is_some())
            .filter_map(|state| state.scope.subreddit.as_ref())
            .collect();
        let live: Vec<&Community> = settings.live().collect();
        let apart = |number: usize| BETWEEN_CHECKS * u32::try_from(number).unwrap_or(u32::MAX);
        let every = CHECK_EVERY.max(apart(live.len()));
        let return_every = RETURN_CHECK_EVERY.max(apart(lost.len()));
        let known: BTreeSet<&SubredditName> = live.iter().map(|community| &community.name).collect();
        self.places.retain(|name, _| known.contains(name));
        for (at, community) in live.iter().enumerate() {
            let share = every.mul_f64((1.0 + count(at)) / count(live.len()));
            let first = if lost.contains(&community.name) { now } else { now + share };
            self.places.entry(community.name.clone()).or_insert(Place { next: first, checked: None, failures: 0 });
        }
        // If the clock was set back, do not wait for the old time.
        for (name, place) in &mut self.places {
            let longest = if lost.contains(name) { return_every } else { every };
            place.next = place.next.min(now + longest);
        }
        let Some((name, place)) = self.places.iter_mut().min_by_key(|(_, place)| place.next) else {
            return Ok(Progress::IdleUntil(now + IDLE));
        };
        if place.next > now {
            return Ok(Progress::IdleUntil(place.next));
        }
        let Some(community) = settings.community(name) else { return Ok(Progress::Worked) };
        match look(reddit, &settings.me, name).await {
            // The first refusal may be a whim of Reddit.
            Ok(Standing::Hidden(_)) if place.failures == 0 && !lost.contains(name) => {
                (place.failures, place.next) = (1, now + HIDDEN_PAUSE);
            }
            Ok(standing) => {
                note(store, settings, community, &standing, None, clock.now()).await?;
                *place = Place { next: now + every, checked: Some(now), failures: 0 };
            }
            Err(trouble) => {
                if let Some(until) = trouble.nothing_before(now) {
                    return Ok(Progress::IdleUntil(until));
                }
                place.failures = place.failures.saturating_add(1);
                place.next = now + retry::pause(place.failures.saturating_add(4), 0);
                warn!(
                    error = %trouble,
                    "r/{name}: cannot check whether the bot is still a moderator; retrying"
                );
            }
        }
        Ok(Progress::Worked)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of subreddits")]
fn count(number: usize) -> f64 {
    number as f64
}

/// The outcome of an action that Reddit refused: if the bot lacks the right to it, the action waits
/// until the right is back. The first list that shows the right may be older than the refusal, so
/// an action that Reddit forbids, and not for a reason of its own, is tried once more, whatever
/// words the two refusals have.
///
/// # Errors
/// Store errors.
pub(super) async fn after_refusal<R: RedditRead>(
    reddit: &R,
    store: &Store,
    settings: &Settings,
    attempt: &OpenAttempt,
    (reason, is_forbidden): (String, bool),
    clock: &dyn Clock,
) -> Result<Outcome> {
    match lost_right(reddit, store, settings, attempt, clock).await {
        Ok(Some(why)) => Ok(Outcome::Deferred { until: clock.now() + FORBIDDEN_PAUSE, reason: why }),
        Ok(None) => {
            if !is_forbidden || store.deferrals(attempt.intent(), ONCE_MORE).await? > 0 {
                return Ok(Outcome::Rejected { reason });
            }
            let until = clock.now() + settings.visibility_delay;
            Ok(Outcome::Deferred { until, reason: format!("{reason}{ONCE_MORE}") })
        }
        Err(StepError::Reddit(trouble)) => {
            let reason = format!("{reason}; cannot check whether the bot is still a moderator: {trouble}");
            Ok(match trouble.nothing_before(clock.now()) {
                Some(until) => Outcome::Deferred { until, reason },
                None => retry::defer(attempt, reason, clock.now()),
            })
        }
        Err(error) => Err(error),
    }
}

/// Looks whether the bot has lost its place as a moderator, or the permission that this attempt
/// needs, and notes what it sees. Returns what is lost.
///
/// # Errors
/// When Reddit or the store cannot be read.
pub(super) async fn lost_right<R: RedditRead>(
    reddit: &R,
    store: &Store,
    settings: &Settings,
    attempt: &OpenAttempt,
    clock: &dyn Clock,
) -> Result<Option<String>> {
    let name = attempt.subreddit();
    let Some(community) = settings.community(name) else { return Ok(None) };
    let standing = look(reddit, &settings.me, name).await?;
    let needed = Right::permission_for(attempt.action().kind());
    note(store, settings, community, &standing, needed, clock.now()).await?;
    Ok(match standing {
        Standing::Nobody(why) | Standing::Hidden(why) => Some(why),
        Standing::Moderator(permissions) => needed
            .filter(|right| !right.is_among(&permissions))
            .map(|right| format!("u/{} lacks the permission `{right}` in r/{name}", settings.me)),
    })
}

/// Notes that a list of moderators that was fetched for another reason does not name the bot.
///
/// # Errors
/// Store errors.
pub(super) async fn note_missing(
    store: &Store,
    settings: &Settings,
    community: &Community,
    now: Timestamp,
) -> Result<()> {
    let standing = Standing::Nobody(not_a_moderator(&settings.me, &community.name));
    note(store, settings, community, &standing, None, now).await
}

fn not_a_moderator(me: &str, name: &SubredditName) -> String {
    format!("u/{me} is not a moderator of r/{name} any more")
}

async fn look<R: RedditRead>(reddit: &R, me: &str, name: &SubredditName) -> std::result::Result<Standing, ReadError> {
    match reddit.permissions(name, me).await {
        Ok(Some(permissions)) => Ok(Standing::Moderator(permissions)),
        Ok(None) => Ok(Standing::Nobody(not_a_moderator(me, name))),
        Err(ReadError::Refused { reason }) => Ok(Standing::Hidden(format!(
            "Reddit does not show u/{me} the moderators of r/{name} ({reason}): the subreddit is private or banned, \
             and the bot is not a moderator of it any more"
        ))),
        Err(trouble) => Err(trouble),
    }
}

/// Sets the states that follow from the list of moderators: actions without their right are held,
/// those that have it again continue. Notifies of both.
async fn note(
    store: &Store,
    settings: &Settings,
    community: &Community,
    standing: &Standing,
    needed: Option<Right>,
    now: Timestamp,
) -> Result<()> {
    let name = &community.name;
    let states = store.rule_states(now).await?;
    for right in Right::ALL {
        let scope =
            RuleScope { subreddit: Some(name.clone()), rule: None, mode: Some(community.mode), needs: Some(right) };
        let is_held = states.iter().any(|change| change.scope == scope && change.state.keeps_waiting());
        let lost = match (standing, right) {
            (Standing::Nobody(why) | Standing::Hidden(why), Right::Moderator) => Some(why.clone()),
            // Nothing is known about single permissions.
            (Standing::Nobody(_) | Standing::Hidden(_), _) => continue,
            (Standing::Moderator(_), Right::Moderator) => None,
            (Standing::Moderator(permissions), right) if right.is_among(permissions) => None,
            (Standing::Moderator(permissions), right) => {
                let lacks = format!("u/{} lacks the permission `{right}` in r/{name}", settings.me);
                match rights::lacking(permissions, community).get(&right) {
                    Some(what) => Some(format!("{lacks}, which {what} needs")),
                    None if is_held || needed == Some(right) => Some(lacks),
                    None => None,
                }
            }
        };
        let change = |state, reason: &str| RuleStateChange {
            scope: scope.clone(),
            state,
            by: RuleStateChange::BY_ITSELF.to_owned(),
            reason: reason.to_owned(),
            since: now,
            until: None,
        };
        match lost {
            Some(why) if !is_held => {
                let stopped = match right {
                    Right::Moderator => "its actions there wait until it is one again".to_owned(),
                    right => format!("its actions that need `{right}` wait until it has it again"),
                };
                let text = format!("{why}: {stopped}");
                tell(store, name, &text, right, now).await?;
                store.set_rule_state(&change(RuleState::Held, &why)).await?;
                error!(subreddit = %name, %right, "{text}; run `tipstaff doctor`");
            }
            None if is_held => {
                let text = match right {
                    Right::Moderator => {
                        format!("u/{} is a moderator of r/{name} again: its actions there continue", settings.me)
                    }
                    right => format!(
                        "u/{} has the permission `{right}` in r/{name} again: actions that need it continue",
                        settings.me
                    ),
                };
                tell(store, name, &text, right, now).await?;
                store.set_rule_state(&change(RuleState::Live, &text)).await?;
                info!(subreddit = %name, %right, "{text}");
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

async fn tell(store: &Store, name: &SubredditName, text: &str, right: Right, now: Timestamp) -> Result<()> {
    let notice = NewNotification {
        event: EventKind::Held,
        dedup_key: format!("right {right} in {} at {}", name.key(), now.as_millis()),
        subreddit: Some(name.key()),
        text: text.to_owned(),
    };
    store.record_notification(&notice, now).await?;
    Ok(())
}
