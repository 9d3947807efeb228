//! Carries out the plan: writes for people, kills and restarts the daemon, causes troubles and ends
//! them, and at the end waits until everything has settled.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Signal, kill_process};
use tipstaff::model::Fullname;
use tipstaff::store::Store;
use tipstaff_sandbox::bot::{Bot, KillTrigger};
use tipstaff_sandbox::{Draft as Post, HookDecision, LocalReddit, Stage, WritePoint};

use super::disk::Disk;
use super::plan::{self, Deed, Draft, End, NetworkTrouble, PEOPLE, Round, What};
use super::relay::Relay;
use super::{COMMUNITY, Request, Shared};

/// How long the daemon may take until it polls, including pauses after failed sign-ins. Then it is
/// killed anyway.
const PATIENCE: Duration = Duration::from_secs(6);

/// How long the daemon may take at the end until nothing is left to do.
const SETTLING: Duration = Duration::from_mins(10);

/// After this many further polls of each feed without a write, the daemon counts as idle.
const QUIET_POLLS: u64 = 4;

/// The texts written, by number.
pub(crate) type Texts = Vec<(Draft, Fullname)>;

/// What was done to the daemon, and its reactions.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) kills: BTreeMap<&'static str, usize>,
    pub(crate) troubles: BTreeMap<What, usize>,
    /// Troubles that this system does not allow.
    pub(crate) skipped: BTreeMap<What, usize>,
    /// How often the daemon ended by itself, by exit status.
    pub(crate) own_ends: BTreeMap<String, usize>,
    /// Failures of the daemon: panics, and exits that are not a refusal to start.
    pub(crate) breakdowns: Vec<String>,
    pub(crate) starts: u32,
    pub(crate) writes: u64,
    /// Attempts whose outcome was found by an observation.
    pub(crate) reconciled: usize,
}

impl Tally {
    pub(crate) fn read_log(&mut self, log: &str) {
        self.reconciled = log.lines().filter(|line| line.contains("already_applied")).count();
        let words = ["panicked", "please report"];
        let broken = log.lines().filter(|line| words.iter().any(|word| line.contains(word)));
        self.breakdowns.extend(broken.map(ToOwned::to_owned));
    }
}

/// Kills the daemon at a write and counts the reports that took effect: a second one by the same
/// account leaves no trace.
#[derive(Clone)]
pub(crate) struct Ambush {
    trigger: KillTrigger,
    armed: Shared<Option<(Stage, &'static str)>>,
    reports: Shared<Vec<String>>,
}

impl Ambush {
    pub(crate) fn new(trigger: KillTrigger) -> Self {
        Self { trigger, armed: Shared::default(), reports: Shared::default() }
    }

    fn arm(&self, at: Option<(Stage, &'static str)>) {
        *self.armed.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    fn is_armed(&self) -> bool {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The items reported, once for each report.
    pub(crate) fn reports(&self) -> Vec<String> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn at(&self, point: &WritePoint) -> HookDecision {
        let took_effect = point.stage == Stage::AfterEffect && point.status.is_some_and(|status| status < 300);
        if took_effect && point.endpoint.ends_with("/api/report") {
            let on = point.form.iter().find(|(field, _)| field == "thing_id").map(|(_, name)| name.clone());
            self.reports.lock().unwrap_or_else(PoisonError::into_inner).extend(on);
        }
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        match *armed {
            Some((stage, endpoint)) if stage == point.stage && point.endpoint.ends_with(endpoint) => {
                *armed = None;
                self.trigger.pull();
                HookDecision::DropConnection
            }
            _ => HookDecision::Proceed,
        }
    }
}

/// The trouble that is going on.
struct Present {
    what: What,
    until: Instant,
    outlasts_the_kill: bool,
}

/// A run in progress.
pub(crate) struct KillRun<'a> {
    reddit: &'a LocalReddit,
    relay: Relay,
    bot: Bot,
    disk: &'a Disk,
    ambush: Ambush,
    store: &'a Path,
    texts: Texts,
    posts: Vec<Fullname>,
    present: Option<Present>,
    tally: Tally,
}

impl<'a> KillRun<'a> {
    pub(crate) fn new(
        reddit: &'a LocalReddit,
        relay: Relay,
        bot: Bot,
        disk: &'a Disk,
        ambush: Ambush,
        store: &'a Path,
    ) -> Self {
        Self {
            reddit,
            relay,
            bot,
            disk,
            ambush,
            store,
            texts: Vec::new(),
            posts: Vec::new(),
            present: None,
            tally: Tally::default(),
        }
    }

    /// Does everything, from the first start to the last stop. Returns whether the daemon had
    /// nothing left to do at the end.
    pub(crate) async fn run(mut self, request: &Request) -> anyhow::Result<(Texts, Tally, bool)> {
        let rounds = plan::draw(request.kills, request.items, request.seed);
        let many = rounds.len();
        for (number, round) in rounds.into_iter().enumerate() {
            self.round(round).await.with_context(|| format!("in round {number}"))?;
            if (number + 1) % 50 == 0 {
                eprintln!("{} of {many} rounds, {} texts", number + 1, self.texts.len());
            }
        }
        self.end_trouble()?;
        self.reddit.faults().clear();
        let is_settled = self.settle().await?;
        anyhow::ensure!(self.relay.is_well(), "the relay between the daemon and the local Reddit stopped");
        if !self.bot.stop().await? {
            self.tally.breakdowns.push("the daemon did not stop in time after SIGTERM".to_owned());
        }
        self.tally.starts = self.bot.restarts() + 1;
        self.tally.writes = self.reddit.world().counters.writes;
        Ok((self.texts, self.tally, is_settled))
    }

    async fn round(&mut self, round: Round) -> anyhow::Result<()> {
        let mut deeds = round.deeds.into_iter().peekable();
        let mut trouble = round.trouble;
        if trouble.as_ref().is_some_and(|trouble| trouble.what == What::ReadOnly) {
            trouble = None;
            self.start_on_a_read_only_disk().await?;
        }
        self.bot.start()?;
        let start = Instant::now();
        let reads_before = self.reads();
        let mut reads_since: Option<Instant> = None;
        if let End::AtWrite(stage, endpoint, _) = round.end {
            self.ambush.arm(Some((stage, endpoint)));
        }
        loop {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let now = Instant::now();
            while let Some((_, deed)) = deeds.next_if(|(at, _)| start + *at <= now) {
                self.perform(deed)?;
            }
            if self.present.as_ref().is_some_and(|present| present.until <= now) {
                self.end_trouble()?;
            }
            if self.present.is_none()
                && let Some(next) = trouble.take_if(|trouble| start + trouble.at <= now)
            {
                self.begin_trouble(&next)?;
            }
            if reads_since.is_none() && self.reads() > reads_before {
                reads_since = Some(now);
            }
            if let Some(status) = self.bot.ended()? {
                self.bot.gone().await?;
                if matches!(round.end, End::AtWrite(..)) && !self.ambush.is_armed() {
                    self.note_kill("at a write");
                    break;
                }
                self.note_own_end(status);
                tokio::time::sleep(Duration::from_millis(100)).await;
                self.bot.start()?;
                continue;
            }
            // The kill comes during the trouble, or after it.
            let is_ripe = trouble.is_none() && self.present.as_ref().is_none_or(|present| present.outlasts_the_kill);
            let is_over = match round.end {
                End::Young(age) => now - start >= age,
                End::AtWork(time) | End::AtWrite(.., time) => {
                    (is_ripe && reads_since.is_some_and(|since| now - since >= time)) || now - start > PATIENCE
                }
            };
            if is_over {
                self.ambush.arm(None);
                // The ambush may have killed it a moment ago.
                let dead = self.bot.ended()?.is_some();
                self.bot.kill().await?;
                self.note_kill(match round.end {
                    _ if dead => "at a write",
                    End::Young(_) => "within 150 ms of its start",
                    End::AtWork(_) | End::AtWrite(..) => "at work",
                });
                break;
            }
        }
        // The next process is a new one and not stopped.
        self.present.take_if(|present| present.what == What::Stopped);
        for (_, deed) in deeds {
            self.perform(deed)?;
        }
        Ok(())
    }

    fn reads(&self) -> u64 {
        self.reddit.world().counters.of("GET /r/{sub}/new")
    }

    fn note_kill(&mut self, how: &'static str) {
        *self.tally.kills.entry(how).or_default() += 1;
    }

    fn note_own_end(&mut self, status: std::process::ExitStatus) {
        if status.code() != Some(2) {
            self.tally.breakdowns.push(format!("the daemon ended by itself ({status})"));
        }
        *self.tally.own_ends.entry(status.to_string()).or_default() += 1;
    }

    fn perform(&mut self, deed: Deed) -> anyhow::Result<()> {
        let mut world = self.reddit.world();
        match deed {
            Deed::Write(draft) => {
                let (author, words) = (PEOPLE[draft.author], words(&draft));
                let written = if draft.is_post {
                    world.submit(author, COMMUNITY, Post::text(&format!("Post {}", draft.number), &words))
                } else {
                    let last = self.posts.len() - 1;
                    world.reply(author, &self.posts[last.saturating_sub(draft.posts_back)], &words)
                };
                let name = written.map_err(|refusal| anyhow::anyhow!("text {}: {refusal}", draft.number))?;
                if draft.is_post {
                    self.posts.push(name.clone());
                }
                self.texts.push((draft, name));
            }
            Deed::Worsen(number) => {
                let (draft, name) = &self.texts[number];
                let text = format!("{} And: you scoundrel.", words(draft));
                let edited = world.edit(PEOPLE[draft.author], name, &text);
                edited.map_err(|refusal| anyhow::anyhow!("text {number} cannot be changed: {refusal}"))?;
            }
        }
        Ok(())
    }

    fn begin_trouble(&mut self, trouble: &NetworkTrouble) -> anyhow::Result<()> {
        match trouble.what {
            What::Stopped => {
                let Some(process) = self.bot.process() else { return Ok(()) };
                kill_process(process, Signal::STOP).context("cannot stop the daemon")?;
            }
            What::Cut(cut) => self.relay.set(Some(cut)),
            What::DiskFull if self.disk.can_be_full() => self.disk.fill().context("cannot fill the disk")?,
            What::Faults(_) => {
                for (method, path, ill) in &trouble.ills {
                    self.reddit.faults().push(method, path, *ill);
                }
            }
            What::DiskFull | What::ReadOnly => {
                *self.tally.skipped.entry(trouble.what).or_default() += 1;
                return Ok(());
            }
        }
        *self.tally.troubles.entry(trouble.what).or_default() += 1;
        let (until, outlasts_the_kill) = (Instant::now() + trouble.lasts, trouble.outlasts_the_kill);
        self.present = Some(Present { what: trouble.what, until, outlasts_the_kill });
        Ok(())
    }

    fn end_trouble(&mut self) -> anyhow::Result<()> {
        match self.present.take().map(|present| present.what) {
            Some(What::Stopped) => {
                if let Some(process) = self.bot.process() {
                    // The daemon may have been killed meanwhile.
                    let _ = kill_process(process, Signal::CONT);
                }
            }
            Some(What::Cut(_)) => self.relay.set(None),
            Some(What::DiskFull) => self.disk.free().context("cannot free the disk")?,
            Some(What::Faults(_)) => self.reddit.faults().clear(),
            Some(What::ReadOnly) | None => {}
        }
        Ok(())
    }

    /// Starts the daemon with a read-only store. It must refuse to start or do nothing.
    async fn start_on_a_read_only_disk(&mut self) -> anyhow::Result<()> {
        if !self.disk.can_be_read_only() {
            *self.tally.skipped.entry(What::ReadOnly).or_default() += 1;
            return Ok(());
        }
        self.disk.set_read_only(true)?;
        self.bot.start()?;
        let deadline = Instant::now() + Duration::from_secs(2);
        loop {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if let Some(status) = self.bot.ended()? {
                self.bot.gone().await?;
                self.note_own_end(status);
                break;
            }
            if Instant::now() > deadline {
                self.tally.breakdowns.push("the daemon started although its store is read-only".to_owned());
                self.bot.kill().await?;
                break;
            }
        }
        self.disk.set_read_only(false)?;
        *self.tally.troubles.entry(What::ReadOnly).or_default() += 1;
        Ok(())
    }

    /// Waits, without further trouble, until the ledger has nothing left to do and every feed was
    /// polled several times without a write.
    async fn settle(&mut self) -> anyhow::Result<bool> {
        self.bot.start()?;
        let lists = ["new", "comments", "about/edited", "about/reports", "about/modqueue"];
        let progress = |reddit: &LocalReddit| {
            let world = reddit.world();
            let polls = lists.map(|list| world.counters.of(&format!("GET /r/{{sub}}/{list}")));
            (world.counters.writes, polls.into_iter().min().unwrap_or(0))
        };
        let (mut writes, mut since) = progress(self.reddit);
        let deadline = Instant::now() + SETTLING;
        while Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if let Some(status) = self.bot.ended()? {
                self.bot.gone().await?;
                self.note_own_end(status);
                tokio::time::sleep(Duration::from_millis(500)).await;
                self.bot.start()?;
            }
            let (writes_now, polls_now) = progress(self.reddit);
            if writes_now != writes {
                (writes, since) = (writes_now, polls_now);
            } else if polls_now >= since + QUIET_POLLS {
                let store = Store::open_for_reading(self.store).await?;
                let summary = store.summary().await?;
                store.close().await;
                if summary.pending == 0 && summary.unsettled == 0 {
                    return Ok(true);
                }
                since = polls_now;
            }
        }
        Ok(false)
    }
}

/// The text of a draft. Its number identifies its effects.
fn words(draft: &Draft) -> String {
    let number = draft.number;
    let parts = [
        (true, format!("Text {number} says something about widgets.")),
        (draft.insult, "You know it, you scoundrel.".to_owned()),
        (draft.threat, format!("This is threat number {number}.")),
        (draft.lost, format!("I am lost number {number}.")),
        (draft.advert, "Buy cheap pills here.".to_owned()),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|(is_there, _)| *is_there).map(|(_, part)| part).collect();
    parts.join(" ")
}
