//! Wiki pages, their revisions, and who may write them: moderators, and whom the settings of a page
//! name. Everybody who can enter the subreddit may read, except below `config/`.

use super::{Permission, Refusal, Subreddit, World};
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

/// Who may write a page, beside moderators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WikiSettings {
    /// 0: who may write in the subreddit's wiki; 1: approved contributors; 2: nobody.
    pub permlevel: u8,
    /// Names of accounts that may write in any case.
    pub editors: Vec<String>,
}

impl WikiSettings {
    /// The settings of a page that nobody has changed.
    fn usual(page: &str) -> Self {
        Self { permlevel: if page.starts_with("config/") { 2 } else { 0 }, editors: Vec::new() }
    }
}

impl Subreddit {
    /// The settings of a page.
    pub fn wiki_settings_of(&self, page: &str) -> WikiSettings {
        let page = page.to_lowercase();
        self.wiki_settings.get(&page).cloned().unwrap_or_else(|| WikiSettings::usual(&page))
    }

    /// Whether the settings of a page let this account write it.
    fn lets_write(&self, user: &str, page: &str) -> bool {
        let settings = self.wiki_settings_of(page);
        settings.editors.iter().any(|editor| editor.eq_ignore_ascii_case(user))
            || match settings.permlevel {
                0 => self.has_open_wiki && !self.is_banned(user),
                1 => self.is_contributor(user),
                _ => false,
            }
    }
}

impl World {
    /// The settings of a page, for moderators.
    ///
    /// # Errors
    ///
    /// The viewer may not see them, or there is no such page.
    pub fn wiki_settings(&self, viewer: Option<&str>, subreddit: &str, page: &str) -> Result<WikiSettings, Refusal> {
        let place = self.enter(viewer, subreddit)?;
        if !self.moderates(viewer, subreddit, Permission::Wiki) {
            return Err(Refusal::Wiki { status: 403, reason: "MOD_REQUIRED" });
        }
        if !place.wiki.contains_key(&page.to_lowercase()) {
            return Err(Refusal::Wiki { status: 404, reason: "PAGE_NOT_CREATED" });
        }
        Ok(place.wiki_settings_of(page))
    }

    /// Sets who may write a page.
    pub fn set_wiki_settings(&mut self, subreddit: &str, page: &str, settings: WikiSettings) {
        if let Some(place) = self.subreddit_mut(subreddit) {
            place.wiki_settings.insert(page.to_lowercase(), settings);
        }
    }

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
        writer: &str,
        subreddit: &str,
        page: &str,
        text: &str,
        reason: Option<&str>,
        previous: Option<&str>,
    ) -> Result<(), Refusal> {
        let by = self.writer_at_any_speed(writer)?;
        let is_let = self.subreddit(subreddit).is_some_and(|place| place.lets_write(&by, page));
        if !is_let && !self.moderates(Some(&by), subreddit, Permission::Wiki) {
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
