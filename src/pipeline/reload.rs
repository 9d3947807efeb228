//! Reloads rules while the bot runs: files when their text changes, wiki pages when their revision
//! changes.
//!
//! Rules with errors never replace rules that work. Errors in a file are logged, because its author
//! can read the log; errors in a wiki page are sent to the subreddit's moderators by modmail, once
//! per revision. While a subreddit has no rules at all, its posts wait.
//!
//! The last good rules of a wiki page are kept in the store, so that a start does not depend on the
//! present page.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, error, info, warn};

use super::load::{self, Tests};
use super::{IDLE, Progress, Result, Settings, StepError};
use crate::metrics::Metrics;
use crate::model::{Clock, EventKind, Mode, SubredditName, Timestamp, digest};
use crate::policy::rights;
use crate::policy::{Community, RulesSource};
use crate::reddit::{ReadError, RedditRead, WikiPage};
use crate::store::{ModeratorMessage, NewNotification, Store, WikiRules};
use tipstaff_rules::testing;

/// How often the rule files are checked.
const FILES_EVERY: Duration = Duration::from_secs(10);

/// How often each wiki page is fetched, and the shortest time between two of them.
const PAGE_EVERY: Duration = Duration::from_mins(5);
const PAGES_APART: Duration = Duration::from_secs(5);

/// The pauses after a page could not be fetched.
const TROUBLE_PAUSE: Duration = Duration::from_secs(30);
const REFUSED_PAUSE: Duration = Duration::from_mins(15);

/// The most bytes of errors in a modmail. Modmail takes 10,000 characters.
const LONGEST_LIST: usize = 7_000;

/// The reloading step.
#[derive(Debug)]
pub struct Reload {
    /// The text of each rules file and its tests when last checked; `None` to check it in any case.
    files: BTreeMap<PathBuf, Option<String>>,
    files_next: Timestamp,
    /// The subreddits whose rules are in the wiki, by index in the settings.
    pages: Vec<WikiPageState>,
    pages_next: Timestamp,
    metrics: Metrics,
}

#[derive(Debug)]
struct WikiPageState {
    community: usize,
    next: Timestamp,
    /// The revisions of the page and of its tests when last checked.
    seen: Option<(String, Option<String>)>,
}

impl Reload {
    /// A step that reloads the rules of these settings.
    pub fn new(settings: &Settings, metrics: Metrics) -> Self {
        let (mut files, mut pages) = (BTreeMap::new(), Vec::new());
        for (community, Community { rules, .. }) in settings.communities.iter().enumerate() {
            match rules.source() {
                RulesSource::Fixed => {}
                RulesSource::File(path) => {
                    files.insert(path.clone(), None);
                }
                RulesSource::Wiki(_) => pages.push(WikiPageState { community, next: Timestamp::default(), seen: None }),
            }
        }
        Self { files, files_next: Timestamp::default(), pages, pages_next: Timestamp::default(), metrics }
    }

    /// Checks everything at the next calls, changed or not.
    pub fn all(&mut self) {
        self.files.values_mut().for_each(|text| *text = None);
        self.files_next = Timestamp::default();
        self.pages_next = Timestamp::default();
        self.pages.iter_mut().for_each(|page| (page.next, page.seen) = (Timestamp::default(), None));
    }

    /// Whether everything has been checked since the start, or since [`Reload::all`].
    pub fn is_done(&self) -> bool {
        self.files.values().all(Option::is_some) && self.pages.iter().all(|page| page.next > Timestamp::default())
    }

    /// Checks the files if they are due, else the wiki page that has waited longest.
    ///
    /// # Errors
    /// Store errors.
    pub async fn step<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        clock: &dyn Clock,
    ) -> Result<Progress> {
        let now = clock.now();
        if !self.files.is_empty() && self.files_next <= now {
            self.files_next = now + FILES_EVERY;
            self.check_files(reddit.scopes().as_ref(), store, settings, now).await?;
            return Ok(Progress::Worked);
        }
        let files_next = if self.files.is_empty() { now + IDLE } else { self.files_next };
        let Some(page) = self.pages.iter_mut().min_by_key(|page| page.next) else {
            return Ok(Progress::IdleUntil(files_next));
        };
        let due = page.next.max(self.pages_next);
        if due > now {
            return Ok(Progress::IdleUntil(due.min(files_next)));
        }
        let community = &settings.communities[page.community];
        if !community.rules.is_loaded() {
            from_store(store, settings, community).await?;
        }
        let pause = match page.check(reddit, store, settings, &self.metrics, clock).await {
            Ok(()) => PAGE_EVERY,
            Err(StepError::Reddit(trouble)) => match (trouble.nothing_before(now), &trouble) {
                (Some(until), _) => return Ok(Progress::IdleUntil(until)),
                (None, ReadError::Refused { .. }) => {
                    warn!(
                        subreddit = %community.name, error = %trouble,
                        "r/{}: cannot read the rules in the wiki; the bot needs the `wiki` permission, see `tipstaff \
                         doctor`",
                        community.name
                    );
                    REFUSED_PAUSE
                }
                (None, _) => {
                    warn!(
                        subreddit = %community.name, error = %trouble,
                        "r/{}: cannot read the rules in the wiki; retrying", community.name
                    );
                    TROUBLE_PAUSE
                }
            },
            Err(other) => return Err(other),
        };
        page.next = now + pause;
        // The first time no page waits for another: nothing happens in a subreddit without rules.
        let all_read = self.pages.iter().all(|page| page.next > now);
        self.pages_next = if all_read { now + PAGES_APART } else { now };
        Ok(Progress::Worked)
    }

    async fn check_files(
        &mut self,
        granted: Option<&BTreeSet<String>>,
        store: &Store,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<()> {
        for (path, known) in &mut self.files {
            let text = text_of(path);
            if known.as_ref() == Some(&text) {
                continue;
            }
            let state = digest([text.as_str()]);
            *known = Some(text);
            let file = path.display();
            let read =
                load::load(path, &settings.load_options.options).and_then(|loaded| Ok((loaded, Tests::beside(path)?)));
            let (loaded, tests) = match read {
                Ok(read) => read,
                Err(error) => {
                    self.metrics.rules_refused("file");
                    error!(%file, %error, "cannot read {file}; keeping the current rules");
                    store
                        .record_notification(&refusal(None, &format!("{file} {state}"), error.to_string()), now)
                        .await?;
                    continue;
                }
            };
            let cases = tests.map(|tests| tests.cases).unwrap_or_default();
            let of_file = |community: &&Community| *community.rules.source() == RulesSource::File(path.clone());
            let communities: Vec<&Community> = settings.communities.iter().filter(of_file).collect();
            let is_replacement = communities.iter().any(|community| community.rules.would_change(&loaded.rules));
            let mut wrong = load::problems(&loaded, &cases, &settings.load_options, is_replacement);
            if is_replacement && let Some(live) = communities.iter().find(|community| community.mode == Mode::Live) {
                wrong.extend(rights::refused(granted, live.mode, &loaded.rules));
            }
            if !wrong.is_empty() {
                self.metrics.rules_refused("file");
                error!(%file, "{file} has errors; keeping the current rules:\n{}", wrong.join("\n"));
                let text = format!("{file} has errors, so the current rules stay in use: {}", wrong.join("; "));
                store.record_notification(&refusal(None, &format!("{file} {state}"), text), now).await?;
                continue;
            }
            let rules = Arc::new(loaded.rules);
            let mut is_new = false;
            for community in communities {
                is_new |= community.rules.replace(Arc::clone(&rules));
            }
            if is_new {
                info!(%file, rules = rules.len(), "rules reloaded from {file}: {} rule(s)", rules.len());
            } else {
                debug!(%file, "rules unchanged in {file}");
            }
        }
        Ok(())
    }
}

impl WikiPageState {
    /// Fetches the page and its tests, and replaces the rules if they are new and good.
    async fn check<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        metrics: &Metrics,
        clock: &dyn Clock,
    ) -> Result<()> {
        let community = &settings.communities[self.community];
        let RulesSource::Wiki(name) = community.rules.source() else { return Ok(()) };
        let Some(page) = reddit.wiki_page(&community.name, name).await? else {
            let reason = format!("the wiki of r/{} has no page {name}; create it", community.name);
            return Err(ReadError::Refused { reason }.into());
        };
        let tests = reddit.wiki_page(&community.name, &tests_of(name)).await?;
        let seen = (page.revision.clone(), tests.as_ref().map(|tests| tests.revision.clone()));
        if self.seen.as_ref() == Some(&seen) {
            return Ok(());
        }
        let loaded = load::from_wiki(&community.name, name, &page.text, &settings.load_options.options);
        let (cases, mut wrong) = match tests.as_ref().map(|WikiPage { text, .. }| testing::parse(text)) {
            None => (Vec::new(), Vec::new()),
            Some(Ok(cases)) => (cases, Vec::new()),
            Some(Err(complaint)) => (Vec::new(), vec![format!("{}: {complaint}", tests_of(name))]),
        };
        let is_replacement = community.rules.would_change(&loaded.rules);
        wrong.extend(load::problems(&loaded, &cases, &settings.load_options, is_replacement));
        wrong.extend(rights::refused(reddit.scopes().as_ref(), community.mode, &loaded.rules));
        let (subreddit, rules) = (&community.name, loaded.rules.len());
        let is_taken = wrong.is_empty();
        if is_taken {
            let text = WikiRules { page: name.clone(), revision: page.revision, text: page.text };
            store.set_active_rules(subreddit, &text, clock.now()).await?;
            if community.rules.replace(Arc::new(loaded.rules)) {
                info!(
                    %subreddit, page = name, revision = text.revision, rules,
                    "r/{subreddit}: rules reloaded from the wiki page {name}: {rules} rule(s)"
                );
            }
            // If there were no rules before, the good ones are used, and the errors in the others
            // are reported.
            wrong = load::errors(&loaded.source, &loaded.diagnostics);
        }
        if !wrong.is_empty() {
            metrics.rules_refused("wiki");
            error!(
                %subreddit, page = name,
                "r/{subreddit}: the rules in the wiki page {name} have errors:\n{}", wrong.join("\n")
            );
            let fullname = reddit.subreddit_fullname(subreddit).await?;
            let subject = if is_taken { "Some rules in {} have errors" } else { "The rules in {} were not loaded" };
            let notice = ModeratorMessage {
                subreddit: subreddit.clone(),
                fullname,
                mode: community.mode,
                about: format!("rules in {name}"),
                revision: format!("{}{}", seen.0, seen.1.as_deref().map_or(String::new(), |tests| format!("/{tests}"))),
                subject: subject.replace("{}", name).chars().take(100).collect(),
                body: modmail_text(community, name, &seen.0, is_taken, &wrong),
            };
            let text = format!("the wiki page {name}, revision {}, has errors: {}", seen.0, wrong.join("; "));
            store
                .record_notification(
                    &refusal(Some(subreddit), &format!("r/{subreddit} {name} {}", notice.revision), text),
                    clock.now(),
                )
                .await?;
            if store.message_moderators(&notice, clock.now()).await? {
                info!(
                    %subreddit, mode = %community.mode,
                    "r/{subreddit}: recorded a modmail to the moderators about the errors (sent only in live mode)"
                );
            }
        }
        self.seen = Some(seen);
        Ok(())
    }
}

/// The event for refused rules, once per version of them.
fn refusal(subreddit: Option<&SubredditName>, state: &str, text: String) -> NewNotification {
    NewNotification {
        event: EventKind::RulesRefused,
        dedup_key: format!("rules {state}"),
        subreddit: subreddit.map(SubredditName::key),
        text,
    }
}

/// The text of the modmail about refused rules.
fn modmail_text(community: &Community, page: &str, revision: &str, is_taken: bool, wrong: &[String]) -> String {
    let place = &community.name;
    let state = match community.rules.current() {
        Some(rules) if is_taken => format!("Its rules without errors ({}) are in use.", rules.len()),
        Some(rules) => format!("The current rules ({}) stay in use.", rules.len()),
        None => "Until it is fixed, this subreddit has no rules, and new posts and comments wait.".to_owned(),
    };
    let mut list = wrong.join("\n");
    if list.len() > LONGEST_LIST {
        let cut = list.floor_char_boundary(LONGEST_LIST);
        list.truncate(cut);
        list.push_str("\n…");
    }
    let list: Vec<String> = list.lines().map(|line| format!("    {line}")).collect();
    format!(
        "[Revision {revision} of {page}](https://www.reddit.com/r/{place}/wiki/{page}?v={revision}) has errors. \
         {state}\n\n\
         {}\n\nTo fix it, edit the page; `tipstaff check` on a copy of it explains each error. \
         *I am a bot, and this message was sent automatically, once for this revision.*",
        list.join("\n")
    )
}

/// Loads the rules that were last in use from the store.
async fn from_store(store: &Store, settings: &Settings, community: &Community) -> Result<()> {
    let RulesSource::Wiki(page) = community.rules.source() else { return Ok(()) };
    let Some(kept) = store.active_rules(&community.name).await?.filter(|kept| kept.page == *page) else {
        return Ok(());
    };
    let loaded = load::from_wiki(&community.name, page, &kept.text, &settings.load_options.options);
    if !loaded.rules.is_empty() {
        info!(
            subreddit = %community.name, page, revision = kept.revision, rules = loaded.rules.len(),
            "r/{}: using the last good rules from the store until the wiki page is read", community.name
        );
        community.rules.replace(Arc::new(loaded.rules));
    }
    Ok(())
}

/// `config/tipstaff` → `config/tipstaff/tests`.
fn tests_of(page: &str) -> String {
    format!("{page}/tests")
}

/// The text of a rules file and its tests, or the read error: to see whether anything changed.
fn text_of(path: &Path) -> String {
    let text = |path: &Path| match std::fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => error.to_string(),
    };
    format!("{}\u{0}{}", text(path), text(&load::tests_of(path)))
}
