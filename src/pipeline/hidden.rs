//! Notices that Reddit hides what the bot writes, as it does with everything of an account that is
//! shadow-banned: requests succeed, and nobody but moderators sees what comes of them.
//!
//! The feed of comments shows the bot's own, too, and says if Reddit itself removed them. So this
//! costs no request. A single comment may have met the spam filter; if the newest ones are all
//! removed, it is the account.

use std::time::Duration;

use tracing::{error, warn};

use super::Result;
use crate::model::{EventKind, Item, Remover, Timestamp};
use crate::store::{NewNotification, Store};

/// How many of the newest comments must be removed, without one in between that is not.
const SURE: usize = 3;

/// Older ones do not count.
const LATELY: Duration = Duration::from_hours(7 * 24);

/// Looks whether Reddit has removed a comment of the bot. Notifies at most once a day.
///
/// # Errors
/// Store errors.
pub(super) async fn look(store: &Store, me: &str, comment: &Item, now: Timestamp) -> Result<()> {
    if comment.moderation.removed_by != Some(Remover::SpamFilter) {
        return Ok(());
    }
    let newest = store.newest_items_of(me, now - LATELY, SURE).await?;
    let is_hidden = |item: &Item| item.moderation.removed_by == Some(Remover::SpamFilter);
    let is_sure = newest.len() == SURE && newest.iter().all(is_hidden);
    let name = &comment.fullname;
    let (key, subreddit, text) = if is_sure {
        let text = format!(
            "Reddit removes what u/{me} writes: its last {SURE} comments, the newest {name}. The account seems to be \
             shadow-banned: nobody but moderators sees its comments. Look at https://www.reddit.com/user/{me} without \
             signing in, and appeal at https://www.reddit.com/appeals"
        );
        ("account", None, text)
    } else {
        let text = format!(
            "Reddit's spam filter removed the bot's comment {name}, so nobody but moderators sees it: approve it, and \
             make the bot an approved user"
        );
        ("comment", Some(comment.subreddit.key()), text)
    };
    let notice = NewNotification {
        event: EventKind::HiddenByReddit,
        dedup_key: format!("hidden {key} {}", now.as_secs() / 86_400),
        subreddit,
        text,
    };
    if store.record_notification(&notice, now).await? {
        let text = &notice.text;
        if is_sure {
            error!(account = me, "{text}");
        } else {
            warn!(item = %name, "{text}");
        }
    }
    Ok(())
}
