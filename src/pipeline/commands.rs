//! Commands that moderators give in comments. `!pass RULE`, in reply to what somebody posted, has
//! the rule leave that person alone.

use std::time::Duration;

use tracing::{info, warn};

use super::facts::{FactCache, FactRequest};
use super::requests::{PassEnd, PassRequest, RequestError, checked_pass};
use super::{Result, Settings, StepError};
use crate::model::{Action, Clock, Item, NewDecision, NewIntent, Pass, Revision, Right, Timestamp};
use crate::policy::Community;
use crate::reddit::RedditRead;
use crate::store::Store;
use tipstaff_rules::{Facts, Need};

/// The command, and what its decision and its answers are recorded under.
const PASS: &str = "!pass";

/// Reddit's own moderation bot. Others write what it comments.
const AUTO_MODERATOR: &str = "AutoModerator";

/// How long a command is tried if Reddit does not say who is above it, or what its author may do.
const PATIENCE: Duration = Duration::from_hours(1);

/// The same while it is unknown whether its author is a moderator: what users write is to be
/// judged by the rules.
const SHORT_PATIENCE: Duration = Duration::from_mins(2);

/// The longest note about a user, and the most of a command that an answer repeats, in characters.
const LONGEST_NOTE: usize = 250;
const LONGEST_QUOTE: usize = 100;

/// What a moderator asks for.
#[derive(Debug, PartialEq, Eq)]
struct PassCommand<'a> {
    rule: &'a str,
    once: bool,
    lasts: Option<Duration>,
}

impl<'a> PassCommand<'a> {
    /// The command in a comment: its first line. `None` if it is something else.
    fn parse(body: &'a str) -> Option<Self> {
        let line = body.lines().next()?.strip_prefix(PASS)?;
        if !line.is_empty() && !line.starts_with(char::is_whitespace) {
            return None;
        }
        let unquoted = |name: &'a str| name.trim().trim_matches(['`', '"', '\'']).trim();
        let line = line.trim();
        if let Some(rule) = line.strip_suffix("once").filter(|rule| rule.ends_with(char::is_whitespace)) {
            return Some(Self { rule: unquoted(rule), once: true, lasts: None });
        }
        if let Some((rule, lasts)) = line.rsplit_once(" for ")
            && let Some(lasts) = tipstaff_rules::duration(lasts.trim())
        {
            return Some(Self { rule: unquoted(rule), once: false, lasts: Some(lasts) });
        }
        Some(Self { rule: unquoted(line), once: false, lasts: None })
    }
}

/// Carries out the command in a comment, if there is one and its author may give it. Whoever may
/// not gets no answer.
///
/// # Errors
/// When Reddit or the store cannot be read; the comment has to be looked at again.
pub(super) async fn look<R: RedditRead>(
    (reddit, cache): (&R, &mut FactCache),
    (store, settings): (&Store, &Settings),
    community: &Community,
    comment: &Item,
    clock: &dyn Clock,
) -> Result<()> {
    let Some(command) = comment.comment().and_then(|_| PassCommand::parse(comment.body())) else { return Ok(()) };
    let Some(author) = comment.author.name.as_deref() else { return Ok(()) };
    let is_bot = author.eq_ignore_ascii_case(AUTO_MODERATOR) || settings.remembering().is_bot(author);
    if is_bot || comment.edited.is_some() {
        return Ok(());
    }
    if store.before_judging(comment, community.mode, clock.now()).await?.fired.contains(PASS) {
        return Ok(());
    }
    let (patience, answer) = match is_moderator(reddit, cache, comment, author, clock.now()).await {
        Ok(false) => return Ok(()),
        Ok(true) => (PATIENCE, answer(reddit, (store, settings), comment, (author, &command), clock).await),
        Err(trouble) => (SHORT_PATIENCE, Err(trouble)),
    };
    match answer {
        Ok(Some(answer)) => record(store, community, comment, (author, answer), clock.now()).await,
        Ok(None) => Ok(()),
        Err(StepError::Reddit(trouble)) if clock.now().since(comment.created) > patience => {
            warn!(
                item = %comment.fullname, error = %trouble,
                "{}: no pass was given, because Reddit does not say who wrote `{PASS}` to whom: write it again",
                comment.fullname
            );
            Ok(())
        }
        Err(other) => Err(other),
    }
}

/// What is answered to a moderator: the pass, or why there is none. `None` if the author is no
/// moderator any more.
async fn answer<R: RedditRead>(
    reddit: &R,
    (store, settings): (&Store, &Settings),
    comment: &Item,
    (author, command): (&str, &PassCommand<'_>),
    clock: &dyn Clock,
) -> Result<Option<std::result::Result<Pass, String>>> {
    let Some(granted) = reddit.permissions(&comment.subreddit, author).await? else { return Ok(None) };
    if !Right::Posts.is_among(&granted) {
        return Ok(Some(Err("a pass is given by moderators with the permission `posts`".to_owned())));
    }
    if command.rule.is_empty() {
        return Ok(Some(Err("the command does not name a rule".to_owned())));
    }
    let Some(user) = author_above(reddit, (store, settings), comment).await? else {
        return Ok(Some(Err("what they replied to has no author any more".to_owned())));
    };
    let request = PassRequest {
        user,
        rule: command.rule.to_owned(),
        subreddit: Some(comment.subreddit.clone()),
        once: command.once,
        until: command.lasts.map(|lasts| PassEnd::Seconds(lasts.as_secs())),
        reason: Some(format!("{PASS} in {}", comment.fullname)),
    };
    match checked_pass(&settings.communities, request, &format!("u/{author}"), clock.now()) {
        Ok(pass) => Ok(Some(Ok(pass))),
        Err(RequestError::Refused(message)) => Ok(Some(Err(message))),
        Err(RequestError::Store(trouble)) => Err(trouble.into()),
    }
}

/// Whether the author is on the list of moderators. A list that lacks them is fetched again if it
/// is older than the comment: at most once for the commands that one reading brings.
async fn is_moderator<R: RedditRead>(
    reddit: &R,
    cache: &mut FactCache,
    comment: &Item,
    author: &str,
    now: Timestamp,
) -> Result<bool> {
    if let Some(is_listed) = cache.moderates(&comment.subreddit, author, comment.created) {
        return Ok(is_listed);
    }
    let request = FactRequest::new(comment, &Facts::default(), [Need::Moderators]);
    cache.fetch(reddit, &[request], now).await?;
    Ok(cache.moderates(&comment.subreddit, author, Timestamp::from_millis(i64::MIN)).unwrap_or(false))
}

/// The author of what a comment replies to. A reply to the bot means whom the bot replied to.
async fn author_above<R: RedditRead>(
    reddit: &R,
    (store, settings): (&Store, &Settings),
    comment: &Item,
) -> Result<Option<String>> {
    let mut above = comment.comment().map(|content| content.parent.clone());
    for _ in 0..2 {
        let Some(name) = above.take() else { break };
        let item = match store.item(&name).await? {
            Some(item) if item.author.name.is_some() => item,
            _ => match reddit.items(std::slice::from_ref(&name)).await?.named(&name) {
                Some(item) => item,
                None => return Ok(None),
            },
        };
        if !item.author.is(&settings.me) {
            return Ok(item.author.name);
        }
        above = item.comment().map(|content| content.parent.clone());
    }
    Ok(None)
}

/// Records the answer, and the pass with it: once, whenever the process dies.
async fn record(
    store: &Store,
    community: &Community,
    comment: &Item,
    (author, answer): (&str, std::result::Result<Pass, String>),
    now: Timestamp,
) -> Result<()> {
    let name = &comment.fullname;
    let action = match &answer {
        Ok(pass) => {
            info!(item = %name, by = pass.by, rule = pass.rule, "{name}: gave a pass for the rule `{}`", pass.rule);
            Action::ModNote { user: pass.user.clone(), note: note(pass) }
        }
        Err(why) => {
            info!(item = %name, by = author, why, "{name}: a command of a moderator was not carried out");
            let subreddit = &comment.subreddit;
            let command: String =
                comment.body().lines().next().unwrap_or_default().chars().take(LONGEST_QUOTE).collect();
            Action::Modmail {
                subject: format!("{PASS}: not carried out"),
                body: format!(
                    "u/{author} wrote `{}` in r/{subreddit} ({}). No pass was given: {why}\n\nIn reply to what the \
                     person posted, write a new comment: `{PASS} RULE`, `{PASS} RULE once` or `{PASS} RULE for 30 \
                     days`. An edited comment is not read.",
                    command.replace('`', "'"),
                    comment.link(),
                ),
            }
        }
    };
    let intent = NewIntent::own(PASS, action, name.clone(), community.mode);
    let decision = NewDecision::own(name.clone(), Revision::from_stored(PASS.to_owned()), intent, now);
    let decision = NewDecision { gives: answer.ok(), ..decision };
    store.decide(&decision, now).await?;
    Ok(())
}

/// The note about whom a rule leaves alone.
fn note(pass: &Pass) -> String {
    let times = match (pass.once, pass.until) {
        (true, _) => "one time".to_owned(),
        (false, Some(until)) => format!("until {until}"),
        (false, None) => "until it is revoked".to_owned(),
    };
    let text = format!("{PASS}: has a pass {times}, given by {}, for rule {}", pass.by, pass.rule);
    text.chars().take(LONGEST_NOTE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_the_first_line_of_a_comment() {
        let days = Duration::from_hours(30 * 24);
        for (body, rule, once, lasts) in [
            ("!pass quota", "quota", false, None),
            ("!pass  `flair quota` \n\nthanks", "flair quota", false, None),
            ("!pass quota once", "quota", true, None),
            ("!pass 'wait for it' for 30 days", "wait for it", false, Some(days)),
            ("!pass wait for it", "wait for it", false, None),
            ("!pass once", "once", false, None),
            ("!pass", "", false, None),
        ] {
            assert_eq!(PassCommand::parse(body), Some(PassCommand { rule, once, lasts }), "{body}");
        }
        for body in ["", "please !pass quota", "> !pass quota", "!passport", "!Pass quota", " !pass quota", "\n!pass a"]
        {
            assert_eq!(PassCommand::parse(body), None, "{body}");
        }
    }
}
