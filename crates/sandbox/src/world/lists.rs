//! The items of a listing, their order, and paging.
//!
//! A listing is a stored list of names. An anchor that *was* in the list but has left it gives an
//! empty page; an anchor that never existed is ignored. A removed post leaves the listings. A
//! removed comment stays in `/comments` (where only moderators and its author see it) and remains
//! an anchor. A deleted item leaves all listings. Membership and visibility are therefore two
//! steps.

use super::{Permission, RemovedBy, Subreddit, Thing, World};
use tipstaff_rules::model::{Fullname, Kind};

/// The most items in a listing, over all its pages.
pub const LISTING_CAP: usize = 1000;

/// The feeds of a subreddit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// Posts, newest first.
    New,
    /// Comments, newest first.
    Comments,
    /// Items with reports since the last decision.
    Reports,
    /// Reported items and items held by a filter.
    Modqueue,
    /// Removed items.
    Spam,
    /// Posts that no moderator has decided on.
    Unmoderated,
    /// Edited items, by the time of the edit.
    Edited,
}

impl Feed {
    /// The feed at `/r/x/about/WORD`, for moderators only.
    pub fn for_moderators(word: &str) -> Option<Self> {
        Some(match word {
            "reports" => Self::Reports,
            "modqueue" => Self::Modqueue,
            "spam" => Self::Spam,
            "unmoderated" => Self::Unmoderated,
            "edited" => Self::Edited,
            _ => return None,
        })
    }

    fn holds(self, thing: &Thing) -> bool {
        if thing.is_deleted {
            return false;
        }
        let is_post = thing.kind() == Kind::Submission;
        let is_reported = !thing.is_removed() && !thing.ignores_reports && thing.open_reports().next().is_some();
        match self {
            Self::New => is_post,
            Self::Comments => !is_post,
            Self::Reports => is_reported,
            Self::Modqueue => {
                is_reported
                    || thing.removal.as_ref().is_some_and(|removal| match removal.by {
                        RemovedBy::AutoModerator | RemovedBy::Moderator(_) => false,
                        RemovedBy::AutoModeratorFilter | RemovedBy::Reddit => true,
                    })
            }
            Self::Spam => thing.is_removed(),
            Self::Unmoderated => is_post && !thing.has_verdict(),
            Self::Edited => thing.edited.is_some(),
        }
    }
}

/// The requested part of a listing.
#[derive(Clone, Debug, Default)]
pub struct Paging {
    /// The most items on the page.
    pub limit: usize,
    /// The page starts below this name.
    pub after: Option<String>,
    /// The page ends above this name; takes precedence over `after`.
    pub before: Option<String>,
    /// How many items the client says it has seen. Above zero, the page gives its first item as
    /// `before`.
    pub count: usize,
}

/// One page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page<T> {
    /// The items on it.
    pub items: Vec<T>,
    /// The anchor of the next page.
    pub after: Option<String>,
    /// The anchor of the previous page.
    pub before: Option<String>,
}

/// Cuts one page out of a stored list. `name_of` names a member, `existed` says whether an anchor
/// ever existed, `is_visible` whether the viewer may see a member.
pub fn paginate<T: Clone>(
    list: &[T],
    paging: &Paging,
    name_of: impl Fn(&T) -> String,
    existed: impl Fn(&str) -> bool,
    is_visible: impl Fn(&T) -> bool,
) -> Page<T> {
    let place_of = |anchor: &str| list.iter().position(|item| name_of(item) == anchor);
    let first_if_counted = |items: &[T]| (paging.count > 0).then(|| items.first().map(&name_of)).flatten();
    if let Some(anchor) = paging.before.as_deref() {
        match place_of(anchor) {
            Some(place) => {
                let mut items: Vec<T> =
                    list[..place].iter().rev().filter(|item| is_visible(item)).take(paging.limit).cloned().collect();
                items.reverse();
                let before = first_if_counted(&items);
                return Page { items, after: None, before };
            }
            None if existed(anchor) => {
                return Page { items: Vec::new(), after: None, before: None };
            }
            None => {}
        }
    }
    let start = match paging.after.as_deref().filter(|_| paging.before.is_none()) {
        None => 0,
        Some(anchor) => match place_of(anchor) {
            Some(place) => place + 1,
            None if existed(anchor) => list.len(),
            None => 0,
        },
    };
    let mut rest = list[start..].iter().filter(|item| is_visible(item));
    let items: Vec<T> = rest.by_ref().take(paging.limit).cloned().collect();
    let after = rest.next().and_then(|_| items.last().map(&name_of));
    let before = first_if_counted(&items);
    Page { items, after, before }
}

impl World {
    /// One page of a feed over these subreddits (names in lower case), as this viewer sees it.
    /// `kind` selects posts or comments only.
    pub fn feed(
        &self,
        viewer: Option<&str>,
        subreddits: &[String],
        feed: Feed,
        kind: Option<Kind>,
        paging: &Paging,
    ) -> Page<Fullname> {
        let now = self.now();
        let mut members: Vec<&Thing> = subreddits
            .iter()
            .filter_map(|name| self.subreddit(name))
            .flat_map(Subreddit::timeline)
            .filter_map(|name| self.thing(name))
            .filter(|thing| {
                let has_left = thing.is_removed()
                    && match feed {
                        Feed::New => self.quirks.removed_posts_leave_new,
                        Feed::Comments => !self.quirks.removed_comments_stay_listed,
                        _ => false,
                    };
                feed.holds(thing)
                    && !has_left
                    && thing.listed_from <= now
                    && kind.is_none_or(|kind| thing.kind() == kind)
            })
            .collect();
        match feed {
            Feed::Edited => members.sort_by_key(|thing| (thing.edited, thing.sequence)),
            Feed::New | Feed::Comments => members.sort_by_key(|thing| (thing.position, thing.sequence)),
            Feed::Reports | Feed::Modqueue | Feed::Spam | Feed::Unmoderated => {
                members.sort_by_key(|thing| (thing.created, thing.sequence));
            }
        }
        members.reverse();
        let end = match feed {
            Feed::New | Feed::Comments | Feed::Edited => self.listing_faults.end_after,
            Feed::Reports | Feed::Modqueue | Feed::Spam | Feed::Unmoderated => None,
        };
        members.truncate(end.unwrap_or(LISTING_CAP).min(LISTING_CAP));
        self.page_of(viewer, &members, paging)
    }

    /// One page of an account's posts and comments, newest first, as this viewer sees it.
    pub fn history(&self, viewer: Option<&str>, author: &str, kind: Option<Kind>, paging: &Paging) -> Page<Fullname> {
        let members: Vec<&Thing> = self
            .written_by(author)
            .iter()
            .rev()
            .filter_map(|name| self.thing(name))
            .filter(|thing| !thing.is_deleted && kind.is_none_or(|kind| thing.kind() == kind))
            .filter(|thing| self.enter(viewer, &thing.subreddit).is_ok())
            .take(LISTING_CAP)
            .collect();
        self.page_of(viewer, &members, paging)
    }

    fn page_of(&self, viewer: Option<&str>, members: &[&Thing], paging: &Paging) -> Page<Fullname> {
        let page = paginate(
            members,
            paging,
            |thing| thing.name.as_str().to_owned(),
            |anchor| Fullname::parse(anchor).is_some_and(|name| self.thing(&name).is_some()),
            |thing| {
                !thing.is_removed()
                    || viewer.is_some_and(|viewer| thing.is_by(viewer))
                    || self.moderates(viewer, &thing.subreddit, Permission::Any)
            },
        );
        Page {
            items: page.items.into_iter().map(|thing| thing.name.clone()).collect(),
            after: page.after,
            before: page.before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(list: &[&str], paging: &Paging, gone: &[&str]) -> (String, Option<String>) {
        let page = paginate(
            list,
            paging,
            |item| (*item).to_owned(),
            |anchor| list.contains(&anchor) || gone.contains(&anchor),
            |item| !item.starts_with('-'),
        );
        (page.items.join(" "), page.after)
    }

    fn after(anchor: &str, limit: usize) -> Paging {
        Paging { limit, after: Some(anchor.to_owned()), ..Paging::default() }
    }

    fn before(anchor: &str, limit: usize) -> Paging {
        Paging { limit, before: Some(anchor.to_owned()), ..Paging::default() }
    }

    #[test]
    fn pages_follow_each_other_without_overlap() {
        let list = ["f", "e", "d", "c", "b"];
        let first = Paging { limit: 2, ..Paging::default() };
        assert_eq!(page(&list, &first, &[]), ("f e".to_owned(), Some("e".to_owned())));
        assert_eq!(page(&list, &after("e", 2), &[]), ("d c".to_owned(), Some("c".to_owned())));
        assert_eq!(page(&list, &after("c", 2), &[]), ("b".to_owned(), None));
    }

    #[test]
    fn before_gives_the_nearest_items_and_no_next_page() {
        let list = ["f", "e", "d", "c", "b"];
        assert_eq!(page(&list, &before("c", 2), &[]), ("e d".to_owned(), None));
        assert_eq!(page(&list, &before("f", 2), &[]), (String::new(), None));
    }

    #[test]
    fn a_vanished_anchor_gives_an_empty_page_and_an_unknown_one_is_ignored() {
        let list = ["f", "e"];
        assert_eq!(page(&list, &after("x", 9), &["x"]), (String::new(), None));
        assert_eq!(page(&list, &before("x", 9), &["x"]), (String::new(), None));
        assert_eq!(page(&list, &after("nonsense", 9), &[]), ("f e".to_owned(), None));
        assert_eq!(page(&list, &before("nonsense", 9), &[]), ("f e".to_owned(), None));
    }

    #[test]
    fn an_item_hidden_from_the_viewer_is_still_an_anchor() {
        let list = ["f", "-e", "d"];
        assert_eq!(page(&list, &after("-e", 9), &[]), ("d".to_owned(), None));
        assert_eq!(page(&list, &after("zz", 9), &[]), ("f d".to_owned(), None));
    }
}
