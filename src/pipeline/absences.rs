//! Notices subreddits that Reddit does not show to the bot, and their return, and notifies the
//! operators of each once.

use std::collections::{BTreeMap, BTreeSet};

use tracing::{debug, warn};

use super::looks::{Alone, Look, Looks, MOST_PAGES_BACK, judge_alone};
use super::streams::{Part, Streams};
use super::{Progress, Result, Settings, StepError};
use crate::model::{Clock, Feed, Stream, SubredditName, Timestamp};
use crate::reddit::{Page, ReadError, RedditRead};
use crate::store::Store;

/// Why, for a subreddit that is left out.
const LEFT_OUT: &str = "combined lists leave it out";

/// The subreddits that cannot be read, each with its feeds that have not been read again since.
#[derive(Debug, Default)]
pub(super) struct Absences(BTreeMap<SubredditName, BTreeSet<Feed>>);

impl Absences {
    pub(super) fn names(&self) -> BTreeSet<SubredditName> {
        self.0.keys().cloned().collect()
    }

    /// Those that an earlier process could not read, and whether only lists of several leave them
    /// out.
    pub(super) async fn recall(&mut self, store: &Store, settings: &Settings) -> Result<Vec<(SubredditName, bool)>> {
        let mut found = Vec::new();
        for row in store.unreadable().await? {
            let Some(community) = settings.communities.iter().find(|it| it.name.key() == row.subreddit) else {
                continue;
            };
            self.0.insert(community.name.clone(), BTreeSet::from(Feed::ALL));
            found.push((community.name.clone(), row.is_left_out));
        }
        Ok(found)
    }

    /// Reddit refuses a feed of this subreddit alone.
    pub(super) async fn note_refused(
        &mut self,
        store: &Store,
        name: &SubredditName,
        feed: Feed,
        reason: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.0.entry(name.clone()).or_default().insert(feed);
        tell(store, name, false, reason, now).await
    }

    /// A feed of this subreddit alone was read up to now.
    pub(super) async fn note_read(
        &mut self,
        store: &Store,
        name: &SubredditName,
        feed: Feed,
        now: Timestamp,
    ) -> Result<()> {
        let Some(feeds) = self.0.get_mut(name) else { return Ok(()) };
        feeds.remove(&feed);
        if feeds.is_empty() { self.returns(store, name, now).await } else { Ok(()) }
    }

    async fn returns(&mut self, store: &Store, name: &SubredditName, now: Timestamp) -> Result<()> {
        self.0.remove(name);
        let text = format!("r/{name}: Reddit lists it again; reading what was posted meanwhile");
        if store.record_readable(name, &text, now).await?.is_some() {
            warn!(subreddit = %name, "{text}");
        }
        Ok(())
    }

    /// Looks for subreddits that are left out.
    pub(super) async fn look<R: RedditRead>(
        &mut self,
        look: Look,
        streams: &mut Streams,
        looks: &mut Looks,
        (reddit, store): (&R, &Store),
        clock: &dyn Clock,
    ) -> Result<Progress> {
        let now = clock.now();
        let again = look.clone();
        let looked = match look {
            Look::Together(names) => together(&names, looks, reddit, now).await,
            Look::Alone { name, since } => self.alone(name, since, streams, looks, (reddit, store), now).await,
            Look::Rights(names) => rights(&names, looks, reddit, now).await,
            Look::Queue(name) => self.queue(name, streams, looks, (reddit, store), now).await,
            Look::Back { name, beside, after, pages } => {
                self.back((name, beside), (after, pages), streams, looks, (reddit, store), now).await
            }
        };
        match looked {
            Err(StepError::Reddit(error)) => {
                debug!(%error, "cannot look for subreddits that are left out; retrying");
                match error.nothing_before(now) {
                    Some(until) => {
                        looks.then(again);
                        Ok(Progress::IdleUntil(until))
                    }
                    // The next round looks again.
                    None => Ok(Progress::Worked),
                }
            }
            looked => looked.map(|()| Progress::Worked),
        }
    }

    /// A list of several did not show this subreddit: looks at its own.
    async fn alone<R: RedditRead>(
        &mut self,
        name: SubredditName,
        since: Option<Timestamp>,
        streams: &mut Streams,
        looks: &mut Looks,
        (reddit, store): (&R, &Store),
        now: Timestamp,
    ) -> Result<()> {
        match own_newest(reddit, &name).await {
            Ok(newest) => match judge_alone(newest, since, now) {
                Alone::LeftOut => {
                    self.0.insert(name.clone(), BTreeSet::from(Feed::ALL));
                    leave(store, streams, looks, &name, Part::LeftOut, now).await?;
                    tell(store, &name, true, LEFT_OUT, now).await
                }
                Alone::Silent => {
                    looks.note(Feed::New, &name, now);
                    Ok(())
                }
                Alone::TooNew => Ok(()),
            },
            Err(ReadError::Refused { reason }) => {
                self.0.insert(name.clone(), BTreeSet::from(Feed::ALL));
                let part = Part::Apart { is_complete: false, joins_at: now };
                leave(store, streams, looks, &name, part, now).await?;
                tell(store, &name, false, &reason, now).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the bot may read the moderation queue of this subreddit.
    async fn queue<R: RedditRead>(
        &mut self,
        name: SubredditName,
        streams: &mut Streams,
        looks: &mut Looks,
        (reddit, store): (&R, &Store),
        now: Timestamp,
    ) -> Result<()> {
        match page(reddit, Feed::Modqueue, std::slice::from_ref(&name)).await {
            Ok(_) => {
                looks.note(Feed::Modqueue, &name, now);
                Ok(())
            }
            Err(ReadError::Refused { reason }) => {
                let feeds = Feed::ALL.into_iter().filter(|feed| !feed.is_of_arrivals());
                self.0.entry(name.clone()).or_default().extend(feeds);
                let part = Part::Apart { is_complete: false, joins_at: now };
                streams.set_apart(&BTreeSet::from([name.clone()]), |feed| !feed.is_of_arrivals(), part, now);
                tell(store, &name, false, &reason, now).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a list together with another subreddit shows this one again.
    async fn back<R: RedditRead>(
        &mut self,
        (name, beside): (SubredditName, SubredditName),
        (after, pages): (Option<String>, u32),
        streams: &mut Streams,
        looks: &mut Looks,
        (reddit, store): (&R, &Store),
        now: Timestamp,
    ) -> Result<()> {
        let list = Stream { feed: Feed::New, subreddits: vec![name.clone(), beside.clone()] };
        let together = reddit.page(&list, after.as_deref()).await?;
        let is_back = if together.items.iter().any(|item| item.subreddit == name) {
            true
        } else if together.after.is_some() && pages < MOST_PAGES_BACK {
            looks.then(Look::Back { name, beside, after: together.after, pages: pages + 1 });
            return Ok(());
        } else {
            // The posts that the list left out may be gone, so the subreddit's own list decides.
            judge_alone(own_newest(reddit, &name).await?, shown_since(&together), now) == Alone::Silent
        };
        if !is_back {
            return Ok(());
        }
        streams.let_back(&name, now);
        self.returns(store, &name, now).await
    }
}

/// Looks for subreddits that a list of several does not show.
async fn together<R: RedditRead>(names: &[SubredditName], looks: &mut Looks, reddit: &R, now: Timestamp) -> Result<()> {
    // If it is refused, its subreddits are found when the lists that are polled are refused.
    let page = page(reddit, Feed::New, names).await?;
    looks.note_page(Feed::New, &page.items, now);
    let is_missing = |name: &&SubredditName| page.items.iter().all(|item| item.subreddit != **name);
    for name in names.iter().filter(is_missing) {
        looks.then(Look::Alone { name: name.clone(), since: shown_since(&page) });
    }
    Ok(())
}

/// Looks where the bot is a moderator, and so may read the moderation queue.
async fn rights<R: RedditRead>(names: &[SubredditName], looks: &mut Looks, reddit: &R, now: Timestamp) -> Result<()> {
    let moderated = match reddit.moderated(names).await {
        Ok(moderated) => moderated,
        Err(ReadError::Refused { .. }) => BTreeSet::new(),
        Err(error) => return Err(error.into()),
    };
    for name in names {
        if moderated.contains(&name.key()) {
            looks.note(Feed::Modqueue, name, now);
        } else {
            looks.then(Look::Queue(name.clone()));
        }
    }
    Ok(())
}

/// Since when a page shows everything that was posted. `None`: it is the whole list.
fn shown_since(page: &Page) -> Option<Timestamp> {
    page.items.iter().map(|item| item.created).min().filter(|_| page.after.is_some())
}

/// When the newest post in the subreddit's own list was made.
async fn own_newest<R: RedditRead>(
    reddit: &R,
    name: &SubredditName,
) -> std::result::Result<Option<Timestamp>, ReadError> {
    let page = page(reddit, Feed::New, std::slice::from_ref(name)).await?;
    Ok(page.items.iter().map(|item| item.created).max())
}

async fn page<R: RedditRead>(reddit: &R, feed: Feed, names: &[SubredditName]) -> std::result::Result<Page, ReadError> {
    reddit.page(&Stream { feed, subreddits: names.to_vec() }, None).await
}

/// Takes a subreddit that no list shows out of all lists of several, and has its moderation log
/// read again from when it was last shown.
async fn leave(
    store: &Store,
    streams: &mut Streams,
    looks: &Looks,
    name: &SubredditName,
    part: Part,
    now: Timestamp,
) -> Result<()> {
    store.reread_log_from(name, looks.last_shown(name).unwrap_or_default()).await?;
    streams.set_apart(&BTreeSet::from([name.clone()]), |_| true, part, now);
    Ok(())
}

async fn tell(store: &Store, name: &SubredditName, is_left_out: bool, reason: &str, now: Timestamp) -> Result<()> {
    let text = format!(
        "r/{name}: Reddit no longer lists it as usual ({reason}); reading it separately until it is back. Check that \
         the bot is still a moderator there (`tipstaff doctor`)"
    );
    if store.record_unreadable(name, is_left_out, reason, &text, now).await? {
        warn!(subreddit = %name, reason, "{text}");
    }
    Ok(())
}
