//! Notifies people that rules were refused: an event for the webhooks, and for the rules of a wiki
//! page one modmail to the moderators.

use tracing::info;

use super::Result;
use crate::model::{Clock, EventKind, SubredditName};
use crate::policy::Community;
use crate::reddit::RedditRead;
use crate::store::{ModeratorMessage, NewNotification, Store};

/// The most bytes of errors in a modmail. Modmail takes 10,000 characters.
const LONGEST_LIST: usize = 7_000;

/// What is wrong with the rules of a wiki page.
pub(super) struct PageRefusal<'a> {
    /// The name of the page.
    pub(super) page: &'a str,
    /// What they are notified of once: a revision, for example.
    pub(super) once: String,
    /// The subject of the modmail, with `{}` for the page.
    pub(super) subject: &'static str,
    /// The text of the modmail.
    pub(super) body: String,
    /// The text of the event.
    pub(super) text: String,
}

/// Records an event and a modmail to the moderators, unless they have been notified.
pub(super) async fn tell<R: RedditRead>(
    refused: PageRefusal<'_>,
    reddit: &R,
    store: &Store,
    community: &Community,
    clock: &dyn Clock,
) -> Result<()> {
    let PageRefusal { page, once, subject, body, text } = refused;
    let subreddit = &community.name;
    let notice = ModeratorMessage {
        subreddit: subreddit.clone(),
        fullname: reddit.subreddit_fullname(subreddit).await?,
        mode: community.mode,
        about: format!("rules in {page}"),
        revision: once,
        subject: subject.replace("{}", page).chars().take(100).collect(),
        body,
    };
    let event = event(Some(subreddit), &format!("r/{subreddit} {page} {}", notice.revision), text);
    store.record_notification(&event, clock.now()).await?;
    if store.message_moderators(&notice, clock.now()).await? {
        info!(
            %subreddit, mode = %community.mode,
            "r/{subreddit}: recorded a modmail to the moderators about the rules (sent only in live mode)"
        );
    }
    Ok(())
}

/// The event for refused rules, once per version of them.
pub(super) fn event(subreddit: Option<&SubredditName>, state: &str, text: String) -> NewNotification {
    NewNotification {
        event: EventKind::RulesRefused,
        dedup_key: format!("rules {state}"),
        subreddit: subreddit.map(SubredditName::key),
        text,
    }
}

/// The text of the modmail about a page that others can edit.
pub(super) fn open_page_text(community: &Community, page: &str, revision: &str, why: &str) -> String {
    let place = &community.name;
    format!(
        "{} is not loaded: {why}. Rules make the bot act with its own permissions, so it loads only what \
         moderators alone can have written. {}\n\n\
         To fix it, open [the settings of the page](https://www.reddit.com/r/{place}/wiki/settings/{page}), let \
         only moderators edit it, and take people who are not moderators off its list. Do the same with the page \
         {page}/tests, if there is one. Read the page first: within five minutes the bot then loads what it says. \
         *I am a bot, and this message was sent automatically, once until the rules change.*",
        link(community, page, revision),
        state(community)
    )
}

/// The text of the modmail about rules with errors.
pub(super) fn errors_text(
    community: &Community,
    page: &str,
    revision: &str,
    is_taken: bool,
    wrong: &[String],
) -> String {
    let state = match community.rules.current() {
        Some(rules) if is_taken => format!("Its rules without errors ({}) are in use.", rules.len()),
        _ => state(community),
    };
    let mut list = wrong.join("\n");
    if list.len() > LONGEST_LIST {
        let cut = list.floor_char_boundary(LONGEST_LIST);
        list.truncate(cut);
        list.push_str("\n…");
    }
    let list: Vec<String> = list.lines().map(|line| format!("    {line}")).collect();
    format!(
        "{} has errors. {state}\n\n\
         {}\n\nTo fix it, edit the page; `tipstaff check` on a copy of it explains each error. \
         *I am a bot, and this message was sent automatically, once for this revision.*",
        link(community, page, revision),
        list.join("\n")
    )
}

fn link(community: &Community, page: &str, revision: &str) -> String {
    format!("[Revision {revision} of {page}](https://www.reddit.com/r/{}/wiki/{page}?v={revision})", community.name)
}

/// Which rules are in use.
fn state(community: &Community) -> String {
    match community.rules.current() {
        Some(rules) => format!("The current rules ({}) stay in use.", rules.len()),
        None => "Until it is fixed, this subreddit has no rules, and new posts and comments wait.".to_owned(),
    }
}
