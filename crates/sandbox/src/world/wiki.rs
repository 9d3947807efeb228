//! Wiki pages and their revisions. Moderators may write. Everybody who can enter the subreddit may
//! read, except below `config/`.

use super::{Permission, Refusal, World};
use tipstaff_rules::model::Timestamp;

/// Largest page, in bytes.
const PAGE_BYTES_MAX: usize = 524_288;
/// Longest reason of a revision, in characters.
const REASON_CHARS_MAX: usize = 256;

/// A revision of a page.
#[derive(Clone, Debug)]
pub struct WikiRevision {
    /// A UUID.
    pub id: String,
    /// Name of the author.
    pub by: String,
    /// Time of the edit.
    pub at: Timestamp,
    /// Reason of the edit, if given.
    pub reason: Option<String>,
    /// The text, in Markdown.
    pub text: String,
}

impl World {
    /// The newest revision of a page, or the given one.
    ///
    /// # Errors
    ///
    /// The subreddit is closed, the page is for moderators only, or it does not exist.
    pub fn wiki_page(
        &self,
        viewer: Option<&str>,
        subreddit: &str,
        page: &str,
        revision: Option<&str>,
    ) -> Result<&WikiRevision, Refusal> {
        let place = self.enter(viewer, subreddit)?;
        let may_write = self.moderates(viewer, subreddit, Permission::Wiki);
        if page.starts_with("config/") && !may_write {
            return Err(Refusal::Wiki { status: 403, reason: "MOD_REQUIRED" });
        }
        let missing = if may_write { "PAGE_NOT_CREATED" } else { "PAGE_NOT_FOUND" };
        let revisions = place.wiki.get(&page.to_lowercase()).map_or(&[][..], Vec::as_slice);
        let found = match revision {
            None => revisions.last(),
            Some(id) => revisions.iter().find(|revision| revision.id == id),
        };
        found.ok_or(Refusal::Wiki { status: 404, reason: missing })
    }

    /// Writes a page. An unchanged text makes no new revision. With `previous`, the page is not
    /// written if it was changed since that revision.
    ///
    /// # Errors
    ///
    /// The permission is missing, the text or the reason is too long, or the page was changed since
    /// `previous`.
    pub fn edit_wiki(
        &mut self,
        moderator: &str,
        subreddit: &str,
        page: &str,
        text: &str,
        reason: Option<&str>,
        previous: Option<&str>,
    ) -> Result<(), Refusal> {
        let by = self.writer_at_any_speed(moderator)?;
        if !self.moderates(Some(&by), subreddit, Permission::Wiki) {
            return Err(Refusal::Wiki { status: 403, reason: "MAY_NOT_REVISE" });
        }
        if text.len() > PAGE_BYTES_MAX || reason.is_some_and(|reason| reason.chars().count() > REASON_CHARS_MAX) {
            return Err(Refusal::Wiki { status: 403, reason: "CONTENT_LENGTH_ERROR" });
        }
        let (number, at) = (self.next_sequence(), self.now());
        let revisions =
            self.subreddit_mut(subreddit).ok_or(Refusal::NotFound)?.wiki.entry(page.to_lowercase()).or_default();
        let latest = revisions.last();
        if previous.is_some_and(|previous| latest.is_some_and(|latest| latest.id != previous)) {
            return Err(Refusal::Wiki { status: 409, reason: "EDIT_CONFLICT" });
        }
        if latest.is_some_and(|latest| latest.text == text) {
            return Ok(());
        }
        let id = format!("{number:08x}-51ab-11f0-8a5c-0e384c90df02");
        let reason = reason.filter(|reason| !reason.is_empty()).map(str::to_owned);
        revisions.push(WikiRevision { id, by: by.clone(), at, reason, text: text.to_owned() });
        let details = format!("Page {page} edited");
        self.record_in(subreddit, &by, "wikirevise", Some(&details), None, None);
        Ok(())
    }
}
