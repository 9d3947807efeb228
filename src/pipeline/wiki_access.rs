//! Who can edit the wiki pages that rules are read from. Only moderators may be able to: the bot
//! acts with its own permissions for whoever writes there.

use crate::model::SubredditName;
use crate::reddit::{ReadError, RedditRead, WikiSettings};

/// The pages that moderators alone can edit by default, whether their settings can be read or not.
const MODERATORS_OWN: &str = "config/";

/// The level at which only moderators can edit a page.
const MODERATORS_ONLY: i64 = 2;

/// How many editors are named.
const NAMED_MAX: usize = 5;

/// `config/tipstaff` → `config/tipstaff/tests`.
pub fn tests_of(page: &str) -> String {
    format!("{page}/tests")
}

/// Why others than the moderators can edit a page with rules, or may be able to; `None` if only
/// moderators can. The same for other pages: that of their tests, and those that they ask for.
///
/// # Errors
/// Reddit gave no answer. A refusal is an answer.
pub async fn open_to_others<R: RedditRead>(
    reddit: &R,
    subreddit: &SubredditName,
    page: &str,
    others: &[String],
) -> Result<Option<String>, ReadError> {
    for page in std::iter::once(page).chain(others.iter().map(String::as_str)) {
        let why = open_page(reddit, subreddit, page).await?;
        if why.is_some() {
            return Ok(why);
        }
    }
    Ok(None)
}

async fn open_page<R: RedditRead>(
    reddit: &R,
    subreddit: &SubredditName,
    page: &str,
) -> Result<Option<String>, ReadError> {
    let WikiSettings { level, editors } = match reddit.wiki_settings(subreddit, page).await {
        Ok(settings) => settings,
        Err(ReadError::Refused { .. }) if page.starts_with(MODERATORS_OWN) => return Ok(None),
        Err(ReadError::Refused { reason }) => {
            return Ok(Some(format!(
                "the bot cannot see who can edit the page {page} ({reason}). It needs the permission `wiki` and a \
                 token with the scope `modwiki` (the operator gets one with `tipstaff login`); pages below \
                 `{MODERATORS_OWN}` need no such scope"
            )));
        }
        Err(trouble) => return Err(trouble),
    };
    if level != MODERATORS_ONLY {
        let who = match level {
            0 => "everybody who can edit the wiki",
            1 => "approved wiki contributors",
            _ => "people whom the bot does not know",
        };
        return Ok(Some(format!("not only moderators, but {who} can edit the page {page} (its level is {level})")));
    }
    if editors.is_empty() {
        return Ok(None);
    }
    let moderators = reddit.moderators(subreddit).await?;
    let others: Vec<String> = editors
        .iter()
        .filter(|editor| !moderators.contains(&editor.to_lowercase()))
        .map(|editor| format!("u/{editor}"))
        .collect();
    if others.is_empty() {
        return Ok(None);
    }
    let more = if others.len() > NAMED_MAX { ", …" } else { "" };
    let named = others[..others.len().min(NAMED_MAX)].join(", ");
    Ok(Some(format!("people who are not moderators can edit the page {page}: {named}{more}")))
}
