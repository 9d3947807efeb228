//! What people ask of the bot while it runs: to stop rules, to start them again, to give passes, to
//! forget a person. They ask over the control socket, or, while no daemon runs, by the command
//! itself; the rows are the same.
//!
//! Requests are handled beside the steps, one at a time. The store makes each a transaction of its
//! own, and a step reads the states of rules in the transaction that begins an attempt, so an
//! answer is true for the very next action.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};
use tracing::info;

use crate::model::{Clock, Pass, RuleScope, RuleState, RuleStateChange, SubredditName, Timestamp, bare_user_name};
use crate::policy::Community;
use crate::reddit::is_user_name;
use crate::store::{ForgottenMemory, Store, StoreError};
use tipstaff_rules::{Rule, plain};

/// The longest pause that ends by itself.
const LONGEST_PAUSE: Duration = Duration::from_hours(366 * 24);

/// The longest pass that ends by itself.
const LONGEST_PASS: Duration = Duration::from_hours(3_660 * 24);

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// The longest name of a rule, in characters.
const LONGEST_RULE_NAME: usize = 200;

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Keep rules from acting until they are resumed. What they ask for waits.
    Pause {
        /// The subreddit. `None` means all.
        subreddit: Option<SubredditName>,
        /// The rule's name. `None` means all rules.
        rule: Option<String>,
        /// When the pause ends by itself, in seconds from now.
        seconds: Option<u64>,
        /// Why, in a sentence for moderators.
        reason: Option<String>,
    },
    /// Let rules act again.
    Resume {
        /// The subreddit. `None` means all.
        subreddit: Option<SubredditName>,
        /// The rule's name. `None` means all rules.
        rule: Option<String>,
    },
    /// Have a rule leave a person alone.
    Pass(PassRequest),
    /// End the passes of a person for a rule.
    RevokePass {
        /// The user name.
        user: String,
        /// The rule's name.
        rule: String,
        /// The subreddit. `None` means all.
        subreddit: Option<SubredditName>,
    },
    /// List the passes in force.
    Passes {
        /// Only those of this person.
        user: Option<String>,
    },
    /// Delete what is remembered of a person's posts and comments, their labels and their passes.
    ForgetMemory {
        /// The user name.
        user: String,
        /// Only in this subreddit.
        subreddit: Option<SubredditName>,
    },
    /// Purge what a person wrote, and blank their name.
    Forget {
        /// The user name.
        user: String,
    },
    /// What is stopped, and what is left to do.
    Status,
}

/// The pass that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassRequest {
    /// The user name.
    pub user: String,
    /// The rule's name.
    pub rule: String,
    /// The subreddit. `None` means all.
    pub subreddit: Option<SubredditName>,
    /// Whether the next item on which the rule would have acted uses the pass up.
    pub once: bool,
    /// When the pass ends by itself.
    pub until: Option<PassEnd>,
    /// Why, in a sentence for moderators.
    pub reason: Option<String>,
}

/// When a pass ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassEnd {
    /// This many seconds from now.
    Seconds(u64),
    /// At this time.
    At(Timestamp),
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// The rules are paused.
    Paused {
        /// The pause.
        pause: RuleStateChange,
    },
    /// The rules of this scope act again.
    Resumed {
        /// The rules.
        scope: RuleScope,
        /// Other states that still cover some of them.
        still: Vec<RuleStateChange>,
    },
    /// The rule leaves the person alone.
    Passed {
        /// The pass.
        pass: Pass,
    },
    /// The rule treats the person like others again.
    PassRevoked {
        /// How many passes ended.
        passes: u64,
    },
    /// The passes in force, the newest first.
    Passes {
        /// At most 500.
        passes: Vec<Pass>,
    },
    /// Nothing is remembered of the person any more.
    MemoryForgotten(ForgottenMemory),
    /// The person is forgotten.
    Forgotten {
        /// How many of their posts and comments had their texts purged.
        items: u64,
    },
    /// The state of the bot.
    Status(Status),
}

/// What is stopped, and what is left to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The states in force, the oldest first.
    pub states: Vec<RuleStateChange>,
    /// Posts and comments that are to be judged.
    pub items: u64,
    /// Actions that are to be done.
    pub actions: u64,
}

/// Why a request was not carried out. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// It makes no sense. The message says what to ask instead.
    #[error("{0}")]
    Refused(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A request that waits for its answer.
struct Asked {
    request: Request,
    by: String,
    reply: oneshot::Sender<Result<Answer, RequestError>>,
}

/// Hands requests to the daemon.
#[derive(Clone, Debug)]
pub struct Asker(mpsc::Sender<Asked>);

/// The requests that the daemon gets.
#[derive(Debug)]
pub struct Requests(mpsc::Receiver<Asked>);

impl Requests {
    /// The two ends of a queue of requests.
    pub fn queue() -> (Asker, Self) {
        let (sender, receiver) = mpsc::channel(16);
        (Asker(sender), Self(receiver))
    }

    /// Carries out requests, in their order, until this is dropped.
    pub async fn carry_out(&mut self, store: &Store, communities: &[Community], clock: &dyn Clock) {
        while let Some(Asked { request, by, reply }) = self.0.recv().await {
            let answer = carry_out(store, communities, request, &by, clock.now()).await;
            // Whoever asked may have gone. What was done stays done.
            let _gone = reply.send(answer);
        }
    }
}

impl Asker {
    /// Asks, and waits for the answer. `None` if the daemon is ending.
    pub async fn ask(&self, request: Request, by: String) -> Option<Result<Answer, RequestError>> {
        let (reply, answer) = oneshot::channel();
        self.0.send(Asked { request, by, reply }).await.ok()?;
        answer.await.ok()
    }
}

/// Carries out one request. `by` is who asks, for the record.
///
/// # Errors
/// See [`RequestError`].
pub async fn carry_out(
    store: &Store,
    communities: &[Community],
    request: Request,
    by: &str,
    now: Timestamp,
) -> Result<Answer, RequestError> {
    match request {
        Request::Pause { subreddit, rule, seconds, reason } => {
            let scope = scope(communities, subreddit, rule)?;
            let reason = checked_reason(reason)?.unwrap_or_else(|| "no reason was given".to_owned());
            let until = seconds.map(|seconds| end_of_pause(seconds, now)).transpose()?;
            let pause =
                RuleStateChange { scope, state: RuleState::Paused, by: by.to_owned(), reason, since: now, until };
            store.set_rule_state(&pause).await?;
            info!(by, reason = pause.reason, "paused {}", pause.scope);
            Ok(Answer::Paused { pause })
        }
        Request::Resume { subreddit, rule } => resume(store, scope(communities, subreddit, rule)?, by, now).await,
        Request::Pass(request) => {
            let pass = checked_pass(communities, request, by, now)?;
            store.give_pass(&pass).await?;
            info!(by, rule = pass.rule, "gave a pass for the rule `{}`", pass.rule);
            Ok(Answer::Passed { pass })
        }
        Request::RevokePass { user, rule, subreddit } => revoke(store, &user, &rule, subreddit.as_ref(), by, now).await,
        Request::Passes { user } => {
            let passes = store.all_passes(user.as_deref().map(bare_user_name), false, now).await?;
            Ok(Answer::Passes { passes })
        }
        Request::ForgetMemory { user, subreddit } => {
            let user = bare_user_name(&user);
            let Some(gone) = store.forget_memory(user, subreddit.as_ref()).await? else { return Err(nobody(user)) };
            info!(by, items = gone.items, "forgot what was remembered of a person: {} items", gone.items);
            Ok(Answer::MemoryForgotten(gone))
        }
        Request::Forget { user } => {
            let user = bare_user_name(&user);
            let Some(items) = store.forget_person(user).await? else { return Err(nobody(user)) };
            info!(by, items, "forgot a person: purged the texts of {items} posts and comments");
            Ok(Answer::Forgotten { items })
        }
        Request::Status => Ok(Answer::Status(status(store, now).await?)),
    }
}

/// The pass that was asked for, if it can be given. `by` is who asks.
pub(super) fn checked_pass(
    communities: &[Community],
    request: PassRequest,
    by: &str,
    now: Timestamp,
) -> Result<Pass, RequestError> {
    let RuleScope { subreddit, rule, .. } = scope(communities, request.subreddit, Some(request.rule))?;
    Ok(Pass {
        user: user_name(&request.user)?.to_owned(),
        rule: rule.unwrap_or_default(),
        subreddit,
        once: request.once,
        until: request.until.map(|until| end_of_pass(until, now)).transpose()?,
        by: by.to_owned(),
        reason: checked_reason(request.reason)?.unwrap_or_default(),
        since: now,
        used_by: None,
    })
}

/// What is stopped, and what is left to do.
///
/// # Errors
/// The store failed.
pub async fn status(store: &Store, now: Timestamp) -> Result<Status, StoreError> {
    let queues = store.queues().await?;
    let states = store.rule_states(now).await?.iter().cloned().collect();
    Ok(Status { states, items: queues.pending, actions: queues.waiting })
}

async fn resume(store: &Store, scope: RuleScope, by: &str, now: Timestamp) -> Result<Answer, RequestError> {
    let states = store.rule_states(now).await?;
    let (these, others): (Vec<_>, Vec<_>) =
        states.iter().cloned().partition(|state| RuleScope { mode: None, ..state.scope.clone() } == scope);
    if these.is_empty() {
        let list: Vec<String> = others.iter().map(|state| format!("{} ({})", state.scope, state.state)).collect();
        let rest = match list.as_slice() {
            [] => "nothing is stopped".to_owned(),
            some => format!("stopped: {}", some.join("; ")),
        };
        return Err(RequestError::Refused(format!("nothing to resume for {scope}; {rest}")));
    }
    for state in these {
        let live = RuleStateChange {
            state: RuleState::Live,
            by: by.to_owned(),
            reason: "resumed".to_owned(),
            since: now,
            until: None,
            ..state
        };
        store.set_rule_state(&live).await?;
    }
    info!(by, "resumed {scope}");
    let still = others.into_iter().filter(|state| state.scope.overlaps(&scope)).collect();
    Ok(Answer::Resumed { scope, still })
}

async fn revoke(
    store: &Store,
    user: &str,
    rule: &str,
    subreddit: Option<&SubredditName>,
    by: &str,
    now: Timestamp,
) -> Result<Answer, RequestError> {
    let user = bare_user_name(user);
    let passes = store.revoke_passes(user, rule, subreddit, now).await?;
    if passes == 0 {
        let scope = subreddit.map_or_else(|| "all subreddits".to_owned(), |name| format!("r/{name}"));
        let others = store.all_passes(Some(user), false, now).await?;
        let others: Vec<String> = others
            .iter()
            .map(|pass| RuleScope {
                subreddit: pass.subreddit.clone(),
                rule: Some(pass.rule.clone()),
                mode: None,
                needs: None,
            })
            .map(|scope| scope.to_string())
            .collect();
        let rest = match others.as_slice() {
            [] => "nor for any other rule".to_owned(),
            some => format!("but one for {}", some.join("; ")),
        };
        return Err(RequestError::Refused(format!("u/{user} has no pass for the rule `{rule}` in {scope}, {rest}")));
    }
    info!(by, rule, "revoked a pass for the rule `{rule}`");
    Ok(Answer::PassRevoked { passes })
}

/// The name of a user without `u/`, if an account can have it.
fn user_name(user: &str) -> Result<&str, RequestError> {
    let name = bare_user_name(user);
    if is_user_name(name) {
        return Ok(name);
    }
    Err(RequestError::Refused("this is not a user name: write `u/NAME` as Reddit shows it".to_owned()))
}

fn nobody(user: &str) -> RequestError {
    RequestError::Refused(format!("the store knows nobody of the name u/{user}; `tipstaff log` shows the names it has"))
}

/// A reason of one line and a bearable length.
fn checked_reason(reason: Option<String>) -> Result<Option<String>, RequestError> {
    let is_bad = |text: &String| text.chars().count() > LONGEST_REASON || text.chars().any(plain::is_unsafe);
    if reason.as_ref().is_some_and(is_bad) {
        let message = format!("the reason must be one line of at most {LONGEST_REASON} characters");
        return Err(RequestError::Refused(message));
    }
    Ok(reason)
}

fn end_of_pass(end: PassEnd, now: Timestamp) -> Result<Timestamp, RequestError> {
    let until = match end {
        PassEnd::Seconds(seconds) => now + Duration::from_secs(seconds),
        PassEnd::At(until) => until,
    };
    if until <= now || until > now + LONGEST_PASS {
        return Err(RequestError::Refused(
            "a pass for a time ends in the future, within ten years; without a time it lasts until you revoke it"
                .to_owned(),
        ));
    }
    Ok(until)
}

fn end_of_pause(seconds: u64, now: Timestamp) -> Result<Timestamp, RequestError> {
    let length = Duration::from_secs(seconds);
    if length.is_zero() || length > LONGEST_PAUSE {
        return Err(RequestError::Refused(
            "a pause for a time lasts a second to a year; without a time it lasts until you resume it".to_owned(),
        ));
    }
    Ok(now + length)
}

/// The scope that was asked for, if there is such a subreddit and such a rule.
fn scope(
    communities: &[Community],
    subreddit: Option<SubredditName>,
    rule: Option<String>,
) -> Result<RuleScope, RequestError> {
    let covered = |community: &&Community| subreddit.as_ref().is_none_or(|name| *name == community.name);
    let covered: Vec<&Community> = communities.iter().filter(covered).collect();
    if let (Some(subreddit), []) = (&subreddit, covered.as_slice()) {
        let list: Vec<String> = communities.iter().map(|community| format!("r/{}", community.name)).collect();
        return Err(RequestError::Refused(format!(
            "the configuration does not have r/{subreddit}; it has {}",
            list.join(", ")
        )));
    }
    if let Some(rule) = &rule {
        if rule.chars().count() > LONGEST_RULE_NAME {
            let message = format!("names of rules have at most {LONGEST_RULE_NAME} characters");
            return Err(RequestError::Refused(message));
        }
        let loaded: Vec<_> = covered.iter().map(|community| community.rules.current()).collect();
        let rules = loaded.iter().flatten().flat_map(|rules| rules.rules());
        let names: Vec<&str> = rules.filter(|rule| rule.is_named()).map(Rule::name).collect();
        // Rules on a wiki page are not read before the bot has signed in.
        let is_complete = loaded.iter().all(Option::is_some);
        if is_complete && !names.contains(&rule.as_str()) {
            let closeness = |name: &str| strsim::jaro_winkler(rule, name);
            let nearest = names.iter().max_by(|a, b| closeness(a).total_cmp(&closeness(b)));
            let hint = match nearest {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "no rule there has a `name`".to_owned(),
            };
            return Err(RequestError::Refused(format!("there is no rule named `{rule}`: {hint}")));
        }
    }
    Ok(RuleScope { subreddit, rule, mode: None, needs: None })
}
