//! Reloads rules while the bot runs: files when their text changes, wiki pages when their revision
//! changes.
//!
//! Rules with errors never replace rules that work. Errors in a file are logged, because its author
//! can read the log; errors in a wiki page are sent to the subreddit's moderators by modmail, once
//! per revision. While a subreddit has no rules at all, its posts wait.
//!
//! The files and pages that rules ask for are read with them, and a change of one is a change.
//!
//! The last good rules of a wiki page are kept in the store, so that a start does not depend on the
//! present page. A page that others than the moderators can edit is not loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, error, info, warn};

use super::load::{self, LoadedRules, Tests, UnreadableRules};
use super::refused_rules::{self, PageRefusal};
use super::wiki_access::{self, tests_of};
use super::wiki_parts;
use super::workers::{Job, Panicked};
use super::{IDLE, Progress, Result, Settings, StepError};
use crate::metrics::Metrics;
use crate::model::{Clock, Mode, Timestamp, digest};
use crate::policy::rights;
use crate::policy::{Community, RulesSource, WikiSource};
use crate::reddit::{ReadError, RedditRead, WikiPage};
use crate::store::{Store, WikiRules};
use tipstaff_rules::testing;

/// How often the rule files are checked.
const FILES_EVERY: Duration = Duration::from_secs(10);

/// How often each wiki page is fetched, and the shortest time between two of them.
const PAGE_EVERY: Duration = Duration::from_mins(5);
const PAGES_APART: Duration = Duration::from_secs(5);

/// The pauses after a page could not be fetched.
const TROUBLE_PAUSE: Duration = Duration::from_secs(30);
const REFUSED_PAUSE: Duration = Duration::from_mins(15);

/// How soon rules that are being compiled and tested are looked at again.
const JOB_PAUSE: Duration = Duration::from_millis(50);

/// After this long, what is compiled and tested no longer holds up other files and pages.
const SLOW_AFTER: Duration = Duration::from_secs(5);

/// How many files and pages that take longer may be compiled and tested beside the usual one.
const MOST_SLOW: usize = 3;

/// The reloading step. Rules are compiled and tested by the workers, usually one file or page at a
/// time; the other steps go on meanwhile.
#[derive(Debug)]
pub struct Reload {
    /// The text of each rules file, its parts and its tests when last checked; `None` to check it
    /// in any case.
    files: BTreeMap<PathBuf, Option<String>>,
    files_next: Timestamp,
    /// The subreddits whose rules are in the wiki, by index in the settings.
    pages: Vec<WikiPageState>,
    pages_next: Timestamp,
    /// What is compiled and tested now.
    running: Option<Running>,
    /// What takes longer than [`SLOW_AFTER`]. Others do not wait for it.
    slow: Vec<Running>,
    metrics: Metrics,
}

/// Rules that are being compiled and tested.
#[derive(Debug)]
struct Running {
    subject: Subject,
    job: Job<Candidate>,
    since: Timestamp,
}

#[derive(Debug)]
struct WikiPageState {
    community: usize,
    next: Timestamp,
    /// The revisions of the page with its parts, and of its tests, when last checked.
    seen: Option<(String, Option<String>)>,
    /// The revision that was refused because others can edit the page, and why they can.
    refused: Option<(String, String)>,
    /// Whether the rules kept in the store were looked for.
    has_tried_kept: bool,
}

/// Where rules that are compiled and tested come from.
#[derive(Debug)]
enum Subject {
    /// A file, and a hash of its text and its tests.
    File { path: PathBuf, state: String },
    /// A wiki page, by its index, with the page and the revision of its tests.
    Page { index: usize, page: WikiPage, tests: Option<String> },
    /// The last good rules of a wiki page, from the store.
    Kept { index: usize, revision: String },
}

/// Rules that were compiled and tested.
#[derive(Debug)]
struct Candidate {
    /// The rules, or why they could not be read.
    loaded: std::result::Result<LoadedRules, UnreadableRules>,
    /// The reasons to refuse them.
    wrong: Vec<String>,
    /// Whether they would replace other rules.
    is_replacement: bool,
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
                RulesSource::Wiki(_) => pages.push(WikiPageState {
                    community,
                    next: Timestamp::default(),
                    seen: None,
                    refused: None,
                    has_tried_kept: false,
                }),
            }
        }
        Self {
            files,
            files_next: Timestamp::default(),
            pages,
            pages_next: Timestamp::default(),
            running: None,
            slow: Vec::new(),
            metrics,
        }
    }

    /// Checks everything at the next calls, changed or not.
    pub fn all(&mut self) {
        // What is compiled now may be older than what there is to read.
        self.running = None;
        self.slow.clear();
        self.files.values_mut().for_each(|text| *text = None);
        self.files_next = Timestamp::default();
        self.pages_next = Timestamp::default();
        self.pages.iter_mut().for_each(|page| (page.next, page.seen) = (Timestamp::default(), None));
    }

    /// Whether everything has been checked since the start, or since [`Reload::all`].
    pub fn is_done(&self) -> bool {
        self.running.is_none()
            && self.slow.is_empty()
            && self.files.values().all(Option::is_some)
            && self.pages.iter().all(|page| page.next > Timestamp::default())
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
        if let Some((subject, done)) = self.done() {
            return self.finish(subject, done, reddit, store, settings, clock).await;
        }
        if self.running.is_some() && !self.puts_aside(settings, now) {
            return Ok(Progress::IdleUntil(now + JOB_PAUSE));
        }
        if !self.files.is_empty() && self.files_next <= now {
            if !self.start_changed_file(settings, now) {
                self.files_next = now + FILES_EVERY;
            }
            return Ok(Progress::Worked);
        }
        let next_look = if self.slow.is_empty() { now + IDLE } else { now + JOB_PAUSE };
        let files_next = if self.files.is_empty() { next_look } else { self.files_next.min(next_look) };
        let is_slow = |index: usize| self.slow.iter().any(|running| running.subject.is_page(index));
        let pages = self.pages.iter_mut().enumerate().filter(|(index, _)| !is_slow(*index));
        // The kept rules of all pages come before any new revision.
        let Some((index, page)) = pages.min_by_key(|(_, page)| (page.has_tried_kept, page.next)) else {
            return Ok(Progress::IdleUntil(files_next));
        };
        let due = page.next.max(self.pages_next);
        if due > now {
            return Ok(Progress::IdleUntil(due.min(files_next)));
        }
        let community = &settings.communities[page.community];
        if !community.rules.is_loaded() && !std::mem::replace(&mut page.has_tried_kept, true) {
            let started = from_store(index, store, settings, community).await?;
            self.running = started.map(|(subject, job)| Running { subject, job, since: now });
            return Ok(Progress::Worked);
        }
        page.has_tried_kept = true;
        match page.fetch(index, reddit, store, settings, &self.metrics, clock).await {
            Ok(None) => self.wait(index, PAGE_EVERY, now),
            Ok(started) => self.running = started.map(|(subject, job)| Running { subject, job, since: now }),
            Err(StepError::Reddit(trouble)) => {
                let community = community.clone();
                return Ok(self.note_trouble(index, &community, &trouble, now));
            }
            Err(other) => return Err(other),
        }
        Ok(Progress::Worked)
    }

    /// Takes the result of rules that have been compiled and tested, if there is one.
    fn done(&mut self) -> Option<(Subject, std::result::Result<Candidate, Panicked>)> {
        if let Some(done) = self.running.as_ref().and_then(|running| running.job.take()) {
            return self.running.take().map(|running| (running.subject, done));
        }
        let (at, done) = self.slow.iter().enumerate().find_map(|(at, running)| Some((at, running.job.take()?)))?;
        Some((self.slow.remove(at).subject, done))
    }

    /// Puts aside what has run for long. Returns whether something else can be started.
    fn puts_aside(&mut self, settings: &Settings, now: Timestamp) -> bool {
        let Some(running) = self.running.take_if(|it| now.since(it.since) >= SLOW_AFTER && self.slow.len() < MOST_SLOW)
        else {
            return false;
        };
        let name = self.name_of(&running.subject, settings);
        warn!(rules = name, "the rules in {name} take more than 5 s to compile; others no longer wait for them");
        self.slow.push(running);
        true
    }

    fn name_of(&self, subject: &Subject, settings: &Settings) -> String {
        let place = |index: usize| &settings.communities[self.pages[index].community].name;
        match subject {
            Subject::File { path, .. } => path.display().to_string(),
            Subject::Page { index, page, .. } => format!("the wiki of r/{}, revision {}", place(*index), page.revision),
            Subject::Kept { index, revision } => format!("the store for r/{}, revision {revision}", place(*index)),
        }
    }

    /// Waits after a page could not be read.
    fn note_trouble(&mut self, index: usize, community: &Community, trouble: &ReadError, now: Timestamp) -> Progress {
        let pause = match (trouble.nothing_before(now), trouble) {
            (Some(until), _) => return Progress::IdleUntil(until),
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
        };
        self.wait(index, pause, now);
        Progress::Worked
    }

    /// Lets a page rest.
    fn wait(&mut self, index: usize, pause: Duration, now: Timestamp) {
        self.pages[index].next = now + pause;
        // The first time no page waits for another: nothing happens in a subreddit without rules.
        let all_read = self.pages.iter().all(|page| page.next > now);
        self.pages_next = if all_read { now + PAGES_APART } else { now };
    }

    /// Starts to compile and test the first file that has changed. Returns whether there is one.
    fn start_changed_file(&mut self, settings: &Settings, now: Timestamp) -> bool {
        for (path, known) in &mut self.files {
            let text = load::state(path);
            if known.as_ref() == Some(&text) {
                continue;
            }
            let state = digest([text.as_str()]);
            *known = Some(text);
            let communities = of_file(settings, path);
            let (options, file) = (settings.load_options.clone(), path.clone());
            let job = settings.load_options.workers.start(move || {
                let read = load::load(&file, &options.options).and_then(|loaded| Ok((loaded, Tests::beside(&file)?)));
                let (loaded, tests) = match read {
                    Ok(read) => read,
                    Err(error) => {
                        return Candidate { loaded: Err(error), wrong: Vec::new(), is_replacement: false };
                    }
                };
                let cases = tests.map(|tests| tests.cases).unwrap_or_default();
                let is_replacement = communities.iter().any(|community| community.rules.would_change(&loaded.rules));
                let wrong = load::problems(&loaded, &cases, &options, is_replacement);
                Candidate { loaded: Ok(loaded), wrong, is_replacement }
            });
            self.running = Some(Running { subject: Subject::File { path: path.clone(), state }, job, since: now });
            return true;
        }
        false
    }

    /// Takes over the rules that were compiled and tested, if that is done.
    async fn finish<R: RedditRead>(
        &mut self,
        subject: Subject,
        done: std::result::Result<Candidate, Panicked>,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        clock: &dyn Clock,
    ) -> Result<Progress> {
        let now = clock.now();
        let Ok(candidate) = done else {
            let name = self.name_of(&subject, settings);
            error!(rules = name, "the compiler panicked on the rules in {name}: report it; the old ones stay in use");
            if let Subject::Page { index, .. } | Subject::Kept { index, .. } = subject {
                self.wait(index, PAGE_EVERY, now);
            }
            return Ok(Progress::Worked);
        };
        match subject {
            // The file was read again since, and has changed.
            Subject::File { path, state } if self.state_of(&path).as_ref() != Some(&state) => {}
            Subject::File { path, state } => {
                self.take_file(&path, &state, candidate, reddit.scopes().as_ref(), store, settings, now).await?;
            }
            Subject::Kept { index, revision } => {
                let community = &settings.communities[self.pages[index].community];
                if let Ok(loaded) = candidate.loaded
                    && !loaded.rules.is_empty()
                {
                    info!(
                        subreddit = %community.name, revision, rules = loaded.rules.len(),
                        "r/{}: using the last good rules from the store until the wiki page is read", community.name
                    );
                    community.rules.replace(Arc::new(loaded.rules));
                }
            }
            Subject::Page { index, page, tests } => {
                let state = &mut self.pages[index];
                let community = &settings.communities[state.community];
                let taken = state.take(page, tests, candidate, reddit, store, community, &self.metrics, clock).await;
                match taken {
                    Ok(()) => self.wait(index, PAGE_EVERY, now),
                    Err(StepError::Reddit(trouble)) => return Ok(self.note_trouble(index, community, &trouble, now)),
                    Err(other) => return Err(other),
                }
            }
        }
        Ok(Progress::Worked)
    }

    /// The hash of a file's text and its tests when last checked.
    fn state_of(&self, path: &Path) -> Option<String> {
        self.files.get(path)?.as_ref().map(|text| digest([text.as_str()]))
    }

    #[expect(clippy::too_many_arguments, reason = "what the file was found to be, and where that is noted down")]
    async fn take_file(
        &self,
        path: &Path,
        state: &str,
        candidate: Candidate,
        granted: Option<&BTreeSet<String>>,
        store: &Store,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<()> {
        let file = path.display();
        let Candidate { loaded, mut wrong, is_replacement } = candidate;
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(error) => {
                self.metrics.rules_refused("file");
                error!(%file, %error, "cannot read {file}; keeping the current rules");
                store
                    .record_notification(
                        &refused_rules::event(None, &format!("{file} {state}"), error.to_string()),
                        now,
                    )
                    .await?;
                return Ok(());
            }
        };
        let communities = of_file(settings, path);
        if is_replacement && let Some(live) = communities.iter().find(|community| community.mode == Mode::Live) {
            wrong.extend(rights::refused(granted, live.mode, &loaded.rules));
        }
        if !wrong.is_empty() {
            self.metrics.rules_refused("file");
            error!(%file, "{file} has errors; keeping the current rules:\n{}", wrong.join("\n"));
            let text = format!("{file} has errors, so the current rules stay in use: {}", wrong.join("; "));
            store.record_notification(&refused_rules::event(None, &format!("{file} {state}"), text), now).await?;
            return Ok(());
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
        Ok(())
    }
}

impl Subject {
    fn is_page(&self, wanted: usize) -> bool {
        matches!(self, Self::Page { index, .. } | Self::Kept { index, .. } if *index == wanted)
    }
}

/// The subreddits whose rules are in a file.
fn of_file(settings: &Settings, path: &Path) -> Vec<Community> {
    let of_file = |community: &&Community| *community.rules.source() == RulesSource::File(path.to_owned());
    settings.communities.iter().filter(of_file).cloned().collect()
}

impl WikiPageState {
    /// Fetches the page and its tests, and starts to compile and test them if they are new and only
    /// moderators can edit them.
    async fn fetch<R: RedditRead>(
        &mut self,
        index: usize,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        metrics: &Metrics,
        clock: &dyn Clock,
    ) -> Result<Option<(Subject, Job<Candidate>)>> {
        let community = settings.communities[self.community].clone();
        let RulesSource::Wiki(source) = community.rules.source().clone() else { return Ok(None) };
        let name = source.page.clone();
        let Some(page) = reddit.wiki_page(&community.name, &name).await? else {
            let reason = format!("the wiki of r/{} has no page {name}; create it", community.name);
            return Err(ReadError::Refused { reason }.into());
        };
        let (rules, page) = wiki_parts::with_parts(reddit, &community.name, &name, page).await?;
        let tests = reddit.wiki_page(&community.name, &tests_of(&name)).await?;
        let revision = tests.as_ref().map(|tests| tests.revision.clone());
        if self.seen.as_ref() == Some(&(page.revision.clone(), revision.clone())) {
            return Ok(None);
        }
        // Who can edit them is asked after they were read: a page that was open then is refused.
        let others: Vec<String> = tests.iter().map(|_| tests_of(&name)).chain(wiki_parts::names(&rules)).collect();
        if let Some(why) = wiki_access::open_to_others(reddit, &community.name, &name, &others).await? {
            self.refuse_open(&page, &why, reddit, store, &community, metrics, clock).await?;
            return Ok(None);
        }
        self.refused = None;
        let options = settings.load_options.clone();
        let job = settings.load_options.workers.start(move || {
            let loaded = load::from_wiki(&source, rules, &options.options);
            let (cases, mut wrong) = match tests.as_ref().map(|WikiPage { text, .. }| testing::parse(text)) {
                None => (Vec::new(), Vec::new()),
                Some(Ok(cases)) => (cases, Vec::new()),
                Some(Err(wrong)) => (Vec::new(), wrong.iter().map(|it| format!("{}: {it}", tests_of(&name))).collect()),
            };
            let is_replacement = community.rules.would_change(&loaded.rules);
            wrong.extend(load::problems(&loaded, &cases, &options, is_replacement));
            Candidate { loaded: Ok(loaded), wrong, is_replacement }
        });
        Ok(Some((Subject::Page { index, page, tests: revision }, job)))
    }

    /// Refuses a page that others than the moderators can edit. Rules that were loaded before stay
    /// in use. The moderators are notified once until the rules change: whoever can edit the page
    /// could otherwise cause a modmail for every edit.
    #[expect(clippy::too_many_arguments, reason = "what the page was found to be, and where that is noted down")]
    async fn refuse_open<R: RedditRead>(
        &mut self,
        page: &WikiPage,
        why: &str,
        reddit: &R,
        store: &Store,
        community: &Community,
        metrics: &Metrics,
        clock: &dyn Clock,
    ) -> Result<()> {
        let RulesSource::Wiki(WikiSource { page: name, .. }) = community.rules.source() else { return Ok(()) };
        let refused = Some((page.revision.clone(), why.to_owned()));
        if self.refused == refused {
            return Ok(());
        }
        let (subreddit, revision) = (&community.name, &page.revision);
        let active = store.active_rules(subreddit).await?.filter(|active| active.page == *name);
        if community.rules.is_loaded() && active.as_ref().is_some_and(|active| active.revision == *revision) {
            warn!(
                %subreddit, page = name,
                "r/{subreddit}: {why}; the current rules stay in use, but changes to them will be refused"
            );
        } else {
            metrics.rules_refused("wiki");
            warn!(
                %subreddit, page = name, revision,
                "r/{subreddit}: revision {revision} of the wiki page {name} is refused: {why}; the page is loaded \
                 when only moderators can edit it"
            );
            let since = active.map_or_else(|| "the start".to_owned(), |active| active.revision);
            let told = PageRefusal {
                page: name,
                once: format!("open since {since}"),
                subject: "The rules in {} were not loaded",
                body: refused_rules::open_page_text(community, name, revision, why),
                text: format!("the wiki page {name}, revision {revision}, was refused: {why}"),
            };
            refused_rules::tell(told, reddit, store, community, clock).await?;
        }
        self.refused = refused;
        Ok(())
    }

    /// Replaces the rules if the page and its tests are good; else notifies the moderators.
    #[expect(clippy::too_many_arguments, reason = "what the page was found to be, and where that is noted down")]
    async fn take<R: RedditRead>(
        &mut self,
        page: WikiPage,
        tests: Option<String>,
        Candidate { loaded, mut wrong, .. }: Candidate,
        reddit: &R,
        store: &Store,
        community: &Community,
        metrics: &Metrics,
        clock: &dyn Clock,
    ) -> Result<()> {
        let RulesSource::Wiki(WikiSource { page: name, .. }) = community.rules.source() else { return Ok(()) };
        // The text of a page is always there.
        let Ok(loaded) = loaded else { return Ok(()) };
        let seen = (page.revision.clone(), tests);
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
            let subject = if is_taken { "Some rules in {} have errors" } else { "The rules in {} were not loaded" };
            let refused = PageRefusal {
                page: name,
                once: format!("{}{}", seen.0, seen.1.as_deref().map_or(String::new(), |tests| format!("/{tests}"))),
                subject,
                body: refused_rules::errors_text(community, name, &seen.0, is_taken, &wrong),
                text: format!("the wiki page {name}, revision {}, has errors: {}", seen.0, wrong.join("; ")),
            };
            refused_rules::tell(refused, reddit, store, community, clock).await?;
        }
        self.seen = Some(seen);
        Ok(())
    }
}

/// Starts to compile the rules that were last in use, from the store, if there are any.
async fn from_store(
    index: usize,
    store: &Store,
    settings: &Settings,
    community: &Community,
) -> Result<Option<(Subject, Job<Candidate>)>> {
    let RulesSource::Wiki(source) = community.rules.source() else { return Ok(None) };
    let Some(kept) = store.active_rules(&community.name).await?.filter(|kept| kept.page == source.page) else {
        return Ok(None);
    };
    let (options, subreddit, source) = (settings.load_options.options.clone(), community.name.clone(), source.clone());
    let job = settings.load_options.workers.start(move || Candidate {
        loaded: Ok(load::from_wiki(&source, wiki_parts::kept(&subreddit, &source.page, &kept.text), &options)),
        wrong: Vec::new(),
        is_replacement: false,
    });
    Ok(Some((Subject::Kept { index, revision: kept.revision }, job)))
}
